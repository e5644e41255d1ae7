"""The review of a dataset: all that the web app and the commands can ask and do, from one place."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self, TypedDict

import numpy as np
from pydantic import ValidationError

from pipeline.errors import UsageError
from pipeline.garbage import without_collection
from pipeline.review import pace, results, statements
from pipeline.review.board import UNDECIDED, Board
from pipeline.review.dataset import Report, ReviewDataset
from pipeline.review.events import (
    AddedEntity,
    AddedTriple,
    Adjudication,
    Answer,
    Completed,
    Decision,
    Edit,
    Event,
    Reason,
    Sampling,
    Undo,
    WrongEntity,
    check_reviewer,
    now,
    problem_of,
)
from pipeline.review.queue import EVERYTHING, Filter, Queue, standing
from pipeline.review.sampling import BROWSED, Stratify, audit_design, doubled, risk_design
from pipeline.review.statistics import Statistician, Statistics
from pipeline.review.store import Recorded, Store
from pipeline.review.viewing import Viewer
from pipeline.review.views import ArticlePage, Card, Choices, Dispute, Done, Page, Progress, Status
from pipeline.schema import EntityType, Polarity, RelationType


class Conflict(UsageError):
    """What is asked for does not fit what stands: a triple that is there already, an article that is not done."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a session is set up."""

    seed: int = 0
    sample: int = 0
    """So many triples for an audit; 0 for the risk queue over all."""
    stratify: Stratify = "relation"
    double: float = 0.0
    """Share of triples that two reviewers judge."""
    blind: bool = True
    """Whether reviewers do not see what others said."""
    read_only: bool = False

    def __post_init__(self) -> None:
        """Raises UsageError for what cannot be."""
        if not 0 <= self.double <= 1:
            raise UsageError("--double is a share between 0 and 1")
        if self.sample < 0:
            raise UsageError("--sample is a number of triples")


DEFAULTS: Final = Options()


class About(TypedDict):
    """What every event says."""

    key: str
    reviewer: str
    time: datetime
    article: str


class Review(AbstractContextManager["Review"]):
    """A dataset with its store of events. Threads may share it; other processes may work on the same store."""

    def __init__(self, dataset: ReviewDataset, store: Store, options: Options = DEFAULTS) -> None:
        self.options = options
        self._dataset = dataset
        self._store = store
        self._lock = threading.RLock()
        self._board = Board(dataset, store.since())
        audit = audit_design(dataset, options.sample, options.stratify, options.seed) if options.sample else None
        self._design = audit or risk_design(dataset, options.seed)
        self._queue = Queue(self._board, self._design, doubled(dataset.ids, options.double))
        self._viewer = Viewer(self._board, self._design, blind=options.blind)
        self._statistician = Statistician(dataset, self._design)

    @classmethod
    def open(cls, folder: Path, options: Options = DEFAULTS, report: Report = lambda line: None) -> Self:
        """The review of the dataset in a folder. Raises UsageError, ResourceError or OutputError."""
        with ExitStack() as opened, without_collection():
            dataset = opened.enter_context(closing(ReviewDataset(folder, report)))
            store = opened.enter_context(Store(folder, read_only=options.read_only))
            review = cls(dataset, store, options)
            opened.pop_all()
        return review

    def close(self) -> None:
        """Close the files; every event is on the disk already."""
        self._store.close()
        self._dataset.close()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """That of the dataset."""
        return self._dataset.folder

    @property
    def outdated(self) -> bool:
        """Whether a run wrote another dataset in the meantime; this session goes on with the old one."""
        return self._dataset.outdated

    def _current(self) -> Board:
        """The board with the events of other processes. To be called with the lock."""
        for recorded in self._store.since(self._board.state.number):
            self._board.apply(recorded)
        return self._board

    # reading

    def next(self, reviewer: str, where: Filter = EVERYTHING, after: str | None = None) -> Card | None:
        """The next triple for a reviewer, which does not come to others for some minutes; ``after`` steps over one that was shown."""
        check_reviewer(reviewer)
        with self._lock:
            self._current()
            behind = None if after is None else self._dataset.index(after)
            index = self._queue.next(reviewer, where, behind)
            return None if index is None else self._viewer.card(reviewer, index)

    def previous(self, reviewer: str) -> Card | None:
        """The triple that a reviewer judged last."""
        check_reviewer(reviewer)
        with self._lock:
            state = self._current().state
            for recorded in state.events_of(reviewer):
                event = recorded.event
                index = self._dataset.find(event.triple) if isinstance(event, Decision | Edit) else None
                if index is not None and event.key not in state.undone:
                    return self._viewer.card(reviewer, index)
            return None

    def card(self, reviewer: str, triple_id: str) -> Card:
        """A triple with everything that is needed to judge it. Raises UnknownId."""
        check_reviewer(reviewer)
        with self._lock:
            self._current()
            return self._viewer.card(reviewer, self._dataset.index(triple_id))

    def search(
        self,
        reviewer: str,
        where: Filter = EVERYTHING,
        offset: int = 0,
        limit: int = 50,
        order: Literal["queue", "article", "confidence"] = "queue",
    ) -> Page:
        """A part of the triples that a filter asks for, whoever judged them."""
        check_reviewer(reviewer)
        with self._lock:
            board = self._current()
            found = self._queue.matching(where)
            if where.status:
                found = found & standing(board, reviewer, where.status)
            if order == "queue":
                places = self._queue.ordered(found)
            else:
                places = np.flatnonzero(found)
                if order == "confidence":
                    places = places[np.argsort(self._dataset.confidence[places], kind="stable")]
            shown = places[max(offset, 0) : max(offset, 0) + max(limit, 0)]
            return Page(self._viewer.rows(reviewer, shown.tolist()), len(places), offset)

    def article(self, reviewer: str, article_id: str, offset: int = 0, limit: int = 200) -> ArticlePage:
        """An article with its mentions, its triples, and what was added to it. Raises UnknownId."""
        check_reviewer(reviewer)
        with self._lock:
            self._current()
            return self._viewer.article(reviewer, article_id, max(offset, 0), limit)

    def next_article(self, reviewer: str) -> str | None:
        """The first article that a reviewer has not completed."""
        check_reviewer(reviewer)
        with self._lock:
            state = self._current().state
            done = {article for article in state.completed_articles() if reviewer in state.completed(article)}
            return next((article for article in self._dataset.articles if article not in done), None)

    def progress(self, reviewer: str, where: Filter = EVERYTHING) -> Progress:
        """How far a reviewer is with what a filter leaves."""
        check_reviewer(reviewer)
        with self._lock:
            board = self._current()
            chosen = self._queue.matching(where) & self._design.members
            left = int(np.count_nonzero(self._queue.wanted(reviewer, where)))
            state = board.state
            judging = (one.event.time for one in state.events_of(reviewer) if isinstance(one.event, Decision | Edit))
            lately = pace.lately(judging, now().date())
            seconds = pace.typical_seconds(lately)
            completed = sum(1 for article in state.completed_articles() if reviewer in state.completed(article))
            return Progress(
                total=int(np.count_nonzero(chosen)),
                decided=int(np.count_nonzero(chosen & ~board.having(reviewer, *UNDECIDED))),
                again=int(np.count_nonzero(chosen & board.having(reviewer, Status.AGAIN))),
                left=left,
                today=pace.on_day(lately, now().date()),
                seconds=seconds,
                minutes_left=None if seconds is None else seconds * left / 60,
                to_adjudicate=len(board.disputes),
                articles=len(self._dataset.articles),
                completed=completed,
            )

    def choices(self) -> Choices:
        """What can be filtered by."""
        rules = self._dataset.rule.counts()
        return Choices(
            relations={kind: self._dataset.relation.counts().get(kind, 0) for kind in RelationType},
            rules=dict(sorted(rules.items(), key=lambda item: (-item[1], item[0]))),
            statuses=tuple(Status),
        )

    def history(self, reviewer: str, limit: int = 50) -> tuple[Done, ...]:
        """What a reviewer did, newest first."""
        check_reviewer(reviewer)
        with self._lock:
            state = self._current().state
            return tuple(self._viewer.done(recorded.number, recorded.event) for recorded in islice(state.events_of(reviewer), limit))

    def disputes(self, reviewer: str, offset: int = 0, limit: int = 20) -> tuple[Dispute, ...]:
        """The triples on which reviewers differ, with what each said, also where they are blind to each other elsewhere."""
        check_reviewer(reviewer)
        with self._lock:
            chosen = sorted(self._current().disputes)[offset : offset + limit]
            return tuple(self._viewer.dispute(reviewer, index) for index in chosen)

    def reviewers(self) -> tuple[str, ...]:
        """Everybody who did something."""
        with self._lock:
            return self._current().state.reviewers()

    def statistics(self) -> Statistics:
        """What all reviewers together found out so far."""
        with self._lock:
            return self._statistician.statistics(self._current())

    def export(self, out: Path | None, *, overwrite: bool = False) -> results.Exported:
        """Write gold of completed articles to a folder, and verdicts beside the dataset. Raises OutputError or UsageError."""
        with self._lock:
            return results.export(self._current(), out, overwrite=overwrite)

    # writing

    def decide(
        self,
        reviewer: str,
        triple_id: str,
        answer: Answer,
        reason: Reason | None = None,
        note: str = "",
        *,
        key: str,
        stratum: str = "",
    ) -> Recorded:
        """Say something of a triple. ``stratum`` is that of the card; ``browse`` for one that did not come by the queue."""
        with self._lock:
            index = self._dataset.index(triple_id)
            return self._append(
                lambda: Decision(
                    **self._of(reviewer, index, key),
                    triple=triple_id,
                    seen=self._dataset.seen(index),
                    answer=answer,
                    reason=reason,
                    note=note,
                    sampling=self._sampling(index, stratum),
                )
            )

    def edit(
        self,
        reviewer: str,
        triple_id: str,
        *,
        key: str,
        relation: RelationType | None = None,
        polarity: Polarity | None = None,
        head: str | None = None,
        tail: str | None = None,
        swap: bool = False,
        stratum: str = "",
    ) -> Recorded:
        """Say what would be right in place of a triple. Raises Conflict where it says that already, UsageError where it cannot be."""
        with self._lock:
            index = self._dataset.index(triple_id)
            seen = self._dataset.seen(index)
            old = seen.statement
            article = self._dataset.articles[self._dataset.article[index]]
            ends = [
                old.head if head is None else self._viewer.end(reviewer, article, head),
                old.tail if tail is None else self._viewer.end(reviewer, article, tail),
            ]
            if swap:
                ends.reverse()
            corrected = statements.make_statement(
                ends[0], relation or old.relation, ends[1], polarity or old.polarity, old.evidence
            )  # fmt: skip
            if statements.id_of(corrected) == statements.id_of(old):
                raise Conflict("nothing was changed: the triple says this already")
            return self._append(
                lambda: Edit(
                    **self._of(reviewer, index, key),
                    triple=triple_id,
                    seen=seen,
                    corrected=corrected,
                    sampling=self._sampling(index, stratum),
                )
            )

    def add_triple(
        self,
        reviewer: str,
        article_id: str,
        head: str,
        relation: RelationType,
        tail: str,
        polarity: Polarity = Polarity.AFFIRMED,
        *,
        key: str,
    ) -> Recorded:
        """Add a triple that nobody found, between two entities. Raises Conflict where it is there already."""
        with self._lock:
            record = self._dataset.record(article_id)
            ends = self._viewer.end(reviewer, article_id, head), self._viewer.end(reviewer, article_id, tail)
            statement = statements.make_statement(ends[0], relation, ends[1], polarity, statements.evidence_of(record, *ends))
            name = statements.id_of(statement)
            self._current()
            added = [statements.id_of(one.statement) for one in self._viewer.added_triples(reviewer, article_id) if one.key != key]
            if name in added or any(relation.id == name for relation in record.relations):
                raise Conflict(f"{statements.in_words(statement)} is a triple of this article already")
            return self._append(lambda: AddedTriple(**self._about(reviewer, article_id, key), statement=statement))

    def add_entity(
        self, reviewer: str, article_id: str, start: int, end: int, type: EntityType, concept: str = "", *, key: str
    ) -> Recorded:  # fmt: skip
        """Add an entity that nobody found. Raises Conflict where one overlaps it."""
        with self._lock:
            record = self._dataset.record(article_id)
            entity = statements.new_end(record, start, end, type, concept)
            state = self._current().state
            wrong = {(event.entity.start, event.entity.end) for event in state.wrong_entities(article_id)}
            others = [(one.start, one.end, one.text) for one in record.entities if (one.start, one.end) not in wrong]
            others += [(one.start, one.end, one.text) for one in self._viewer.added_entities(reviewer, article_id) if one.key != key]
            for first, last, text in others:
                if first < entity.end and entity.start < last:
                    raise Conflict(f"{entity.text[:60]!r} overlaps {text[:60]!r}, which is an entity already")
            return self._append(lambda: AddedEntity(**self._about(reviewer, article_id, key), entity=entity))

    def wrong_entity(self, reviewer: str, article_id: str, entity: str, *, key: str) -> Recorded:
        """Say that a mention is none."""
        with self._lock:
            end = self._viewer.end(reviewer, article_id, entity)
            return self._append(lambda: WrongEntity(**self._about(reviewer, article_id, key), entity=end))

    def complete(self, reviewer: str, article_id: str, *, key: str) -> Recorded:
        """Say that everything in an article was found or added. Raises Conflict while triples of it are undecided."""
        with self._lock:
            self._current()
            left = self._viewer.left(reviewer, article_id)
            if left:
                raise Conflict(f"{left} of the triples of this article {'is' if left == 1 else 'are'} undecided: judge them first")
            return self._append(lambda: Completed(**self._about(reviewer, article_id, key)))

    def adjudicate(
        self, reviewer: str, triple_id: str, answer: Answer, reason: Reason | None = None, note: str = "", *, key: str
    ) -> Recorded:  # fmt: skip
        """Settle what reviewers differ about. Raises UsageError where nobody has judged it, or where the answer settles nothing."""
        with self._lock:
            index = self._dataset.index(triple_id)
            if answer is Answer.SKIP:
                raise UsageError("an adjudication says correct, wrong or unsure")
            if not self._current().state.judgements(triple_id):
                raise UsageError("nobody has judged this triple: there is nothing to settle")
            return self._append(
                lambda: Adjudication(
                    **self._of(reviewer, index, key),
                    triple=triple_id,
                    seen=self._dataset.seen(index),
                    answer=answer,
                    reason=reason,
                    note=note,
                )
            )

    def undo(self, reviewer: str, target: str | None = None, *, key: str) -> Recorded | None:
        """Take back an event of a reviewer: his last that stands, if none is named. None where there is nothing to take back."""
        check_reviewer(reviewer)
        with self._lock:
            state = self._current().state
            known = state.events.get(key)
            if known is not None and isinstance(known.event, Undo):
                return Recorded(known.number, known.event, new=False)
            standing_events = (
                recorded.event
                for recorded in state.events_of(reviewer)
                if not isinstance(recorded.event, Undo) and recorded.event.key not in state.undone
            )
            found = next((event for event in standing_events if target in (None, event.key)), None)
            if found is None:
                if target is not None:
                    raise Conflict("this cannot be taken back: it is not yours, or was taken back before")
                return None
            event = found
            return self._append(lambda: Undo(key=key, reviewer=reviewer, time=now(), article=event.article, target=event.key))

    def suggest_concept(self, text: str, type: EntityType) -> str:
        """The name of the concept that a text most likely is."""
        return statements.suggest_concept(None, text, type)

    # parts of these

    def _append(self, make: Callable[[], Event]) -> Recorded:
        try:
            event = make()
        except ValidationError as error:
            raise UsageError(problem_of(error)) from error
        recorded = self._store.append(event)
        self._current()
        return recorded

    def _about(self, reviewer: str, article_id: str, key: str) -> About:
        self._dataset.place_of(article_id)
        return {"key": key, "reviewer": reviewer, "time": now(), "article": article_id}

    def _of(self, reviewer: str, index: int, key: str) -> About:
        return self._about(reviewer, self._dataset.articles[self._dataset.article[index]], key)

    def _sampling(self, index: int, stratum: str) -> Sampling:
        return BROWSED if stratum == BROWSED.stratum else self._design.sampling(index)
