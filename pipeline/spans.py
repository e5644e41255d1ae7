"""Positions: spans, overlap, and the exact map between reading text and source.

All positions count Unicode code points; ends are exclusive.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range ``[start, end)``."""

    start: int
    end: int


def overlaps(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Whether two spans share at least one position. Touching is no overlap."""
    return a[0] < b[1] and b[0] < a[1]


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """Carries positions between a reading text and the source that it was made from.

    The text is a row of pieces. A piece is either *kept* (the same characters as the source, position by position), *replaced*
    (stands for a source range of another length or content, such as ``é`` for ``&eacute;``) or *inserted* (its source range is
    empty, such as the line break between two blocks). The four tuples are parallel; starts are ascending in the text. Source starts
    ascend as well, since cleaning never moves text.
    """

    text_starts: tuple[int, ...]
    text_ends: tuple[int, ...]
    source_starts: tuple[int, ...]
    source_ends: tuple[int, ...]
    kept: tuple[bool, ...]

    @classmethod
    def identity(cls, length: int) -> OffsetMap:
        """The map of a text that is its own source."""
        return cls((0,), (length,), (0,), (length,), (True,)) if length else cls((), (), (), (), ())

    def to_source(self, start: int, end: int) -> Span:
        """The smallest source range that yields ``text[start:end]``.

        Raises ValueError when the span is empty or outside the text.
        """
        if not 0 <= start < end <= (self.text_ends[-1] if self.text_ends else 0):
            raise ValueError(f"no text at [{start}, {end})")
        first = bisect_right(self.text_starts, start) - 1
        last = first if end <= self.text_ends[first] else bisect_right(self.text_starts, end - 1) - 1
        source_start = self.source_starts[first] + (start - self.text_starts[first] if self.kept[first] else 0)
        source_end = self.source_starts[last] + (end - self.text_starts[last]) if self.kept[last] else self.source_ends[last]
        return Span(source_start, source_end)

    def to_text(self, source_start: int, source_end: int) -> Span | None:
        """The text range that ``source[source_start:source_end]`` was read as, or None where all of it was left out."""
        found: list[tuple[int, int]] = []
        i = max(bisect_right(self.source_starts, source_start) - 1, 0)
        while i > 0 and self.source_starts[i - 1] == self.source_starts[i]:
            i -= 1
        while i < len(self.source_starts) and self.source_starts[i] < source_end:
            low, high = max(source_start, self.source_starts[i]), min(source_end, self.source_ends[i])
            if low < high:
                if self.kept[i]:
                    shift = self.text_starts[i] - self.source_starts[i]
                    found.append((low + shift, high + shift))
                else:
                    found.append((self.text_starts[i], self.text_ends[i]))
            i += 1
        return Span(found[0][0], found[-1][1]) if found else None


class TextBuilder:
    """Builds a reading text and its :class:`OffsetMap` piece by piece.

    Pieces must come in source order. Adjacent kept pieces are merged.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._parts: list[str] = []
        self._rows: list[tuple[int, int, int, int, bool]] = []
        self.length = 0

    def keep(self, start: int, end: int) -> None:
        """Take over ``source[start:end]`` as it is."""
        if start >= end:
            return
        text_start, self.length = self.length, self.length + end - start
        if self._rows and self._rows[-1][4] and self._rows[-1][3] == start:
            previous = self._rows.pop()
            self._rows.append((previous[0], self.length, previous[2], end, True))
        else:
            self._rows.append((text_start, self.length, start, end, True))
        self._parts.append(self._source[start:end])

    def replace(self, start: int, end: int, text: str) -> None:
        """Read ``source[start:end]`` as ``text``; with ``start == end`` the text is inserted, with an empty text the range is left out."""
        if not text:
            return
        if self._source[start:end] == text:
            self.keep(start, end)
            return
        text_start, self.length = self.length, self.length + len(text)
        self._rows.append((text_start, self.length, start, end, False))
        self._parts.append(text)

    def build(self) -> tuple[str, OffsetMap]:
        """The text so far and its map."""
        columns = tuple(zip(*self._rows, strict=True)) or ((), (), (), (), ())
        return "".join(self._parts), OffsetMap(*columns)
