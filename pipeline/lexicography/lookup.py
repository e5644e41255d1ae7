"""Looking things up in lexicons: by word, by concept, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pipeline.errors import UsageError
from pipeline.facts import find_concept
from pipeline.lexicon import Concept, Entry, Lexicon, fold_words
from pipeline.schema import SUBTYPES, EntityType


@dataclass(frozen=True, slots=True)
class Hit:
    """A concept that a search found, and how: by its form (``named``), or by a longer form that holds the words (``within``)."""

    concept: Concept
    form: str
    how: str
    marks: str


def search(words: str, lexicons: Sequence[Lexicon]) -> list[Hit]:
    """Concepts that the words name, inflected or not, and then those that have the words in one of their forms; each concept once."""
    wanted = fold_words(words)
    if not wanted:
        raise UsageError("there is no word to look for")
    found: dict[str, Hit] = {}
    for lexicon in lexicons:
        for end, entry in lexicon.match(wanted, 0, len(wanted)):
            if end == len(wanted):
                found.setdefault(entry.concept.id, Hit(entry.concept, " ".join(wanted), "named", marks_of(entry)))
    text = " ".join(wanted)
    for lexicon in lexicons:
        for form, entries in sorted(lexicon.forms.items()):
            if text in form:
                for entry in entries:
                    found.setdefault(entry.concept.id, Hit(entry.concept, form, "within", marks_of(entry)))
    return list(found.values())


def marks_of(entry: Entry) -> str:
    """The conditions of an entry in words, empty for a plain form."""
    marks = []
    if entry.case:
        marks.append(f"as written: {entry.case}")
    if entry.literal:
        marks.append("not inflected")
    if entry.variant:
        marks.append("variant")
    if entry.context:
        marks.append(f"near {', '.join(entry.context)}")
    if entry.not_after:
        marks.append(f"not after {', '.join(entry.not_after)}")
    return "; ".join(marks)


def find(name: str, lexicons: Sequence[Lexicon]) -> list[tuple[Concept, list[tuple[str, str]]]]:
    """The concepts with that id or preferred name, each with its forms and their marks. Raises UsageError where there is none."""
    ids = {id_ for lexicon in lexicons for id_ in lexicon.concepts}
    wanted = [id_ for id_ in sorted(ids) if id_ == name or id_.partition(":")[2] == name.replace(" ", "-")]
    if not wanted:
        near = get_close_matches(name.replace(" ", "-"), [id_.partition(":")[2] for id_ in ids], n=3)
        hint = f"; did you mean {', '.join(near)}?" if near else "; health-triples lexicon search finds concepts by their words"
        raise UsageError(f"there is no concept {name!r}{hint}")
    forms: dict[str, list[tuple[str, str]]] = {id_: [] for id_ in wanted}
    for lexicon in lexicons:
        for form, entries in lexicon.forms.items():
            for entry in entries:
                if entry.concept.id in forms:
                    forms[entry.concept.id].append((form, marks_of(entry)))
    return [(_known(lexicons, id_), forms[id_]) for id_ in wanted]


def _known(lexicons: Sequence[Lexicon], id_: str) -> Concept:
    concept = next(lexicon.concepts[id_] for lexicon in lexicons if id_ in lexicon.concepts)
    return find_concept(lexicons, concept.type, concept.name) or concept


def statistics(lexicons: Sequence[Lexicon]) -> Iterator[tuple[str, str, int, int]]:
    """Rows (what, of which kind, concepts, forms): by type, subtype, mark, and scheme of identifiers (identifiers, not forms)."""
    concepts: Counter[tuple[EntityType, str]] = Counter()
    forms: Counter[tuple[EntityType, str]] = Counter()
    marks: Counter[str] = Counter()
    marked: dict[str, set[str]] = {}
    schemes: Counter[str] = Counter()
    identified: dict[str, set[str]] = {}
    for lexicon in lexicons:
        for concept in lexicon.concepts.values():
            concepts[concept.type, concept.subtype] += 1
            for identifier in concept.identifiers:
                schemes[identifier.scheme] += 1
                identified.setdefault(identifier.scheme, set()).add(concept.id)
        for entries in lexicon.forms.values():
            for entry in entries:
                forms[entry.concept.type, entry.concept.subtype] += 1
                for mark in _kinds_of(entry):
                    marks[mark] += 1
                    marked.setdefault(mark, set()).add(entry.concept.id)
    yield "all", "", concepts.total(), forms.total()
    for type_ in EntityType:
        yield "type", type_.value, sum(concepts[type_, s] for s in SUBTYPES[type_]), sum(forms[type_, s] for s in SUBTYPES[type_])
        for subtype in SUBTYPES[type_]:
            yield "subtype", f"{type_} {subtype}", concepts[type_, subtype], forms[type_, subtype]
    for mark in sorted(marks):
        yield "mark", mark, len(marked[mark]), marks[mark]
    for scheme in sorted(schemes):
        yield "identifier", scheme, len(identified[scheme]), schemes[scheme]


def _kinds_of(entry: Entry) -> Iterator[str]:
    kinds = {
        "abbreviation": entry.case is not None,
        "conditional": bool(entry.context or entry.not_after),
        "literal": entry.literal,
        "variant": entry.variant,
    }
    yield from (kind for kind, applies in kinds.items() if applies)
    if not any(kinds.values()):
        yield "plain"
