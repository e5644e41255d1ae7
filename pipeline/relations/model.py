"""The model of relations: how probable each reading of a candidate is, and whether it is denied.

A bag of features goes through one hidden layer: the sum of a learned row per feature, a rectifier, one output per reading (and some for
denial). What rules witness is weighed beside it, reading by reading. Trained by ``health-triples train relations``; plain arrays in a file
without code, so that a model from elsewhere can be loaded without trust.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Self

import numpy as np

from pipeline.errors import ResourceError
from pipeline.matrices import UNREADABLE, Floats, as_array, as_lines, logistic, product, with_nothing
from pipeline.relations.candidates import Candidates, Testimony
from pipeline.relations.combinations import SAYINGS
from pipeline.relations.glance import Glance
from pipeline.relations.kept import KeptRows, sums, sums_of, total
from pipeline.relations.numbering import MOST_KEPT, Combinations, Ints, Numbering, Numbers
from pipeline.relations.readings import DENIAL, OUTPUTS, WITNESSES, Witness, Witnesses
from pipeline.relations.second_look import SecondLook
from pipeline.relations.senses import as_flags, sense_names
from pipeline.relations.sights import Seen
from pipeline.remembered import Remembered
from pipeline.resources import load_bytes

MODEL_FILE: Final = "model/relations/model.npz"
UNCALIBRATED: Final = np.asarray([1, 0], dtype=np.float32)
_SECOND = "second_look_"
_GLANCE = "glance_"
# A file holds rows as whole steps of their largest number; with twice as many F1 on dev is the same (0.682 and 0.682), and the file a
# seventh larger.
_STEPS: Final = 31
_SMALLEST: Final = np.float32(1e-12)
_ARRAYS = ("hidden_bias", "outputs", "output_bias", "witness", "calibration")


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
    second_look: SecondLook | None = None
    glance: Glance | None = None
    """Which pairs are looked at; all, if there is none."""
    _table: Floats = field(init=False, repr=False, compare=False)
    _kept: Remembered[Combinations, KeptRows] = field(init=False, repr=False, compare=False)
    _sighted: Remembered[tuple[str, ...], Floats] = field(init=False, repr=False, compare=False)
    """The rows of all senses in some families of features."""
    _said: KeptRows = field(init=False, repr=False, compare=False)
    _heard: KeptRows = field(init=False, repr=False, compare=False)
    _ruled: Remembered[Testimony, Floats] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        width = self.rows.shape[1]
        table = with_nothing(self.rows)
        object.__setattr__(self, "_table", table)
        object.__setattr__(self, "rows", table[:-1])
        object.__setattr__(self, "_kept", Remembered(lambda _: KeptRows(width)))
        object.__setattr__(self, "_sighted", Remembered(self._find_sighted))
        object.__setattr__(self, "_said", KeptRows(width))
        object.__setattr__(self, "_heard", KeptRows(OUTPUTS))
        object.__setattr__(self, "_ruled", Remembered(self._hear_rules, MOST_KEPT))

    @classmethod
    def load(cls, content: bytes) -> Self:
        """Read a model file. Raises ResourceError if it is none, or one of another version of the readings."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                names = as_lines(file["vocabulary"])
                arrays = {name: file[name].astype(np.float32) for name in _ARRAYS}
                arrays["rows"] = file["units"].T * file["row_steps"][:, None]
                glimpsed = {name: file[f"{_GLANCE}{name}"] for name in Glance.names() if f"{_GLANCE}{name}" in file}
                again = {name: file[f"{_SECOND}{name}"] for name in SecondLook.names() if f"{_SECOND}{name}" in file}
        except UNREADABLE as error:
            raise ResourceError(f"{MODEL_FILE} is no model of relations: {error}; make it with: health-triples train relations") from error
        numbering = Numbering(names)
        glance = Glance.of(numbering, glimpsed) if glimpsed else None
        model = cls(numbering, **arrays, second_look=SecondLook.of(again) if again else None, glance=glance)
        rows = (model.rows, model.glance.rows) if model.glance else (model.rows,)
        if model.outputs.shape[1] != OUTPUTS or model.witness.shape != (OUTPUTS, WITNESSES) or any(len(one) != len(names) for one in rows):
            raise ResourceError(f"{MODEL_FILE} was made for other relations; make it anew with: health-triples train relations")
        return model

    def save(self) -> bytes:
        """The model as a file; the same model gives the same bytes."""
        buffer = io.BytesIO()
        parts: dict[str, Any] = {name: getattr(self, name).astype(np.float16) for name in _ARRAYS}
        steps = np.maximum(np.abs(self.rows).max(axis=1, initial=0), _SMALLEST) / np.float32(_STEPS)
        # Unit by unit, which is smaller when packed: rows are alike in how large their numbers are where they belong to one unit.
        parts |= {"units": np.ascontiguousarray(np.rint(self.rows / steps[:, None]).astype(np.int8).T), "row_steps": steps}
        if self.second_look:
            parts.update((f"{_SECOND}{name}", getattr(self.second_look, name)) for name in SecondLook.names())
        if self.glance:
            parts.update((f"{_GLANCE}{name}", getattr(self.glance, name).astype(np.float16)) for name in Glance.names())
        parts |= {"vocabulary": as_array(self.numbering.names)}
        np.savez_compressed(buffer, **parts)
        return buffer.getvalue()

    def probabilities(self, candidates: Candidates) -> Floats:
        """One row a candidate: the probability of every reading, and last those of denial."""
        return self.look_again(candidates, self.first_look(candidates))

    def look_again(self, candidates: Candidates, first: Floats) -> Floats:
        """The same where the first look is known."""
        return self.second_look.probabilities(candidates, first) if self.second_look and len(first) else first

    def first_look(self, candidates: Candidates) -> Floats:
        """What the model says of each candidate when it looks at that alone."""
        if not len(candidates):
            return np.zeros((0, OUTPUTS), dtype=np.float32)
        groups = sums(self._table, [*candidates.groups, ()])  # the last row, that of NONE, is zero
        summed = total(groups.take(candidates.own, axis=0))
        summed += total(self._see(candidates.seen).take(candidates.sights, axis=0))
        for combinations, start, numbers in candidates.combined:
            summed[start : start + len(numbers)] += self._combined(combinations, numbers)
        summed += self._said.rows_of(candidates.sayings, self._sum_sayings)
        return probabilities_of(self._score(summed, self._hear(candidates)), self.calibration)

    def log_odds(self, features: Sequence[Numbers], witnesses: Sequence[Witnesses]) -> Floats:
        """Of candidates of which only features and witnesses are known: the log-odds at first look, as they were learned."""
        if not features:
            return np.zeros((0, OUTPUTS), dtype=np.float32)
        return self._score(sums(self._table, [*features, ()])[:-1], self._testimony(witnesses))

    def _score(self, summed: Floats, heard: Floats) -> Floats:
        """Log-odds from the summed rows of features and from what witnesses add."""
        hidden = np.maximum(summed + self.hidden_bias, 0)
        return product(hidden, self.outputs) + self.output_bias + heard

    def _combined(self, combinations: Combinations, numbers: Ints) -> Floats:
        """The summed rows of the features of combinations."""
        return self._kept[combinations].rows_of(numbers, lambda new: sums_of(self._table, self.numbering, combinations, new))

    def _see(self, seen: Sequence[Seen]) -> Floats:
        """The summed rows of the senses that things of the article see; the last row, that of NONE, is zero."""
        rows = [product(as_flags(one.senses), self._sighted[one.families]) for one in seen]
        return np.concatenate([*rows, np.zeros((1, self.rows.shape[1]), dtype=np.float32)])

    def _find_sighted(self, families: tuple[str, ...]) -> Floats:
        return self._table.take([self.numbering.family(family)[sense] for family in families for sense in sense_names()], axis=0)

    def _sum_sayings(self, sayings: Sequence[int]) -> Floats:
        return sums(self._table, [self.numbering.numbers(SAYINGS.names(saying)) for saying in sayings])

    def _hear(self, candidates: Candidates) -> Floats:
        """What the witnesses of each candidate add to the log-odds. They say the same again and again."""
        heard = self._heard.rows_of(candidates.sayings, lambda new: self._testimony([SAYINGS.witnesses(saying) for saying in new]))
        if candidates.heard:
            heard[list(candidates.heard)] = [self._ruled[testimony] for testimony in candidates.heard.values()]
        heard[:, :DENIAL] += candidates.plausible * self.witness[:DENIAL, Witness.PLAUSIBLE]
        return heard

    def _hear_rules(self, testimony: Testimony) -> Floats:
        """What witnesses add that hear rules."""
        added: Floats = self._testimony([SAYINGS.witnesses(*testimony)])[0]
        return added

    def _testimony(self, witnesses: Sequence[Witnesses]) -> Floats:
        """What witnesses add to the log-odds."""
        added = np.zeros((len(witnesses), OUTPUTS), dtype=np.float32)
        for row, said in zip(added, witnesses, strict=True):
            for column, place, value in said:
                row[column] += value * self.witness[column, place]
        return added

    def reasons(self, features: Numbers, column: int, most: int = 4) -> list[tuple[str, float]]:
        """Those of some features that speak most for and against a reading, with what each adds to its log-odds (the rectifier as it
        stands).
        """
        if not features:
            return []
        rows = self.rows[list(features)]
        active = rows.sum(axis=0) + self.hidden_bias > 0
        said = rows @ (self.outputs[:, column] * active)
        order = np.argsort(-np.abs(said), kind="stable")[:most]
        return [(self.numbering.names[features[n]], float(said[n])) for n in order]


def probabilities_of(log_odds: Floats, calibration: Floats) -> Floats:
    """Probabilities (candidates, readings and denial) from log-odds, of which those of readings are made honest."""
    honest = log_odds.copy()
    honest[:, :DENIAL] = honest[:, :DENIAL] * calibration[0] + calibration[1]
    return logistic(honest)


@cache
def load_relation_model() -> Model:
    """The bundled model."""
    return Model.load(load_bytes(MODEL_FILE))
