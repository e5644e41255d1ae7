"""The part of an article that one page shows, so that no page grows with its article, however long its lines are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from pipeline.review.views import ArticlePage, Passage

BLOCKS: Final = 200
CHARACTERS: Final = 60_000
"""Of a page: ten times a usual article."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some passages of an article. The next part begins at the block ``next_offset``, behind ``next_at`` characters of it."""

    article: ArticlePage
    passages: tuple[Passage, ...]
    offset: int
    at: int
    next_offset: int | None
    next_at: int


def part_of(fetch: Callable[[int, int], ArticlePage], offset: int, at: int) -> Part:
    """The part that begins at a block, behind so many characters of it."""
    article = fetch(offset, BLOCKS)
    shown: list[Passage] = []
    size = 0
    for number, passage in enumerate(article.passages):
        first = at if number == 0 else 0
        rest = len(passage.text) - first
        if shown and size + rest > CHARACTERS:
            return Part(article, tuple(shown), offset, at, offset + number, 0)
        shown.append(window(passage, first, first + CHARACTERS))
        if rest > CHARACTERS:
            return Part(article, tuple(shown), offset, at, offset + number, first + CHARACTERS)
        size += rest
    behind = offset + len(article.passages)
    return Part(article, tuple(shown), offset, at, behind if behind < article.blocks else None, 0)


def window(passage: Passage, start: int, end: int) -> Passage:
    """The part of a passage between two positions, with the marks that lie in it."""
    end = min(end, len(passage.text))
    if start <= 0 and end == len(passage.text):
        return passage
    start = max(start, 0)
    return replace(
        passage,
        start=passage.start + start,
        text=passage.text[start:end],
        marks=tuple(
            replace(mark, start=mark.start - start, end=mark.end - start)
            for mark in passage.marks
            if start <= mark.start and mark.end <= end
        ),
        evidence=tuple((max(a, start) - start, min(b, end) - start) for a, b in passage.evidence if a < end and b > start),
        cut=(passage.cut[0] or start > 0, passage.cut[1] or end < len(passage.text)),
    )
