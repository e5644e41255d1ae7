"""From what stands to what is shown to a reviewer, who may be blind to what others said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from pipeline.errors import UsageError
from pipeline.review import display
from pipeline.review.board import UNDECIDED, Board
from pipeline.review.dataset import ReviewDataset
from pipeline.review.events import AddedEntity, AddedTriple, Decision, Edit, End, Event, Undo, WrongEntity
from pipeline.review.sampling import Design
from pipeline.review.state import Judgement, answer_of
from pipeline.review.statements import end_of, in_words, opposed
from pipeline.review.views import (
    AddedEntityView,
    AddedTripleView,
    ArticlePage,
    Card,
    Dispute,
    Done,
    Mark,
    MarkKind,
    Other,
    Row,
    Said,
    Side,
    Status,
    Why,
)
from pipeline.schema import EntityRecord, Polarity, RelationType

_OTHERS_SHOWN: Final = 8
_LINE: Final = 240
"""Characters of the evidence in a list."""


class Viewer:
    """Makes what is shown."""

    def __init__(self, board: Board, design: Design, *, blind: bool) -> None:
        self._board = board
        self._design = design
        self._blind = blind

    @property
    def _dataset(self) -> ReviewDataset:
        return self._board.dataset

    def rows(self, reviewer: str, indices: Sequence[int]) -> tuple[Row, ...]:
        """Triples in a list."""
        values = self._dataset.values(indices)
        return tuple(self._row(reviewer, index, one) for index, one in zip(indices, values, strict=True))

    def _row(self, reviewer: str, index: int, values: dict[str, Any]) -> Row:
        place = self._dataset.article[index]
        sentence = " ".join(values["evidence"][-1].split())
        return Row(
            triple_id=self._dataset.ids[index],
            article_id=self._dataset.articles[place],
            source=self._dataset.sources[place],
            title=self._dataset.titles[place],
            head=values["head_concept"],
            relation=RelationType(values["relation"]),
            tail=values["tail_concept"],
            polarity=Polarity(values["polarity"]),
            confidence=values["confidence"],
            rule=values["rule"],
            evidence=sentence if len(sentence) <= _LINE else f"{sentence[: _LINE - 1]}…",
            status=self._board.status_of(reviewer, index),
        )

    def card(self, reviewer: str, index: int) -> Card:
        """A triple with everything that is needed to judge it."""
        article, relation = self._dataset.relation_of(index)
        record = article.record
        judgements = self._board.state.judgements(self._dataset.ids[index])
        mine = judgements.pop(reviewer, None)
        others = [] if self._blind else sorted(judgements.values(), key=lambda judgement: judgement.reviewer)
        related = self._related(reviewer, index)
        status = self._board.status_of(reviewer, index)
        return Card(
            triple_id=self._dataset.ids[index],
            relation_id=relation.id,
            article_id=record.article_id,
            source=record.source,
            title=record.title,
            head=self._side(article.entities[relation.head]),
            relation=relation.type,
            tail=self._side(article.entities[relation.tail]),
            polarity=relation.polarity,
            certainty=relation.certainty,
            confidence=relation.confidence,
            why=self._why(relation.rule),
            stratum="again" if status is Status.AGAIN else self._design.sampling(index).stratum,
            passages=display.passages_of(article, relation, self._added_marks(reviewer, record.article_id)),
            same=tuple(other for other in related if not other.opposite)[:_OTHERS_SHOWN],
            opposite=tuple(other for other in related if other.opposite)[:_OTHERS_SHOWN],
            mine=said(mine) if mine else None,
            others=tuple(map(said, others)),
            status=status,
            left_in_article=self.left(reviewer, record.article_id),
        )

    def _side(self, entity: EntityRecord) -> Side:
        count = self._dataset.triples_of_concept.get(entity.concept_id, 0)
        return Side(entity.id, entity.text, entity.concept, entity.concept_id, entity.type, count)

    def _why(self, rule: str) -> Why:
        judged, right = self._board.tally(rule)
        return Why(rule, rule.partition(":")[0], display.example_of(rule), judged, right)

    def _related(self, reviewer: str, index: int) -> list[Other]:
        """Triples of the same concepts that say the same or the opposite, the surest first."""
        dataset = self._dataset
        mine = (dataset.relation.of(index), dataset.polarity.of(index))
        found: list[tuple[bool, float, int]] = []
        for other in dataset.between(index):
            its = (dataset.relation.of(other), dataset.polarity.of(other))
            if its == mine or opposed(mine, its):
                found.append((its != mine, -float(dataset.confidence[other]), other))
        found.sort()
        shown = [*(one for one in found if not one[0])][:_OTHERS_SHOWN] + [*(one for one in found if one[0])][:_OTHERS_SHOWN]
        rows = self.rows(reviewer, [other for _, _, other in shown])
        return [Other(row, against) for row, (against, _, _) in zip(rows, shown, strict=True)]

    def left(self, reviewer: str, article: str) -> int:
        """How many triples of an article a reviewer has not decided."""
        undecided = self._board.having(reviewer, *UNDECIDED)
        return int(np.count_nonzero(undecided[self._dataset.of_article(article)]))

    # articles

    def article(self, reviewer: str, article: str, offset: int, limit: int) -> ArticlePage:
        """An article with its mentions, its triples, and what was added to it."""
        reading = self._dataset.reading(article)
        pieces = display.pieces_of(reading)
        place = self._dataset.place_of(article)
        around = (place - 1, place + 1)
        before, behind = (self._dataset.articles[at] if 0 <= at < len(self._dataset.articles) else None for at in around)
        entities = self.added_entities(reviewer, article)
        marks = self._added_marks(reviewer, article)
        completed = self._board.state.completed(article).get(reviewer)
        return ArticlePage(
            article_id=article,
            source=reading.record.source,
            title=reading.record.title,
            passages=display.whole(reading, pieces[offset : offset + limit], marks),
            offset=offset,
            blocks=len(pieces),
            rows=self.rows(reviewer, self._dataset.of_article(article)),
            added_triples=tuple(AddedTripleView(one.key, one.statement, one.reviewer) for one in self.added_triples(reviewer, article)),
            added_entities=entities,
            completed=completed.key if completed else None,
            left=self.left(reviewer, article),
            previous=before,
            next=behind,
        )

    def added_triples(self, reviewer: str, article: str) -> list[AddedTriple]:
        """The triples added to an article that a reviewer sees."""
        return [event for event in self._board.state.added_triples(article) if self._sees(reviewer, event)]

    def _added_marks(self, reviewer: str, article: str) -> list[Mark]:
        added = self.added_entities(reviewer, article)
        return [Mark(one.start, one.end, MarkKind.ADDED, one.entity, one.type, one.concept) for one in added]

    def added_entities(self, reviewer: str, article: str) -> tuple[AddedEntityView, ...]:
        """The entities added to an article that a reviewer sees."""
        events = [event for event in self._board.state.added_entities(article) if self._sees(reviewer, event)]
        return tuple(
            AddedEntityView(
                event.key,
                _added_id(event.entity),
                event.entity.start,
                event.entity.end,
                event.entity.text,
                event.entity.type,
                event.entity.concept,
                event.reviewer,
            )
            for event in sorted(events, key=lambda event: event.entity.start)
        )

    def _sees(self, reviewer: str, event: AddedTriple | AddedEntity) -> bool:
        return not self._blind or event.reviewer == reviewer

    def end(self, reviewer: str, article: str, entity: str) -> End:
        """The entity of an article with an id, found (``e12``) or added (``a40``). Raises UsageError."""
        reading = self._dataset.reading(article)
        if entity in reading.entities:
            return end_of(reading.entities[entity])
        for event in self._board.state.added_entities(article):
            if self._sees(reviewer, event) and _added_id(event.entity) == entity:
                return event.entity
        raise UsageError(f"{reading.record.source} has no entity {entity[:40]!r}")

    # what was done

    def done(self, number: int, event: Event) -> Done:
        """An event in the history."""
        return Done(number, event, event.key in self._board.state.undone, self._summary(event))

    def _summary(self, event: Event) -> str:
        if isinstance(event, Undo):
            target = self._board.state.events.get(event.target)
            return self._summary(target.event) if target and not isinstance(target.event, Undo) else event.target
        if isinstance(event, AddedTriple):
            return in_words(event.statement)
        if isinstance(event, AddedEntity | WrongEntity):
            return f"{event.entity.text} ({event.entity.concept})"
        if isinstance(event, Edit):
            return f"{in_words(event.seen.statement)} → {in_words(event.corrected)}"
        if hasattr(event, "seen"):
            return in_words(event.seen.statement)
        place = self._dataset.places.get(event.article)
        return event.article if place is None else self._dataset.sources[place]

    def dispute(self, reviewer: str, index: int) -> Dispute:
        """A triple on which reviewers differ, with what each said, however blind they are elsewhere."""
        judgements = sorted(self._board.disputes[index], key=lambda judgement: judgement.reviewer)
        return Dispute(self.card(reviewer, index), tuple(map(said, judgements)))


def said(judgement: Judgement) -> Said:
    """What a reviewer said of a triple."""
    if isinstance(judgement, Decision):
        return Said(judgement.key, judgement.reviewer, judgement.answer, judgement.reason, judgement.note, None)
    return Said(judgement.key, judgement.reviewer, answer_of(judgement), None, "", judgement.corrected)


def _added_id(entity: End) -> str:
    return f"a{entity.start}"
