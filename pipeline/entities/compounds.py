"""The compound finder: Dutch compounds that no list knows, by their head (``heads.tsv``) or by a lexicon word that they end in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from pipeline.article import Mention, covered_words
from pipeline.language import Analysis
from pipeline.lexicon import Inflection, fold, load_lexicon
from pipeline.resources import load_table, load_words
from pipeline.schema import EntityType

_MIN_LETTERS = 7  # shorter words that end in a head are mostly simple words
_MAX_LETTERS = 60  # longer ones are no words
_MIN_LEXICON_HEAD = 6
_MIN_MODIFIER = 3
_CONFIDENCE_HEAD = 0.85
_CONFIDENCE_LEXICON = 0.75


@dataclass(frozen=True, slots=True)
class Head:
    """A productive last part of compounds: words that end in it are entities of its type."""

    form: str
    type: EntityType
    min_modifier: int
    exceptions: frozenset[str]

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
    broader: str | None


@cache
def _heads() -> dict[str, tuple[Head, str]]:
    """Folded, inflected head -> (head, base form)."""
    inflection = Inflection()
    heads: dict[str, tuple[Head, str]] = {}
    for row in load_table("entities/heads.tsv"):
        base = fold(row["head"])
        exceptions = frozenset(fold(word) for word in row["exceptions"].split("|") if word)
        head = Head(base, EntityType(row["type"]), int(row["min_modifier_letters"]), exceptions)
        for form in (base, *inflection.word(base)):
            heads.setdefault(form, (head, base))
    return heads


@cache
def _blocked() -> frozenset[str]:
    """Words that are never compounds of a health head: contentless words and body parts with their inflections."""
    inflection = Inflection()
    words = {fold(word) for path in ("words/contentless.txt", "words/body.txt") for word in load_words(path)}
    return frozenset(words | {form for word in words for form in inflection.word(word)})


def is_head(word: str) -> bool:
    """Whether the folded word is a head of compounds."""
    return word in _heads()


@lru_cache(maxsize=1 << 16)
def derive(word: str) -> Derived | None:
    """What the folded word is as a compound, or None."""
    if not _MIN_LETTERS <= len(word) <= _MAX_LETTERS or not word.isalpha() or word in _blocked():
        return None
    for cut in range(1, len(word) - 2):
        found = _heads().get(word[cut:])
        if found is not None:
            return _by_head(word, cut, *found)
    return _by_lexicon(word)


def _by_head(word: str, cut: int, head: Head, base: str) -> Derived | None:
    lemma = word[:cut] + base
    if cut < head.min_modifier or head.excludes(word) or head.excludes(lemma):
        return None
    return Derived(head.type, lemma, f"compounds:{base}", _CONFIDENCE_HEAD, None)


def _by_lexicon(word: str) -> Derived | None:
    lexicon = load_lexicon()
    for cut in range(_MIN_MODIFIER, len(word) - _MIN_LEXICON_HEAD + 1):
        for _, entry in lexicon.match((word[cut:],), 0, 1):
            if entry.case is None and not entry.context and not entry.variant and entry.concept.type is not EntityType.NUTRIENT:
                name = word[:cut] + fold(entry.concept.name) if " " not in entry.concept.name else word
                return Derived(entry.concept.type, name, "compounds:lexicon", _CONFIDENCE_LEXICON, entry.concept.name)
    return None


def find(analysis: Analysis, found: Sequence[Mention]) -> list[Mention]:
    """Compounds among the words that no mention covers yet."""
    covered = covered_words(found)
    mentions: list[Mention] = []
    for number, (first, end) in enumerate(analysis.sentence_words):
        for word in range(first, end):
            if word in covered:
                continue
            derived = derive(analysis.folds[word])
            if derived is not None:
                mentions.append(
                    analysis.mention(
                        derived.type, (word, word), number, derived.concept, derived.found_by, derived.confidence, derived.broader
                    )
                )
    return mentions
