"""What kind of article each annotated article is, so that splits can be checked: stratified by genre, apart by subject."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import ResourceError

CATALOGUE_FILE: Final = "catalogue.tsv"
COLUMNS: Final = ("name", "genre", "subject", "annotators")
_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_PER_SUBJECT = 3
_SPREAD = 2
_SPREAD_SHARE = 1 / 3


class CatalogueLine(BaseModel):
    """One article: what kind of text it is (a leaflet, a forum), what it is about, and how many people annotated it on their own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=_SLUG)]
    genre: Annotated[str, Field(pattern=_SLUG)]
    subject: Annotated[str, Field(min_length=1)]
    annotators: Annotated[int, Field(ge=1)]


def load_catalogue(path: Path) -> dict[str, CatalogueLine]:
    """The catalogue by name of article, in the order of the file. Raises ResourceError that names the line."""
    try:
        rows = path.read_bytes().decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ResourceError(f"cannot read {path}: {error}") from error
    if not rows or tuple(rows[0].split("\t")) != COLUMNS:
        raise ResourceError(f"{path}, line 1: the columns should be {', '.join(COLUMNS)}, separated by tabs")
    found: dict[str, CatalogueLine] = {}
    for number, row in enumerate(rows[1:], 2):
        line = _line(row.split("\t"), f"{path}, line {number}")
        if line.name in found:
            raise ResourceError(f"{path}, line {number}: {line.name} stands there twice")
        found[line.name] = line
    if list(found) != sorted(found):
        raise ResourceError(f"{path}: the lines should be sorted by name")
    return found


def _line(cells: list[str], place: str) -> CatalogueLine:
    if len(cells) != len(COLUMNS):
        raise ResourceError(f"{place}: {len(cells)} columns where the header has {len(COLUMNS)}")
    try:
        return CatalogueLine.model_validate(dict(zip(COLUMNS, cells, strict=True)))
    except ValidationError as error:
        problem = error.errors()[0]
        raise ResourceError(f"{place}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}") from error


def catalogue_problems(catalogue: Mapping[str, CatalogueLine], splits: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the splits (name of an article -> its split), one line each.

    Articles on one subject say the same things in the same words: too many of them weigh too much, and one in train gives away one in test.
    """
    for name in sorted(splits.keys() ^ catalogue.keys()):
        yield f"{name} has no {'line in the catalogue' if name in splits else 'split'}"
    lines = {name: line for name, line in catalogue.items() if name in splits}
    for subject, count in Counter(line.subject for line in lines.values()).items():
        if count > _PER_SUBJECT:
            yield f"{count} articles are about {subject}; there should be no more than {_PER_SUBJECT}"
    learnt = {line.subject for name, line in lines.items() if splits[name] == "train"}
    for name, line in lines.items():
        if splits[name] == "test" and line.subject in learnt:
            yield f"{name} is in test, and train has an article about {line.subject} as well"
    yield from _unstratified(lines, splits)


def _unstratified(lines: Mapping[str, CatalogueLine], splits: Mapping[str, str]) -> Iterator[str]:
    """Genres whose number in a split is not what the size of the split asks for, give or take as whole subjects are kept together."""
    sizes = Counter(splits[name] for name in lines)
    genres = Counter(line.genre for line in lines.values())
    cells = Counter((line.genre, splits[name]) for name, line in lines.items())
    for genre, total in sorted(genres.items()):
        for split, size in sorted(sizes.items()):
            share, count = total * size / len(lines), cells[genre, split]
            if abs(count - share) >= max(_SPREAD, share * _SPREAD_SHARE) or (share >= 1 and not count):
                yield f"{split} has {count} articles of genre {genre}; its share is {share:.1f}"
