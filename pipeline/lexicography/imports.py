"""A user's own vocabulary, made into an add-on lexicon.

Terminologies describe; articles speak. Labels that no article writes, and words that name nothing by themselves (the *mild* and *all* of a
phenotype ontology), are left out and counted, because one such word would be found on every page.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.addons import COLUMNS
from pipeline.errors import ResourceError, UsageError
from pipeline.lexicon import fold, fold_words, load_lexicon
from pipeline.resources import load_toml, load_words
from pipeline.schema import SUBTYPES, EntityType
from pipeline.wordclasses import OTHER, symbol

_ABBREVIATION = re.compile(r"[A-Z][A-Z0-9-]{1,7}")
_LANGUAGE: Final = "nl"
_LEAST_NAME: Final = 4


@dataclass(frozen=True, slots=True)
class Term:
    """A concept of a foreign vocabulary with its Dutch names, the preferred one first."""

    type: EntityType
    subtype: str
    names: tuple[str, ...]
    variants: tuple[str, ...] = ()
    broader: str = ""
    attributes: str = ""
    identifiers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Imported:
    """The term lines of an import, and how many names were left out for which reason."""

    rows: list[dict[str, str]] = field(default_factory=list)
    forms: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


def import_terms(path: Path, format_: str, type_: EntityType | None = None) -> Imported:
    """Read a vocabulary in one of :data:`FORMATS`. ``type_`` is for formats that do not say what their concepts are.

    Raises UsageError for a call that cannot work and ResourceError, with the place, for a malformed file.
    """
    if not path.exists():
        raise UsageError(f"no such file: {path}")
    try:
        return _collected(FORMATS[format_](path, type_))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ResourceError(f"{path}: this is no UTF-8 text") from error


def _collected(terms: Iterable[Term]) -> Imported:
    result = Imported()
    rows: dict[tuple[str, str], dict[str, str]] = {}
    taken: dict[tuple[str, ...], tuple[str, str]] = {}
    for term in terms:
        words, abbreviations = _sorted_names(term.names, result.left_out)
        variants, _ = _sorted_names(term.variants, result.left_out)
        if not words:  # an abbreviation is a name, unless small letters make it another word (ALS and als)
            words = [short.lower() for short in abbreviations if len(short) >= _LEAST_NAME and not _unusable(short.lower())][:1]
        if not words:
            result.left_out["abbreviations without a name"] += len(abbreviations)
            continue
        key = taken.setdefault(fold_words(words[0]), (term.type.value, words[0]))  # terms of a type that are called alike are one
        names = {form for form in (*words, *abbreviations, *variants) if taken.setdefault(fold_words(form), key) == key}
        result.left_out["names of another concept"] += len({*words, *abbreviations, *variants}) - len(names)
        if key[0] != term.type:
            continue
        name = key[1]
        row = rows.setdefault(key, dict.fromkeys(COLUMNS, "") | {"type": key[0], "name": name, "subtype": term.subtype})
        row["forms"] = _joined(row["forms"], (form for form in words if form != name and form in names), "|")
        row["abbreviations"] = _joined(row["abbreviations"], (form for form in abbreviations if form in names), "|")
        row["variants"] = _joined(row["variants"], (form for form in variants if form in names), "|")
        row["broader"] = row["broader"] or term.broader
        row["attributes"] = row["attributes"] or term.attributes
        row["identifiers"] = _joined(row["identifiers"], (f"{scheme}={value}" for scheme, value in term.identifiers), ";")
    for (type_, name), row in rows.items():
        known = (type_, row["broader"]) in rows or load_lexicon().concept(EntityType(type_), row["broader"])
        if not known or row["broader"] == name:
            row["broader"] = ""
    result.left_out = +result.left_out  # without the zeros
    result.rows = [rows[key] for key in sorted(rows)]
    result.forms = sum(1 + sum(len(row[c].split("|")) for c in ("forms", "abbreviations", "variants") if row[c]) for row in result.rows)
    return result


def _joined(before: str, parts: Iterable[str], sign: str) -> str:
    return sign.join(dict.fromkeys([*(before.split(sign) if before else ()), *parts]))


def _sorted_names(names: Iterable[str], left_out: Counter[str]) -> tuple[list[str], list[str]]:
    """The usable names in lower case, and the abbreviations as they are written. Names that are read alike are kept once."""
    words: dict[tuple[str, ...], str] = {}
    abbreviations: dict[str, None] = {}
    for name in (" ".join(name.split()) for name in names):
        reason = _unusable(name)
        if reason:
            left_out[reason] += 1
        elif _ABBREVIATION.fullmatch(name):
            abbreviations[name] = None
        else:
            words.setdefault(fold_words(name), name.lower())
    return list(words.values()), list(abbreviations)


def _unusable(name: str) -> str | None:
    """Why a name would find nothing, or the wrong things."""
    limits = load_toml("lexicon/imports.toml")["forms"]
    words = fold_words(name)
    if any(sign in name for sign in limits["signs"]):
        return "signs that no article writes"
    if len(words) > limits["most_words"]:
        return f"more than {limits['most_words']} words"
    if _ABBREVIATION.fullmatch(name):  # found only as written: ALS is no als
        return None
    if sum(map(str.isalpha, name)) < limits["least_letters"]:
        return f"fewer than {limits['least_letters']} letters"
    return "general words" if _is_general(words, limits["general_classes"]) else None


def _is_general(words: tuple[str, ...], classes: list[str]) -> bool:
    """Whether words name nothing: a single word of any class (*lip*), or several that only qualify (*altijd aanwezig*)."""
    if len(words) == 1:
        return words[0] in _common() or symbol(words[0]) != OTHER
    return all(word in _common() or symbol(word) in classes for word in words)


@cache
def _common() -> frozenset[str]:
    return frozenset(fold(word) for path in ("lexicon/common.txt", "words/contentless.txt") for word in load_words(path))


def _table(
    path: Path, needed: Iterable[str], delimiter: str = "\t", quoting: Literal[0, 3] = csv.QUOTE_NONE
) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and fields of each row of a table with a header. Raises ResourceError where columns are missing."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=delimiter, quoting=quoting)
        missing = [column for column in needed if column not in (reader.fieldnames or ())]
        if missing:
            raise ResourceError(f"{path}, line 1: no column {', '.join(missing)}; it has {', '.join(reader.fieldnames or ()) or 'none'}")
        try:
            for row in reader:
                yield reader.line_num, {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
        except csv.Error as error:
            raise ResourceError(f"{path}, line {reader.line_num}: {error}") from error


# HPO: translations in the Babelon format, a row for each label or synonym

_BABELON: Final = ("subject_id", "predicate_id", "source_value", "translation_language", "translation_value")
_LABEL, _EXACT = "rdfs:label", "oboInOwl:hasExactSynonym"
_NO_TRANSLATION = "NOT_TRANSLATED"


def _hpo_babelon(path: Path, type_: EntityType | None) -> Iterator[Term]:
    names: dict[str, list[tuple[bool, str]]] = {}
    for _, row in _table(path, _BABELON):
        usable = row["translation_language"].lower() == _LANGUAGE and row["translation_value"]
        if row["predicate_id"] not in (_LABEL, _EXACT) or not usable or row.get("translation_status") == _NO_TRANSLATION:
            continue
        if not row["source_value"].lower().startswith("obsolete"):
            names.setdefault(row["subject_id"], []).append((row["predicate_id"] != _LABEL, row["translation_value"]))
    for subject, found in names.items():
        ordered = tuple(name for _, name in sorted(found, key=lambda pair: pair[0]))
        yield Term(EntityType.CONDITION, "symptom", ordered, identifiers=(("hpo", subject),))


# SNOMED CT: descriptions in Release Format 2

_DESCRIPTION: Final = ("id", "active", "conceptId", "languageCode", "typeId", "term")
_FULL_NAME, _SYNONYM, _PREFERRED = "900000000000003001", "900000000000013009", "900000000000548007"
_KIND = re.compile(r"\(([^()]+)\)\s*$")


def _snomed_rf2(path: Path, type_: EntityType | None) -> Iterator[Term]:
    files = [path] if path.is_file() else _release_files(path, "sct2_Description_")
    if not files:
        raise UsageError(f"no SNOMED CT descriptions below {path}: there is no file sct2_Description_*.txt")
    preferred = {
        row["referencedComponentId"]
        for file in ([] if path.is_file() else _release_files(path, "der2_cRefset_Language"))
        for _, row in _table(file, ("active", "referencedComponentId", "acceptabilityId"))
        if row["active"] == "1" and row["acceptabilityId"] == _PREFERRED
    }
    kinds: dict[str, tuple[EntityType, str]] = {}
    names: dict[str, list[tuple[bool, str]]] = {}
    known: dict[str, list[str]] = load_toml("lexicon/imports.toml")["snomed"]["kinds"]
    for file in files:
        for _, row in _table(file, _DESCRIPTION):
            if row["active"] != "1":
                continue
            kind = _KIND.search(row["term"]) if row["typeId"] == _FULL_NAME else None
            if kind and kind[1].lower() in known:
                concept_type, subtype = known[kind[1].lower()]
                kinds[row["conceptId"]] = (EntityType(concept_type), subtype)
            elif row["typeId"] == _SYNONYM and row["languageCode"].lower() == _LANGUAGE:
                names.setdefault(row["conceptId"], []).append((row["id"] not in preferred, row["term"]))
    for concept, found in names.items():
        if concept in kinds:
            ordered = tuple(name for _, name in sorted(found, key=lambda pair: pair[0]))
            yield Term(*kinds[concept], ordered, identifiers=(("snomed", concept),))


def _release_files(folder: Path, begin: str) -> list[Path]:
    """The files of a release whose names begin so; of its full, delta and snapshot views the snapshot."""
    found = sorted(folder.rglob(f"{begin}*.txt"))
    return [file for file in found if "Snapshot" in file.name] or found


# CSV: the columns of a term line, of which only the name is needed


def _csv(path: Path, type_: EntityType | None) -> Iterator[Term]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = file.readline()
    delimiter = max("\t;,", key=header.count)
    for number, row in _table(path, ["name"], delimiter, csv.QUOTE_MINIMAL):
        if row["name"]:
            row_type = _type(row.get("type", ""), type_, f"{path}, line {number}")
            yield Term(
                row_type,
                _subtype(row.get("subtype", ""), row_type, f"{path}, line {number}"),
                (row["name"], *_parts(row, "forms"), *_parts(row, "abbreviations")),
                tuple(_parts(row, "variants")),
                row.get("broader", "").lower(),
                row.get("attributes", ""),
                tuple((s.strip(), v.strip()) for s, _, v in (p.partition("=") for p in row.get("identifiers", "").split(";")) if v),
            )


def _parts(row: dict[str, str], column: str) -> list[str]:
    return [part for part in map(str.strip, row.get(column, "").split("|")) if part]


def _type(value: str, otherwise: EntityType | None, place: str) -> EntityType:
    if not value and otherwise:
        return otherwise
    if value.upper() not in EntityType.__members__:
        said = f"{value!r} is no type" if value else "there is no type"
        raise ResourceError(f"{place}: {said}; use one of {', '.join(EntityType)}, in a column 'type' or with --type")
    return EntityType(value.upper())


def _subtype(value: str, type_: EntityType, place: str) -> str:
    if value and value not in SUBTYPES[type_]:
        raise ResourceError(f"{place}: {value!r} is no subtype of {type_}; use one of {', '.join(SUBTYPES[type_])}")
    return value or SUBTYPES[type_][0]


# SKOS

_RDF: Final = {".ttl": "turtle", ".nt": "nt", ".n3": "n3", ".rdf": "xml", ".xml": "xml"}
"""Suffix -> syntax. JSON-LD is missing on purpose: it would fetch what its ``@context`` names."""


def _skos(path: Path, type_: EntityType | None) -> Iterator[Term]:
    try:
        import rdflib
        from rdflib.namespace import SKOS
    except ImportError as error:
        raise UsageError("reading SKOS needs rdflib: pip install 'health-triples-nl[rdf]'") from error
    if type_ is None:
        raise UsageError(f"SKOS does not say what its concepts are: add --type with one of {', '.join(EntityType)}")
    syntax = _RDF.get(path.suffix.lower())
    if syntax is None:
        raise UsageError(f"{path}: the name of an RDF file ends in {', '.join(_RDF)}")
    graph = rdflib.Graph()
    try:
        graph.parse(path, format=syntax)
    except OSError:
        raise
    except Exception as error:  # each of rdflib's parsers raises errors of its own
        raise ResourceError(f"{path}: no RDF that can be read: {' '.join(str(error).split()) or type(error).__name__}") from error

    def labels(subject: Any, predicate: Any) -> list[str]:
        found = (o for o in graph.objects(subject, predicate) if isinstance(o, rdflib.Literal))
        return sorted(str(o) for o in found if (o.language or "").lower().split("-")[0] == _LANGUAGE)

    for subject in sorted({s for s in graph.subjects(SKOS.prefLabel, None) if isinstance(s, rdflib.URIRef)}):
        names = [*labels(subject, SKOS.prefLabel), *labels(subject, SKOS.altLabel)]
        above = [
            label
            for parent in sorted(map(str, graph.objects(subject, SKOS.broader)))
            for label in labels(rdflib.URIRef(parent), SKOS.prefLabel)
        ]
        identifiers = (("skos", str(subject)),) if ";" not in subject else ()
        yield Term(
            type_,
            SUBTYPES[type_][0],
            tuple(names),
            tuple(labels(subject, SKOS.hiddenLabel)),
            above[0].lower() if above else "",
            identifiers=identifiers,
        )


FORMATS: Final[dict[str, Callable[[Path, EntityType | None], Iterator[Term]]]] = {
    "hpo-babelon": _hpo_babelon,
    "snomed-rf2": _snomed_rf2,
    "csv": _csv,
    "skos": _skos,
}
"""Name of a format -> what reads a file of it."""
