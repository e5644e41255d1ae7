"""The lexicon's linter: what is wrong in the term lines, and what is merely said twice.

An error changes what is found: a form that two concepts share, a common word as a name, a broader concept that is not there. A redundancy
changes nothing: a form that folding or inflection makes of another one. :func:`tidy_package` takes the redundant ones away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from pipeline.addons import read_addon, write
from pipeline.errors import ResourceError, UsageError
from pipeline.facts import kind_names
from pipeline.lexicon import (
    ATTRIBUTES,
    FILES,
    attributes_of,
    concept_id,
    fold,
    fold_words,
    load_inflection,
    load_lexicon,
    parse_form,
    split_field,
)
from pipeline.resources import load_table, load_words, path_of
from pipeline.schema import SUBTYPES, EntityType

IDENTIFIERS: Final = {
    "hpo": (EntityType.CONDITION, re.compile(r"HP:\d{7}")),
    "atc": (EntityType.REMEDY, re.compile(r"[A-Z]\d\d([A-Z]([A-Z](\d\d)?)?)?")),
    "uzi": (EntityType.SPECIALIST, re.compile(r"\d\d\.\d{3}")),
    "wikidata": (EntityType.NUTRIENT, re.compile(r"Q[1-9]\d*")),
}
"""The schemes of ``identifiers.tsv``: whose concepts they name, and how an identifier is written."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a lexicon: where, which check says so, and what it is."""

    place: str
    check: str
    message: str
    redundant: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.message} [{self.check}]"


@dataclass(frozen=True, slots=True)
class _Line:
    """A term line at its place."""

    place: str
    type: EntityType
    row: Mapping[str, str]

    @property
    def id(self) -> str:
        return concept_id(self.type, self.row["name"])


@dataclass(frozen=True, slots=True)
class _Form:
    """A listed form as the loader reads it. ``column`` is where it stands; the name of the concept stands in ``name``."""

    column: str
    raw: str
    words: tuple[str, ...]
    conditional: bool

    @property
    def inflects(self) -> bool:
        return not self.conditional and self.raw[0] != "=" and self.column != "abbreviations"


def package_rows() -> list[dict[str, str]]:
    """The term lines of the package, each with its ``type``."""
    return [{"type": type_.value} | row for type_, path in FILES.items() for row in load_table(path)]


def check_rows(rows: Iterable[tuple[str, Mapping[str, str]]], known: set[str]) -> list[Problem]:
    """All problems of term lines at named places; ``known`` are ids of concepts that stand elsewhere."""
    lines = [_Line(place, EntityType(row["type"]), row) for place, row in rows]
    return list(_problems(lines, {line.id for line in lines} | known))


def check_package() -> list[Problem]:
    """All problems of the package's own lexicon, in the order of its files."""
    lines = [_Line(f"{path}, line {n}", type_, row) for type_, path in FILES.items() for n, row in enumerate(load_table(path), 2)]
    return [*_problems(lines, {line.id for line in lines}), *_fact_problems({line.id: line for line in lines})]


def check_addon(path: Path) -> list[Problem]:
    """All problems of an add-on lexicon. Raises ResourceError where it cannot even be read."""
    rows = [(f"{path}, line {n}", row) for n, row in enumerate(read_addon(path), 3)]
    for place, row in rows:
        if row["type"] not in EntityType.__members__:
            raise ResourceError(f"{place}: {row['type']!r} is no type; use one of {', '.join(EntityType)}")
    return check_rows(rows, set(load_lexicon().concepts))


def _problems(lines: Sequence[_Line], known: set[str]) -> Iterator[Problem]:
    for check in (_order, _subtypes, _broader, _attributes, _forms, _clashes, _general):
        yield from check(lines, known)
    for line in lines:
        for form, other, check_name in _redundant(line):
            yield Problem(line.place, check_name, f"{form.raw!r} is said by {other.raw!r}", redundant=True)


def _order(lines: Sequence[_Line], known: set[str]) -> Iterator[Problem]:
    for before, line in pairwise(lines):
        if before.type is line.type and before.row["name"] > line.row["name"]:
            yield Problem(line.place, "order", f"{line.row['name']!r} should stand before {before.row['name']!r}")
    places: dict[str, str] = {}
    for line in lines:
        if line.id in places:
            yield Problem(line.place, "duplicate", f"the concept {line.id} is already at {places[line.id]}")
        places.setdefault(line.id, line.place)
        if line.row["name"] != line.row["name"].strip() or not line.row["name"]:
            yield Problem(line.place, "name", "the name is empty, or has spaces around it")


def _subtypes(lines: Sequence[_Line], known: set[str]) -> Iterator[Problem]:
    for line in lines:
        if line.row["subtype"] not in SUBTYPES[line.type]:
            yield Problem(line.place, "subtype", f"{line.row['subtype']!r} is none of {', '.join(SUBTYPES[line.type])}")


def _broader(lines: Sequence[_Line], known: set[str]) -> Iterator[Problem]:
    above = {line.id: concept_id(line.type, line.row["broader"]) for line in lines if line.row["broader"]}
    for line in lines:
        if line.id not in above:
            continue
        if above[line.id] not in known:
            yield Problem(line.place, "broader", f"there is no concept {line.row['broader']!r}")
        chain = [line.id]
        while chain[-1] in above and chain.count(chain[-1]) == 1:
            chain.append(above[chain[-1]])
        if chain[-1] == line.id:
            yield Problem(line.place, "broader", f"stands above itself: {' > '.join(chain)}")


def _attributes(lines: Sequence[_Line], known: set[str]) -> Iterator[Problem]:
    for line in lines:
        yield from _attribute_problems(line.place, attributes_of(line.row["attributes"]), known)


def _attribute_problems(place: str, attributes: Iterable[tuple[str, str]], known: set[str]) -> Iterator[Problem]:
    for key, value in attributes:
        if key not in ATTRIBUTES:
            yield Problem(place, "attribute", f"{key!r} is none of {', '.join(ATTRIBUTES)}")
        elif value not in known:
            yield Problem(place, "attribute", f"{key}: there is no concept {value}")


def _forms(lines: Sequence[_Line], known: set[str]) -> Iterator[Problem]:
    for line in lines:
        for form in _forms_of(line.row):
            if not form.words:
                yield Problem(line.place, "form", f"{form.raw!r} has no words")
            if form.raw.count("{") != form.raw.count("}") or ("{" in form.raw and not form.conditional):
                yield Problem(line.place, "form", f"the condition of {form.raw!r} cannot be read: write word{{stem,stem}}")


def _clashes(lines: Sequence[_Line], known: set[str]) -> Iterator[Problem]:
    """Forms that name two concepts wherever they stand: only one of them is ever found."""
    first: dict[tuple[str, ...], _Line] = {}
    for line in lines:
        for form in _forms_of(line.row):
            if not form.conditional and form.words:
                other = first.setdefault(form.words, line)
                if other.id != line.id and ("clash", form.raw) not in _accepted():
                    yield Problem(line.place, "clash", f"{form.raw!r} also names {other.id} ({other.place}); give it a condition {{...}}")


def _general(lines: Sequence[_Line], known: set[str]) -> Iterator[Problem]:
    for line in lines:
        for form in _forms_of(line.row):
            accepted = ("common", form.raw) in _accepted()
            if form.inflects and len(form.words) == 1 and form.words[0] in _general_words() and not accepted:
                yield Problem(line.place, "common", f"{form.raw!r} is a common word; give it a condition {{...}}")


@cache
def _general_words() -> frozenset[str]:
    return frozenset(fold(word) for path in ("lexicon/common.txt", "words/contentless.txt") for word in load_words(path))


@cache
def _accepted() -> frozenset[tuple[str, str]]:
    """What a check would find, but is meant so: pairs of the check and the form."""
    return frozenset((row["check"], row["form"]) for row in load_table("lexicon/accepted.tsv"))


def _forms_of(row: Mapping[str, str]) -> list[_Form]:
    """The listed forms of a term line, the name first."""
    forms = []
    for column in ("forms", "variants", "abbreviations"):
        for raw in split_field(row[column]):
            bare, context, not_after = parse_form(raw)
            forms.append(_Form(column, raw, fold_words(bare), bool(context or not_after)))
    if not any(form.column == "forms" and parse_form(form.raw)[0] == row["name"] for form in forms):
        forms.insert(0, _Form("name", row["name"], fold_words(row["name"]), False))
    return forms


def _redundant(line: _Line) -> Iterator[tuple[_Form, _Form, str]]:
    """Forms that change nothing, each with the form that already says it and the name of the check."""
    forms = [form for form in _forms_of(line.row) if form.column != "abbreviations" and form.words]
    gone: set[int] = set()
    for n, form in reversed(list(enumerate(forms))):  # of two that say the same, the first stays
        if form.column == "name" or (form.column == "forms" and parse_form(form.raw)[0] == line.row["name"]):
            continue
        for k, other in enumerate(forms):
            if k == n or k in gone:
                continue
            check = _says(other, form)
            if check:
                gone.add(n)
                yield form, other, check
                break


def _says(other: _Form, form: _Form) -> str | None:
    """By which rule ``other`` finds all that ``form`` finds, and as surely."""
    if other.column == "variants" and form.column != "variants":
        return None
    if form.words == other.words and not other.conditional:
        return "alike" if other.inflects or not form.inflects else None
    if not other.inflects or form.conditional or len(form.words) != len(other.words):
        return None
    inflect = load_inflection().word
    return "derived" if all(a == b or a in inflect(b) for a, b in zip(form.words, other.words, strict=True)) else None


def _fact_problems(lines: Mapping[str, _Line]) -> Iterator[Problem]:
    yield from _kind_problems()
    known = set(lines)
    for n, row in enumerate(load_table("lexicon/facts.tsv"), 2):
        place = f"lexicon/facts.tsv, line {n}"
        if row["concept_id"] not in lines:
            yield Problem(place, "facts", f"there is no concept {row['concept_id']}")
        elif any(key == row["attribute"] for key, _ in attributes_of(lines[row["concept_id"]].row["attributes"])):
            yield Problem(place, "facts", f"the term line of {row['concept_id']} already has {row['attribute']}")
        yield from _attribute_problems(place, [(row["attribute"], row["value"])], known)
    rows = load_table("lexicon/identifiers.tsv")
    keys = [(row["concept_id"], row["scheme"], row["identifier"]) for row in rows]
    if keys != sorted(set(keys)):
        yield Problem("lexicon/identifiers.tsv", "order", "the lines are not sorted, or one of them is there twice")
    owners: dict[tuple[str, str], str] = {}
    for n, row in enumerate(rows, 2):
        yield from _identifier_problems(f"lexicon/identifiers.tsv, line {n}", row, lines, owners)


def _identifier_problems(
    place: str, row: Mapping[str, str], lines: Mapping[str, _Line], owners: dict[tuple[str, str], str]
) -> Iterator[Problem]:
    line = lines.get(row["concept_id"])
    scheme = IDENTIFIERS.get(row["scheme"])
    if line is None:
        yield Problem(place, "identifier", f"there is no concept {row['concept_id']}")
    elif scheme is None or scheme[0] is not line.type or not scheme[1].fullmatch(row["identifier"]):
        yield Problem(place, "identifier", f"{row['scheme']} {row['identifier']} is no identifier of a {line.type}")
    owner = owners.setdefault((row["scheme"], row["identifier"]), row["concept_id"])
    if owner != row["concept_id"]:
        yield Problem(place, "identifier", f"{row['identifier']} already is {owner}: an identifier is exactly one concept")
    if not row["source"]:
        yield Problem(place, "identifier", "there is no source")


def _kind_problems() -> Iterator[Problem]:
    kinds = {(type_, subtype) for type_, subtypes in SUBTYPES.items() for subtype in ("", *subtypes)}
    if set(kind_names()) != kinds:
        wrong = sorted(f"{type_} {subtype}".strip() for type_, subtype in set(kind_names()) ^ kinds)
        yield Problem("lexicon/subtypes.tsv", "subtype", f"these are missing, or too many: {', '.join(wrong)}")


def tidy_package() -> int:
    """Sort the term lines of the package and take redundant forms away; how many lines changed. The files must be those of a checkout."""
    changed = 0
    for type_, path in FILES.items():
        rows = [_tidied(type_, row) for row in load_table(path)]
        header = list(rows[0])
        after = [list(row.values()) for row in sorted(rows, key=lambda row: row["name"])]
        before = [list(row.values()) for row in load_table(path)]
        changed += sum(old != new for old, new in zip(before, after, strict=True))
        if before != after:
            write(checkout_file(path), "\n".join("\t".join(fields) for fields in [header, *after]) + "\n")
    return changed


def _tidied(type_: EntityType, row: Mapping[str, str]) -> dict[str, str]:
    listed = {column: list(dict.fromkeys(split_field(row[column]))) for column in ("forms", "variants")}
    once = dict(row) | {column: "|".join(forms) for column, forms in listed.items()}
    gone = {(form.column, form.raw) for form, _, _ in _redundant(_Line("", type_, once))}
    return once | {column: "|".join(form for form in forms if (column, form) not in gone) for column, forms in listed.items()}


def checkout_file(path: str) -> Path:
    """The package's data file on disk, if this is a checkout of the project: an installed package is not edited. Raises UsageError."""
    file = path_of(path)
    if file is None or not (file.parents[3] / "pyproject.toml").is_file():
        raise UsageError("the package's own lexicon can be changed in a checkout of the project only; give your own with --lexicon")
    return file
