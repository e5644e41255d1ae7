"""A glance at every pair of an article, before anything is worked out for it: most stand to each other as articles never relate things.

A network of the same kind as the model's (:mod:`~pipeline.relations.model`), but a few numbers wide, sees what costs next to nothing: how
the two stand to each other and what kinds of things they are (:mod:`~pipeline.relations.combinations`), the words of the sentence and above
it, and how plausible the likeliest reading is. Pairs of which rules speak are looked at in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from threading import Lock
from typing import Final, Self

import numpy as np

from pipeline.matrices import Floats, with_nothing
from pipeline.relations.candidates import Candidates
from pipeline.relations.kept import sums, sums_of
from pipeline.relations.numbering import NONE, Combinations, Ints, Numbering, Numbers, known
from pipeline.relations.readings import READINGS
from pipeline.remembered import Remembered

AROUND: Final = 2
"""Groups of features that tell what is said around a pair: the words of its sentence, and what stands above that."""
_LEVELS: Final = np.asarray([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7], dtype=np.float32)
"""Plausibilities that are told apart."""

LIKELIEST: Final = Combinations(
    lambda reading, level: (f"likely:{level}", f"likely:{reading}:{level}"), range(len(READINGS)), range(len(_LEVELS) + 1)
)
"""The most plausible reading of a pair, and how plausible it is."""


def likeliest_of(plausible: Floats) -> Ints:
    """Numbers of ``LIKELIEST``, given how plausible the readings of each pair are (pairs, readings)."""
    return LIKELIEST.numbers(plausible.argmax(axis=1), np.searchsorted(_LEVELS, plausible.max(axis=1, initial=0)))


def shown_by(candidates: Candidates, number: int) -> Numbers:
    """The features that a candidate shows at a glance."""
    around = [candidates.groups[group] for group in candidates.own[number, :AROUND].tolist() if group != NONE]
    names = [one.names(number) for one in candidates.shown if one.holds(number)]
    return known(chain(*around, candidates.numbering.numbers(chain(*names))))


Shown = tuple[Combinations, Ints]
"""Combinations, one number a pair."""


class _Rows:
    """The rows of all combinations of one kind, which are few; each is worked out when it is first met. Safe for threads."""

    def __init__(self, size: int, width: int, work_out: Callable[[Sequence[int]], Floats]) -> None:
        self._work_out = work_out
        self._rows = np.zeros((size, width), dtype=np.float32)
        self._known = np.zeros(size, dtype=np.bool_)
        self._lock = Lock()

    def of(self, numbers: Ints) -> Floats:
        """One row a number."""
        if not self._known[numbers].all():
            with self._lock:
                new = np.unique(numbers[~self._known[numbers]])
                self._rows[new] = self._work_out(new.tolist())
                self._known[new] = True
        return self._rows.take(numbers, axis=0)


@dataclass(frozen=True, slots=True)
class Glance:
    """Learned arrays. ``rows``: one a feature of ``numbering`` (features, hidden); ``hidden_bias`` and ``output``: (hidden); ``bias``: (1),
    such that a pair from 0 on is worth a look.
    """

    numbering: Numbering
    rows: Floats
    hidden_bias: Floats
    output: Floats
    bias: Floats
    _table: Floats = field(init=False, repr=False, compare=False)
    _rows: Remembered[Combinations, _Rows] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        table = with_nothing(self.rows)
        object.__setattr__(self, "_table", table)
        object.__setattr__(self, "rows", table[:-1])
        object.__setattr__(self, "_rows", Remembered(self._make_rows))

    @staticmethod
    def names() -> tuple[str, ...]:
        """The names of the arrays."""
        return "rows", "hidden_bias", "output", "bias"

    @classmethod
    def of(cls, numbering: Numbering, arrays: Mapping[str, Floats]) -> Self:
        """From arrays by name."""
        return cls(numbering, **{name: arrays[name].astype(np.float32) for name in cls.names()})

    def of_groups(self, groups: Iterable[Numbers]) -> Floats:
        """The summed rows of groups of features, and last those of none."""
        return sums(self._table, [*groups, ()])

    def log_odds(self, around: Floats, shown: Iterable[Shown]) -> Floats:
        """Of pairs: from 0 on, a pair is worth a look. ``around``: the summed rows of what is said around each (pairs, hidden)."""
        summed = self.hidden_bias + around
        for combinations, numbers in shown:
            summed += self._rows[combinations].of(numbers)
        return self._score(summed)

    def log_odds_of(self, shown: Sequence[Numbers]) -> Floats:
        """The same for pairs of which what they show is known (:func:`shown_by`)."""
        return self._score(self.of_groups(shown)[:-1] + self.hidden_bias)

    def _score(self, summed: Floats) -> Floats:
        odds: Floats = np.maximum(summed, 0) @ self.output + self.bias
        return odds

    def _make_rows(self, combinations: Combinations) -> _Rows:
        return _Rows(len(combinations), self.rows.shape[1], partial(sums_of, self._table, self.numbering, combinations))
