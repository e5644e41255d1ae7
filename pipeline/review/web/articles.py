"""The part of an article that one page shows, so that no page grows with its article."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pipeline.review.views import ArticlePage, Passage

PASSAGES: Final = 200
CHARACTERS: Final = 60_000
"""Of a page: ten times a usual article. The last passage may go over it."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some passages of an article, from ``offset`` on; the next part begins at ``next_offset``."""

    article: ArticlePage
    passages: tuple[Passage, ...]
    offset: int
    next_offset: int | None


def part_of(fetch: Callable[[int, int], ArticlePage], offset: int) -> Part:
    """The part that begins at a passage."""
    article = fetch(offset, PASSAGES)
    size = number = 0
    for passage in article.passages:
        if size > CHARACTERS:
            break
        size += len(passage.text)
        number += 1
    behind = offset + number
    return Part(article, article.passages[:number], offset, behind if behind < article.blocks else None)
