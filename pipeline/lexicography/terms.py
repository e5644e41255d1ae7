"""A new term, put where it belongs."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.addons import COLUMNS, addon_path, encode, read_addon, write
from pipeline.errors import UsageError
from pipeline.lexicography.check import Problem, check_rows, checkout_file, package_rows
from pipeline.lexicon import FILES, concept_id
from pipeline.schema import SUBTYPES, EntityType


@dataclass(frozen=True, slots=True)
class NewTerm:
    """A concept with its names, as a term line holds it."""

    type: EntityType
    name: str
    subtype: str
    forms: Sequence[str] = ()
    abbreviations: Sequence[str] = ()
    variants: Sequence[str] = ()
    broader: str = ""
    attributes: Sequence[str] = ()

    def row(self) -> dict[str, str]:
        """The fields of the term line by column."""
        return {
            "type": self.type.value,
            "name": self.name,
            "subtype": self.subtype,
            "forms": "|".join(self.forms),
            "abbreviations": "|".join(self.abbreviations),
            "variants": "|".join(self.variants),
            "broader": self.broader,
            "attributes": ";".join(self.attributes),
            "identifiers": "",
        }


def add_term(term: NewTerm, addon: str | None = None) -> Path:
    """Add a term line to the package's lexicon, or to an add-on (a name or a path; it is made if it does not exist). Returns the file.

    Raises UsageError, and changes nothing, if the lexicon would then have a mistake that it has not now.
    """
    texts = (term.name, term.broader, *term.forms, *term.abbreviations, *term.variants, *term.attributes)
    if not term.name or any(sign in text for text in texts for sign in "\t\n\r") or "|" in "".join(texts):
        raise UsageError("a term needs a name, and no name may hold a tab, a line break or a vertical bar")
    if term.name != term.name.lower() or "{" in term.name:
        raise UsageError(f"{term.name!r}: the name of a concept is in lower case, without marks; give other ways to write it with --form")
    if term.subtype not in SUBTYPES[term.type]:
        raise UsageError(f"{term.subtype!r} is no subtype of {term.type}: choose one of {', '.join(SUBTYPES[term.type])}")
    return _to_package(term) if addon is None else _to_addon(term, addon_path(addon, new=True))


def _to_package(term: NewTerm) -> Path:
    file = checkout_file(FILES[term.type])
    own = package_rows()
    _refuse_new_problems(own, [*own, term.row()], term, set())
    lines = file.read_text(encoding="utf-8").splitlines()
    columns = lines[0].split("\t")
    names = [line.split("\t", 1)[0] for line in lines[1:]]
    lines.insert(1 + bisect(names, term.name), "\t".join(term.row()[column] for column in columns))
    write(file, "\n".join(lines) + "\n")
    return file


def _to_addon(term: NewTerm, file: Path) -> Path:
    rows = read_addon(file) if file.exists() else []
    known = {concept_id(EntityType(row["type"]), row["name"]) for row in package_rows()}
    _refuse_new_problems(rows, [*rows, term.row()], term, known)
    write(file, encode([*rows, dict.fromkeys(COLUMNS, "") | term.row()]))
    return file


def _refuse_new_problems(before: Sequence[dict[str, str]], after: Sequence[dict[str, str]], term: NewTerm, known: set[str]) -> None:
    fresh = [problem for problem in _told(after, known) if problem not in _told(before, known)]
    if fresh:
        raise UsageError(f"{term.name!r} was not added: {fresh[0]}")


def _told(rows: Iterable[dict[str, str]], known: set[str]) -> list[str]:
    ordered = sorted(rows, key=lambda row: (row["type"], row["name"]))
    problems: list[Problem] = check_rows([(f"{row['type'].lower()} {row['name']}", row) for row in ordered], known)
    return [str(problem) for problem in problems if not problem.redundant]
