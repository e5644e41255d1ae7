"""What a reviewer did, as events: small validated records that stand alone, also when the dataset that they are about has changed.

An event is never changed and never deleted; an :class:`Undo` takes one back. Positions lie in the reading text of the article.
"""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from pipeline.errors import UsageError
from pipeline.schema import EntityType, Offset, Polarity, Probability, RelationType

_REVIEWER: Final = re.compile(r"[^\W_](?:[\w.@ -]{0,38}[\w.@-])?")


class Answer(StrEnum):
    """What a reviewer says of a triple; SKIP says nothing of it, but that it was seen."""

    CORRECT = "correct"
    WRONG = "wrong"
    UNSURE = "unsure"
    SKIP = "skip"


class Reason(StrEnum):
    """Why a triple is wrong."""

    NOT_STATED = "not_stated"
    WRONG_HEAD = "wrong_head"
    WRONG_TAIL = "wrong_tail"
    WRONG_RELATION = "wrong_relation"
    WRONG_DIRECTION = "wrong_direction"
    WRONG_POLARITY = "wrong_polarity"
    WRONG_ENTITY = "wrong_entity"
    FURNITURE = "furniture"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class End(_Part):
    """A mention, as head or tail or by itself."""

    type: EntityType
    start: Offset
    end: Offset
    text: str = Field(min_length=1)
    concept: str = Field(min_length=1)
    concept_id: str = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.end - self.start != len(self.text):
            raise ValueError(f"{self.text!r} is not {self.end - self.start} characters long")
        return self


class Statement(_Part):
    """A triple with the places that state it."""

    head: End
    relation: RelationType
    tail: End
    polarity: Polarity
    evidence: tuple[tuple[Offset, Offset], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.head.type not in self.relation.heads or self.tail.type not in self.relation.tails:
            raise ValueError(f"{self.relation} cannot link {self.head.type} to {self.tail.type}")
        if self.head.concept_id == self.tail.concept_id:
            raise ValueError(f"{self.head.concept!r} is related to itself")
        return self


class Seen(_Part):
    """What stood before the reviewer, so that a decision can be told from one on something else, and read without the dataset."""

    statement: Statement
    rule: str
    confidence: Probability
    fingerprint: str = Field(min_length=1)


class Sampling(_Part):
    """How the triple came before the reviewer: by which design, from which stratum of it, and with which probability.

    ``probability`` is the share of its stratum that an audit drew, or the relative size by which the risk queue draws
    (:mod:`pipeline.review.sampling`); 0 where the reviewer picked the triple himself.
    """

    design: str
    stratum: str
    probability: Probability


class _Event(_Part):
    key: str = Field(min_length=8, max_length=64, pattern=r"^[\w-]+$", description="made by the client: the same request twice counts once")
    reviewer: str
    time: datetime
    article: str = Field(min_length=1, description="article_id: a digest of the name and content of the article")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not _REVIEWER.fullmatch(self.reviewer):
            raise ValueError(_no_name(self.reviewer))
        if self.time.tzinfo is None:
            raise ValueError("a time needs its zone")
        return self


class _OfTriple(_Event):
    triple: str = Field(min_length=1, description="triple_id")
    seen: Seen


class _Judged(_OfTriple):
    answer: Answer
    reason: Reason | None = None
    note: str = Field(default="", max_length=2000)

    @model_validator(mode="after")
    def _check_reason(self) -> Self:
        if (self.answer is Answer.WRONG) != (self.reason is not None):
            raise ValueError("a reason is given for what is wrong, and only for that")
        return self


class Decision(_Judged):
    """One key: what a reviewer says of a triple."""

    kind: Literal["decision"] = "decision"
    sampling: Sampling


class Edit(_OfTriple):
    """The triple is wrong, and this would be right."""

    kind: Literal["edit"] = "edit"
    corrected: Statement
    sampling: Sampling


class Adjudication(_Judged):
    """What somebody made of the answers of several reviewers."""

    kind: Literal["adjudication"] = "adjudication"


class AddedTriple(_Event):
    """The article states this, and nobody found it."""

    kind: Literal["added_triple"] = "added_triple"
    statement: Statement


class AddedEntity(_Event):
    """The article names this, and nobody found it."""

    kind: Literal["added_entity"] = "added_entity"
    entity: End


class WrongEntity(_Event):
    """This was found, and the article does not name it."""

    kind: Literal["wrong_entity"] = "wrong_entity"
    entity: End


class Completed(_Event):
    """All that the article states was found or added, also where that is nothing."""

    kind: Literal["completed"] = "completed"


class Undo(_Event):
    """Takes back the event with the key ``target``, which is of the same reviewer."""

    kind: Literal["undo"] = "undo"
    target: str


Event = Annotated[
    Decision | Edit | Adjudication | AddedTriple | AddedEntity | WrongEntity | Completed | Undo,
    Field(discriminator="kind"),
]
EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Event)


def check_reviewer(name: str) -> str:
    """The name, if it can be one: 1 to 40 letters, digits, blanks and ``. @ - _``. Raises UsageError."""
    if not _REVIEWER.fullmatch(name):
        raise UsageError(_no_name(name))
    return name


def _no_name(name: str) -> str:
    return f"{name[:60]!r} cannot be the name of a reviewer: 1 to 40 letters, digits, blanks and . @ - _ that begin with a letter or digit"


def new_key() -> str:
    """A key that no other event has."""
    return uuid.uuid4().hex


def now() -> datetime:
    """The time, to the millisecond."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def problem_of(error: ValidationError) -> str:
    """The first thing that is wrong with an event, in a line."""
    first = error.errors()[0]
    place = ".".join(str(step) for step in first["loc"])
    return f"{place + ': ' if place else ''}{first['msg'].removeprefix('Value error, ')}"
