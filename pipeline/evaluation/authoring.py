"""From what an annotator types, one record a line, to a gold file; every mistake is named with its line.

Tab-separated: ``E  line  words  occurrence in the line  TYPE  concept  [other TYPE]`` and ``R  head concept  TYPE  tail concept  polarity
line,line,...``. Empty lines and lines that begin with ``#`` are passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from pathlib import Path, PurePath
from typing import Final, TypeVar

from pipeline.errors import UsageError
from pipeline.evaluation.gold import GoldDocument, GoldEntity, GoldRelation
from pipeline.schema import EntityType, Polarity, RelationType

_ENTITY_COLUMNS: Final = "E, line, words, occurrence, TYPE, concept and, if there is one, the other TYPE"
_RELATION_COLUMNS: Final = "R, head concept, TYPE, tail concept, polarity, lines"
_Value = TypeVar("_Value", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong in a line of the annotator's file."""

    line: int
    message: str


class _WrongCell(Exception):
    """A cell that makes its record useless."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the text: where it begins, and what it says."""

    start: int
    text: str


@dataclass(slots=True)
class _Records:
    """What has been understood so far, each record with its line in the annotator's file."""

    entities: list[tuple[int, GoldEntity]] = field(default_factory=list)
    relations: list[tuple[int, GoldRelation]] = field(default_factory=list)


def numbered(text: str) -> str:
    """A text with the numbers of its lines, for the annotator."""
    return "".join(f"{number}\t{line}\n" for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1))


def read_text(path: Path) -> str:
    """A text as it stands in a file. Raises UsageError where it cannot be read."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8 first") from error
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error


def author(name: str, content: bytes, records: str) -> tuple[GoldDocument, list[Problem]]:
    """The gold of a text (file name and bytes, UTF-8), and what is wrong with it: only without problems is it to be used."""
    lines = _lines(content.decode())
    found, problems = _Records(), []
    for number, row in enumerate(records.split("\n"), 1):
        if row.strip() and not row.startswith("#"):
            try:
                _read(row.rstrip("\r").split("\t"), number, lines, found)
            except _WrongCell as error:
                problems.append(Problem(number, str(error)))
    found.entities.sort(key=lambda item: (item[1].start, item[1].end))
    problems += _overlaps(found.entities)
    problems += _relation_problems(found)
    document = GoldDocument(
        id=PurePath(name).stem,
        source=name,
        sha256=hashlib.sha256(content).hexdigest(),
        entities=tuple(entity.model_copy(update={"id": f"T{n}"}) for n, (_, entity) in enumerate(found.entities, 1)),
        relations=tuple(relation.model_copy(update={"id": f"R{n}"}) for n, (_, relation) in enumerate(found.relations, 1)),
    )
    return document, sorted(problems, key=lambda problem: problem.line)


def _lines(text: str) -> list[_Line]:
    lines, start = [], 0
    for line in text.split("\n"):
        lines.append(_Line(start, line))
        start += len(line) + 1
    return lines


# records


def _read(cells: Sequence[str], number: int, lines: Sequence[_Line], found: _Records) -> None:
    """Understand one record. Raises _WrongCell."""
    readers: Mapping[str, Callable[[Sequence[str], Sequence[_Line]], GoldEntity | GoldRelation]] = {"E": _entity, "R": _relation}
    if cells[0] not in readers:
        raise _WrongCell(f"a record begins with E or R and a tab, not with {cells[0]!r}")
    record = readers[cells[0]](cells, lines)
    if isinstance(record, GoldEntity):
        found.entities.append((number, record))
    else:
        found.relations.append((number, record))


def _entity(cells: Sequence[str], lines: Sequence[_Line]) -> GoldEntity:
    _, line, words, occurrence, kind, concept, *more = _columns(cells, 6, 7, _ENTITY_COLUMNS)
    type_ = _choice(EntityType, kind, "entity type")
    alt = _choice(EntityType, more[0], "entity type") if more and more[0].strip() else None
    place = _line(line, lines)
    wanted = _number(occurrence, "the occurrence")
    if not words.strip() or words != words.strip():
        raise _WrongCell(f"the words {words!r} are empty, or begin or end with a blank")
    at, count = -1, 0
    while count < wanted and (at := place.text.find(words, at + 1)) >= 0:
        count += 1
    if count < wanted or wanted < 1:
        raise _WrongCell(f"line {line.strip()} has {words!r} {_times(count)}; there is no occurrence {wanted}{_elsewhere(words, lines)}")
    start = place.start + at
    return GoldEntity(id="T", type=type_, start=start, end=start + len(words), text=words, concept=_concept(concept), alt=alt)


def _relation(cells: Sequence[str], lines: Sequence[_Line]) -> GoldRelation:
    _, head, kind, tail, polarity, evidence = _columns(cells, 6, 6, _RELATION_COLUMNS)
    places = [_line(cell, lines) for cell in evidence.split(",")]
    if not all(place.text for place in places):
        raise _WrongCell(f"of the lines {evidence} one is empty, and states nothing")
    return GoldRelation(
        id="R",
        type=_choice(RelationType, kind, "relation"),
        head=_concept(head),
        tail=_concept(tail),
        polarity=_choice(Polarity, polarity, "polarity"),
        evidence=tuple((place.start, place.start + len(place.text)) for place in places),
    )


def _columns(cells: Sequence[str], least: int, most: int, names: str) -> Sequence[str]:
    """The cells of a record, without empty ones behind it."""
    used = list(cells)
    while len(used) > most and not used[-1].strip():
        used.pop()
    if not least <= len(used) <= most:
        raise _WrongCell(f"{len(used)} columns; there should be {names}, separated by tabs")
    return used


def _choice(kind: type[_Value], cell: str, name: str) -> _Value:
    try:
        return kind(cell.strip())
    except ValueError:
        raise _WrongCell(f"{cell.strip()!r} is no {name}: choose one of {', '.join(kind)}") from None


def _number(cell: str, name: str) -> int:
    try:
        return int(cell)
    except ValueError:
        raise _WrongCell(f"{name} should be a number, not {cell!r}") from None


def _line(cell: str, lines: Sequence[_Line]) -> _Line:
    number = _number(cell, "the line")
    if not 1 <= number <= len(lines):
        raise _WrongCell(f"there is no line {number}: the text has lines 1 to {len(lines)}")
    return lines[number - 1]


def _concept(cell: str) -> str:
    if not cell.strip():
        raise _WrongCell("a concept is empty")
    return cell.strip().lower()


def _times(count: int) -> str:
    return f"{count} times" if count != 1 else "once"


def _elsewhere(words: str, lines: Sequence[_Line]) -> str:
    """Which lines do have the words, if that is of help."""
    found = [str(number) for number, line in enumerate(lines, 1) if words in line.text]
    return f" (it stands in line {', '.join(found[:5])}{' and more' if len(found) > 5 else ''})" if found else ""


# what only the whole shows


def _overlaps(entities: Sequence[tuple[int, GoldEntity]]) -> Iterator[Problem]:
    for (before, one), (number, other) in pairwise(entities):
        if other.start < one.end:
            what = "is marked twice" if (one.start, one.end) == (other.start, other.end) else f"overlaps {one.text!r}"
            yield Problem(number, f"{other.text!r} {what} (line {before})")


def _relation_problems(found: _Records) -> Iterator[Problem]:
    types: dict[str, set[EntityType]] = {}
    for _, entity in found.entities:
        types.setdefault(entity.concept, set()).update(entity.types)
    seen: dict[tuple[str, ...], int] = {}
    for number, relation in found.relations:
        for side, concept, allowed in (("head", relation.head, relation.type.heads), ("tail", relation.tail, relation.type.tails)):
            if concept not in types:
                yield Problem(number, f"the {side} {concept!r} is the concept of no E record")
            elif not types[concept] & allowed:
                yield Problem(number, f"the {side} {concept!r} is {_any(types[concept])}; {relation.type} wants {_any(allowed)} there")
        if relation.head == relation.tail:
            yield Problem(number, f"{relation.head!r} is related to itself")
        key = (relation.head, relation.type, relation.tail, relation.polarity)
        if key in seen:
            said = f"{relation.head} {relation.type} {relation.tail} ({relation.polarity})"
            yield Problem(number, f"{said} stands in line {seen[key]} already: put all its lines into one record")
        seen.setdefault(key, number)


def _any(types: set[EntityType] | frozenset[EntityType]) -> str:
    return " or ".join(sorted(types))
