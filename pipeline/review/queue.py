"""Which triple comes next, and which triples a list shows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

import numpy as np

from pipeline.errors import UsageError
from pipeline.review.board import UNDECIDED, Board
from pipeline.review.dataset import Mask, ReviewDataset
from pipeline.review.sampling import Design, Order
from pipeline.review.views import Status
from pipeline.schema import RelationType

_KEPT_FILTERS: Final = 16
CLAIM_SECONDS: Final = 180.0
"""How long a triple that was shown to one reviewer does not come to another."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which triples are wanted. What is empty says nothing."""

    relation: str = ""
    rule: str = ""
    """A rule, or what comes before its colon."""
    min_confidence: float = 0.0
    max_confidence: float = 1.0
    article: str = ""
    """An id, or a part of a source or title."""
    concept: str = ""
    """Id or name of the head or the tail."""
    status: str = ""
    """A :class:`Status`, or ``decided``, ``undecided``, ``disputed``."""
    text: str = ""
    """Stands in the concepts, the mentions or the evidence."""


EVERYTHING: Final = Filter()


def matching(dataset: ReviewDataset, where: Filter) -> Mask:
    """The triples that a filter asks for, its status apart. Raises UsageError for what cannot be."""
    if where.relation and where.relation not in set(RelationType):
        raise UsageError(f"there is no relation {where.relation[:40]!r}: choose one of {', '.join(RelationType)}")
    if not 0 <= where.min_confidence <= where.max_confidence <= 1:
        raise UsageError("confidence goes from 0 to 1, and the least is not above the most")
    found: Mask = np.ones(len(dataset), np.bool_)
    if where.relation:
        found &= dataset.relation.mask(where.relation)
    if where.rule:
        found &= dataset.rule.mask(where.rule) | dataset.kind.mask(where.rule)
    if where.min_confidence > 0:
        found &= dataset.confidence >= where.min_confidence
    if where.max_confidence < 1:
        found &= dataset.confidence <= where.max_confidence
    if where.article:
        found &= dataset.with_source(where.article)
    if where.concept:
        found &= dataset.with_concept(where.concept)
    if where.text:
        found &= dataset.with_text(where.text)
    return found


def standing(board: Board, reviewer: str, status: str) -> Mask:
    """The triples of a status of a filter. Raises UsageError."""
    if status == "undecided":
        return board.having(reviewer, *UNDECIDED)
    if status == "decided":
        return ~board.having(reviewer, *UNDECIDED)
    if status == "disputed":
        found: Mask = np.zeros(len(board.dataset), np.bool_)
        found[list(board.disputes)] = True
        return found
    if status not in set(Status):
        raise UsageError(f"there is no status {status[:40]!r}: choose one of {', '.join((*Status, 'decided', 'undecided', 'disputed'))}")
    return board.having(reviewer, Status(status))


class Queue:
    """The order of a design, as each reviewer goes through it."""

    def __init__(self, board: Board, design: Design, double: Mask, clock: Callable[[], float] = time.monotonic) -> None:
        self._board = board
        self.design = design
        self.matching = lru_cache(_KEPT_FILTERS)(partial(matching, board.dataset))
        """What a filter asks for, its status apart; not to be changed, since it is kept for the next key."""
        self._needed = np.where(double, 2, 1)
        self._clock = clock
        self._claims: dict[int, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._order = np.concatenate([design.order, np.flatnonzero(~design.members)])
        self._place = np.argsort(self._order)

    def wanted(self, reviewer: str, where: Filter) -> Mask:
        """What the queue of a reviewer goes through: undecided triples that others have not done, or those of the filter's status."""
        found = self.matching(where)
        if where.status:
            return found & standing(self._board, reviewer, where.status)
        return found & self.design.members & self._mine(reviewer)

    def _mine(self, reviewer: str) -> Mask:
        again = self._board.having(reviewer, Status.AGAIN)
        open_ones = self._board.having(reviewer, Status.OPEN)
        return again | (open_ones & (self._board.answered < self._needed))

    def next(self, reviewer: str, where: Filter, after: int | None = None) -> int | None:
        """The next triple of a reviewer (behind ``after``), which is his for a while; those to look at again come first."""
        wanted = self.wanted(reviewer, where)
        again = wanted & self._board.having(reviewer, Status.AGAIN)
        places = np.concatenate([self.ordered(again), self.ordered(wanted & ~again)]) if again.any() else self.ordered(wanted)
        if after is not None:
            places = self._behind(places, after)
        now = self._clock()
        with self._lock:
            self._claims = {
                index: (owner, until) for index, (owner, until) in self._claims.items() if self._holds(index, owner, until, now)
            }
            for index in map(int, places):
                if self._claims.get(index, (reviewer, now))[0] == reviewer:
                    others = {place: claim for place, claim in self._claims.items() if claim[0] != reviewer}
                    self._claims = others | {index: (reviewer, now + CLAIM_SECONDS)}
                    return index
        return None

    def _holds(self, index: int, owner: str, until: float, now: float) -> bool:
        """Whether a triple is still before the reviewer to whom it was shown."""
        return until >= now and self._board.status_of(owner, index) in UNDECIDED

    def ordered(self, wanted: Mask) -> Order:
        """Triples in the order of the design; those that it does not have last."""
        found: Order = self._order[wanted[self._order]]
        return found

    def _behind(self, places: Order, after: int) -> Order:
        """What comes behind a triple, which may be decided by now and so not be among the others."""
        found = np.flatnonzero(places == after)
        return places[found[0] + 1 :] if len(found) else places[self._place[places] > self._place[after]]
