"""The lexicon: folded surface forms -> concepts.

Terms are TSV lines in ``resources/lexicon``; regular inflections are derived here by the rules of ``inflection.toml``. Matching is
by words, longest first; case, accents and the difference between hyphen and space are folded away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from pipeline.errors import ResourceError
from pipeline.resources import load_table, load_toml
from pipeline.schema import EntityType

_FILES = {
    EntityType.CONDITION: "lexicon/conditions.tsv",
    EntityType.NUTRIENT: "lexicon/nutrients.tsv",
    EntityType.REMEDY: "lexicon/remedies.tsv",
    EntityType.SPECIALIST: "lexicon/specialists.tsv",
}
_WORD = re.compile(r"\w+(?:'\w+)*|'s\b|[^\w\s-]")
_CONDITIONAL = re.compile(r"^(.*)\{([^}]*)\}$")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'", "\u00ad": None, "\u200b": None})


@lru_cache(maxsize=1 << 17)
def fold(word: str) -> str:
    """Lower case without accents, one kind of apostrophe: the form under which words are compared."""
    word = word.translate(_APOSTROPHES).casefold()
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def fold_words(form: str) -> tuple[str, ...]:
    """The folded words of a listed form, as the tokens of a text would be folded (hyphens separate words)."""
    return tuple(_WORD.findall(fold(form).replace("-", " ")))


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing of the world with its preferred Dutch name."""

    type: EntityType
    name: str
    subtype: str
    broader: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> str:
        """Stable id, derived from type and name."""
        return concept_id(self.type, self.name)


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
        self._cache: dict[str, frozenset[str]] = {}

    def word(self, word: str) -> frozenset[str]:
        """All inflections of one folded word, without the word itself."""
        if word not in self._cache:
            self._cache[word] = frozenset(self._derive(word)) if len(word) >= self._min and word[-1].isalpha() else frozenset()
        return self._cache[word]

    def _derive(self, word: str) -> set[str]:
        stems = {pattern.sub(replace, word) for pattern, replace in self._stems if pattern.search(word)}
        found = {stem + ending for stem in stems for ending in self._stem_endings}
        found.update(word + ending for ending in self._plain_endings)
        found.update(pattern.sub(replace, word) for pattern, replace in self._forms if pattern.search(word))
        found.discard(word)
        return found


class _Node:
    """A node of the trie of forms."""

    __slots__ = ("entries", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.entries: list[Entry] = []


# Inflection changes at most the last letters of a word (-heid > -heden): base forms are indexed by what stays, and a text word may
# be longer by an ending.
_CHANGED = 3
_LONGEST_ENDING = 6


class Lexicon:
    """A set of concepts with a trie of their forms. Inflected forms are recognised when they are met, so loading is quick."""

    def __init__(self, rows: Iterable[tuple[Concept, Iterable[tuple[tuple[str, ...], Entry]]]]) -> None:
        """``rows``: concepts with their (folded words, entry) pairs."""
        self.concepts: dict[str, Concept] = {}
        self._root = _Node()
        self._inflection = Inflection()
        self._by_stem: dict[str, list[str]] = {}
        self._bases: dict[str, tuple[str, ...]] = {}
        known: set[str] = set()
        for concept, forms in rows:
            self.concepts[concept.id] = concept
            for words, entry in forms:
                self._add(words, entry)
                known.update(words)
        for word in known:
            self._by_stem.setdefault(word[: max(len(word) - _CHANGED, 1)], []).append(word)

    def _add(self, words: tuple[str, ...], entry: Entry) -> None:
        node = self._root
        for word in words:
            node = node.next.setdefault(word, _Node())
        node.entries.append(entry)

    def bases(self, word: str) -> tuple[str, ...]:
        """Words of the lexicon that the folded ``word`` may be an inflection of."""
        found = self._bases.get(word)
        if found is None:
            inflect = self._inflection.word
            stems = (word[:k] for k in range(max(len(word) - _LONGEST_ENDING - _CHANGED, 1), len(word) + 1))
            found = self._bases[word] = tuple(b for stem in stems for b in self._by_stem.get(stem, ()) if word in inflect(b))
        return found

    def match(self, words: Sequence[str], start: int, end: int) -> Iterator[tuple[int, Entry]]:
        """Names that begin at ``words[start]`` and end before ``end``: (index after the name, entry), longest first, literal
        matches before inflected ones.
        """
        found: list[tuple[int, int, Entry]] = []
        paths = [(self._root, 0)]
        position = start
        while position < end and paths:
            word = words[position]
            position += 1
            stepped: list[tuple[_Node, int]] = []
            for node, inflected in paths:
                following = node.next
                if word in following:
                    stepped.append((following[word], inflected))
                stepped.extend((following[base], 1) for base in self.bases(word) if base in following)
            paths = stepped
            found.extend((-position, inflected, e) for node, inflected in paths for e in node.entries if not (inflected and e.literal))
        found.sort(key=lambda item: item[:2])
        for negative, _, entry in found:
            yield -negative, entry

    def concept(self, type_: EntityType, name: str) -> Concept | None:
        """The concept of that type and preferred name."""
        return self.concepts.get(concept_id(type_, name))


def _split(field: str) -> list[str]:
    return [part for part in (p.strip() for p in field.split("|")) if part]


def _condition(form: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """A listed form without its condition of use, the stems of which one must begin a word nearby, and the words (``!in``) that
    must not stand before it.
    """
    match = _CONDITIONAL.match(form)
    if not match:
        return form, (), ()
    stems = [fold(stem.strip()) for stem in match[2].split(",") if stem.strip()]
    return match[1].strip(), tuple(s for s in stems if s[0] != "!"), tuple(s[1:] for s in stems if s[0] == "!")


def _words_of(concept: Concept, form: str) -> tuple[str, ...]:
    words = fold_words(form)
    if not words:
        raise ResourceError(f"lexicon, concept {concept.name!r}: {form!r} has no words")
    return words


def _entries(concept: Concept, row: dict[str, str]) -> Iterator[tuple[tuple[str, ...], Entry]]:
    """Yield (folded words, entry) for all listed forms of a row. Raises ResourceError for a form without words."""
    listed = _split(row["forms"])
    if concept.name not in {_condition(form.lstrip("="))[0] for form in listed}:
        listed.insert(0, concept.name)
    for variant, forms in ((False, listed), (True, _split(row["variants"]))):
        for form in forms:
            bare, context, not_after = _condition(form.lstrip("="))
            yield _words_of(concept, bare), Entry(concept, None, context, not_after, form.startswith("="), variant)
    for abbreviation in _split(row["abbreviations"]):
        bare, context, not_after = _condition(abbreviation)
        yield _words_of(concept, bare), Entry(concept, bare, context, not_after)


def _concepts() -> Iterator[tuple[Concept, Iterator[tuple[tuple[str, ...], Entry]]]]:
    for type_, path in _FILES.items():
        for row in load_table(path):
            pairs = (part.partition("=") for part in row["attributes"].split(";") if "=" in part)
            attributes = tuple((key.strip(), value.strip()) for key, _, value in pairs)
            concept = Concept(type_, row["name"], row["subtype"], row["broader"] or None, attributes)
            yield concept, _entries(concept, row)


@cache
def load_lexicon() -> Lexicon:
    """The package's own lexicon. Raises ResourceError naming the concept of a mistake."""
    return Lexicon(_concepts())
