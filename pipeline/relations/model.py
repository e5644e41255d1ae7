"""The model of relations: how probable each reading of a candidate is, and whether it is denied.

A bag of features goes through one hidden layer: the sum of a learned row per feature, a rectifier, one output per reading (and one for
denial). What rules witness is weighed beside it, reading by reading. Trained by ``health-triples train relations``; plain arrays in a file
without code, so that a model from elsewhere can be loaded without trust.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ResourceError
from pipeline.relations.candidates import READINGS, WITNESSES, Candidate
from pipeline.relations.features import Group
from pipeline.resources import load_bytes

Floats = NDArray[np.float32]

MODEL_FILE: Final = "model/relations/model.npz"
DENIAL: Final = len(READINGS)
OUTPUTS: Final = DENIAL + 1
_NONE: Final = -1
_MOST_KEPT: Final = 1 << 16
UNCALIBRATED: Final = np.asarray([1, 0], dtype=np.float32)
_ARRAYS = ("rows", "hidden_bias", "outputs", "output_bias", "witness", "calibration")


class _Kept:
    """Summed rows of groups of features that come again and again: how things stand to each other, what kinds of things they are.

    They are found by identity; each is held here, so that no other group can have it. Safe for threads.
    """

    def __init__(self) -> None:
        self._places: dict[int, tuple[Group, int]] = {}
        self._sums = np.zeros((0, 0), dtype=np.float32)
        self._lock = Lock()

    def sums_of(self, groups: Sequence[Group], model: Model) -> Floats:
        """One row a group."""
        with self._lock:
            if len(self._places) > _MOST_KEPT:
                self._places.clear()
            new = list({id(group): group for group in groups if id(group) not in self._places}.values())
            if new:
                self._learn(new, model)
            places = self._places
            found: Floats = self._sums[[places[id(group)][1] for group in groups]]
            return found

    def _learn(self, groups: Sequence[Group], model: Model) -> None:
        first = len(self._places)
        if first + len(groups) > len(self._sums):
            larger = np.zeros((2 * (first + len(groups)), model.rows.shape[1]), dtype=np.float32)
            if first:
                larger[:first] = self._sums[:first]
            self._sums = larger
        for number, group in enumerate(groups, first):
            self._sums[number] = model.rows[model.ids(group)].sum(axis=0)
            self._places[id(group)] = (group, number)


@dataclass(frozen=True, slots=True)
class Model:
    """Learned arrays. ``rows``: one a feature of ``vocabulary`` (features, hidden); ``outputs``: (hidden, OUTPUTS); ``witness``: what a
    witness adds to its reading (OUTPUTS, WITNESSES); ``calibration``: slope and offset that make log-odds of readings honest (Platt 1999).
    """

    vocabulary: dict[str, int]
    rows: Floats
    hidden_bias: Floats
    outputs: Floats
    output_bias: Floats
    witness: Floats
    calibration: Floats
    hopeless: frozenset[str] = frozenset()
    """Situations of candidates that articles so rarely relate that they are not looked at."""
    _kept: _Kept = field(default_factory=_Kept, init=False, repr=False, compare=False)

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
        model = cls({name: number for number, name in enumerate(names)}, **arrays, hopeless=hopeless)
        if model.outputs.shape[1] != OUTPUTS or model.witness.shape != (OUTPUTS, WITNESSES) or len(model.rows) != len(names):
            raise ResourceError(f"{MODEL_FILE} was made for other relations; make it anew with: health-triples train relations")
        return model

    def save(self) -> bytes:
        """The model as a file; the same model gives the same bytes."""
        buffer = io.BytesIO()
        parts: dict[str, Any] = {name: getattr(self, name).astype(np.float16) for name in _ARRAYS}
        for name, lines in (("vocabulary", self.vocabulary), ("hopeless", sorted(self.hopeless))):
            parts[name] = np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)
        np.savez_compressed(buffer, **parts)
        return buffer.getvalue()

    def ids(self, features: Sequence[str]) -> list[int]:
        """The rows of the features that the model knows."""
        known = self.vocabulary
        return [known[f] for f in features if f in known]

    def probabilities(self, candidates: Sequence[Candidate]) -> Floats:
        """One row a candidate: the probability of every reading, and last that of denial."""
        if not candidates:
            return np.zeros((0, OUTPUTS), dtype=np.float32)
        hidden = np.maximum(self._sum_own(candidates) + self._sum_lasting(candidates) + self.hidden_bias, 0)
        scores: NDArray[Any] = hidden @ self.outputs + self.output_bias + self._testimony(candidates)
        scores[:, :DENIAL] = scores[:, :DENIAL] * self.calibration[0] + self.calibration[1]
        probabilities: Floats = (1 / (1 + np.exp(-scores))).astype(np.float32)
        return probabilities

    def _testimony(self, candidates: Sequence[Candidate]) -> Floats:
        """What witnesses add. Most candidates share theirs with others."""
        numbers: dict[int, int] = {}
        added: list[Floats] = []
        for candidate in candidates:
            if id(candidate.witnesses) not in numbers:
                numbers[id(candidate.witnesses)] = len(added)
                row = np.zeros(OUTPUTS, dtype=np.float32)
                for column, place, value in candidate.witnesses:
                    row[column] += value * self.witness[column, place]
                added.append(row)
        return np.asarray(added, dtype=np.float32)[[numbers[id(candidate.witnesses)] for candidate in candidates]]

    def _sum_own(self, candidates: Sequence[Candidate]) -> Floats:
        """The summed rows of the features that belong to the article. Candidates share groups, and rows of groups: each is summed once."""
        groups: dict[int, int] = {}
        flat: list[int] = []
        starts: list[int] = []
        rows: dict[int, int] = {}
        members: list[int] = []
        firsts: list[int] = []
        for candidate in candidates:
            if id(candidate.groups) in rows:
                continue
            rows[id(candidate.groups)] = len(firsts)
            firsts.append(len(members))
            for group in candidate.groups:
                number = groups.get(id(group))
                if number is None:
                    ids = self.ids(group)
                    number = groups[id(group)] = len(starts) if ids else _NONE
                    if ids:
                        starts.append(len(flat))
                        flat += ids
                if number != _NONE:
                    members.append(number)
        summed = np.zeros((len(firsts), self.rows.shape[1]), dtype=np.float32)
        if flat:
            sums = np.add.reduceat(self.rows[flat], starts)
            some = np.flatnonzero(np.diff([*firsts, len(members)]))
            summed[some] = np.add.reduceat(sums[members], np.asarray(firsts)[some])
        own: Floats = summed[[rows[id(candidate.groups)] for candidate in candidates]]
        return own

    def _sum_lasting(self, candidates: Sequence[Candidate]) -> Floats:
        """The summed rows of the features that other articles have too; they are kept."""
        summed = self._kept.sums_of([group for candidate in candidates for group in candidate.lasting], self)
        both: Floats = summed.reshape(len(candidates), -1, self.rows.shape[1]).sum(axis=1)
        return both

    def reasons(self, candidate: Candidate, column: int, most: int = 4) -> list[tuple[str, float]]:
        """The features that speak most for and against a reading of a candidate, with what each adds to its log-odds (the rectifier as it
        stands).
        """
        features = [f for f in candidate.features() if f in self.vocabulary]
        if not features:
            return []
        rows = self.rows[[self.vocabulary[f] for f in features]]
        active = rows.sum(axis=0) + self.hidden_bias > 0
        said = rows @ (self.outputs[:, column] * active)
        order = np.argsort(-np.abs(said), kind="stable")[:most]
        return [(features[n], float(said[n])) for n in order]


@cache
def load_relation_model() -> Model:
    """The bundled model."""
    return Model.load(load_bytes(MODEL_FILE))
