"""CoNLL: a word a line with its tag (B, I or O), and a line without words between lines of the text.

Besides the usual two columns there are positions in the text, which lies beside as ``.txt``, and concept and alternative type of what
begins there. Files without these are read as well: then words are joined by blanks. There is no place for relations.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ResourceError, UsageError
from pipeline.evaluation.authoring import read_text
from pipeline.evaluation.interchange.annotated import Annotated, Mark, assemble, source_name, text_name
from pipeline.schema import EntityType

_CONLL = ".conll"
_HEADER = "# columns = FORM START END TAG CONCEPT ALTERNATIVE\n"
_NOTHING = "_"
_WORD = re.compile(r"\w+|[^\w\s]")
_COLUMNS = 6


def write(articles: Sequence[Annotated]) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files."""
    for article in articles:
        name = text_name(article.document.source)
        yield name, article.text.encode()
        yield name.removesuffix(".txt") + _CONLL, (_HEADER + "".join(_rows(article))).encode()


def _rows(article: Annotated) -> Iterator[str]:
    entities = sorted(article.document.entities, key=lambda entity: entity.start)
    ends = [entity.end for entity in entities]
    after = 0
    for start, end in _words(article):
        if "\n" in article.text[after:start]:
            yield "\n"
        after = end
        index = bisect_left(ends, end)
        entity = entities[index] if index < len(entities) and entities[index].start <= start else None
        tag, concept, alt = "O", _NOTHING, _NOTHING
        if entity:
            begins = entity.start == start
            tag = f"{'B' if begins else 'I'}-{entity.type}"
            concept, alt = (_cell(entity.concept), entity.alt or _NOTHING) if begins else (_NOTHING, _NOTHING)
        yield "\t".join((article.text[start:end], str(start), str(end), tag, concept, alt)) + "\n"


def _cell(concept: str) -> str:
    """A concept as it is written: one of nothing but underlines gets one more, since a single one says that there is none."""
    return concept if concept.strip(_NOTHING) else concept + _NOTHING


def _concept(cell: str) -> str:
    """The same read back."""
    return cell if cell.strip(_NOTHING) else cell[:-1]


def _words(article: Annotated) -> Iterator[tuple[int, int]]:
    """The words of a text, cut where mentions begin and end."""
    borders = sorted({place for entity in article.document.entities for place in (entity.start, entity.end)})
    for match in _WORD.finditer(article.text):
        start = match.start()
        for border in borders[bisect_left(borders, match.start() + 1) : bisect_left(borders, match.end())]:
            yield start, border
            start = border
        yield start, match.end()


@dataclass(frozen=True, slots=True)
class _Row:
    """A word with its place, its tag, and what else is known of the mention that begins there."""

    start: int
    end: int
    tag: str
    concept: str
    alt: EntityType | None


def read(path: Path) -> Iterator[Annotated]:
    """The articles of a folder, or of one file. Raises ResourceError that names the line."""
    files = sorted(path.glob(f"*{_CONLL}")) if path.is_dir() else [path]
    if not files:
        raise UsageError(f"no file in {path} ends in {_CONLL}")
    for file in files:
        beside = file.with_name(file.name.removesuffix(_CONLL) + ".txt")
        rows = [
            (number, line.split("\t"))
            for number, line in enumerate(read_text(file).split("\n"), 1)
            if line.startswith("#\t") or not line.startswith("#")
        ]
        text, words = _placed(rows, file, beside) if beside.exists() else _joined(rows, file)
        yield assemble(source_name(beside.name), text, _marks(words), (), file)


def _placed(rows: Sequence[tuple[int, list[str]]], path: Path, beside: Path) -> tuple[str, list[_Row]]:
    """The text beside the file, and the words at the places that the file tells."""
    text, words = read_text(beside), []
    for number, cells in rows:
        if cells == [""]:
            continue
        try:
            form, start, end, tag, concept, alt = cells
            row = _Row(int(start), int(end), tag, concept, None if alt == _NOTHING else EntityType(alt))
        except ValueError as error:
            raise ResourceError(f"{path}, line {number}: not {_COLUMNS} columns that fit the header ({error})") from error
        if text[row.start : row.end] != form:
            raise ResourceError(f"{path}, line {number}: {form!r} is not at [{start}, {end}) of {beside.name}")
        words.append(row)
    return text, words


def _joined(rows: Sequence[tuple[int, list[str]]], path: Path) -> tuple[str, list[_Row]]:
    """A text made of the words (the first column), and their tags (the last one)."""
    text, words = "", []
    for number, cells in rows:
        if cells == [""]:
            text += "\n"
            continue
        if len(cells) < 2:
            raise ResourceError(f"{path}, line {number}: there should be a word and its tag, with a tab between them")
        text += " " if text and not text.endswith("\n") else ""
        words.append(_Row(len(text), len(text) + len(cells[0]), cells[-1], _NOTHING, None))
        text += cells[0]
    return text, words


def _marks(rows: Sequence[_Row]) -> Iterator[Mark]:
    """The mentions; one that goes on without having begun begins there."""
    begun: Mark | None = None
    for row in rows:
        letter, _, kind = row.tag.partition("-")
        if begun and letter == "I" and kind == begun.type:
            begun = Mark(begun.type, begun.start, row.end, begun.concept, begun.alt)
            continue
        if begun:
            yield begun
        begun = None
        if letter in ("B", "I"):
            if kind not in list(EntityType):
                raise ResourceError(f"{row.tag!r} is no tag: after B- or I- stands one of {', '.join(EntityType)}")
            begun = Mark(EntityType(kind), row.start, row.end, _concept(row.concept), row.alt)
    if begun:
        yield begun
