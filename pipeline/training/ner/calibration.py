"""How sure a guess must be read: fitted on articles that the tagger was not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.lexicon import fold
from pipeline.matrices import logistic
from pipeline.schema import EntityType
from pipeline.tagger import Guess, Tagger, shared
from pipeline.tagger.features import TYPES
from pipeline.tagger.tagging import log_odds
from pipeline.training.ner.changes import example_of
from pipeline.training.ner.samples import Sample

_PULL = 1.0
"""How strongly slope and heights are held to those of an uncalibrated tagger: as much as one guess of even odds would."""
_STEPS = 50
_SMALL = 1e-9
Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """A guess where the rules found nothing, and whether a mention of its type is there."""

    type: EntityType
    probability: float
    right: bool


def judged(tagger: Tagger, samples: Iterable[Sample]) -> list[Judged]:
    """The guesses of a tagger on annotated articles, where no rule found anything."""
    return [one for sample in samples for one in _judged(tagger, sample)]


def _judged(tagger: Tagger, sample: Sample) -> list[Judged]:
    marked: dict[int, EntityType] = {}
    known: set[int] = set()
    sentences = []
    first = 0
    for block in sample:
        marked |= {first + word: m.type for m in block.marked for word in range(m.first, m.last + 1)}
        known |= {first + word for k in block.known for word in range(k.first, k.last + 1)}
        sentences.append((first, first + len(block.words)))
        first += len(block.words)
    if not first:
        return []
    guesses = tagger.read(example_of(sample).signs, sentences)
    alone = [guess for guess in guesses if known.isdisjoint(_words(guess))]
    return [
        Judged(guess.type, guess.probability, any(marked.get(word) is guess.type for word in _words(guess)))
        for guess in shared(alone, [fold(word) for block in sample for word in block.words])
    ]


def _words(guess: Guess) -> range:
    return range(guess.first, guess.last + 1)


def fit(guesses: Sequence[Judged]) -> dict[str, float]:
    """Slope and heights of :func:`pipeline.tagger.tagging.calibrate`, by Newton's method on the logistic loss."""
    odds = log_odds(np.asarray([g.probability for g in guesses], dtype=np.float64))
    inputs = np.column_stack((odds, *([g.type is type_ for g in guesses] for type_ in TYPES))).astype(np.float64)
    right = np.asarray([g.right for g in guesses], dtype=np.float64)
    start = np.asarray([1.0, *(0.0 for _ in TYPES)])
    values = start.copy()
    for _ in range(_STEPS):
        likely = logistic(inputs @ values)
        slope = inputs.T @ (likely - right) + _PULL * (values - start)
        curve = (inputs * (likely * (1 - likely))[:, None]).T @ inputs + _PULL * np.eye(len(values))
        step = np.linalg.solve(curve, slope)
        while _loss(inputs, right, values - step, start) > _loss(inputs, right, values, start) and np.abs(step).max() > _SMALL:
            step /= 2
        values = values - step
    return {"slope": round(float(values[0]), 4), **{type_.value: round(float(v), 4) for type_, v in zip(TYPES, values[1:], strict=True)}}


def _loss(inputs: Doubles, right: Doubles, values: Doubles, start: Doubles) -> float:
    likely = logistic(inputs @ values)
    told = np.where(right > 0, likely, 1 - likely)
    return float(-np.log(told).sum() + _PULL * ((values - start) ** 2).sum() / 2)
