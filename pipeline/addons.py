"""Add-on lexicons: a user's own names, next to those of the package.

An add-on is one text file: a first line that says what it is, a header, and a term line for each concept with the columns of the package's
lexicon (CONTRIBUTING.md), ``type`` before them and ``identifiers`` behind (``snomed=22298006;hpo=HP:0001658``). It can be read, written by
hand, compared and shared; nothing in it is ever executed.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pipeline.errors import OutputError, ResourceError, UsageError
from pipeline.lexicon import Concept, Entry, Identifier, Lexicon, attributes_of, concept_id, entries_of, fold_words, load_lexicon
from pipeline.schema import SUBTYPES, EntityType

FIRST_LINE: Final = "# health-triples lexicon 1"
COLUMNS: Final = ("type", "name", "subtype", "forms", "abbreviations", "variants", "broader", "attributes", "identifiers")
SUFFIX: Final = ".tsv"
FOLDER_VARIABLE: Final = "HEALTH_TRIPLES_LEXICONS"
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*", re.IGNORECASE)


def addons_folder() -> Path:
    """Where add-ons are kept that are called by name."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen) if chosen else Path.home() / ".health-triples" / "lexicons"


def addon_path(name: str, *, new: bool = False) -> Path:
    """The file of an add-on that is given by its name or as a path. Raises UsageError where there is none, unless it is ``new``."""
    is_path = name.endswith(SUFFIX) or "/" in name or os.sep in name
    path = Path(name) if is_path else addons_folder() / f"{name}{SUFFIX}"
    if not _NAME.fullmatch(path.stem):
        raise UsageError(f"{name!r} is no name for a lexicon: use letters, digits, hyphens and full stops, as in my-terms")
    if not new and not path.is_file():
        where = "there is no such file" if is_path else f"{addons_folder()} has no {path.name}"
        raise UsageError(f"no lexicon {name}: {where}; health-triples lexicon import makes one")
    return path


def load_addons(names: Sequence[str]) -> tuple[Lexicon, ...]:
    """The add-ons of a run, in the order given."""
    paths = [addon_path(name) for name in names]
    twice = next((path.stem for n, path in enumerate(paths) if path.stem in {p.stem for p in paths[:n]}), None)
    if twice:
        raise UsageError(f"two lexicons are called {twice}: entities tell by this name where they were found; rename one of the files")
    return tuple(load_addon(path) for path in paths)


def load_addon(path: Path) -> Lexicon:
    """An add-on lexicon. Raises ResourceError with file and line where it is malformed."""
    content = _bytes(path)
    return Lexicon(_rows(parse(content, path), path), path.stem, hashlib.sha256(content).hexdigest())


def read_addon(path: Path) -> list[dict[str, str]]:
    """The term lines of an add-on as they stand there. Raises ResourceError with the line of a mistake."""
    return parse(_bytes(path), path)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error


def parse(content: bytes, path: Path) -> list[dict[str, str]]:
    """The term lines of an add-on by column; ``path`` is for messages."""
    try:
        lines = content.decode().replace("\r\n", "\n").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise ResourceError(f"{path}: this is no UTF-8 text, so no lexicon") from error
    if lines[0].strip() != FIRST_LINE:
        raise ResourceError(f"{path}, line 1: a lexicon begins with the line '{FIRST_LINE}'; health-triples lexicon import makes one")
    if len(lines) < 2 or tuple(lines[1].split("\t")) != COLUMNS:
        raise ResourceError(f"{path}, line 2: the columns must be {', '.join(COLUMNS)}, separated by tabs")
    rows = []
    for number, line in enumerate(lines[2:], 3):
        fields = line.split("\t")
        if len(fields) != len(COLUMNS):
            raise ResourceError(f"{path}, line {number}: {len(fields)} columns where there should be {len(COLUMNS)}")
        rows.append(dict(zip(COLUMNS, fields, strict=True)))
    return rows


def encode(rows: Sequence[dict[str, str]]) -> str:
    """The text of an add-on with these term lines, sorted by type and name."""
    lines = [
        "\t".join(" ".join(row[column].split()) for column in COLUMNS) for row in sorted(rows, key=lambda row: (row["type"], row["name"]))
    ]
    return "\n".join([FIRST_LINE, "\t".join(COLUMNS), *lines]) + "\n"


def write(path: Path, text: str) -> None:
    """Write a whole file or nothing. Raises OutputError."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(text.encode())
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _rows(rows: Sequence[dict[str, str]], path: Path) -> Iterator[tuple[Concept, list[tuple[tuple[str, ...], Entry]]]]:
    own = load_lexicon()
    source = f"lexicon:{path.stem}"
    types = {type_.value: type_ for type_ in EntityType}
    known: dict[str, tuple[Identifier, ...]] = {}
    for number, row in enumerate(rows, 3):
        type_ = types.get(row["type"])
        if type_ is None or not row["name"]:
            raise ResourceError(f"{path}, line {number}: a term needs a name and one of the types {', '.join(types)}")
        if row["subtype"] not in SUBTYPES[type_]:
            raise ResourceError(f"{path}, line {number}: the subtype of a {type_} is one of {', '.join(SUBTYPES[type_])}")
        identifiers = tuple(Identifier(*pair, source) for pair in _pairs(row["identifiers"]))
        same = _same_as(own, type_, row["name"])
        if same is None:
            attributes = attributes_of(row["attributes"]) if row["attributes"] else ()
            concept = Concept(type_, row["name"], row["subtype"], row["broader"] or None, attributes, identifiers, source)
        else:
            row = row | {"forms": f"{row['name']}|{row['forms']}"}  # noqa: PLW2901  # the package may call it otherwise
            known[same.id] = (*known.get(same.id, ()), *identifiers)  # several terms may be one concept of the package
            concept = same._replace(identifiers=known[same.id], source=source)
        try:
            yield concept, list(entries_of(concept, row))
        except ResourceError as error:
            raise ResourceError(f"{path}, line {number}: {error}") from error


def _pairs(field: str) -> list[tuple[str, str]]:
    return [(scheme.strip(), value.strip()) for scheme, _, value in (part.partition("=") for part in field.split(";")) if value]


def _same_as(own: Lexicon, type_: EntityType, name: str) -> Concept | None:
    """The concept of the package that a term names by its preferred name or by an unambiguous synonym: what an article says of the two
    is said of one thing.
    """
    known = own.concepts.get(concept_id(type_, name))
    if known is not None:
        return known
    entries = own.forms.get(" ".join(fold_words(name)), ())
    found = {e.concept.id: e.concept for e in entries if e.concept.type is type_ and not (e.context or e.case or e.variant)}
    return next(iter(found.values())) if len(found) == 1 else None
