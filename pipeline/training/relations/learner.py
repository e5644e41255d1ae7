"""Learning of the model of relations: binary cross-entropy per reading, back-propagation written out, Adam. Plain numpy with one seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.matrices import Floats, logistic
from pipeline.relations.model import UNCALIBRATED, Model
from pipeline.relations.numbering import NONE, Ints, Numbering, Numbers
from pipeline.relations.readings import OUTPUTS, WITNESSES, Witnesses

_BETA, _BETA_SQUARED, _EPSILON = 0.9, 0.999, 1e-8
UNKNOWN = -1.0


@dataclass(frozen=True, slots=True)
class Example:
    """A candidate with what is right: ``truth`` holds (column, 1 or 0); columns that are not there are not learned from."""

    features: Numbers
    witnesses: Witnesses
    truth: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Config:
    """How the model is trained; ``resources/training/relations.toml`` says why."""

    seed: int
    rounds: int
    batch: int
    hidden: int
    rate: float
    slowing: float
    averaged: int
    decay: float
    least_count: int
    feature_dropout: float
    hidden_dropout: float
    sketch_hidden: int
    sketch_rounds: int
    stated_here: float
    glance_hidden: int
    glance_rounds: int
    glance_dropout: float
    looked_at: float
    folds: int
    members: int


class Adam:
    """Adam (Kingma and Ba 2015), for the rows of an array that a batch touches."""

    def __init__(self, array: Floats, decay: float) -> None:
        self._array, self._decay = array, decay
        self._first, self._second = np.zeros_like(array), np.zeros_like(array)

    def step(self, gradient: Floats, rate: float, number: int, rows: Any = slice(None)) -> None:
        self._first[rows] = one = _BETA * self._first[rows] + (1 - _BETA) * gradient
        self._second[rows] = two = _BETA_SQUARED * self._second[rows] + (1 - _BETA_SQUARED) * gradient**2
        scale = rate * np.sqrt(1 - _BETA_SQUARED**number) / (1 - _BETA**number)
        self._array[rows] -= (scale * one / (np.sqrt(two) + _EPSILON) + rate * self._decay * self._array[rows]).astype(np.float32)


def learn(
    examples: Sequence[Example], numbering: Numbering, config: Config, report: Callable[[int, float], None] = lambda round_, loss: None
) -> Model:
    """A model that was trained on examples with the features of ``numbering``: the mean of ``config.members`` that differ by their seed,
    side by side in one. It keeps the numbering, though features that are too rare teach it nothing (:func:`without_unknown`).

    ``report`` is called with the number of every finished round and its mean loss.
    """
    batches = _Batches(examples, len(numbering), config.least_count)
    members = [
        _learn_one(batches, numbering, replace(config, seed=config.seed + number), _later(report, number * config.rounds))
        for number in range(config.members)
    ]
    return mean_of(members)


def without_unknown(model: Model) -> Model:
    """The same model with a numbering of the features that it or its glance learned something of, in alphabetical order."""
    names, glance = model.numbering.names, model.glance
    known = model.rows.any(axis=1) | (glance.rows.any(axis=1) if glance else False)
    learned = sorted(np.flatnonzero(known).tolist(), key=names.__getitem__)
    numbering = Numbering([names[number] for number in learned])
    return replace(
        model,
        numbering=numbering,
        rows=model.rows[learned],
        glance=replace(glance, numbering=numbering, rows=glance.rows[learned]) if glance else None,
    )


def _later(report: Callable[[int, float], None], rounds: int) -> Callable[[int, float], None]:
    return lambda done, loss: report(rounds + done, loss)


def mean_of(models: Sequence[Model]) -> Model:
    """One model that gives the mean log-odds of several with the same numbering: their hidden layers stand side by side."""
    share = np.float32(1 / len(models))
    return replace(
        models[0],
        rows=np.concatenate([model.rows for model in models], axis=1),
        hidden_bias=np.concatenate([model.hidden_bias for model in models]),
        outputs=np.concatenate([model.outputs for model in models]) * share,
        output_bias=np.sum([model.output_bias for model in models], axis=0) * share,
        witness=np.sum([model.witness for model in models], axis=0) * share,
    )


class _Batches:
    """Examples as numbers: the rows of their features among the ``learned`` ones, what is right, and what witnesses say."""

    def __init__(self, examples: Sequence[Example], features: int, least_count: int) -> None:
        counts = np.zeros(features, dtype=np.int64)
        for example in examples:
            counts[list(example.features)] += 1
        self.learned = np.flatnonzero(counts >= least_count)
        row = np.full(features, NONE, dtype=np.int64)
        row[self.learned] = np.arange(len(self.learned))
        self.ids = [found[found != NONE] for found in (row[list(example.features)] for example in examples)]
        self.truth = np.full((len(examples), OUTPUTS), UNKNOWN, dtype=np.float32)
        self.said = np.zeros((len(examples), OUTPUTS, WITNESSES), dtype=np.float32)
        for number, example in enumerate(examples):
            for column, value in example.truth:
                self.truth[number, column] = value
            for column, place, value in example.witnesses:
                self.said[number, column, place] = value


def _learn_one(batches: _Batches, numbering: Numbering, config: Config, report: Callable[[int, float], None]) -> Model:
    rng = np.random.default_rng(config.seed)
    ids, truth, said = batches.ids, batches.truth, batches.said
    model = Model(
        Numbering([numbering.names[number] for number in batches.learned]),
        rng.normal(0, 0.05, (len(batches.learned), config.hidden)).astype(np.float32),
        np.zeros(config.hidden, dtype=np.float32),
        rng.normal(0, np.sqrt(1 / config.hidden), (config.hidden, OUTPUTS)).astype(np.float32),
        np.full(OUTPUTS, -2, dtype=np.float32),
        np.zeros((OUTPUTS, WITNESSES), dtype=np.float32),
        UNCALIBRATED,
    )
    arrays = model.rows, model.hidden_bias, model.outputs, model.output_bias, model.witness
    steppers = [Adam(array, config.decay) for array in arrays]
    means = [np.zeros_like(array) for array in arrays]
    rate, number = config.rate, 0
    averaged = max(min(config.averaged, config.rounds), 1)
    for round_ in range(config.rounds):
        order = rng.permutation(len(ids))
        total = 0.0
        for begin in range(0, len(order), config.batch):
            chosen = order[begin : begin + config.batch]
            number += 1
            total += _step(model, steppers, [ids[n] for n in chosen], said[chosen], truth[chosen], config, rng, rate, number)
        rate *= config.slowing
        if config.rounds - round_ <= averaged:
            means = [mean + array / np.float32(averaged) for mean, array in zip(means, arrays, strict=True)]
        report(round_ + 1, total / max(len(ids), 1))
    learned, hidden_bias, outputs, output_bias, witness = means
    rows = np.zeros((len(numbering), config.hidden), dtype=np.float32)
    # All features are seen at run time: their sums shall be as large as those of the ones that were left in.
    rows[batches.learned] = learned * np.float32(1 - config.feature_dropout)
    return Model(numbering, rows, hidden_bias, outputs, output_bias, witness, UNCALIBRATED)


def noise(rng: np.random.Generator, shape: tuple[int, ...], dropped: float) -> Floats:
    """Factors that leave out a share of what they are multiplied with, and keep its mean."""
    return np.asarray(rng.random(shape, dtype=np.float32) >= dropped, dtype=np.float32) / np.float32(1 - dropped)


def _step(
    model: Model,
    steppers: Sequence[Adam],
    ids: Sequence[Ints],
    said: Floats,
    truth: Floats,
    config: Config,
    rng: np.random.Generator,
    rate: float,
    number: int,
) -> float:
    """One step over a batch; its summed loss."""
    size = len(ids)
    kept = [one[rng.random(len(one)) >= config.feature_dropout] for one in ids]
    flat = np.concatenate(kept)
    owner = np.repeat(np.arange(size), [len(one) for one in kept])
    summed = np.zeros((size, config.hidden), dtype=np.float32)
    lengths = np.asarray([len(one) for one in kept])
    some = np.flatnonzero(lengths)
    starts = np.cumsum([0, *lengths[some][:-1]])
    summed[some] = np.add.reduceat(model.rows[flat], starts)
    before = summed + model.hidden_bias
    mask = noise(rng, before.shape, config.hidden_dropout)
    hidden = np.maximum(before, 0) * mask
    scores = hidden @ model.outputs + model.output_bias + (said * model.witness).sum(axis=-1)
    probability = logistic(scores)
    known = truth >= 0
    error = np.where(known, probability - truth, 0).astype(np.float32)
    loss = -np.where(known, np.where(truth > 0, np.log(probability + 1e-7), np.log(1 - probability + 1e-7)), 0).sum()
    error /= size
    into_hidden = (error @ model.outputs.T) * mask * (before > 0)
    rows, where = np.unique(flat, return_inverse=True)
    order = np.argsort(where, kind="stable")
    bounds = np.flatnonzero(np.r_[True, np.diff(where[order]) > 0])
    row_gradient = np.add.reduceat(into_hidden[owner[order]], bounds)
    steppers[0].step(row_gradient, rate, number, rows)
    steppers[1].step(into_hidden.sum(axis=0), rate, number)
    steppers[2].step(hidden.T @ error, rate, number)
    steppers[3].step(error.sum(axis=0), rate, number)
    steppers[4].step((error[:, :, None] * said).sum(axis=0), rate, number)
    return float(loss)
