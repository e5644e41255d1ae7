"""The vocabulary and the published records: the one contract of the project.

Everything outside the extraction stages (exports, tables, evaluation, review) sees these records only. Positions count Unicode code
points, ends are exclusive; ``start``/``end`` lie in ``ArticleRecord.text``, ``source_start``/``source_end`` in the decoded source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SCHEMA_VERSION: Final = "1.2"


class _Term(StrEnum):
    """A word of the vocabulary. Those of a record are written through ``value``; the standard library takes twice as long for it."""

    @property
    def value(self) -> str:
        """The word itself."""
        return self._value_


class EntityType(_Term):
    """The four kinds of things that are extracted; annotation guidelines, section 1."""

    CONDITION = "CONDITION"
    NUTRIENT = "NUTRIENT"
    REMEDY = "REMEDY"
    SPECIALIST = "SPECIALIST"


_C, _N, _R, _S = EntityType.CONDITION, EntityType.NUTRIENT, EntityType.REMEDY, EntityType.SPECIALIST


SUBTYPES: Final[dict[EntityType, tuple[str, ...]]] = {
    _C: ("disease", "symptom", "deficiency", "injury", "state"),
    _N: ("vitamin", "mineral", "macronutrient", "fatty_acid", "food", "drink"),
    _R: ("medicine", "medicine_class", "supplement", "herb", "preparation", "therapy", "procedure", "self_care", "diet", "aid"),
    _S: ("medical", "allied", "alternative", "generic"),
}
"""What a concept of each type can be."""


class RelationType(_Term):
    """The nine relations; annotation guidelines, section 2."""

    TREATS = "TREATS"
    PREVENTS = "PREVENTS"
    CAUSES = "CAUSES"
    DEFICIENCY_CAUSES = "DEFICIENCY_CAUSES"
    HAS_SYMPTOM = "HAS_SYMPTOM"
    CONTAINS = "CONTAINS"
    CONSULT = "CONSULT"
    PRESCRIBES = "PRESCRIBES"
    CONTRAINDICATED_FOR = "CONTRAINDICATED_FOR"

    @property
    def heads(self) -> frozenset[EntityType]:
        """Entity types that may be the head."""
        return SIGNATURES[self][0]

    @property
    def tails(self) -> frozenset[EntityType]:
        """Entity types that may be the tail."""
        return SIGNATURES[self][1]


SIGNATURES: dict[RelationType, tuple[frozenset[EntityType], frozenset[EntityType]]] = {
    RelationType.TREATS: (frozenset({_R, _N}), frozenset({_C})),
    RelationType.PREVENTS: (frozenset({_R, _N}), frozenset({_C})),
    RelationType.CAUSES: (frozenset({_C, _R, _N}), frozenset({_C})),
    RelationType.DEFICIENCY_CAUSES: (frozenset({_N}), frozenset({_C})),
    RelationType.HAS_SYMPTOM: (frozenset({_C}), frozenset({_C})),
    RelationType.CONTAINS: (frozenset({_N, _R}), frozenset({_N, _R})),
    RelationType.CONSULT: (frozenset({_C}), frozenset({_S})),
    RelationType.PRESCRIBES: (frozenset({_S}), frozenset({_R, _N})),
    RelationType.CONTRAINDICATED_FOR: (frozenset({_R, _N}), frozenset({_C})),
}


class Polarity(_Term):
    """Whether the article states or denies the relation."""

    AFFIRMED = "affirmed"
    NEGATED = "negated"


class Certainty(_Term):
    """How firmly the article states the relation: as a fact, as a possibility, or as a claim that it doubts or only reports."""

    STATED = "stated"
    POSSIBLE = "possible"
    DISPUTED = "disputed"


class QualifierKind(_Term):
    """What restricts a relation: for whom it holds, or when."""

    POPULATION = "population"
    CIRCUMSTANCE = "circumstance"


class BlockKind(_Term):
    """What a block is in the article's structure. A lead-in is a paragraph that introduces the list or table below it."""

    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LEAD_IN = "lead_in"
    LIST_ITEM = "list_item"
    TABLE_HEADER = "table_header"
    TABLE_ROW = "table_row"
    QUOTE = "quote"


HYPERNYM: Final = "what it is a kind of, in Dutch: the name of the concept above it, else of its subtype"


@dataclass(frozen=True, slots=True)
class Refers:
    """Marks a field that holds the id of a record of this table, so that tables, dictionaries and graphs know what can be joined.

    Not ``complete``: the dataset need not have the record.
    """

    table: str
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Repeated:
    """Marks a text that many records share, so that tables keep it once."""


Name = Annotated[str, Repeated()]
ArticleId = Annotated[str, Refers("articles")]
BlockId = Annotated[str, Refers("blocks")]
SentenceId = Annotated[str, Refers("sentences")]
EntityId = Annotated[str, Refers("entities")]
ConceptId = Annotated[str, Repeated(), Refers("concepts")]
RelatedConceptId = Annotated[str, Repeated(), Refers("concepts", complete=False)]
Offset = Annotated[int, Field(ge=0)]
Probability = Annotated[float, Field(ge=0, le=1)]
SourceFormat = Literal["plain", "markdown", "html"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BlockRecord(_Record):
    """One block of the reading text. ``parent`` is the block that it stands under: its heading, its lead-in, or the list item around it."""

    id: str
    kind: BlockKind
    level: int = Field(ge=0, description="heading level (title 0, headings 1-6) or nesting depth of a list item (from 1), else 0")
    parent: BlockId | None
    start: Offset
    end: Offset


class SentenceRecord(_Record):
    """One sentence; it never crosses a block."""

    id: str
    start: Offset
    end: Offset
    block: BlockId
    foreign: bool = Field(default=False, description="it is in another language than Dutch; nothing was extracted from it")


class EntityRecord(_Record):
    """One published mention with its concept."""

    id: str = Field(description="unique in the article: 'e' and the start offset")
    type: EntityType
    start: Offset
    end: Offset
    text: str
    source_start: Offset
    source_end: Offset
    concept: Name = Field(min_length=1, description="preferred Dutch name, lower case")
    concept_id: ConceptId = Field(min_length=1, description="type:name, such as condition:spierkramp")
    subtype: Name = Field(description="what kind of its type it is, such as symptom")
    broader: ConceptId | None = Field(description="id of the concept above it, of the same type")
    hypernym: Name = Field(min_length=1, description=HYPERNYM)
    found_by: Name = Field(min_length=1, description="finder and rule or lexicon source")
    confidence: Probability


class QualifierRecord(_Record):
    """A phrase of the evidence that restricts a relation: *bij kinderen*, *tijdens de zwangerschap*, *in hoge doses*."""

    kind: QualifierKind
    text: str = Field(min_length=1)
    start: int = Field(ge=0, description="in the article's text")
    end: int = Field(gt=0, description="exclusive")


class RelationRecord(_Record):
    """One relation per (head concept, type, tail concept, polarity) with all its evidence."""

    id: str = Field(description="unique in the article: 'r' and a digest of concepts, type and polarity, so that it survives a re-run")
    type: RelationType
    head: EntityId = Field(description="entity id")
    tail: EntityId = Field(description="entity id")
    head_concept: Name
    tail_concept: Name
    polarity: Polarity
    certainty: Certainty
    confidence: Probability
    evidence: tuple[SentenceId, ...] = Field(min_length=1, description="sentence ids, in text order")
    rule: Name = Field(min_length=1, description="the rule that gave the strongest evidence")
    qualifiers: tuple[QualifierRecord, ...] = Field(default=(), description="for whom or when it holds, in text order")


class IdentifierRecord(_Record):
    """What another vocabulary calls exactly this concept."""

    scheme: Name = Field(min_length=1, description="hpo, atc, uzi, wikidata, or a scheme of the user's own lexicon")
    identifier: str = Field(min_length=1)
    source: Name = Field(min_length=1, description="who says that the two are the same")


class ConceptRecord(_Record):
    """What is known of a concept that articles name, or that stands above one that they name: a line of ``concepts.jsonl``."""

    schema_version: Literal["1.2"] = SCHEMA_VERSION
    concept_id: str = Field(min_length=1)
    name: str = Field(min_length=1, description="preferred Dutch name")
    type: EntityType
    subtype: Name = Field(description="one of the subtypes of its type")
    broader: ConceptId | None = Field(description="id of the concept above it, of the same type; that one has a line as well")
    hypernym: Name = Field(min_length=1, description=HYPERNYM)
    deficiency_of: RelatedConceptId | None = Field(default=None, description="id of what it is a lack of")
    substance: RelatedConceptId | None = Field(default=None, description="id of the substance of a brand")
    drug_class: RelatedConceptId | None = Field(default=None, description="id of the class of a medicine")
    identifiers: tuple[IdentifierRecord, ...] = ()
    source: Name = Field(min_length=1, description="'lexicon', 'lexicon:NAME', or the finder that made the concept of words of the article")


class FurnitureRecord(_Record):
    """A part of the source that was left out, and why."""

    source_start: Offset
    source_end: Offset
    reason: Name = Field(min_length=1)


class ArticleRecord(_Record):
    """One article with everything that was found in it. Validation checks every rule of the contract."""

    schema_version: Literal["1.2"] = SCHEMA_VERSION
    article_id: str = Field(min_length=1)
    source: str = Field(min_length=1, description="name of the input as given")
    source_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    source_format: SourceFormat
    encoding: Name
    url: str | None = Field(default=None, description="web address that it came from, where the input says so")
    title: str | None
    language: Name
    duplicate_of: ArticleId | None = Field(
        default=None, description="id of the first article of the run that has the same text, or nearly the same"
    )
    text: str
    blocks: tuple[BlockRecord, ...]
    sentences: tuple[SentenceRecord, ...]
    entities: tuple[EntityRecord, ...]
    relations: tuple[RelationRecord, ...]
    furniture: tuple[FurnitureRecord, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        problems = list(_problems(self))
        if problems:
            raise ValueError("; ".join(problems[:5]) + (f"; and {len(problems) - 5} more" if len(problems) > 5 else ""))
        return self


class TripleRecord(_Record):
    """One relation that can be read alone: a line of ``triples.jsonl``."""

    schema_version: Literal["1.2"] = SCHEMA_VERSION
    triple_id: str = Field(description="article id, a colon, relation id")
    article_id: ArticleId
    source: str
    title: str | None
    head_text: str
    head_concept: Name
    head_concept_id: ConceptId
    head_type: EntityType
    relation: RelationType
    tail_text: str
    tail_concept: Name
    tail_concept_id: ConceptId
    tail_type: EntityType
    polarity: Polarity
    certainty: Certainty
    confidence: Probability
    evidence: tuple[str, ...] = Field(description="texts of the evidence sentences")
    rule: Name
    qualifiers: tuple[str, ...] = Field(default=(), description="phrases that say for whom or when it holds")


class RejectedRecord(_Record):
    """An input that gave no record: a line of ``rejected.jsonl``."""

    schema_version: Literal["1.2"] = SCHEMA_VERSION
    source: str
    stage: Name
    reason: Name
    message: str


class Verdict(_Term):
    """What a reviewer says of a triple."""

    CORRECT = "correct"
    WRONG = "wrong"
    UNSURE = "unsure"


class ReviewedRecord(_Record):
    """What the reviewers of a triple came to: a line of ``reviewed.jsonl``, which a review adds to a dataset."""

    schema_version: Literal["1.2"] = SCHEMA_VERSION
    triple_id: str = Field(min_length=1)
    reviewed: Verdict


def _problems(record: ArticleRecord) -> Iterator[str]:
    """Yield one sentence per broken rule."""
    for name, items in (("block", record.blocks), ("sentence", record.sentences), ("entity", record.entities)):
        yield from _span_problems(name, items, len(record.text))
    blocks = {block.id: block for block in record.blocks}
    for block in record.blocks:
        if block.parent is not None and block.parent not in blocks:
            yield f"block {block.id}: unknown parent {block.parent}"
    for sentence in record.sentences:
        own = blocks.get(sentence.block)
        if own is None or not own.start <= sentence.start < sentence.end <= own.end:
            yield f"sentence {sentence.id} does not lie in block {sentence.block}"
    for entity in record.entities:
        if record.text[entity.start : entity.end] != entity.text:
            yield f"entity {entity.id}: text {entity.text!r} is not at [{entity.start}, {entity.end})"
        if entity.source_start >= entity.source_end:
            yield f"entity {entity.id}: empty source span"
        if entity.subtype not in SUBTYPES[entity.type]:
            yield f"entity {entity.id}: {entity.subtype!r} is no subtype of {entity.type}"
    yield from _relation_problems(record)


def _span_problems(name: str, items: Sequence[BlockRecord | SentenceRecord | EntityRecord], size: int) -> Iterator[str]:
    end = 0
    for item in items:
        if not item.start < item.end <= size:
            yield f"{name} {item.id}: span [{item.start}, {item.end}) is empty or outside the text of {size} characters"
        if item.start < end:
            yield f"{name} {item.id} overlaps the one before it or is out of order"
        end = item.end
    if len({item.id for item in items}) != len(items):
        yield f"{name} ids are not unique"


def _relation_problems(record: ArticleRecord) -> Iterator[str]:
    entities = {entity.id: entity for entity in record.entities}
    sentences = {sentence.id for sentence in record.sentences}
    seen: set[tuple[str, ...]] = set()
    for relation in record.relations:
        head, tail = entities.get(relation.head), entities.get(relation.tail)
        if head is None or tail is None:
            yield f"relation {relation.id}: unknown end {relation.head if head is None else relation.tail}"
            continue
        heads, tails = SIGNATURES[relation.type]
        if head.type not in heads or tail.type not in tails:
            yield f"relation {relation.id}: {relation.type} cannot link {head.type} to {tail.type}"
        if (head.concept, tail.concept) != (relation.head_concept, relation.tail_concept):
            yield f"relation {relation.id}: concepts differ from those of its ends"
        if head.concept_id == tail.concept_id:
            yield f"relation {relation.id}: {relation.head_concept!r} is related to itself"
        keys = {(relation.id,), (head.concept_id, relation.type, tail.concept_id, relation.polarity)}
        if seen & keys:
            yield f"relation {relation.id}: stated twice"
        seen |= keys
        for qualifier in relation.qualifiers:
            if record.text[qualifier.start : qualifier.end] != qualifier.text:
                yield f"relation {relation.id}: qualifier {qualifier.text!r} is not at [{qualifier.start}, {qualifier.end})"
        for sentence in relation.evidence:
            if sentence not in sentences:
                yield f"relation {relation.id}: evidence {sentence} is no sentence of this article"
