"""Where a review stands: the events so far, folded one by one. The same events give the same state, whoever folds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from pipeline.review.events import (
    AddedEntity,
    AddedTriple,
    Adjudication,
    Answer,
    Completed,
    Decision,
    Edit,
    Event,
    Undo,
    WrongEntity,
)
from pipeline.review.store import Recorded

Judgement: TypeAlias = Decision | Edit


class State:
    """What stands of the events: all that nobody took back."""

    def __init__(self, events: Iterable[Recorded] = ()) -> None:
        self.number = 0
        """That of the last event."""
        self.events: dict[str, Recorded] = {}
        self.undone: set[str] = set()
        self._of_reviewer: dict[str, list[str]] = {}
        self._judgements: dict[str, dict[str, list[Judgement]]] = {}
        self._adjudications: dict[str, list[Adjudication]] = {}
        self._completed: dict[str, dict[str, list[Completed]]] = {}
        self._triples_of: dict[str, dict[str, None]] = {}
        self._added: dict[str, list[AddedTriple | AddedEntity | WrongEntity]] = {}
        for recorded in events:
            self.apply(recorded)

    def apply(self, recorded: Recorded) -> Event | None:
        """Take in the next event. Gives the one whose standing changed: itself, or what it takes back, if there is that."""
        event = recorded.event
        self.number = recorded.number
        self.events[event.key] = recorded
        self._of_reviewer.setdefault(event.reviewer, []).append(event.key)
        if isinstance(event, Undo):
            target = self.undoable(event)
            if target is None:
                return None
            self.undone.add(target.key)
            self._list_of(target).remove(target)
            return target
        self._list_of(event).append(event)
        return event

    def undoable(self, undo: Undo) -> Event | None:
        """What an undo takes back: an event of the same reviewer that stands and is no undo itself."""
        target = self.events.get(undo.target)
        if target is None or isinstance(target.event, Undo) or target.event.reviewer != undo.reviewer or undo.target in self.undone:
            return None
        return target.event

    def _list_of(self, event: Event) -> list[Event]:
        """Where the event stands, among the others that it stands or falls with."""
        found: list[Event]
        if isinstance(event, Decision | Edit):
            self._triples_of.setdefault(event.article, {})[event.triple] = None
            found = self._judgements.setdefault(event.triple, {}).setdefault(event.reviewer, [])  # type: ignore[assignment]
        elif isinstance(event, Adjudication):
            found = self._adjudications.setdefault(event.triple, [])  # type: ignore[assignment]
        elif isinstance(event, Completed):
            found = self._completed.setdefault(event.article, {}).setdefault(event.reviewer, [])  # type: ignore[assignment]
        else:
            found = self._added.setdefault(event.article, [])  # type: ignore[assignment]
        return found

    # what stands

    def judged(self) -> Iterator[str]:
        """Ids of all triples that somebody judged, in the order of the first judgement."""
        return (triple for triple, reviewers in self._judgements.items() if any(reviewers.values()))

    def judged_in(self, article: str) -> list[str]:
        """Ids of the triples of an article that somebody judged, whether the dataset has them or not."""
        return [triple for triple in self._triples_of.get(article, ()) if self.judgements(triple)]

    def judgements(self, triple: str) -> dict[str, Judgement]:
        """Reviewer -> the last that he said of a triple."""
        return {reviewer: events[-1] for reviewer, events in self._judgements.get(triple, {}).items() if events}

    def adjudication(self, triple: str) -> Adjudication | None:
        """The last adjudication of a triple."""
        events = self._adjudications.get(triple)
        return events[-1] if events else None

    def added_triples(self, article: str) -> list[AddedTriple]:
        """Triples that reviewers added to an article."""
        return [event for event in self._added.get(article, ()) if isinstance(event, AddedTriple)]

    def added_entities(self, article: str) -> list[AddedEntity]:
        """Entities that reviewers added to an article."""
        return [event for event in self._added.get(article, ()) if isinstance(event, AddedEntity)]

    def wrong_entities(self, article: str) -> list[WrongEntity]:
        """Entities of an article that reviewers called none."""
        return [event for event in self._added.get(article, ()) if isinstance(event, WrongEntity)]

    def completed(self, article: str) -> dict[str, Completed]:
        """Reviewer -> the event by which he completed an article."""
        return {reviewer: events[-1] for reviewer, events in self._completed.get(article, {}).items() if events}

    def completed_articles(self) -> list[str]:
        """Ids of the articles that somebody completed, in the order in which they were."""
        return [article for article, reviewers in self._completed.items() if any(reviewers.values())]

    def reviewers(self) -> tuple[str, ...]:
        """Everybody who made an event, sorted."""
        return tuple(sorted(self._of_reviewer))

    def events_of(self, reviewer: str) -> Iterator[Recorded]:
        """What a reviewer did, newest first."""
        return (self.events[key] for key in reversed(self._of_reviewer.get(reviewer, [])))


def answer_of(judgement: Judgement) -> Answer:
    """What a judgement says of the triple as it was published: who corrects it says that it is wrong."""
    return Answer.WRONG if isinstance(judgement, Edit) else judgement.answer
