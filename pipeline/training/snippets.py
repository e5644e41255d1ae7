"""Annotated snippets: tiny pieces of articles with their mentions marked in the text and their relations below.

``[magnesium|N]`` marks a mention with the letter of its type, ``[de kramp|C|=2]`` one that stands for the same concept as mention 2 of the
snippet; ``@ 1 TREATS 2`` states a relation between mentions by number, a trailing ``-`` that it is denied. Snippets are separated by
blank lines, and their text is Markdown.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.article import Source
from pipeline.errors import ResourceError
from pipeline.schema import EntityType, Polarity, RelationType

SNIPPETS_FOLDER: Final = "snippets"
"""Where snippets lie in a folder of gold."""

_MARK = re.compile(r"\[([^\[\]|]+)\|([CNRS])(?:\|=(\d+))?\]")
_RELATION = re.compile(r"@ (\d+) ([A-Z_]+) (\d+)( -)?")
_TYPES = {kind.value[0]: kind for kind in EntityType}


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked mention; ``concept`` is the number of the first mention of its concept."""

    type: EntityType
    start: int
    end: int
    concept: int


@dataclass(frozen=True, slots=True)
class Snippet:
    """The text of a snippet as a source, its mentions at their places in it, and the relations between their concepts."""

    source: Source
    marks: tuple[Mark, ...]
    relations: tuple[tuple[int, RelationType, int, Polarity], ...]


def load_snippets(folder: Path) -> Iterator[Snippet]:
    """The snippets of all files of a folder. Raises ResourceError that names file and line of a mistake."""
    for path in sorted(folder.glob("*.md")):
        line = 1
        for part in re.split(r"(\n[ \t]*\n+)", path.read_text(encoding="utf-8")):
            if part.strip():
                try:
                    yield _snippet(part.strip("\n"), f"{path.stem}-{line}")
                except ValueError as error:
                    raise ResourceError(f"{path}, snippet at line {line}: {error}") from error
            line += part.count("\n")


def _snippet(block: str, name: str) -> Snippet:
    lines = block.split("\n")
    marked = "\n".join(line for line in lines if not line.startswith("@"))
    pieces: list[str] = []
    marks: list[Mark] = []
    size = end = 0
    for number, match in enumerate(_MARK.finditer(marked), 1):
        pieces += [marked[end : match.start()], match[1]]
        start = size + match.start() - end
        concept = _root(marks, number, _TYPES[match[2]], int(match[3])) if match[3] else number
        marks.append(Mark(_TYPES[match[2]], start, start + len(match[1]), concept))
        size, end = marks[-1].end, match.end()
    text = "".join([*pieces, marked[end:]])
    if "[" in text or "]" in text:
        raise ValueError("a bracket that marks nothing")
    source = Source(name, text, "markdown", "utf-8", hashlib.sha256(text.encode()).hexdigest())
    return Snippet(source, tuple(marks), tuple(_relation(line, marks) for line in lines if line.startswith("@")))


def _root(marks: list[Mark], number: int, type_: EntityType, earlier: int) -> int:
    """The first mention of the concept that a mention stands for."""
    if not 0 < earlier < number or marks[earlier - 1].type is not type_:
        raise ValueError(f"mention {number} stands for {earlier}, which is no earlier one of its type")
    return marks[earlier - 1].concept


def _numbered(marks: list[Mark], number: int) -> Mark:
    if not 0 < number <= len(marks):
        raise ValueError(f"there is no mention {number}")
    return marks[number - 1]


def _relation(line: str, marks: list[Mark]) -> tuple[int, RelationType, int, Polarity]:
    match = _RELATION.fullmatch(line.strip())
    if match is None:
        raise ValueError(f"{line!r} should be like '@ 1 TREATS 2', with ' -' behind it where it is denied")
    head, tail = (_numbered(marks, int(match[place])) for place in (1, 3))
    type_ = RelationType(match[2])
    if head.type not in type_.heads or tail.type not in type_.tails:
        raise ValueError(f"{line!r}: {type_} cannot link {head.type} to {tail.type}")
    return head.concept, type_, tail.concept, Polarity.NEGATED if match[4] else Polarity.AFFIRMED
