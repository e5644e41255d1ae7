"""The lexical finder: names that the lexicon lists, longest first, with their conditions of use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.article import Mention
from pipeline.language import Analysis
from pipeline.lexicon import Entry
from pipeline.schema import BlockKind

_CONFIDENCE = 0.95
_CONFIDENCE_VARIANT = 0.85
_CONFIDENCE_CONTEXT = 0.85


def find(analysis: Analysis, found: Sequence[Mention]) -> list[Mention]:
    """Match the lexicon in every sentence."""
    mentions: list[Mention] = []
    free = 0
    beginnings = set[str]().union(*(lexicon.beginnings(analysis.vocabulary) for lexicon in analysis.lexicons))
    for number, position in analysis.places(beginnings):
        if position < free:
            continue
        for after, entry in _names(analysis, position, analysis.sentence_words[number][1]):
            if _applies(analysis, number, entry, position, after - 1):
                mentions.append(_mention(analysis, number, entry, position, after - 1))
                free = after
                break
    return mentions


def _names(analysis: Analysis, position: int, end: int) -> Iterable[tuple[int, Entry]]:
    """The names of all lexicons that begin at a word, longest first; of equal length, those of the first lexicon first."""
    if len(analysis.lexicons) == 1:
        return analysis.lexicons[0].match(analysis.folds, position, end)
    names = [name for lexicon in analysis.lexicons for name in lexicon.match(analysis.folds, position, end)]
    return sorted(names, key=lambda name: -name[0])


def _mention(analysis: Analysis, number: int, entry: Entry, first: int, last: int) -> Mention:
    confidence = _CONFIDENCE_VARIANT if entry.variant else _CONFIDENCE_CONTEXT if entry.context else _CONFIDENCE
    concept = entry.concept
    return analysis.mention(concept.type, (first, last), number, concept.name, concept.source, confidence, concept.broader, concept.subtype)


def _applies(analysis: Analysis, number: int, entry: Entry, first: int, last: int) -> bool:
    """Whether the entry's conditions hold at this place."""
    if entry.case is not None and analysis.text(first, last) not in (entry.case, entry.case + "'s", entry.case + "s"):
        return False
    if analysis.is_cut(last):
        return False  # "alcohol- en drugsgebruik" does not speak of alcohol
    if entry.not_after and first > analysis.sentence_words[number][0] and analysis.folds[first - 1] in entry.not_after:
        return False
    return not entry.context or any(fold.startswith(entry.context) for fold in _surroundings(analysis, number, first, last))


def _surroundings(analysis: Analysis, number: int, first: int, last: int) -> Iterable[str]:
    """Words that decide what an ambiguous word means: those of its block, of the headings above it and of the title, itself excluded."""
    blocks = analysis.article.blocks
    own = analysis.sentences[number].block
    nearby = [own, *analysis.article.ancestors(own)]
    if blocks and blocks[0].kind is BlockKind.TITLE and 0 not in nearby:
        nearby.append(0)
    for block in nearby:
        for sentence in range(*analysis.block_sentences[block]):
            for word in range(*analysis.sentence_words[sentence]):
                if not first <= word <= last:
                    yield analysis.folds[word]
