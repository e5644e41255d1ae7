"""The lexicon: folded surface forms -> concepts.

Terms are TSV lines in ``resources/lexicon``; regular inflections are derived here by the rules of ``inflection.toml``. Matching is
by words, longest first; case, accents and the difference between hyphen and space are folded away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Final, NamedTuple

from pipeline.errors import ResourceError
from pipeline.garbage import without_collection
from pipeline.remembered import Remembered
from pipeline.resources import load_table, load_toml
from pipeline.schema import EntityType

FILES: Final = {
    EntityType.CONDITION: "lexicon/conditions.tsv",
    EntityType.NUTRIENT: "lexicon/nutrients.tsv",
    EntityType.REMEDY: "lexicon/remedies.tsv",
    EntityType.SPECIALIST: "lexicon/specialists.tsv",
}
_WORD = re.compile(r"\w+(?:'\w+)*|'s\b|[^\w\s-]")
_CONDITIONAL = re.compile(r"^(.*)\{([^}]*)\}$")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'", "\u00ad": None, "\u200b": None})


def _fold(word: str) -> str:
    if word.isascii() and "`" not in word:
        return word.lower()
    word = word.translate(_APOSTROPHES).casefold()
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


@Remembered
def fold(word: str) -> str:
    """Lower case without accents, one kind of apostrophe: the form under which words are compared."""
    return _fold(word)


def fold_words(form: str) -> tuple[str, ...]:
    """The folded words of a listed form, as the tokens of a text would be folded (hyphens separate words)."""
    folded = _fold(form).replace("-", " ")  # not kept in the cache of fold: a large lexicon would push the words of texts out of it
    words = folded.split()
    return tuple(words) if all(map(str.isalnum, words)) else tuple(_WORD.findall(folded))


@dataclass(frozen=True, slots=True)
class Identifier:
    """What another vocabulary calls exactly this concept, and who says so."""

    scheme: str
    identifier: str
    source: str


class Concept(NamedTuple):
    """One thing of the world with its preferred Dutch name.

    ``broader`` is the name of the concept above it, of the same type. ``attributes`` are pairs of one of :data:`ATTRIBUTES` and the
    id of a concept; ``source`` is that of the lexicon that lists it.
    """

    type: EntityType
    name: str
    subtype: str
    broader: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    source: str = "lexicon"

    @property
    def id(self) -> str:
        """Stable id, derived from type and name."""
        return concept_id(self.type, self.name)


ATTRIBUTES: Final = {"deficiency_of": EntityType.NUTRIENT, "substance": EntityType.REMEDY, "class": EntityType.REMEDY}
"""What a concept may say of another one: what it is a lack of, a brand's substance, a medicine's class; and the type of that other one
where it is given by name."""


def concept_id(type_: EntityType, name: str) -> str:
    """The id of a concept: ``condition:spierkramp``; spaces become hyphens."""
    return f"{type_.lower()}:{name.replace(' ', '-')}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One way to write a concept.

    ``case`` must be matched exactly if given; ``context`` lists stems of which one must begin a word nearby, ``not_after`` words
    that must not stand right before; ``literal`` forms do not inflect; ``variant`` marks misspellings and machine translations.
    """

    concept: Concept
    case: str | None = None
    context: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    literal: bool = False
    variant: bool = False


class Inflection:
    """Derives the regular inflections of a word; the rules and their examples are in ``inflection.toml``."""

    def __init__(self) -> None:
        table = load_toml("lexicon/inflection.toml")
        self._min = int(table["min_letters"])
        self._stem_endings: tuple[str, ...] = tuple(table["stem_endings"])
        self._plain_endings: tuple[str, ...] = tuple(table["plain_endings"])
        self._stems = [(re.compile(r["match"]), r["replace"]) for r in table["stem"]]
        self._forms = [(re.compile(r["match"]), r["replace"]) for r in table["form"]]
        self._known = Remembered(self._derive)

    def word(self, word: str) -> frozenset[str]:
        """All inflections of one folded word, without the word itself."""
        return self._known[word]

    def _derive(self, word: str) -> frozenset[str]:
        if len(word) < self._min or not word[-1].isalpha():
            return frozenset()
        stems = {pattern.sub(replace, word) for pattern, replace in self._stems if pattern.search(word)}
        found = {stem + ending for stem in stems for ending in self._stem_endings}
        found.update(word + ending for ending in self._plain_endings)
        found.update(pattern.sub(replace, word) for pattern, replace in self._forms if pattern.search(word))
        found.discard(word)
        return frozenset(found)


@cache
def load_inflection() -> Inflection:
    """The rules of inflection, with what they have derived so far."""
    return Inflection()


# Inflection changes at most the last letters of a word (-heid > -heden): base forms are indexed by what stays, and a text word may
# be longer by an ending.
_CHANGED = 3
_LONGEST_ENDING = 6


_Paths = tuple[tuple[str, int, Set[str]], ...]
"""Beginnings of names, with the space behind them, that a text has so far; whether a word of it is inflected (0 or 1); and the words that
names go on with.
"""
_Reached = tuple[tuple[Entry, ...], _Paths]
"""The names that end at a word, literal ones first, and the beginnings of those that go on."""
_NOTHING: Final[_Reached] = ((), ())


class Lexicon:
    """A set of concepts and an index of their forms. Inflected forms are recognised when they are met, so loading is quick.

    A form is one string of its folded words; names are followed word by word as long as they begin a longer one. Flat tables
    take a third of the time and the memory of a trie with an object for each word.
    """

    def __init__(self, rows: Iterable[tuple[Concept, Iterable[tuple[tuple[str, ...], Entry]]]], name: str = "", digest: str = "") -> None:
        """``rows``: concepts with their (folded words, entry) pairs; ``name`` and ``digest`` are those of an add-on, empty for the
        package's own.
        """
        self.name = name
        self.digest = digest
        self.concepts: dict[str, Concept] = {}
        self._forms: dict[str, tuple[Entry, ...]] = {}
        self._following: dict[str, set[str]] = {}
        self._by_stem: dict[str, list[str]] = {}
        self._inflected = Remembered(self._inflect)
        self._choices = Remembered(self._choices_of)
        self._begun = Remembered(self._begin)
        with without_collection():
            self._build(rows)

    def _build(self, rows: Iterable[tuple[Concept, Iterable[tuple[tuple[str, ...], Entry]]]]) -> None:
        known: dict[str, None] = {}  # in the order of the lines: a set has another order in every process
        for concept, forms in rows:
            self.concepts[concept.id] = concept
            for words, entry in forms:
                form = " ".join(words)
                self._forms[form] = (*self._forms.get(form, ()), entry)
                known.update(dict.fromkeys(words))
                for end in range(1, len(words)):
                    self._following.setdefault(" ".join(words[:end]), set()).add(words[end])
        self._start: _Paths = (("", 0, known.keys()),)
        for word in known:
            self._by_stem.setdefault(word[: max(len(word) - _CHANGED, 1)], []).append(word)

    @property
    def source(self) -> str:
        """What published entities and concepts say of where they were found: ``lexicon``, or ``lexicon:NAME`` for an add-on."""
        return f"lexicon:{self.name}" if self.name else "lexicon"

    @property
    def forms(self) -> Mapping[str, tuple[Entry, ...]]:
        """All listed forms (folded words joined by spaces) with their entries."""
        return self._forms

    def bases(self, word: str) -> tuple[str, ...]:
        """Words of the lexicon that the folded ``word`` may be an inflection of."""
        stems = (word[:k] for k in range(max(len(word) - _LONGEST_ENDING - _CHANGED, 1), len(word) + 1))
        return tuple(base for stem in stems if stem in self._by_stem for base in self._inflected[stem].get(word, ()))

    def _inflect(self, stem: str) -> Mapping[str, Sequence[str]]:
        """The inflections of the words that are indexed by a stem, each with its words."""
        inflect = load_inflection().word
        found: dict[str, list[str]] = {}
        for base in self._by_stem[stem]:
            for form in inflect(base):
                found.setdefault(form, []).append(base)
        return found

    def beginnings(self, words: Iterable[str]) -> set[str]:
        """Those of the folded words that a name may begin with. Most words of a text begin none."""
        return {word for word in words if self._begun[word] is not _NOTHING}

    def entries(self, word: str) -> tuple[Entry, ...]:
        """Names that are this one folded word, literal matches before inflected ones."""
        return self._begun[word][0]

    def match(self, words: Sequence[str], start: int, end: int) -> list[tuple[int, Entry]]:
        """Names that begin at ``words[start]`` and end before ``end``: (index after the name, entry), longest first, literal
        matches before inflected ones.
        """
        if start >= end:
            return []
        position = start + 1
        entries, paths = self._begun[words[start]]
        found = [(position, entry) for entry in entries] if entries else []
        while paths and position < end:
            entries, paths = self._step(paths, words[position])
            position += 1
            if entries:
                found[:0] = [(position, entry) for entry in entries]
        return found

    def _choices_of(self, word: str) -> tuple[tuple[str, int], ...]:
        """What a word of a name may be that a text has as ``word``, with 1 for an inflected one."""
        return ((word, 0), *((base, 1) for base in self.bases(word)))

    def _begin(self, word: str) -> _Reached:
        """What a name that begins with the word has reached there."""
        return self._step(self._start, word)

    def _step(self, paths: _Paths, word: str) -> _Reached:
        """What is reached from the beginnings of names by one more word."""
        choices = self._choices[word]
        found: list[tuple[int, Entry]] = []
        longer: list[tuple[str, int, Set[str]]] = []
        for before, inflected, following in paths:
            for choice, changed in choices:
                if choice in following:
                    form, bent = before + choice, inflected | changed
                    found.extend((bent, entry) for entry in self._forms.get(form, ()) if not (bent and entry.literal))
                    if form in self._following:
                        longer.append((form + " ", bent, self._following[form]))
        if not (found or longer):
            return _NOTHING
        found.sort(key=itemgetter(0))
        return tuple(entry for _, entry in found), tuple(longer)

    def concept(self, type_: EntityType, name: str) -> Concept | None:
        """The concept of that type and preferred name."""
        return self.concepts.get(concept_id(type_, name))


def split_field(field: str) -> list[str]:
    """The parts of a field of a term line, which are separated by vertical bars."""
    return [part for part in map(str.strip, field.split("|")) if part] if field else []


def parse_form(form: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """A listed form without its marks, the stems of which one must begin a word nearby, and the words (``!in``) that must not stand
    before it.
    """
    form = form.lstrip("=")
    match = _CONDITIONAL.match(form) if "{" in form else None
    if not match:
        return form, (), ()
    stems = [fold(stem.strip()) for stem in match[2].split(",") if stem.strip()]
    return match[1].strip(), tuple(s for s in stems if s[0] != "!"), tuple(s[1:] for s in stems if s[0] == "!")


def _words_of(concept: Concept, form: str) -> tuple[str, ...]:
    words = fold_words(form)
    if not words:
        raise ResourceError(f"lexicon, concept {concept.name!r}: {form!r} has no words")
    return words


def entries_of(concept: Concept, row: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], Entry]]:
    """Yield (folded words, entry) for all listed forms of a term line. Raises ResourceError for a form without words."""
    plain = Entry(concept)  # most forms have no marks, and share one entry
    listed = [(form, *parse_form(form)) for form in split_field(row["forms"])]
    if not any(bare == concept.name for _, bare, _, _ in listed):
        yield _words_of(concept, concept.name), plain
    for form, bare, context, not_after in listed:
        marked = context or not_after or form[0] == "="
        yield _words_of(concept, bare), Entry(concept, None, context, not_after, form[0] == "=") if marked else plain
    for form in split_field(row["variants"]):
        bare, context, not_after = parse_form(form)
        yield _words_of(concept, bare), Entry(concept, None, context, not_after, form[0] == "=", True)
    for abbreviation in split_field(row["abbreviations"]):
        bare, context, not_after = parse_form(abbreviation)
        yield _words_of(concept, bare), Entry(concept, bare, context, not_after)


def attributes_of(field: str) -> tuple[tuple[str, str], ...]:
    """Attributes of a term line (``substance=diazepam``) with the ids of the concepts that they name; an unknown key keeps its value,
    for the check to find.
    """
    pairs = ((key.strip(), value.strip()) for key, _, value in (part.partition("=") for part in field.split(";") if part.strip()))
    return tuple((key, concept_id(ATTRIBUTES[key], value) if key in ATTRIBUTES and ":" not in value else value) for key, value in pairs)


def _concepts() -> Iterator[tuple[Concept, Iterator[tuple[tuple[str, ...], Entry]]]]:
    facts: dict[str, list[tuple[str, str]]] = {}
    for row in load_table("lexicon/facts.tsv"):
        facts.setdefault(row["concept_id"], []).append((row["attribute"], row["value"]))
    identifiers: dict[str, list[Identifier]] = {}
    for row in load_table("lexicon/identifiers.tsv"):
        identifiers.setdefault(row["concept_id"], []).append(Identifier(row["scheme"], row["identifier"], row["source"]))
    for type_, path in FILES.items():
        for row in load_table(path):
            id_ = concept_id(type_, row["name"])
            attributes = (*attributes_of(row["attributes"]), *facts.get(id_, ()))
            concept = Concept(type_, row["name"], row["subtype"], row["broader"] or None, attributes, tuple(identifiers.get(id_, ())))
            yield concept, entries_of(concept, row)


@cache
def load_lexicon() -> Lexicon:
    """The package's own lexicon. Raises ResourceError naming the concept of a mistake."""
    return Lexicon(_concepts())
