"""What the steps of cleaning hand to each other: drafts of blocks, made of pieces of the source."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.schema import BlockKind

Piece = tuple[int, int, str | None]
"""Source start and end, and what the range is read as: None for the very characters, a string for something else in their place."""


@dataclass(slots=True)
class Draft:
    """A block in the making.

    Mutable on purpose and never seen outside cleaning: the steps fill in what they find out. ``start``/``end`` is the source range with its
    markup. ``hint`` is what the format says of the block (None: nothing, the text itself must tell); ``kind`` is decided by
    :mod:`pipeline.cleaning.structure`.
    """

    pieces: list[Piece]
    text: str
    start: int
    end: int
    hint: BlockKind | None = None
    level: int = 0
    cells: tuple[tuple[int, int], ...] = ()  # for table rows: first and after-last piece of each cell
    gap: int = 1  # blank lines before it
    marker: str = ""  # what a list item begins with
    indent: int = 0
    ordered: bool = False
    bold: bool = False  # all of it is emphasised
    links: int = 0  # characters inside links
    rule_before: str = ""  # the sign of a separator line before it
    scope: tuple[int, ...] = ()  # numbers of the boxes that it lies in and out of which headings do not reach (details, articles)
    bar: tuple[str, ...] = ()  # the parts of a line that wide gaps divide
    reason: str | None = None  # why it is furniture
    kind: BlockKind = field(default=BlockKind.PARAGRAPH)
    parent: int | None = None

    @property
    def words(self) -> int:
        """Number of words, by white space."""
        return self.text.count(" ") + 1


@dataclass(slots=True)
class Scan:
    """What a scanner found: drafts in source order, and ranges that are no text of the article, with the reason."""

    drafts: list[Draft]
    left_out: list[tuple[int, int, str]]
