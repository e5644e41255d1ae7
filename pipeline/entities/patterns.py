"""The pattern finder: a grammar of names over word classes.

Every word or earlier mention of a sentence becomes one symbol (:mod:`pipeline.wordclasses`), so that a name is a regular expression
over a short string (``patterns.toml``): the idea of cascaded finite-state chunking (Abney 1996), with one character a word.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import compress
from typing import NamedTuple

from pipeline.article import Mention
from pipeline.errors import ResourceError
from pipeline.language import Analysis
from pipeline.lexicon import Inflection, fold, load_inflection
from pipeline.resources import load_toml
from pipeline.schema import SUBTYPES, EntityType
from pipeline.wordclasses import LETTERS, OTHER, symbol

_LOCATED = "L"  # a condition whose name ends in a body part
_NAME = "I"  # a capitalised word that has no class, inside a sentence
_BETWEEN = "\n"  # stands between two sentences, and is matched by nothing
_BEFORE = 20  # words before an idiom in which its verb may stand, and behind it: in de hand te werken
_BEHIND = 3
_ASIDE = frozenset({"tegen", "bij", "voor"})  # het werkt tegen pijn in de hand
_UNLIMITED = re.compile(r"[.^$\\]")  # what would see or match it


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
    """One rule of the name grammar. ``words`` restricts groups of the match to certain words; only a sentence with one of ``needs`` can
    have a match, or any sentence if there are none.
    """

    id: str
    match: re.Pattern[str]
    type: EntityType | None
    subtype: str | None
    confidence: float
    words: tuple[tuple[str, Words], ...]
    needs: frozenset[str]


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
        if sign := _UNLIMITED.search(row["match"]):
            raise ResourceError(f"entities/patterns.toml, {row['id']}: {sign[0]} could reach into the next sentence; name the symbols")
        type_ = EntityType(row["type"]) if "type" in row else None
        if (type_ is None) != ("anchor" in match.groupindex):
            raise ResourceError(f"entities/patterns.toml, {row['id']}: give either a type or an anchor group")
        subtype = row.get("subtype")
        if type_ and subtype not in SUBTYPES[type_]:
            raise ResourceError(f"entities/patterns.toml, {row['id']}: subtype must be one of {', '.join(SUBTYPES[type_])}")
        words = tuple((group, _words(listed, inflection)) for group, listed in row.get("words", {}).items())
        words = tuple(sorted(words, key=lambda pair: len(pair[1].endings)))  # what is quickly seen is asked first
        if not {group for group, _ in words} <= match.groupindex.keys():
            raise ResourceError(f"entities/patterns.toml, {row['id']}: words are given for a group that the match does not have")
        patterns.append(Pattern(row["id"], match, type_, subtype, float(row["confidence"]), words, _needs(match.pattern, words)))
    return tuple(patterns)


def _needs(match: str, words: Sequence[tuple[str, Words]]) -> frozenset[str]:
    """The fewest words of which every match has one: those of a group that is listed without endings and cannot be left out, since it
    stands in no other group, is repeated by no sign, and has no alternative.
    """
    needed = []
    for group, wanted in words:
        before, _, after = match.partition(f"(?P<{group}>")
        inside, _, behind = after.partition(")")
        always = before.count("(") == before.count(")") and not behind.startswith(("?", "*", "{")) and not set("(|") & set(inside)
        if always and "|" not in before + behind and wanted.words and not wanted.endings:
            needed.append(wanted.words)
    return min(needed, key=len, default=frozenset())


@cache
def _needed() -> dict[str, list[str]]:
    """Words with the ids of the patterns that need one of them."""
    patterns: dict[str, list[str]] = {}
    for pattern in load_patterns():
        for word in pattern.needs:
            patterns.setdefault(word, []).append(pattern.id)
    return patterns


def _words(listed: Sequence[str], inflection: Inflection) -> Words:
    """The listed words with their inflections; an entry that begins with ``*`` is an ending, one that begins with ``!`` is barred."""
    words = {fold(word) for word in listed if word[0] not in "*!"}
    endings = tuple(fold(word[1:]) for word in listed if word[0] == "*")
    barred = frozenset(fold(word[1:]) for word in listed if word[0] == "!")
    return Words(frozenset(words | {form for word in words for form in inflection.word(word)}), endings, barred)


@dataclass(frozen=True, slots=True)
class _Row:
    """An article as the grammar reads it: a symbol for each unit, which is a word or an earlier mention, and one between two sentences.

    ``units`` holds the first word of each unit, ``mentions`` the mentions by their first word, and ``sentences`` the range of places of
    each sentence.
    """

    symbols: str
    units: Sequence[int]
    mentions: Mapping[int, Mention]
    sentences: Sequence[tuple[int, int]]

    def last(self, place: int) -> int:
        """The last word of the unit at a place."""
        word = self.units[place]
        mention = self.mentions.get(word)
        return mention.last_token if mention else word


class _Idiom(NamedTuple):
    """A phrase that ends in a body part which is none beside one of the ``verbs``."""

    phrase: tuple[str, ...]
    verbs: frozenset[str]


@cache
def _idioms() -> dict[str, list[_Idiom]]:
    """The idioms by their last word."""
    idioms: dict[str, list[_Idiom]] = {}
    for row in load_toml("entities/patterns.toml")["idiom"]:
        phrase = tuple(row["phrase"].split())
        idioms.setdefault(phrase[-1], []).append(_Idiom(phrase, frozenset(row["verbs"])))
    return idioms


def _in_idioms(analysis: Analysis) -> Iterator[int]:
    """The words that are body parts elsewhere: *stress werkt migraine in de hand*."""
    folds = analysis.folds
    for sentence, word in analysis.places(_idioms()):
        first, end = analysis.sentence_words[sentence]
        for phrase, verbs in _idioms()[folds[word]]:
            start = word + 1 - len(phrase)
            if tuple(folds[max(first, start) : word + 1]) == phrase:
                before = folds[max(first, start - _BEFORE) : start]
                verb = max((place for place, word_ in enumerate(before) if word_ in verbs), default=None)
                beside = not verbs.isdisjoint(folds[word + 1 : min(end, word + _BEHIND)])
                if beside or (verb is not None and _ASIDE.isdisjoint(before[verb:])):
                    yield word


def _row(analysis: Analysis, found: Sequence[Mention]) -> _Row:
    mentions = {mention.first_token: mention for mention in found}
    symbols = list(map(symbol.__getitem__, analysis.folds))
    for word in _in_idioms(analysis):
        symbols[word] = OTHER
    begins = {first for first, _ in analysis.sentence_words}
    capitals = map(str.isupper, map(analysis.article.text.__getitem__, analysis.starts))
    for word in compress(range(len(symbols)), capitals):
        if symbols[word] == OTHER and word not in begins:
            symbols[word] = _NAME
    free = 0
    for word, mention in sorted(mentions.items()):
        if word >= free:
            free = mention.last_token + 1
            symbols[word] = _mention_symbol(mention, analysis.folds[free - 1])
            if free > word + 1:
                symbols[word + 1 : free] = [""] * (free - word - 1)
    units: list[int] = []
    sentences: list[tuple[int, int]] = []
    for first, end in analysis.sentence_words:
        before = len(units)
        units.extend(compress(range(first, end), symbols[first:end]))
        sentences.append((before, len(units)))
        units.append(end)
    return _Row(_BETWEEN.join("".join(symbols[first:end]) for first, end in analysis.sentence_words), units, mentions, sentences)


def _mention_symbol(mention: Mention, last_word: str) -> str:
    located = mention.type is EntityType.CONDITION and mention.last_token > mention.first_token and symbol(last_word) == "B"
    return _LOCATED if located else LETTERS[mention.type]


def find(analysis: Analysis, found: Sequence[Mention]) -> list[Mention]:
    """Names that the grammar builds, over the mentions found before: by sentence, and in one by pattern."""
    row = _row(analysis, found)
    likely: dict[str, dict[int, None]] = {}
    for sentence, word in analysis.places(_needed()):
        for id_ in _needed()[analysis.folds[word]]:
            likely.setdefault(id_, {})[sentence] = None
    mentions: list[Mention] = []
    firsts = [first for first, _ in analysis.sentence_words]
    for pattern in load_patterns():
        parts = [row.sentences[sentence] for sentence in likely.get(pattern.id, ())] if pattern.needs else [(0, len(row.symbols))]
        for start, end in parts:
            for match in _matches(pattern, row, analysis.folds, start, end):
                sentence = bisect_right(firsts, row.units[match.start()]) - 1
                mentions.append(_mention(analysis, sentence, pattern, match, row))
    return sorted(mentions, key=lambda mention: mention.sentence)


def _matches(pattern: Pattern, row: _Row, folds: Sequence[str], start: int, end: int) -> Iterator[re.Match[str]]:
    """All matches without overlaps; where the words are not those that the pattern wants, the search goes on with the next one."""
    while match := pattern.match.search(row.symbols, start, end):
        if all(folds[row.last(match.start(group))] in wanted for group, wanted in pattern.words if match[group]):
            yield match
            start = match.end()
        else:
            start = match.start() + 1


def _mention(analysis: Analysis, number: int, pattern: Pattern, match: re.Match[str], row: _Row) -> Mention:
    """The name that was matched. A group ``whole`` lies behind it, in what the pattern looks ahead to, and completes the concept: in
    *acute en chronische diarree* the word *acute* stands for acute diarree.
    """
    first, last = row.units[match.start()], row.last(match.end() - 1)
    start, end = analysis.starts[first], analysis.ends[last]
    text = analysis.article.text
    type_, subtype, broader = pattern.type, pattern.subtype, None
    concept = " ".join(text[start:end].lower().split())
    if "whole" in pattern.match.groupindex:
        place = match.start("whole")
        whole = row.mentions.get(row.units[place])
        if whole is not None:
            type_, subtype, broader = whole.type, whole.subtype, whole.concept
        concept = f"{concept} {broader or analysis.folds[row.last(place)]}"
    if type_ is None:
        anchor = row.mentions.get(row.units[match.start("anchor")])
        if anchor is None:
            raise ResourceError(f"entities/patterns.toml, {pattern.id}: the anchor must be a mention")
        type_, subtype, broader = anchor.type, anchor.subtype, anchor.concept
        concept = " ".join(f"{text[start : anchor.start]}{anchor.concept}{text[anchor.end : end]}".lower().split())
    return Mention(type_, start, end, first, last, number, concept, f"patterns:{pattern.id}", pattern.confidence, broader, subtype)
