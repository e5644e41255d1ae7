"""Triples as reviewers see, correct and add them: ends with their places, and the sentences that state them."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from pipeline.errors import UsageError
from pipeline.lexicon import concept_id, fold_words, load_lexicon
from pipeline.records import relation_id
from pipeline.review.events import End, Statement, problem_of
from pipeline.review.reading import Reading
from pipeline.schema import ArticleRecord, EntityRecord, EntityType, Polarity, RelationRecord, RelationType, SentenceRecord

OPPOSITES: dict[RelationType, frozenset[RelationType]] = {
    RelationType.TREATS: frozenset({RelationType.CAUSES, RelationType.CONTRAINDICATED_FOR}),
    RelationType.PREVENTS: frozenset({RelationType.CAUSES, RelationType.CONTRAINDICATED_FOR}),
    RelationType.CAUSES: frozenset({RelationType.TREATS, RelationType.PREVENTS}),
    RelationType.CONTRAINDICATED_FOR: frozenset({RelationType.TREATS, RelationType.PREVENTS}),
}
"""Relations that articles hardly state both of the same two concepts, unless they differ or one was misread."""


def opposed(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two (relation, polarity) of the same concepts speak against each other."""
    if one[0] == other[0]:
        return one[1] != other[1]
    both = one[1] == other[1] == Polarity.AFFIRMED
    return both and other[0] in OPPOSITES.get(RelationType(one[0]), frozenset())


def end_of(entity: EntityRecord) -> End:
    """A published mention as an end."""
    return End(
        type=entity.type, start=entity.start, end=entity.end, text=entity.text, concept=entity.concept, concept_id=entity.concept_id
    )  # fmt: skip


def new_end(record: ArticleRecord, start: int, end: int, type_: EntityType, concept: str = "") -> End:
    """A mention that a reviewer selected, without the blanks around it. Raises UsageError where there can be none."""
    if not 0 <= start < end <= len(record.text) or not record.text[start:end].strip():
        raise UsageError(f"there is no text at [{start}, {end}) of {record.source}")
    selected = record.text[start:end]
    start += len(selected) - len(selected.lstrip())
    text = selected.strip()
    end = start + len(text)
    if not any(block.start <= start and end <= block.end for block in record.blocks):
        raise UsageError(f"{text[:60]!r} does not lie in one block of the article: select words of one paragraph")
    name = " ".join(concept.split()).lower() or suggest_concept(record, text, type_)
    return End(type=type_, start=start, end=end, text=text, concept=name, concept_id=concept_id(type_, name))


def suggest_concept(record: ArticleRecord | None, text: str, type_: EntityType) -> str:
    """What a text most likely names: as in the rest of the article, else as in the lexicon, else by its own words."""
    words = fold_words(text)
    for entity in record.entities if record else ():
        if entity.type is type_ and fold_words(entity.text) == words:
            return entity.concept
    for stop, entry in load_lexicon().match(words, 0, len(words)):
        if stop == len(words) and entry.concept.type is type_:
            return entry.concept.name
    return " ".join(text.split()).lower()


def statement_of(article: Reading, relation: RelationRecord) -> Statement:
    """A published relation as a statement."""
    return Statement(
        head=end_of(article.entities[relation.head]),
        relation=relation.type,
        tail=end_of(article.entities[relation.tail]),
        polarity=relation.polarity,
        evidence=tuple(article.evidence_of(relation)),
    )


def make_statement(
    head: End, relation: RelationType, tail: End, polarity: Polarity, evidence: Sequence[tuple[int, int]]
) -> Statement:  # fmt: skip
    """A statement. Raises UsageError where the schema has no such."""
    try:
        return Statement(head=head, relation=relation, tail=tail, polarity=polarity, evidence=tuple(evidence))
    except ValidationError as error:
        raise UsageError(problem_of(error)) from error


def evidence_of(record: ArticleRecord, *ends: End) -> tuple[tuple[int, int], ...]:
    """The sentences that two ends stand in, in order; where none does, the ends themselves."""
    found = {_sentence_at(record.sentences, end.start) or (end.start, end.end) for end in ends}
    return tuple(sorted(found))


def _sentence_at(sentences: Sequence[SentenceRecord], position: int) -> tuple[int, int] | None:
    return next(((one.start, one.end) for one in sentences if one.start <= position < one.end), None)


def id_of(statement: Statement) -> str:
    """The id that the relation has in its article, found or not."""
    return relation_id(statement.head.concept_id, statement.relation, statement.tail.concept_id, statement.polarity)


def in_words(statement: Statement) -> str:
    """A statement in a line."""
    denied = "" if statement.polarity is Polarity.AFFIRMED else f" ({statement.polarity})"
    return f"{statement.head.concept} {statement.relation} {statement.tail.concept}{denied}"
