"""Summed rows of features, and those that are kept for what comes again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Final

import numpy as np

from pipeline.matrices import Floats
from pipeline.relations.numbering import NONE, Combinations, Ints, Numbering

_MOST_ROWS: Final = 1 << 16  # that are kept of one kind of thing
_PIECE: Final = 8
_NOTHING: Final = (NONE,) * _PIECE


class KeptRows:
    """A row of numbers for things that come again and again, by the number of the thing. Safe for threads."""

    def __init__(self, width: int) -> None:
        self._places: dict[int, int] = {}
        self._rows = np.zeros((0, width), dtype=np.float32)
        self._lock = Lock()

    def rows_of(self, things: Ints, work_out: Callable[[Sequence[int]], Floats]) -> Floats:
        """One row a thing; ``work_out`` gives the rows of those that are new."""
        listed = things.tolist()
        with self._lock:
            places = self._places
            new = [thing for thing in dict.fromkeys(listed) if thing not in places]
            if new:
                if len(places) + len(new) > _MOST_ROWS:
                    places.clear()
                    new = list(dict.fromkeys(listed))
                self._keep(new, work_out(new))
            return self._rows.take([places[thing] for thing in listed], axis=0)

    def _keep(self, things: Sequence[int], rows: Floats) -> None:
        first, end = len(self._places), len(self._places) + len(things)
        if end > len(self._rows):
            larger = np.zeros((2 * end, self._rows.shape[1]), dtype=np.float32)
            larger[:first] = self._rows[:first]
            self._rows = larger
        self._rows[first:end] = rows
        self._places.update(zip(things, range(first, end), strict=True))


def sums(table: Floats, lists: Iterable[Sequence[int]]) -> Floats:
    """The summed rows of a table for every list of their numbers. ``NONE`` counts for nothing: the last row of the table is zero.

    Lists are cut into pieces of one length, with which numpy is ten times as fast as with lists as they are.
    """
    numbers: list[int] = []
    starts: list[int] = []
    for one in lists:
        starts.append(len(numbers) // _PIECE)
        numbers += one
        numbers += _NOTHING[: -len(one) % _PIECE] if one else _NOTHING
    pieces = table.take(np.asarray(numbers, dtype=np.intp).reshape(-1, _PIECE), axis=0)
    return np.add.reduceat(total(pieces), starts, axis=0)


def sums_of(table: Floats, numbering: Numbering, combinations: Combinations, numbers: Iterable[int]) -> Floats:
    """The summed rows of the features of some combinations of one kind."""
    return sums(table, [numbering.numbers(combinations.names(number)) for number in numbers])


def total(rows: Floats) -> Floats:
    """(n, m, width) rows summed to (n, width)."""
    summed: Floats = np.matmul(np.ones((1, rows.shape[1]), dtype=np.float32), rows)[:, 0]
    return summed
