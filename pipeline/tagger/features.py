"""What the tagger sees: of a word its letters and its class, of its place the rules' finding and the kind of block.

The words of an article stand in one row, with a border before each block, so that neighbours of a list item are seen as well as those of a
word. Nothing here depends on what was learned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from pipeline.article import Mention
from pipeline.language import Analysis
from pipeline.lexicon import fold
from pipeline.schema import BlockKind, EntityType
from pipeline.wordclasses import symbol

TYPES: Final = tuple(EntityType)
_SURE = 0.9
_MARKS_A_TYPE = 4  # begins or goes on, found surely or less so
_FIRST_MARKS: Final = {kind: 1 + _MARKS_A_TYPE * number for number, kind in enumerate(TYPES)}
MARKS: Final = 1 + _MARKS_A_TYPE * len(TYPES)
"""How many marks there are; 0 is that of a word in which no rule found anything."""
BORDERS: Final = len(BlockKind)
KINDS: Final = {kind: number for number, kind in enumerate(BlockKind)}
_LONGEST = 40  # letters of a word that are looked at
_PREFIXES = (2, 3, 4, 5)
_SUFFIXES = (2, 3, 4, 5, 6)
_GRAM = 4


@dataclass(frozen=True, slots=True)
class Signs:
    """An article as the tagger reads it: a row of places, of which each is a border between blocks or a word.

    ``words`` holds None for a border and ``kinds`` what kind of block begins there. ``places`` are the places of the words, and
    ``parents`` the range of places of the block that a block stands under, if any, for every range in ``ranges``.
    """

    words: Sequence[str | None]
    kinds: Sequence[int]
    marks: Sequence[int]
    places: Sequence[int]
    ranges: Sequence[tuple[int, int]]
    parents: Sequence[tuple[int, int] | None]


def mark_of(type_: EntityType, *, begins: bool, confidence: float) -> int:
    """The mark of a word in which a rule found something."""
    return _FIRST_MARKS[type_] + 2 * (not begins) + (confidence < _SURE)


def marks_of(count: int, found: Iterable[Mention]) -> list[int]:
    """The mark of each of ``count`` words; where findings overlap, that of the longest."""
    marks = [0] * count
    for mention in sorted(found, key=lambda m: (m.end - m.start, m.confidence)):
        marks[mention.first_token] = mark_of(mention.type, begins=True, confidence=mention.confidence)
        if mention.last_token > mention.first_token:
            inner = mark_of(mention.type, begins=False, confidence=mention.confidence)
            marks[mention.first_token + 1 : mention.last_token + 1] = [inner] * (mention.last_token - mention.first_token)
    return marks


def signs_of(analysis: Analysis, found: Iterable[Mention]) -> Signs:
    """An article with what the rules found in it."""
    marked = marks_of(len(analysis.words), found)
    words: list[str | None] = []
    kinds: list[int] = []
    marks: list[int] = []
    places: list[int] = []
    ranges: list[tuple[int, int]] = []
    for number, block in enumerate(analysis.article.blocks):
        first, end = _words_of(analysis, number)
        begin = len(words)
        words.append(None)
        words.extend(analysis.words[first:end])
        kinds.append(KINDS[block.kind])
        marks.append(0)
        marks.extend(marked[first:end])
        places.extend(range(begin + 1, begin + 1 + end - first))
        ranges.append((begin, len(words)))
    parents = [None if block.parent is None else ranges[block.parent] for block in analysis.article.blocks]
    return Signs(words, kinds, marks, places, ranges, parents)


def _words_of(analysis: Analysis, block: int) -> tuple[int, int]:
    """The half-open range of words of a block."""
    first, end = analysis.block_sentences[block]
    return (analysis.sentence_words[first][0], analysis.sentence_words[end - 1][1]) if first < end else (0, 0)


def rows_of(word: str, rows: int) -> list[int]:
    """The rows, of a table with so many, that stand for the word's own form, its beginnings, endings, inner letters, shape and class. The
    first is that of its own form.
    """
    return [crc32(feature.encode()) % rows for feature in _features(word)]


def _features(word: str) -> Iterator[str]:
    folded = fold(word)[:_LONGEST]
    yield f"word {folded}"
    yield f"class {symbol(folded)}" if folded else "class"
    yield f"shape {shape(word)}"
    yield f"length {min(len(folded), 16) // 2}"
    for size in _PREFIXES:
        if len(folded) > size:
            yield f"begin {folded[:size]}"
    for size in _SUFFIXES:
        if len(folded) > size:
            yield f"end {folded[-size:]}"
    for start in range(1, len(folded) - _GRAM):
        yield f"in {folded[start : start + _GRAM]}"


def shape(word: str) -> str:
    """Which kinds of signs a word is made of, each named once in a row: ``Xx`` for *Arts*, ``X0`` for *B12*."""
    kinds = ("X" if c.isupper() else "x" if c.isalpha() else "0" if c.isdigit() else c for c in word[:_LONGEST])
    shown: list[str] = []
    for kind in kinds:
        if not shown or shown[-1] != kind:
            shown.append(kind)
    return "".join(shown[:6])
