"""The concepts of a dataset, each once, with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.facts import concept_record, find_concept
from pipeline.lexicon import Concept, Lexicon
from pipeline.schema import ArticleRecord, ConceptRecord, EntityRecord


class ConceptTable:
    """Collects what articles name. It holds as many concepts as there are words for them, not as there are articles.

    Articles may know different things of a concept that is in no lexicon. What is kept does not depend on the order in which they come: the
    facts of one that knows what stands above it, or else the first in alphabetical order.
    """

    def __init__(self) -> None:
        self._found: dict[str, Concept] = {}

    def add(self, record: ArticleRecord) -> None:
        """Take the concepts of one article."""
        self.take(concepts_of(record))

    def take(self, concepts: Iterable[Concept]) -> None:
        """Take what :func:`concepts_of` found in an article."""
        for concept in concepts:
            known = self._found.get(concept.id)
            if known is None or (known != concept and _rank(concept) < _rank(known)):
                self._found[concept.id] = concept

    @property
    def found(self) -> tuple[Concept, ...]:
        """What is kept so far; a table that takes it knows as much."""
        return tuple(self._found.values())

    def records(self, lexicons: Sequence[Lexicon]) -> list[ConceptRecord]:
        """The concepts and all that stand above them, sorted by id."""
        whole: dict[str, Concept] = {}
        for concept in self._found.values():
            current: Concept | None = concept
            while current is not None and current.id not in whole:
                known = find_concept(lexicons, current.type, current.name) or self._found.get(current.id, current)
                whole[known.id] = known
                # what stands above a concept of an article may be in no lexicon and in no article: then it is of the same kind
                current = Concept(known.type, known.broader, known.subtype, source=known.source) if known.broader else None
        return [concept_record(whole[id_]) for id_ in sorted(whole)]


def concepts_of(record: ArticleRecord) -> tuple[Concept, ...]:
    """What an article says of the concepts that it names, each different statement once, in the order of the text."""
    return tuple(dict.fromkeys(_concept(entity) for entity in record.entities))


def _concept(entity: EntityRecord) -> Concept:
    """What the record says of the concept. The hypernym of a concept with one above it is that one's name."""
    broader = entity.hypernym if entity.broader else None
    return Concept(entity.type, entity.concept, entity.subtype, broader, source=entity.found_by.partition(":")[0])


def _rank(concept: Concept) -> tuple[bool, str, str, str, str]:
    return concept.broader is None, concept.name, concept.subtype, concept.broader or "", concept.source
