"""What the web app shows: plain frozen values, made by :class:`pipeline.review.api.Review`. Texts are as in the article: escape them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.review.events import Answer, Event, Reason, Statement
from pipeline.schema import BlockKind, Certainty, EntityType, Polarity, RelationType


class MarkKind(StrEnum):
    """What a marked part of a passage is."""

    HEAD = "head"
    TAIL = "tail"
    CUE = "cue"
    MENTION = "mention"
    ADDED = "added"
    """An entity that a reviewer added."""


class Status(StrEnum):
    """How a triple stands for a reviewer."""

    OPEN = "open"
    AGAIN = "again"
    """Decided, but it has changed since: look again."""
    CORRECT = "correct"
    WRONG = "wrong"
    UNSURE = "unsure"
    SKIPPED = "skip"
    EDITED = "edited"


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of a passage; marks of a passage are in order and do not overlap. Positions count from the start of the passage's text."""

    start: int
    end: int
    kind: MarkKind
    entity: str | None = None
    """Id of the entity in its article."""
    type: EntityType | None = None
    concept: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A block of the article, or the part of a long one that matters."""

    block: str
    kind: BlockKind
    level: int
    start: int
    """Where the text begins in the article: add it to a position in the passage."""
    text: str
    marks: tuple[Mark, ...]
    evidence: tuple[tuple[int, int], ...]
    """Sentences that state the triple; positions in the passage."""
    gap: bool
    """Whether blocks before it are left out."""
    cut: tuple[bool, bool]
    """Whether text of the block is left out before, and after."""


@dataclass(frozen=True, slots=True)
class Side:
    """Head or tail of a triple."""

    entity: str
    text: str
    concept: str
    concept_id: str
    type: EntityType
    triples: int
    """In how many triples of the dataset the concept stands."""


@dataclass(frozen=True, slots=True)
class Row:
    """A triple in a list."""

    triple_id: str
    article_id: str
    source: str
    title: str | None
    head: str
    relation: RelationType
    tail: str
    polarity: Polarity
    confidence: float
    rule: str
    evidence: str
    """The text of the last evidence sentence, cut to a line."""
    status: Status


@dataclass(frozen=True, slots=True)
class Why:
    """Why a triple was made."""

    rule: str
    kind: str
    """``cue``, ``frame`` or ``model``: what comes before the colon of the rule."""
    example: str | None
    """A sentence that the rule is meant for."""
    judged: int
    """How many triples of this rule have been judged."""
    right: int
    """How many of these were correct."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another article that says something of the same two concepts."""

    row: Row
    opposite: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a reviewer said of a triple."""

    key: str
    reviewer: str
    answer: Answer
    reason: Reason | None
    note: str
    corrected: Statement | None


@dataclass(frozen=True, slots=True)
class Card:
    """A triple with everything that is needed to judge it."""

    triple_id: str
    relation_id: str
    article_id: str
    source: str
    title: str | None
    head: Side
    relation: RelationType
    tail: Side
    polarity: Polarity
    certainty: Certainty
    confidence: float
    why: Why
    stratum: str
    """Why it comes now: ``low_confidence``, ``high_impact``, ``new_rule``, ``random``, ``audit:...``, ``again``, ``browse``."""
    passages: tuple[Passage, ...]
    same: tuple[Other, ...]
    opposite: tuple[Other, ...]
    mine: Said | None
    """What this reviewer said of it."""
    others: tuple[Said, ...]
    """What the others said; empty where reviewers are blind to each other."""
    status: Status
    left_in_article: int
    """How many triples of the article this reviewer has not decided."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list of triples."""

    rows: tuple[Row, ...]
    total: int
    offset: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reviewer is."""

    total: int
    """Triples that the filter and the design leave."""
    decided: int
    again: int
    left: int
    today: int
    """Decisions of this reviewer since midnight (UTC)."""
    seconds: float | None
    """Median time of a decision of this reviewer; pauses do not count."""
    minutes_left: float | None
    to_adjudicate: int
    articles: int
    completed: int


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be filtered by, each with its count."""

    relations: Mapping[str, int]
    rules: Mapping[str, int]
    statuses: tuple[Status, ...]


@dataclass(frozen=True, slots=True)
class AddedEntityView:
    """An entity that a reviewer added; its id can be an end of a triple."""

    key: str
    entity: str
    """``a`` and the start offset."""
    start: int
    end: int
    text: str
    type: EntityType
    concept: str
    reviewer: str


@dataclass(frozen=True, slots=True)
class AddedTripleView:
    """A triple that a reviewer added."""

    key: str
    statement: Statement
    reviewer: str


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """An article for reading, adding and completing."""

    article_id: str
    source: str
    title: str | None
    passages: tuple[Passage, ...]
    offset: int
    blocks: int
    """How many passages it has, long blocks in several; ``passages`` are those from ``offset`` on."""
    rows: tuple[Row, ...]
    added_triples: tuple[AddedTripleView, ...]
    added_entities: tuple[AddedEntityView, ...]
    completed: str | None
    """Key of the event by which this reviewer completed it."""
    left: int
    previous: str | None
    next: str | None
    """The articles before and after it in the dataset."""


@dataclass(frozen=True, slots=True)
class Done:
    """An event of the history."""

    number: int
    event: Event
    undone: bool
    summary: str
    """The triple or entity in words, such as ``magnesium TREATS kuitkramp``; for an article its source."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A triple on which reviewers differ."""

    card: Card
    answers: tuple[Said, ...]
