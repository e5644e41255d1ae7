"""Drafts -> the article: the reading text with its offset map, the blocks and the list of what was left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.article import Article, Block, Furniture, Source
from pipeline.cleaning.drafts import Draft
from pipeline.schema import BlockKind
from pipeline.spans import Span, TextBuilder

_TAGS = re.compile(r"<[^<>]*>")


def build(source: Source, drafts: Sequence[Draft], furniture: Iterable[tuple[int, int, str]]) -> Article:
    """The article of settled drafts, in source order."""
    builder = TextBuilder(source.text)
    blocks: list[Block] = []
    for draft in drafts:
        if blocks:
            at = draft.pieces[0][0]
            builder.replace(at, at, "\n")
        start = builder.length
        cells = _lay(builder, draft)
        blocks.append(Block(draft.kind, draft.level, draft.parent, start, builder.length, cells))
    text, offsets = builder.build()
    title = next((text[b.start : b.end] for b in blocks if b.kind is BlockKind.TITLE), None)
    return Article(source, title, text, tuple(blocks), offsets, tuple(_merged(source.text, furniture)))


def _lay(builder: TextBuilder, draft: Draft) -> tuple[Span, ...]:
    """Put the pieces of a draft into the text. Returns the spans of its cells."""
    starts: list[int] = []
    for start, end, text in draft.pieces:
        starts.append(builder.length)
        if text is None:
            builder.keep(start, end)
        else:
            builder.replace(start, end, text)
    ends = [*starts[1:], builder.length]
    return tuple(
        Span(starts[a], ends[b - 1]) if a < b else Span(*(2 * [starts[a] if a < len(starts) else builder.length])) for a, b in draft.cells
    )


def _merged(source: str, ranges: Iterable[tuple[int, int, str]]) -> list[Furniture]:
    """Ranges in source order; neighbours with one reason and nothing but white space and tags between them are one."""
    found: list[Furniture] = []
    for low, end, reason in sorted(ranges):
        start = max(low, found[-1].source_end) if found else low
        if start >= end:
            continue
        if found and found[-1].reason == reason and not _TAGS.sub("", source[found[-1].source_end : start]).strip():
            found[-1] = Furniture(found[-1].source_start, end, reason)
        else:
            found.append(Furniture(start, end, reason))
    return found
