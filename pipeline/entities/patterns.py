"""The pattern finder: a grammar of names over word classes.

Every word or earlier mention of a sentence becomes one symbol (:mod:`pipeline.wordclasses`), so that a name is a regular expression
over a short string (``patterns.toml``): the idea of cascaded finite-state chunking (Abney 1996), with one character a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.article import Mention
from pipeline.errors import ResourceError
from pipeline.language import Analysis
from pipeline.lexicon import Inflection, fold, load_inflection
from pipeline.resources import load_toml
from pipeline.schema import SUBTYPES, EntityType
from pipeline.wordclasses import LETTERS, OTHER, symbol

_LOCATED = "L"  # a condition whose name ends in a body part
_NAME = "I"  # a capitalised word that has no class, inside a sentence


@dataclass(frozen=True, slots=True)
class Words:
    """What a word of a pattern must be, beyond its class: one of ``words``, or a word that ends in one of ``endings``; or none of
    ``barred``.
    """

    words: frozenset[str]
    endings: tuple[str, ...]
    barred: frozenset[str]

    def __contains__(self, word: str) -> bool:
        if word in self.barred:
            return False
        return word in self.words or word.endswith(self.endings) or not (self.words or self.endings)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One rule of the name grammar. ``words`` restricts groups of the match to certain words."""

    id: str
    match: re.Pattern[str]
    type: EntityType | None
    subtype: str | None
    confidence: float
    words: tuple[tuple[str, Words], ...]


@cache
def load_patterns() -> tuple[Pattern, ...]:
    """The grammar, in file order. Raises ResourceError for a pattern that cannot be compiled or has neither anchor nor type."""
    patterns: list[Pattern] = []
    inflection = load_inflection()
    for row in load_toml("entities/patterns.toml")["pattern"]:
        try:
            match = re.compile(row["match"].replace(" ", ""))
        except re.error as error:
            raise ResourceError(f"entities/patterns.toml, {row['id']}: {error}") from error
        type_ = EntityType(row["type"]) if "type" in row else None
        if (type_ is None) != ("anchor" in match.groupindex):
            raise ResourceError(f"entities/patterns.toml, {row['id']}: give either a type or an anchor group")
        subtype = row.get("subtype")
        if type_ and subtype not in SUBTYPES[type_]:
            raise ResourceError(f"entities/patterns.toml, {row['id']}: subtype must be one of {', '.join(SUBTYPES[type_])}")
        words = tuple((group, _words(listed, inflection)) for group, listed in row.get("words", {}).items())
        if not {group for group, _ in words} <= match.groupindex.keys():
            raise ResourceError(f"entities/patterns.toml, {row['id']}: words are given for a group that the match does not have")
        patterns.append(Pattern(row["id"], match, type_, subtype, float(row["confidence"]), words))
    return tuple(patterns)


def _words(listed: Sequence[str], inflection: Inflection) -> Words:
    """The listed words with their inflections; an entry that begins with ``*`` is an ending, one that begins with ``!`` is barred."""
    words = {fold(word) for word in listed if word[0] not in "*!"}
    endings = tuple(fold(word[1:]) for word in listed if word[0] == "*")
    barred = frozenset(fold(word[1:]) for word in listed if word[0] == "!")
    return Words(frozenset(words | {form for word in words for form in inflection.word(word)}), endings, barred)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word or an earlier mention, with its range of words (inclusive)."""

    first: int
    last: int
    mention: Mention | None


def _units(analysis: Analysis, number: int, by_word: dict[int, Mention]) -> tuple[str, list[_Unit]]:
    symbols: list[str] = []
    units: list[_Unit] = []
    start, end = analysis.sentence_words[number]
    position = start
    while position < end:
        mention = by_word.get(position)
        last = mention.last_token if mention else position
        if mention:
            symbols.append(_mention_symbol(mention, analysis.folds[last]))
        else:
            class_ = symbol(analysis.folds[position])
            symbols.append(_NAME if class_ == OTHER and position > start and analysis.word(position)[0].isupper() else class_)
        units.append(_Unit(position, last, mention))
        position = last + 1
    return "".join(symbols), units


def _mention_symbol(mention: Mention, last_word: str) -> str:
    located = mention.type is EntityType.CONDITION and mention.last_token > mention.first_token and symbol(last_word) == "B"
    return _LOCATED if located else LETTERS[mention.type]


def find(analysis: Analysis, found: Sequence[Mention]) -> list[Mention]:
    """Names that the grammar builds, over the mentions found before."""
    by_word = {mention.first_token: mention for mention in found}
    mentions: list[Mention] = []
    for number in range(len(analysis.sentences)):
        symbols, units = _units(analysis, number, by_word)
        for pattern in load_patterns():
            for match in _matches(pattern, symbols, [analysis.folds[unit.last] for unit in units] if pattern.words else ()):
                mentions.append(_mention(analysis, number, pattern, match, units))
    return mentions


def _matches(pattern: Pattern, symbols: str, words: Sequence[str]) -> Iterator[re.Match[str]]:
    """All matches without overlaps; where the words are not those that the pattern wants, the search goes on with the next one."""
    position = 0
    while match := pattern.match.search(symbols, position):
        if all(words[match.start(group)] in wanted for group, wanted in pattern.words if match[group]):
            yield match
            position = match.end()
        else:
            position = match.start() + 1


def _mention(analysis: Analysis, number: int, pattern: Pattern, match: re.Match[str], units: list[_Unit]) -> Mention:
    """The name that was matched. A group ``whole`` lies behind it, in what the pattern looks ahead to, and completes the concept: in
    *acute en chronische diarree* the word *acute* stands for acute diarree.
    """
    first, last = units[match.start()].first, units[match.end() - 1].last
    start, end = analysis.starts[first], analysis.ends[last]
    text = analysis.article.text
    type_, subtype, broader = pattern.type, pattern.subtype, None
    concept = " ".join(text[start:end].lower().split())
    if "whole" in pattern.match.groupindex:
        whole = units[match.start("whole")]
        if whole.mention is not None:
            type_, subtype, broader = whole.mention.type, whole.mention.subtype, whole.mention.concept
        concept = f"{concept} {broader or analysis.folds[whole.last]}"
    if type_ is None:
        anchor = units[match.start("anchor")].mention
        if anchor is None:
            raise ResourceError(f"entities/patterns.toml, {pattern.id}: the anchor must be a mention")
        type_, subtype, broader = anchor.type, anchor.subtype, anchor.concept
        concept = " ".join(f"{text[start : anchor.start]}{anchor.concept}{text[anchor.end : end]}".lower().split())
    return Mention(type_, start, end, first, last, number, concept, f"patterns:{pattern.id}", pattern.confidence, broader, subtype)
