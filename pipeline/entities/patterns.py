"""The pattern finder: a grammar of names over word classes.

Every word or earlier mention of a sentence becomes one symbol (:mod:`pipeline.wordclasses`), so that a name is a regular expression
over a short string (``patterns.toml``): the idea of cascaded finite-state chunking (Abney 1996), with one character a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.article import Mention
from pipeline.errors import ResourceError
from pipeline.language import Analysis
from pipeline.resources import load_toml
from pipeline.schema import SUBTYPES, EntityType
from pipeline.wordclasses import LETTERS, symbol

_LOCATED = "L"  # a condition whose name ends in a body part


@dataclass(frozen=True, slots=True)
class Pattern:
    """One rule of the name grammar."""

    id: str
    match: re.Pattern[str]
    type: EntityType | None
    subtype: str | None
    confidence: float


@cache
def load_patterns() -> tuple[Pattern, ...]:
    """The grammar, in file order. Raises ResourceError for a pattern that cannot be compiled or has neither anchor nor type."""
    patterns: list[Pattern] = []
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
        patterns.append(Pattern(row["id"], match, type_, subtype, float(row["confidence"])))
    return tuple(patterns)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word or an earlier mention, with its range of words (inclusive)."""

    first: int
    last: int
    mention: Mention | None


def _units(analysis: Analysis, number: int, by_word: dict[int, Mention]) -> tuple[str, list[_Unit]]:
    symbols: list[str] = []
    units: list[_Unit] = []
    position, end = analysis.sentence_words[number]
    while position < end:
        mention = by_word.get(position)
        last = mention.last_token if mention else position
        symbols.append(_mention_symbol(mention, analysis.folds[last]) if mention else symbol(analysis.folds[position]))
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
            for match in pattern.match.finditer(symbols):
                mentions.append(_mention(analysis, number, pattern, match, units))
    return mentions


def _mention(analysis: Analysis, number: int, pattern: Pattern, match: re.Match[str], units: list[_Unit]) -> Mention:
    first, last = units[match.start()].first, units[match.end() - 1].last
    start, end = analysis.starts[first], analysis.ends[last]
    type_, subtype, broader = pattern.type, pattern.subtype, None
    concept = " ".join(analysis.article.text[start:end].lower().split())
    if type_ is None:
        anchor = units[match.start("anchor")].mention
        if anchor is None:
            raise ResourceError(f"entities/patterns.toml, {pattern.id}: the anchor must be a mention")
        type_, subtype, broader = anchor.type, anchor.subtype, anchor.concept
        text = analysis.article.text
        concept = " ".join(f"{text[start : anchor.start]}{anchor.concept}{text[anchor.end : end]}".lower().split())
    return Mention(type_, start, end, first, last, number, concept, f"patterns:{pattern.id}", pattern.confidence, broader, subtype)
