"""Annotated snippets: tiny pieces of articles with their mentions marked in the text, ``[magnesium|NUTRIENT]`` or ``[magnesium|N]``.

Blocks of a file are separated by blank lines; lines that begin with ``@`` state relations and are no text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.article import Source
from pipeline.errors import ResourceError
from pipeline.schema import EntityType

_MARK = re.compile(r"\[([^\[\]|]+)\|([A-Z]+)(?:\|=\d+)?\]")
_TYPES = {name: kind for kind in EntityType for name in (kind.value, kind.value[0])}


@dataclass(frozen=True, slots=True)
class Snippet:
    """The text of a snippet as a source, and its mentions as (type, start, end) in it."""

    source: Source
    marks: tuple[tuple[EntityType, int, int], ...]


def load_snippets(folder: Path) -> Iterator[Snippet]:
    """The snippets of all files of a folder. Raises ResourceError that names file and line of a wrong mark."""
    for path in sorted(folder.glob("*.md")):
        line = 1
        for part in re.split(r"(\n[ \t]*\n+)", path.read_text(encoding="utf-8")):
            if part.strip():
                yield _snippet(part, f"{path}, line {line}", f"{path.stem}-{line}")
            line += part.count("\n")


def _snippet(block: str, place: str, name: str) -> Snippet:
    marked = "\n".join(line for line in block.split("\n") if not line.startswith("@ "))
    pieces: list[str] = []
    marks: list[tuple[EntityType, int, int]] = []
    size = end = 0
    for match in _MARK.finditer(marked):
        kind = _TYPES.get(match[2])
        if kind is None:
            raise ResourceError(f"{place}: {match[0]} has no type of {', '.join(sorted(_TYPES))}")
        before = marked[end : match.start()]
        pieces += [before, match[1]]
        marks.append((kind, size + len(before), size + len(before) + len(match[1])))
        size, end = marks[-1][2], match.end()
    text = "".join([*pieces, marked[end:]])
    return Snippet(Source(name, text, "markdown", "utf-8", hashlib.sha256(text.encode()).hexdigest()), tuple(marks))
