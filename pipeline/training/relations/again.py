"""Learning of the second look (:mod:`pipeline.relations.second_look`): binary cross-entropy over cells, back-propagation written out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from pipeline.matrices import Floats, logistic
from pipeline.relations.second_look import Cells, SecondLook
from pipeline.training.relations.calibration import calibration_of
from pipeline.training.relations.learner import UNKNOWN, Adam, Config, noise

# Chosen by cross-validation over the train split; how many units, how long and how fast hardly matters.
_HIDDEN: Final = 32
_MEMBERS: Final = 3
_ROUNDS: Final = 12
_BATCH: Final = 512
_RATE: Final = 0.004
_SLOWING: Final = 0.85
_DECAY: Final = 1e-4
_FEATURE_DROPOUT: Final = 0.1
_HIDDEN_DROPOUT: Final = 0.3
_BOUND: Final = 5  # deviations from the mean


Example = tuple[Cells, Floats]
"""What a second look sees of an article, by a first look that was trained without it, with what is right (1, 0 or ``UNKNOWN``)."""


def learn_again(articles: Sequence[Sequence[Example]], config: Config) -> SecondLook:
    """A second look whose probabilities are honest, by cross-validation. ``articles``: of each all examples."""
    odds, truths = [], []
    for fold in range(config.folds):
        unseeing = _learn([article for number, article in enumerate(articles) if number % config.folds != fold], config)
        features, truth = _joined(articles[fold :: config.folds])
        odds.append(unseeing.log_odds(features))
        truths.append(truth)
    slope, offset = calibration_of(np.concatenate(odds), np.concatenate(truths))
    second = _learn(articles, config)
    return replace(second, output=second.output * slope, direct=second.direct * slope, bias=second.bias * slope + offset)


def _joined(articles: Sequence[Sequence[Example]]) -> tuple[Floats, Floats]:
    """The features of all cells that people judged, and what is right."""
    known = [(cells.features[right != UNKNOWN], right[right != UNKNOWN]) for article in articles for cells, right in article]
    features, truth = zip(*known, strict=True)
    return np.concatenate(features), np.concatenate(truth)


def _learn(articles: Sequence[Sequence[Example]], config: Config) -> SecondLook:
    """The mean of ``_MEMBERS`` networks that differ by their seed, side by side in one."""
    features, truth = _joined(articles)
    mean, deviation = features.mean(axis=0), features.std(axis=0) + np.float32(1e-3)
    low, high = mean - _BOUND * deviation, mean + _BOUND * deviation
    scaled = (np.clip(features, low, high) - mean) / deviation
    hidden, hidden_bias, output, direct, bias = zip(
        *(_learn_one(scaled, truth, np.random.default_rng(config.seed + number)) for number in range(_MEMBERS)), strict=True
    )
    share = np.float32(1 / _MEMBERS)
    inner = np.concatenate(hidden, axis=1) / deviation[:, None]  # what the network does to features as they are
    outer = np.sum(direct, axis=0) * share / deviation
    return SecondLook(
        hidden=inner,
        hidden_bias=np.concatenate(hidden_bias) - mean @ inner,
        output=np.concatenate(output) * share,
        direct=outer,
        bias=np.sum(bias, axis=0) * share - mean @ outer,
        low=low,
        high=high,
    )


def _learn_one(scaled: Floats, truth: Floats, rng: np.random.Generator) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """The arrays of one network: hidden and its bias, output, direct, bias."""
    width = scaled.shape[1]
    hidden = rng.normal(0, width**-0.5, (width, _HIDDEN)).astype(np.float32)
    hidden_bias = np.zeros(_HIDDEN, dtype=np.float32)
    output = rng.normal(0, _HIDDEN**-0.5, _HIDDEN).astype(np.float32)
    direct = np.zeros(width, dtype=np.float32)
    bias = np.full(1, -1.5, dtype=np.float32)
    arrays = hidden, hidden_bias, output, direct, bias
    steppers = [Adam(array, decay) for array, decay in zip(arrays, (_DECAY, 0, _DECAY, _DECAY, 0), strict=True)]
    rate, number = _RATE, 0
    for _ in range(_ROUNDS):
        order = rng.permutation(len(scaled))
        for begin in range(0, len(order), _BATCH):
            chosen = order[begin : begin + _BATCH]
            seen = scaled[chosen] * noise(rng, (len(chosen), width), _FEATURE_DROPOUT)
            before = seen @ hidden + hidden_bias
            mask = noise(rng, before.shape, _HIDDEN_DROPOUT)
            active = np.maximum(before, 0) * mask
            error = (logistic(active @ output + seen @ direct + bias) - truth[chosen]) / np.float32(len(chosen))
            back = error[:, None] * output * mask * (before > 0)
            number += 1
            gradients = seen.T @ back, back.sum(axis=0), active.T @ error, seen.T @ error, error.sum(keepdims=True)
            for stepper, gradient in zip(steppers, gradients, strict=True):
                stepper.step(gradient, rate, number)
        rate *= _SLOWING
    return arrays
