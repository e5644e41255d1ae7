"""An article with its parts at hand, by id and by place: what is shown of a long one takes as long as what is near, not as all of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property

from pipeline.schema import ArticleRecord, BlockRecord, EntityRecord, RelationRecord, SentenceRecord


class Reading:
    """A record, and where its parts are. Blocks, sentences and entities of a valid record are in order and do not overlap."""

    def __init__(self, record: ArticleRecord) -> None:
        self.record = record

    @cached_property
    def entities(self) -> dict[str, EntityRecord]:
        """By id."""
        return {entity.id: entity for entity in self.record.entities}

    @cached_property
    def sentences(self) -> dict[str, SentenceRecord]:
        """By id."""
        return {sentence.id: sentence for sentence in self.record.sentences}

    @cached_property
    def relations(self) -> dict[str, RelationRecord]:
        """By id."""
        return {relation.id: relation for relation in self.record.relations}

    @cached_property
    def _places(self) -> dict[str, int]:
        return {block.id: place for place, block in enumerate(self.record.blocks)}

    @cached_property
    def _entity_starts(self) -> list[int]:
        return [entity.start for entity in self.record.entities]

    @cached_property
    def _block_starts(self) -> list[int]:
        return [block.start for block in self.record.blocks]

    def entities_in(self, start: int, end: int) -> Sequence[EntityRecord]:
        """The entities that begin in a part of the text."""
        return self.record.entities[bisect_left(self._entity_starts, start) : bisect_left(self._entity_starts, end)]

    def block_at(self, position: int) -> int | None:
        """The place of the block that holds a position."""
        place = bisect_right(self._block_starts, position) - 1
        return place if place >= 0 and position < self.record.blocks[place].end else None

    def above(self, block: BlockRecord) -> int | None:
        """The place of the block that one stands under."""
        return None if block.parent is None else self._places[block.parent]

    def evidence_of(self, relation: RelationRecord) -> list[tuple[int, int]]:
        """Where the sentences stand that state a relation."""
        return [(self.sentences[name].start, self.sentences[name].end) for name in relation.evidence]
