"""How every triple stands for every reviewer: arrays over the dataset that each event changes in one place.

A judgement counts for the triple of its id, if what the reviewer saw has the fingerprint of what is there now; else the triple is to be
looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from pipeline.review.dataset import Mask, ReviewDataset
from pipeline.review.events import Adjudication, Answer, Decision, Edit, Event, Statement
from pipeline.review.state import Judgement, State, answer_of
from pipeline.review.statements import id_of
from pipeline.review.store import Recorded
from pipeline.review.views import Status

STATUSES: Final = tuple(Status)
_CODES: Final = {status: code for code, status in enumerate(STATUSES)}
UNDECIDED: Final = (Status.OPEN, Status.AGAIN)
_Value = TypeVar("_Value")
VERDICTS: Final = tuple(answer for answer in Answer if answer is not Answer.SKIP)
NO_VERDICT: Final = -1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the reviewers of a triple came to. ``corrected`` is what they say instead, where all who correct it say the same."""

    answer: Answer
    corrected: Statement | None = None
    judgements: tuple[Judgement | Adjudication, ...] = ()


class Board:
    """The state of a review on its dataset."""

    def __init__(self, dataset: ReviewDataset, events: Iterable[Recorded] = ()) -> None:
        self.dataset = dataset
        self.state = State()
        self.outcomes: dict[int, Outcome] = {}
        """Triple -> what came of it; without those that nobody judged, or only skipped."""
        self.disputes: dict[int, tuple[Judgement, ...]] = {}
        """Triple -> judgements that differ, and that nobody has adjudicated."""
        self.verdicts = np.full(len(dataset), NO_VERDICT, np.int8)
        """The answer of each outcome as its place in VERDICTS."""
        self.again: Mask = np.zeros(len(dataset), np.bool_)
        """The triples of which all judgements are on something else."""
        self.answered = np.zeros(len(dataset), np.int16)
        """How many reviewers judged each triple as it is now, skipping apart."""
        self.visited: Mask = np.zeros(len(dataset), np.bool_)
        """The triples that somebody judged as they are now, or skipped."""
        self._status: dict[str, npt.NDArray[np.int8]] = {}
        self._fingerprints: dict[int, str] = {}
        changed: dict[str, None] = {}
        for recorded in events:
            event = self.state.apply(recorded)
            if isinstance(event, Decision | Edit | Adjudication):
                changed[event.triple] = None
        indices = [index for triple in changed if (index := dataset.find(triple)) is not None]
        self._fingerprints = dict(zip(indices, dataset.fingerprints(indices), strict=True))
        for triple in changed:
            self._update(triple)

    def apply(self, recorded: Recorded) -> Event | None:
        """Take in the next event; gives the one whose standing changed."""
        event = self.state.apply(recorded)
        if isinstance(event, Decision | Edit | Adjudication):
            self._update(event.triple)
        return event

    def status(self, reviewer: str) -> npt.NDArray[np.int8]:
        """The place in STATUSES of each triple for a reviewer."""
        found = self._status.get(reviewer)
        if found is None:
            found = self._status[reviewer] = np.zeros(len(self.dataset), np.int8)
        return found

    def status_of(self, reviewer: str, index: int) -> Status:
        """How a triple stands for a reviewer."""
        return STATUSES[int(self.status(reviewer)[index])]

    def having(self, reviewer: str, *statuses: Status) -> Mask:
        """The triples that stand so for a reviewer."""
        mask: Mask = np.isin(self.status(reviewer), [_CODES[status] for status in statuses])
        return mask

    def fresh(self, index: int, judgement: Judgement | Adjudication) -> bool:
        """Whether a judgement is on what the triple is now."""
        fingerprint = self._fingerprints.get(index)
        if fingerprint is None:
            fingerprint = self._fingerprints[index] = self.dataset.fingerprints([index])[0]
        return judgement.seen.fingerprint == fingerprint

    def tally(self, rule: str) -> tuple[int, int]:
        """How many triples of a rule were called correct or wrong, and how many of these correct."""
        verdicts = self.verdicts[self.dataset.rule.mask(rule)]
        right, wrong = (int(np.count_nonzero(verdicts == VERDICTS.index(answer))) for answer in (Answer.CORRECT, Answer.WRONG))
        return right + wrong, right

    def _update(self, triple: str) -> None:
        index = self.dataset.find(triple)
        if index is None:
            return
        judgements = self.state.judgements(triple)
        for reviewer, codes in self._status.items():
            if reviewer not in judgements:
                codes[index] = _CODES[Status.OPEN]
        for reviewer, judgement in judgements.items():
            self.status(reviewer)[index] = _CODES[_status(judgement) if self.fresh(index, judgement) else Status.AGAIN]
        fresh = tuple(judgement for judgement in judgements.values() if self.fresh(index, judgement))
        saying = tuple(judgement for judgement in fresh if answer_of(judgement) in VERDICTS)
        self.visited[index] = bool(fresh)
        self.again[index] = bool(judgements) and not fresh
        self.answered[index] = len(saying)
        adjudication = self.state.adjudication(triple)
        settled = adjudication if adjudication and self.fresh(index, adjudication) else None
        outcome = outcome_of(saying, settled)
        _put(self.outcomes, index, outcome)
        self.verdicts[index] = NO_VERDICT if outcome is None else VERDICTS.index(outcome.answer)
        _put(self.disputes, index, saying if settled is None and differing(saying) else None)


def _put(table: dict[int, _Value], index: int, value: _Value | None) -> None:
    if value is None:
        table.pop(index, None)
    else:
        table[index] = value


def _status(judgement: Judgement) -> Status:
    return Status.EDITED if isinstance(judgement, Edit) else Status(judgement.answer)


def differing(judgements: Iterable[Judgement]) -> bool:
    """Whether judgements say different things, of the triple or of what would be right."""
    judgements = list(judgements)
    corrections = {id_of(judgement.corrected) for judgement in judgements if isinstance(judgement, Edit)}
    return len({answer_of(judgement) for judgement in judgements}) > 1 or len(corrections) > 1


def outcome_of(saying: tuple[Judgement, ...], settled: Adjudication | None) -> Outcome | None:
    """What judgements come to: what was adjudicated, else what all say; who differ are unsure together. None where nobody says anything."""
    if settled is not None:
        return Outcome(settled.answer, _correction(saying) if settled.answer is Answer.WRONG else None, (*saying, settled))
    if not saying:
        return None
    answers = {answer_of(judgement) for judgement in saying}
    if len(answers) > 1:
        return Outcome(Answer.UNSURE, judgements=saying)
    return Outcome(answers.pop(), _correction(saying), saying)


def _correction(saying: tuple[Judgement, ...]) -> Statement | None:
    """The correction, where all who make one make the same."""
    found = {id_of(judgement.corrected): judgement.corrected for judgement in saying if isinstance(judgement, Edit)}
    return next(iter(found.values())) if len(found) == 1 else None
