"""What all formats have in common: an annotated text, and how one is put together from marks and statements between them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.evaluation.gold import GoldDocument, GoldEntity, GoldRelation, check_gold, stem
from pipeline.evaluation.mistakes import one_line
from pipeline.readers import READERS
from pipeline.schema import EntityType, Polarity, RelationType

_TEXT = ".txt"


@dataclass(frozen=True, slots=True)
class Annotated:
    """A gold document with the text that it was made on."""

    document: GoldDocument
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked mention. Where a tool holds no concept, it is the words themselves."""

    type: EntityType
    start: int
    end: int
    concept: str = ""
    alt: EntityType | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A relation that a tool holds between two mentions. Where it holds no evidence (None), it is the lines of both."""

    type: RelationType
    head: Mark
    tail: Mark
    polarity: Polarity = Polarity.AFFIRMED
    evidence: Sequence[tuple[int, int]] | None = None


def assemble(source: str, text: str, marks: Iterable[Mark], statements: Iterable[Statement], path: Path) -> Annotated:
    """The annotated text, checked: mentions in text order, statements of the same relation taken together. Raises ResourceError."""
    content = text.encode()
    ordered = sorted(marks, key=lambda mark: (mark.start, mark.end))
    document = GoldDocument(
        id=stem(source),
        source=source,
        sha256=hashlib.sha256(content).hexdigest(),
        entities=tuple(
            GoldEntity(
                id=f"T{number}",
                type=mark.type,
                start=mark.start,
                end=mark.end,
                text=text[mark.start : mark.end],
                concept=_concept(mark, text),
                alt=mark.alt,
            )
            for number, mark in enumerate(ordered, 1)
        ),
        relations=tuple(_relations(statements, text)),
    )
    check_gold(document, content, path)
    return Annotated(document, text)


def _concept(mark: Mark, text: str) -> str:
    return mark.concept or one_line(text[mark.start : mark.end]).lower()


def _relations(statements: Iterable[Statement], text: str) -> Iterator[GoldRelation]:
    evidence: dict[tuple[str, RelationType, str, Polarity], list[tuple[int, int]]] = {}
    for one in statements:
        spans = [_line(text, one.head), _line(text, one.tail)] if one.evidence is None else one.evidence
        known = evidence.setdefault((_concept(one.head, text), one.type, _concept(one.tail, text), one.polarity), [])
        known.extend(span for span in dict.fromkeys(spans) if span not in known)
    for number, ((head, kind, tail, polarity), spans) in enumerate(evidence.items(), 1):
        yield GoldRelation(id=f"R{number}", type=kind, head=head, tail=tail, polarity=polarity, evidence=tuple(spans))


def _line(text: str, mark: Mark) -> tuple[int, int]:
    """The line, or lines, that a mention stands in."""
    end = text.find("\n", mark.end)
    return text.rfind("\n", 0, mark.start) + 1, len(text) if end < 0 else end


def spokesmen(document: GoldDocument) -> Mapping[str, GoldEntity]:
    """For each concept its first mention: between these a tool shows the relation."""
    found: dict[str, GoldEntity] = {}
    for entity in document.entities:
        found.setdefault(entity.concept, entity)
    return found


def text_name(source: str) -> str:
    """Name of the text beside annotations, for tools that want ``.txt``."""
    return source if source.endswith(_TEXT) else source + _TEXT


def source_name(name: str) -> str:
    """The ``source`` whose :func:`text_name` this is."""
    bare = name.removesuffix(_TEXT)
    return bare if Path(bare).suffix in READERS else name
