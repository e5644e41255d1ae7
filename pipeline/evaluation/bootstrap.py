"""How far a score may be off because these articles were chosen and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluation.scores import METRICS, Counts

RESAMPLES = 1000
SEED = 20240917
_TAILS = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper end of a 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Intervals:
    """The intervals of one metric."""

    precision: Interval
    recall: Interval
    f1: Interval


def bootstrap(articles: Sequence[Mapping[str, Counts]], resamples: int = RESAMPLES, seed: int = SEED) -> dict[str, Intervals]:
    """95 % intervals of every metric, by drawing as many articles as there are, with replacement, again and again.

    Articles are drawn whole, since mentions of one article resemble each other. The same counts and seed give the same intervals.
    """
    counts = np.array([[(c.tp, c.fp, c.fn) for c in (article[name] for name in METRICS)] for article in articles], dtype=float)
    draws = np.random.default_rng(seed).multinomial(len(articles), [1 / len(articles)] * len(articles), size=resamples)
    tp, fp, fn = np.moveaxis(np.tensordot(draws, counts, axes=1), -1, 0)
    kinds = [_intervals(tp, whole) for whole in (tp + fp, tp + fn, tp + (fp + fn) / 2)]
    return {name: Intervals(*(kind[column] for kind in kinds)) for column, name in enumerate(METRICS)}


def _intervals(part: NDArray[np.float64], whole: NDArray[np.float64]) -> list[Interval]:
    """One interval a column of ``part / whole``; 0 where the whole is nothing."""
    shares = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    low, high = np.quantile(shares, _TAILS, axis=0)
    return [Interval(float(a), float(b)) for a, b in zip(low, high, strict=True)]
