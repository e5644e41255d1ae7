"""What several test modules share: a small valid record, and an extractor that knows four words."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from pipeline.article import Source, TypedSpan
from pipeline.errors import InvalidRecord
from pipeline.lexicon import Lexicon
from pipeline.schema import (
    SUBTYPES,
    ArticleRecord,
    BlockKind,
    BlockRecord,
    Certainty,
    EntityRecord,
    EntityType,
    Polarity,
    RelationRecord,
    RelationType,
    SentenceRecord,
)
from pipeline.settings import Settings

TEXT = "Magnesium helpt tegen spierkramp."
KNOWN = {
    "magnesium": EntityType.NUTRIENT,
    "spierkramp": EntityType.CONDITION,
    "massage": EntityType.REMEDY,
    "huisarts": EntityType.SPECIALIST,
}


def record_of(source: Source) -> ArticleRecord:
    """A valid record of a plain text: one block, one sentence, the known words, and TREATS where a nutrient and a condition meet."""
    text = source.text
    entities = tuple(
        EntityRecord(
            id=f"e{match.start()}",
            type=KNOWN[match[0].lower()],
            start=match.start(),
            end=match.end(),
            text=match[0],
            source_start=match.start(),
            source_end=match.end(),
            concept=match[0].lower(),
            concept_id=f"{KNOWN[match[0].lower()].lower()}:{match[0].lower()}",
            subtype=SUBTYPES[KNOWN[match[0].lower()]][0],
            broader=None,
            hypernym="iets",
            found_by="test",
            confidence=1.0,
        )
        for match in re.finditer("|".join(KNOWN), text, re.IGNORECASE)
    )
    first = {kind: next((entity for entity in entities if entity.type is kind), None) for kind in EntityType}
    head, tail = first[EntityType.NUTRIENT], first[EntityType.CONDITION]
    relations: tuple[RelationRecord, ...] = ()
    if head and tail:
        relations = (
            RelationRecord(
                id="r1",
                type=RelationType.TREATS,
                head=head.id,
                tail=tail.id,
                head_concept=head.concept,
                tail_concept=tail.concept,
                polarity=Polarity.AFFIRMED,
                certainty=Certainty.STATED,
                confidence=0.9,
                evidence=("s0",),
                rule="test:helps",
            ),
        )
    return ArticleRecord(
        article_id=hashlib.sha256(f"{source.name}\0{source.sha256}".encode()).hexdigest()[:16],
        source=source.name,
        source_sha256=source.sha256,
        source_format=source.format,
        encoding=source.encoding,
        title=None,
        language="nl",
        text=text,
        blocks=(BlockRecord(id="b0", kind=BlockKind.PARAGRAPH, level=0, parent=None, start=0, end=len(text)),),
        sentences=(SentenceRecord(id="s0", start=0, end=len(text), block="b0"),),
        entities=entities,
        relations=relations,
        furniture=(),
    )


@pytest.fixture
def source() -> Source:
    """A source whose text is :data:`TEXT`."""
    return Source("articles/a.txt", TEXT, "plain", "utf-8", hashlib.sha256(TEXT.encode()).hexdigest())


@pytest.fixture
def record(source: Source) -> ArticleRecord:
    """A valid record with two entities and one relation."""
    return record_of(source)


@pytest.fixture
def values(record: ArticleRecord) -> dict[str, Any]:
    """The same record as plain values, to be changed and validated again."""
    return record.model_dump(mode="json")


@dataclass(frozen=True, slots=True)
class Note:
    """What an extractor says about a candidate."""

    kind: str
    text: str
    start: int
    end: int
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class FakeExplanation:
    """What an extractor says about an article."""

    record: ArticleRecord
    candidates: tuple[Note, ...]


class FakeExtractor:
    """An extractor without a language model, that stumbles over two words on demand."""

    def __init__(self, settings: Settings | None = None, lexicons: Sequence[Lexicon] = ()) -> None:
        self.settings = settings or Settings()
        self.lexicons = tuple(lexicons)

    def extract(self, source: Source, clock: Callable[[str], None] = lambda stage: None) -> ArticleRecord:
        if "ongeldig" in source.text:
            raise InvalidRecord("invalid-record", "relation r1: stated twice")
        if "struikel" in source.text:
            raise ZeroDivisionError("division\nby zero")
        clock("clean")
        record = record_of(source)
        clock("records")
        return record

    def link(self, source: Source, spans: Iterable[TypedSpan]) -> ArticleRecord:
        return record_of(source)

    def explain(self, source: Source) -> FakeExplanation:
        record = self.extract(source)
        kept = tuple(Note("entity", e.text, e.start, e.end, "kept", e.found_by) for e in record.entities)
        return FakeExplanation(record, (*kept, Note("entity", "helpt", 10, 15, "dropped", "contentless")))

    def prepare(self) -> None:
        pass

    def versions(self) -> dict[str, str]:
        return {"spacy": "0", "pipeline": "0.0"}


@pytest.fixture
def fake_extractor(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeExtractor]:
    """Puts :class:`FakeExtractor` where the commands look for the extractor, so that they start at once."""
    module = ModuleType("pipeline.extractor")
    module.__dict__["Extractor"] = FakeExtractor
    monkeypatch.setitem(sys.modules, "pipeline.extractor", module)
    return FakeExtractor
