"""The compound finder: Dutch compounds that no list knows, by their head (``heads.tsv``) or by a lexicon word that they end in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.article import Mention, covered_words
from pipeline.language import Analysis
from pipeline.lexicon import fold, load_inflection, load_lexicon
from pipeline.remembered import Remembered
from pipeline.resources import load_table, load_words
from pipeline.schema import EntityType

_MIN_LETTERS = 7  # shorter words that end in a head are mostly simple words
_MAX_LETTERS = 60  # longer ones are no words
_MIN_LEXICON_HEAD = 6
_MIN_MODIFIER = 3
_LINKS = ("s", "en", "n", "e")  # the sounds between the parts of a compound
_MODIFIERS = {  # kinds of modifiers besides body parts: subtypes and type of names of the lexicon
    "herb": (("herb",), EntityType.REMEDY),
    "food": ((), EntityType.NUTRIENT),
}
_CONFIDENCE_HEAD = 0.85
_CONFIDENCE_LEXICON = 0.75


@dataclass(frozen=True, slots=True)
class Head:
    """A productive last part of compounds: words that end in it are entities of its type."""

    form: str
    type: EntityType
    subtype: str
    min_modifier: int
    exceptions: frozenset[str]
    modifiers: str  # what must stand before the head: a key of _MODIFIERS, or nothing

    def takes(self, modifier: str) -> bool:
        """Whether the head makes a name with the modifier."""
        return len(modifier) >= self.min_modifier and (not self.modifiers or _is_modifier(modifier, self.modifiers))

    def excludes(self, word: str) -> bool:
        """Whether the word only looks like a compound of this head; an exception that begins with ``*`` excludes all words that end so."""
        return word in self.exceptions or any(e[0] == "*" and word.endswith(e[1:]) for e in self.exceptions)


@dataclass(frozen=True, slots=True)
class Derived:
    """What a compound is."""

    type: EntityType
    concept: str
    found_by: str
    confidence: float
    subtype: str
    broader: str | None


@cache
def _body() -> frozenset[str]:
    return _with_inflections("words/body.txt")


def _is_modifier(modifier: str, kind: str) -> bool:
    """Whether the first part of a compound, with or without the sound that links it, is of the kind that a head asks for."""
    parts = [modifier, *(modifier.removesuffix(link) for link in _LINKS if modifier.endswith(link))]
    if kind == "body":
        return any(part in _body() or part + "en" in _body() for part in parts)  # hersen- is what hersenen make
    subtypes, type_ = _MODIFIERS[kind]
    return any(
        entry.concept.type is type_ and (not subtypes or entry.concept.subtype in subtypes)
        for part in parts
        if len(part) >= _MIN_MODIFIER
        for entry in load_lexicon().entries(part)
    )


@cache
def _heads() -> dict[str, list[tuple[Head, str]]]:
    """Folded, inflected head -> heads with their base form, those that ask for a kind of modifier first."""
    inflection = load_inflection()
    heads: dict[str, list[tuple[Head, str]]] = {}
    for row in load_table("entities/heads.tsv"):
        base = fold(row["head"])
        exceptions = frozenset(fold(word) for word in row["exceptions"].split("|") if word)
        head = Head(base, EntityType(row["type"]), row["subtype"], int(row["min_modifier_letters"]), exceptions, row["modifiers"])
        for form in (base, *inflection.word(base)):
            heads.setdefault(form, []).append((head, base))
    return {form: sorted(found, key=lambda pair: not pair[0].modifiers) for form, found in heads.items()}


@cache
def _blocked() -> frozenset[str]:
    """Words that are never compounds of a health head: contentless words and body parts with their inflections."""
    return _with_inflections("words/contentless.txt", "words/body.txt")


@cache
def _no_heads() -> frozenset[str]:
    """Lexicon words that are not heads of compounds."""
    return _with_inflections("entities/no-heads.txt")


def _with_inflections(*paths: str) -> frozenset[str]:
    inflection = load_inflection()
    words = {fold(word) for path in paths for word in load_words(path)}
    return frozenset(words | {form for word in words for form in inflection.word(word)})


def is_head(word: str) -> bool:
    """Whether the folded word is a head of compounds."""
    return word in _heads()


@Remembered
def derive(word: str) -> Derived | None:
    """What the folded word is as a compound, or None."""
    if not _MIN_LETTERS <= len(word) <= _MAX_LETTERS or not word.isalpha() or word in _blocked():
        return None
    for cut in range(1, len(word) - 2):
        for head, base in _heads().get(word[cut:], ()):
            lemma = word[:cut] + base
            if head.takes(word[:cut]) and not head.excludes(word) and not head.excludes(lemma):
                above = load_lexicon().concept(head.type, base)
                return Derived(head.type, lemma, f"compounds:{base}", _CONFIDENCE_HEAD, head.subtype, above.name if above else None)
            if not head.modifiers:
                return None
    return _by_lexicon(word)


def _by_lexicon(word: str) -> Derived | None:
    lexicon = load_lexicon()
    for cut in range(_MIN_MODIFIER, len(word) - _MIN_LEXICON_HEAD + 1):
        if word[cut:] in _no_heads():
            return None
        for entry in lexicon.entries(word[cut:]):
            if entry.case is None and not entry.context and not entry.variant and entry.concept.type is not EntityType.NUTRIENT:
                name = word[:cut] + fold(entry.concept.name) if " " not in entry.concept.name else word
                concept = entry.concept
                return Derived(concept.type, name, "compounds:lexicon", _CONFIDENCE_LEXICON, concept.subtype, concept.name)
    return None


def find(analysis: Analysis, found: Sequence[Mention]) -> list[Mention]:
    """Compounds among the words that no mention covers yet."""
    covered = covered_words(found)
    compounds = {word: derived for word in analysis.vocabulary if len(word) >= _MIN_LETTERS and (derived := derive[word]) is not None}
    return [
        analysis.mention(d.type, (word, word), number, d.concept, d.found_by, d.confidence, d.broader, d.subtype)
        for number, word in analysis.places(compounds)
        if word not in covered
        for d in (compounds[analysis.folds[word]],)
    ]
