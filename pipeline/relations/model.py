"""The model of relations: how probable each reading of a candidate is, and whether it is denied.

A bag of features goes through one hidden layer: the sum of a learned row per feature, a rectifier, one output per reading (and one for
denial). What rules witness is weighed beside it, reading by reading. Trained by ``health-triples train relations``; plain arrays in a file
without code, so that a model from elsewhere can be loaded without trust.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any, Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ResourceError
from pipeline.relations.candidates import READINGS, WITNESSES, Candidate, Witnesses
from pipeline.relations.numbering import NONE, Group, Numbering, Numbers
from pipeline.resources import load_bytes

Floats = NDArray[np.float32]
Thing = TypeVar("Thing")

MODEL_FILE: Final = "model/relations/model.npz"
DENIAL: Final = len(READINGS)
OUTPUTS: Final = DENIAL + 1
_MOST_KEPT: Final = 1 << 16
_PIECE: Final = 8
_NOTHING: Final = (NONE,) * _PIECE
UNCALIBRATED: Final = np.asarray([1, 0], dtype=np.float32)
_ARRAYS = ("rows", "hidden_bias", "outputs", "output_bias", "witness", "calibration")


class _Kept:
    """What was worked out of things that come again and again, a row of numbers each: how things stand to each other, what kinds of things
    they are, what is commonly said of them.

    They are found by identity; each is held here, so that no other can have it. Safe for threads.
    """

    def __init__(self, width: int) -> None:
        self._places: dict[int, tuple[object, int]] = {}
        self._rows = np.zeros((0, width), dtype=np.float32)
        self._lock = Lock()

    def rows_of(self, things: Sequence[Thing], work_out: Callable[[Sequence[Thing]], Floats]) -> Floats:
        """One row a thing; ``work_out`` gives the rows of those that are new."""
        with self._lock:
            if len(self._places) > _MOST_KEPT:
                self._places.clear()
            places = self._places
            new = list({id(thing): thing for thing in things if id(thing) not in places}.values())
            if new:
                self._keep(new, work_out(new))
            return self._rows.take([places[id(thing)][1] for thing in things], axis=0)

    def _keep(self, things: Sequence[object], rows: Floats) -> None:
        first, end = len(self._places), len(self._places) + len(things)
        if end > len(self._rows):
            larger = np.zeros((2 * end, self._rows.shape[1]), dtype=np.float32)
            larger[:first] = self._rows[:first]
            self._rows = larger
        self._rows[first:end] = rows
        self._places.update((id(thing), (thing, number)) for number, thing in enumerate(things, first))


def _sums(table: Floats, lists: Iterable[Sequence[int]]) -> Floats:
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
    return np.add.reduceat(_total(pieces), starts, axis=0)


def _total(rows: Floats) -> Floats:
    """(n, m, width) rows summed to (n, width)."""
    total: Floats = np.matmul(np.ones((1, rows.shape[1]), dtype=np.float32), rows)[:, 0]
    return total


@dataclass(frozen=True, slots=True)
class Model:
    """Learned arrays. ``rows``: one a feature of ``numbering`` (features, hidden); ``outputs``: (hidden, OUTPUTS); ``witness``: what a
    witness adds to its reading (OUTPUTS, WITNESSES); ``calibration``: slope and offset that make log-odds of readings honest (Platt 1999).
    """

    numbering: Numbering
    rows: Floats
    hidden_bias: Floats
    outputs: Floats
    output_bias: Floats
    witness: Floats
    calibration: Floats
    hopeless: frozenset[str] = frozenset()
    """Situations of candidates that articles so rarely relate that they are not looked at."""
    _table: Floats = field(init=False, repr=False, compare=False)
    _kept: _Kept = field(init=False, repr=False, compare=False)
    _testified: _Kept = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        width = self.rows.shape[1]
        table = np.concatenate([self.rows, np.zeros((1, width), dtype=np.float32)])
        object.__setattr__(self, "_table", table)
        object.__setattr__(self, "rows", table[:-1])
        object.__setattr__(self, "_kept", _Kept(width))
        object.__setattr__(self, "_testified", _Kept(OUTPUTS))

    @classmethod
    def load(cls, content: bytes) -> Self:
        """Read a model file. Raises ResourceError if it is none, or one of another version of the readings."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                names = bytes(file["vocabulary"]).decode().split("\n")
                hopeless = frozenset(bytes(file["hopeless"]).decode().split("\n")) - {""}
                arrays = {name: file[name].astype(np.float32) for name in _ARRAYS}
        except (ValueError, KeyError, OSError) as error:
            raise ResourceError(f"{MODEL_FILE} is no model of relations: {error}; make it with: health-triples train relations") from error
        model = cls(Numbering(names), **arrays, hopeless=hopeless)
        if model.outputs.shape[1] != OUTPUTS or model.witness.shape != (OUTPUTS, WITNESSES) or len(model.rows) != len(names):
            raise ResourceError(f"{MODEL_FILE} was made for other relations; make it anew with: health-triples train relations")
        return model

    def save(self) -> bytes:
        """The model as a file; the same model gives the same bytes."""
        buffer = io.BytesIO()
        parts: dict[str, Any] = {name: getattr(self, name).astype(np.float16) for name in _ARRAYS}
        for name, lines in (("vocabulary", self.numbering.names), ("hopeless", sorted(self.hopeless))):
            parts[name] = np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)
        np.savez_compressed(buffer, **parts)
        return buffer.getvalue()

    def probabilities(self, candidates: Sequence[Candidate]) -> Floats:
        """One row a candidate: the probability of every reading, and last that of denial."""
        if not candidates:
            return np.zeros((0, OUTPUTS), dtype=np.float32)
        lasting = self._kept.rows_of([group for candidate in candidates for group in candidate.lasting], self._lasting)
        summed = self._sum_own(candidates) + _total(lasting.reshape(len(candidates), -1, lasting.shape[1]))
        hidden = np.maximum(summed + self.hidden_bias, 0)
        scores: NDArray[Any] = hidden @ self.outputs + self.output_bias + self._heard(candidates)
        scores[:, :DENIAL] = scores[:, :DENIAL] * self.calibration[0] + self.calibration[1]
        probabilities: Floats = (1 / (1 + np.exp(-scores))).astype(np.float32)
        return probabilities

    def _lasting(self, groups: Sequence[Group]) -> Floats:
        """The summed rows of features that other articles have too."""
        return _sums(self._table, [group.numbers for group in groups])

    def _heard(self, candidates: Sequence[Candidate]) -> Floats:
        """What the witnesses of each candidate add. What rules say is never said again; what is said without them is, and is kept."""
        heard = np.empty((len(candidates), OUTPUTS), dtype=np.float32)
        ruled = np.fromiter((bool(candidate.rules) for candidate in candidates), dtype=bool, count=len(candidates))
        heard[ruled] = self._testimony([candidate.witnesses for candidate in candidates if candidate.rules])
        silent = [candidate.witnesses for candidate in candidates if not candidate.rules]
        if silent:
            heard[~ruled] = self._testified.rows_of(silent, self._testimony)
        return heard

    def _testimony(self, witnesses: Sequence[Witnesses]) -> Floats:
        """What witnesses add to the log-odds."""
        added = np.zeros((len(witnesses), OUTPUTS), dtype=np.float32)
        for row, said in zip(added, witnesses, strict=True):
            for column, place, value in said:
                row[column] += value * self.witness[column, place]
        return added

    def _sum_own(self, candidates: Sequence[Candidate]) -> Floats:
        """The summed rows of the features that belong to the article. Candidates share groups, and lists of groups: each is summed once."""
        groups: dict[int, tuple[int, Numbers]] = {}
        rows: dict[int, int] = {}
        lists: list[list[int]] = []
        for candidate in candidates:
            own = candidate.groups
            if id(own) not in rows:
                rows[id(own)] = len(lists)
                lists.append([groups.setdefault(id(group), (len(groups), group))[0] for group in own])
        sums = _sums(self._table, [*(numbers for _, numbers in groups.values()), ()])  # the last row of a table is zero
        summed = _sums(sums, lists)
        return summed.take([rows[id(candidate.groups)] for candidate in candidates], axis=0)

    def reasons(self, candidate: Candidate, column: int, most: int = 4) -> list[tuple[str, float]]:
        """The features that speak most for and against a reading of a candidate, with what each adds to its log-odds (the rectifier as it
        stands).
        """
        numbers = list(candidate.features())
        if not numbers:
            return []
        rows = self.rows[numbers]
        active = rows.sum(axis=0) + self.hidden_bias > 0
        said = rows @ (self.outputs[:, column] * active)
        order = np.argsort(-np.abs(said), kind="stable")[:most]
        return [(self.numbering.names[numbers[n]], float(said[n])) for n in order]


@cache
def load_relation_model() -> Model:
    """The bundled model."""
    return Model.load(load_bytes(MODEL_FILE))
