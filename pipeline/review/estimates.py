"""Shares with intervals, and how far people agree: formulas over plain numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.agreement import kappa

Z: Final = 1.959963984540054
"""Of a normal distribution 95 % lie within so many standard deviations."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval. ``effective`` is the size of the simple random sample that would be as sure."""

    value: float
    low: float
    high: float
    effective: float


def wilson(share: float, size: float) -> tuple[float, float]:
    """The 95 % score interval of a share in a sample of ``size`` (E. B. Wilson, JASA 22, 1927), good for few and for extreme shares too."""
    if size <= 0:
        return 0.0, 1.0
    square = Z * Z
    middle = (share + square / (2 * size)) / (1 + square / size)
    half = Z / (1 + square / size) * math.sqrt(share * (1 - share) / size + square / (4 * size * size))
    return max(0.0, middle - half), min(1.0, middle + half)


def simple_share(hits: int, total: int) -> Share | None:
    """The share of hits; None of nothing."""
    if not total:
        return None
    return Share(hits / total, *wilson(hits / total, total), total)


def weighted_share(hits: npt.ArrayLike, weights: npt.ArrayLike) -> Share | None:
    """The share of hits in a sample whose members stand for different numbers.

    The estimate is that of Hájek: the weights of the hits by all weights. Its interval is Wilson's, with the effective size of the sample,
    ``(sum of w)² / (sum of w²)`` (L. Kish, Survey Sampling, 1965), in place of its size, as E. Korn and B. Graubard do with that of Clopper
    and Pearson (Survey Methodology 24, 1998). That much of the dataset may be in the sample is not counted, so it is rather too wide.
    """
    numbers = np.asarray(weights, float)
    total = float(numbers.sum())
    if total <= 0:
        return None
    share = min(1.0, float(numbers[np.asarray(hits, np.bool_)].sum()) / total)
    effective = total * total / float((numbers * numbers).sum())
    return Share(share, *wilson(share, effective), effective)


def cohen_kappa(pairs: Iterable[tuple[Hashable, Hashable]]) -> float | None:
    """Cohen's kappa of two people's labels of the same things. None where chance alone makes them agree, or of nothing."""
    return kappa(Counter(pairs))


def krippendorff_alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Krippendorff's alpha for nominal labels, of any number of people who each labelled some of the units (K. Krippendorff, Content
    Analysis, chapter on reliability). A unit with one label says nothing of agreement. None where all labels are the same, or of nothing.
    """
    coincidences: Counter[tuple[Hashable, Hashable]] = Counter()
    for labels in units:
        if len(labels) < 2:
            continue
        counts = Counter(labels)
        for one, of_one in counts.items():
            for other, of_other in counts.items():
                coincidences[one, other] += of_one * (of_other - (one == other)) / (len(labels) - 1)  # type: ignore[assignment]
    marginals: Counter[Hashable] = Counter()
    for (one, _), count in coincidences.items():
        marginals[one] += count
    total = sum(marginals.values())
    expected = total * total - sum(count * count for count in marginals.values())
    if not expected:
        return None
    observed = sum(count for (one, other), count in coincidences.items() if one != other)
    return 1 - (total - 1) * observed / expected


def pairwise_labels(units: Iterable[Mapping[str, Hashable]]) -> dict[tuple[str, str], list[tuple[Hashable, Hashable]]]:
    """The labels of every two people who labelled the same units."""
    found: dict[tuple[str, str], list[tuple[Hashable, Hashable]]] = {}
    for labels in units:
        names = sorted(labels)
        for place, one in enumerate(names):
            for other in names[place + 1 :]:
                found.setdefault((one, other), []).append((labels[one], labels[other]))
    return found
