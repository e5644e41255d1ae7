"""In which order triples come before reviewers, such that what they say of the first few can be said of all.

Every triple has a *size*, by which it is wanted early, and a *draw*, a number between 0 and 1 that is a digest of the seed and its id and
so knows nothing of whether it is right. Triples come by ``draw / size``. Then those before any place of the queue are a sample in which a
triple is with probability ``min(1, size * threshold)``, where the threshold is the ``draw / size`` of the first that is not in it. This is
priority sampling, whose estimates are unbiased for any part of the whole (N. Duffield, C. Lund, M. Thorup: Priority sampling for
estimation of arbitrary subset sums, Journal of the ACM 54(6), 2007), a kind of order sampling with fixed sizes (B. Rosén, 1997).

The *risk* queue mixes four strata in equal parts: low confidence, concepts with many triples, rules (each rule gets as much as any other,
so that those with little evidence come early), and a random one, in which all triples have one size. Because of the last no triple has
less than a quarter of the size that it has in a simple random sample, so that no weight is above four (a defensive mixture: T. Hesterberg,
Technometrics 37(2), 1995).

An *audit* is a simple random sample of a fixed number from each stratum: as many from each, until a stratum has no more.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from pipeline.errors import UsageError
from pipeline.review.dataset import Category, Codes, Floats, Mask, ReviewDataset
from pipeline.review.events import Sampling

Order: TypeAlias = npt.NDArray[np.int64]
Stratify: TypeAlias = Literal["relation", "rule", "kind", "types", "source", "confidence", "none"]
STRATIFY: Final[tuple[str, ...]] = get_args(Stratify)
RISK_STRATA: Final = ("low_confidence", "high_impact", "new_rule", "random")
BROWSED: Final = Sampling(design="browse", stratum="browse", probability=0.0)
"""Of what a reviewer looked up himself."""
_ONE: Final = 2.0**64
_OF_DOUBLES: Final = -1
"""A seed that no queue has, so that double review has nothing to do with the order."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A sample and what each of its triples stands for."""

    sample: Order
    """Triples, by index."""
    weights: Floats


class Design:
    """An order of triples with the probabilities that it gives them."""

    def __init__(self, name: str, strata: Category, labels: Category, size: Floats, draw: Floats, members: Mask) -> None:
        self.name = name
        self.members = members
        self._strata = strata
        self._labels = labels
        self._size = size
        self._priority = draw / size
        self._stratum_of_label = strata is labels

    @cached_property
    def order(self) -> Order:
        """All members as they come: by priority, and in an audit from all strata by turns."""
        chosen = np.flatnonzero(self.members)
        priority = self._priority[chosen]
        if not self._stratum_of_label:
            return chosen[np.argsort(priority, kind="stable")]
        codes = self._strata.codes[chosen]
        ranked = np.lexsort((priority, codes))
        sizes = np.bincount(codes, minlength=len(self._strata.values))
        starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
        turn = np.empty(len(chosen))
        turn[ranked] = (np.arange(len(chosen)) - starts + 0.5) / sizes[codes[ranked]]
        return chosen[np.lexsort((priority, turn))]

    def sampling(self, index: int) -> Sampling:
        """What is kept with a decision on a triple that came by this design; one that it does not have was looked up."""
        if not self.members[index]:
            return BROWSED
        label = self._labels.of(index)
        if not self._stratum_of_label:
            return Sampling(design=self.name, stratum=label, probability=round(float(self._size[index]), 6))
        mine = self._strata.codes == self._strata.codes[index]
        share = float(np.count_nonzero(mine & self.members) / np.count_nonzero(mine))
        return Sampling(design=self.name, stratum=label, probability=round(share, 6))

    def weights(self, visited: Mask, part: Order) -> Weights:
        """The sample that the visited triples of a part make, weighted for it: of each stratum those before the first that was not visited.

        ``part`` is in the order of :meth:`ranked`. The weights of a stratum add up to the number of its triples in the part (Hajek); strata
        without a visited triple are not represented.
        """
        codes = self._strata.codes[part]
        samples, weights = [], []
        for start, stop in _runs(codes):
            stratum = part[start:stop]
            waiting = ~visited[stratum]
            first = int(np.argmax(waiting)) if waiting.any() else len(stratum)
            if not first:
                continue
            sample = stratum[:first]
            threshold = self._priority[stratum[first]] if first < len(stratum) else np.inf
            inverse = 1 / np.minimum(1, self._size[sample] * threshold)
            samples.append(sample)
            weights.append(inverse * (len(stratum) / inverse.sum()))
        if not samples:
            return Weights(np.zeros(0, np.int64), np.zeros(0))
        return Weights(np.concatenate(samples), np.concatenate(weights))

    def ranked(self, groups: Codes) -> Order:
        """All triples by group, in a group by stratum, in a stratum by priority."""
        found: Order = np.lexsort((self._priority, self._strata.codes, groups))
        return found


def _runs(codes: Codes) -> list[tuple[int, int]]:
    """Where equal codes that stand together begin and end."""
    if not len(codes):
        return []
    ends = np.flatnonzero(np.diff(codes)) + 1
    edges = [0, *ends.tolist(), len(codes)]
    return list(pairwise(edges))


def risk_design(dataset: ReviewDataset, seed: int) -> Design:
    """The risk queue of a dataset."""
    draw, choice = uniform(dataset.ids, seed)
    of_rule = np.bincount(dataset.rule.codes, minlength=len(dataset.rule.values))
    parts = np.stack(
        [
            _shares(1 - dataset.confidence),
            _shares(dataset.weight_of_concepts),
            _shares(1 / of_rule[dataset.rule.codes]) if len(dataset) else np.zeros(0),
            _shares(np.ones(len(dataset))),
        ]
    )
    total = parts.sum(axis=0)
    chosen = (choice * total < np.cumsum(parts, axis=0)).argmax(axis=0)
    size = total / total.max() if len(dataset) else total
    one = Category(("all",), np.zeros(len(dataset), np.int32))
    return Design(
        f"risk:{seed}", one, Category(RISK_STRATA, chosen.astype(np.int32)), size, draw, np.ones(len(dataset), np.bool_)
    )  # fmt: skip


def _shares(sizes: Floats) -> Floats:
    total = sizes.sum()
    return sizes / total if total else np.full(len(sizes), 1 / max(len(sizes), 1))


def audit_design(dataset: ReviewDataset, sample: int, stratify: Stratify, seed: int) -> Design:
    """A stratified random sample of a dataset. Raises UsageError where there is no such stratum."""
    strata = groups_of(dataset, stratify)
    draw, _ = uniform(dataset.ids, seed)
    sizes = np.bincount(strata.codes, minlength=len(strata.values))
    wanted = np.array(allocate(sizes.tolist(), sample), np.int64)
    ranked = np.lexsort((draw, strata.codes))
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    members = np.zeros(len(dataset), np.bool_)
    members[ranked] = np.arange(len(dataset)) - starts < np.repeat(wanted, sizes)
    return Design(f"audit:{stratify}:{sample}:{seed}", strata, strata, np.ones(len(dataset)), draw, members)


def groups_of(dataset: ReviewDataset, name: str) -> Category:
    """The column by which triples are grouped or stratified. Raises UsageError."""
    if name not in STRATIFY:
        raise UsageError(f"triples cannot be stratified by {name!r}: choose one of {', '.join(STRATIFY)}")
    if name == "none":
        return Category(("all",), np.zeros(len(dataset), np.int32))
    columns = {"types": "pair", "confidence": "band"}
    found: Category = getattr(dataset, columns.get(name, name))
    return found


def allocate(sizes: list[int], sample: int) -> list[int]:
    """How many of each stratum a sample has: as many of each, until a stratum has no more; what is left over goes to the first."""
    given = [0] * len(sizes)
    left = min(sample, sum(sizes))
    while left:
        open_strata = [place for place, size in enumerate(sizes) if given[place] < size]
        each = max(left // len(open_strata), 1)
        for place in open_strata[:left]:
            more = min(each, sizes[place] - given[place], left)
            given[place] += more
            left -= more
    return given


def uniform(ids: list[str], seed: int) -> tuple[Floats, Floats]:
    """Two numbers above 0 and up to 1 for each id; the same for an id in every dataset."""
    key = str(seed).encode()
    digests = b"".join(hashlib.blake2b(one.encode(), digest_size=16, key=key).digest() for one in ids)
    numbers = (np.frombuffer(digests, "<u8").astype(float).reshape(-1, 2) + 1) / (_ONE + 1)
    return numbers[:, 0].copy(), numbers[:, 1].copy()


def doubled(ids: list[str], share: float) -> Mask:
    """The triples that two reviewers judge: a share of all, the same in every session, whatever its seed."""
    found: Mask = uniform(ids, _OF_DOUBLES)[0] <= share
    return found
