"""Polarity and certainty of a stated relation: negation with its scope, modal and reporting words (``assertion.toml``)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise

from pipeline.relations.skeleton import Skeleton
from pipeline.resources import load_toml
from pipeline.schema import Certainty
from pipeline.wordclasses import OTHER, symbol
from pipeline.wordrules import WordRules, whole_words

_AND = "E"  # the class of and/or words
_REACH = 6  # words behind the cue in which a negation belongs to it


_DENIAL = "denial"
_DISPUTED, _POSSIBLE = 0, 1  # the rules of certainty


@cache
def _rules(*keys: str) -> WordRules:
    """A rule a list of ``assertion.toml``. Denials begin with words that most sentences hold."""
    table = load_toml("relations/assertion.toml")
    return WordRules([whole_words("|".join(table[key])) for key in keys], told_by_last=keys == (_DENIAL,))


@cache
def _supposing() -> frozenset[str]:
    return frozenset(load_toml("relations/assertion.toml")["supposing"])


def is_denied(skeleton: Skeleton) -> bool:
    """Whether the whole sentence denies what it or its heading says: *er is geen bewijs*, *dat is een fabel*."""
    return bool(_rules(_DENIAL).fitting(skeleton.words))


@dataclass(frozen=True, slots=True)
class Negations:
    """Where a sentence holds a negation, of two parts: what stands in brackets, and all else. ``bracketed``: the units in brackets."""

    bracketed: frozenset[int]
    inside: bool
    outside: bool

    def reach(self, unit: int) -> bool:
        """Whether one of them may deny what stands at a unit: in the same part."""
        return self.inside if unit in self.bracketed else self.outside


def negations_of(skeleton: Skeleton) -> Negations:
    """The negations of a sentence."""
    words, negation = skeleton.words, _rules("negation")
    if not negation.may_fit(words):
        return Negations(frozenset(), inside=False, outside=False)
    depths = accumulate((word == "(") - (before == ")") for before, word in pairwise(["", *words]))
    bracketed = frozenset(unit for unit, depth in enumerate(depths) if depth > 0)
    parts = ([word for unit, word in enumerate(words) if (unit in bracketed) is inside] for inside in (True, False))
    return Negations(bracketed, *(bool(negation.fitting(part)) for part in parts))


def is_negated(skeleton: Skeleton, cue: tuple[int, int]) -> bool:
    """Whether the cue (first and last unit) is denied by a word in its scope, or by the whole sentence."""
    if is_denied(skeleton):
        return True
    negation = _rules("negation")
    if not negation.may_fit(skeleton.words):
        return False
    first, last = cue
    if _supposes(skeleton, first):
        return False
    start, end = first, last + 1
    while start > 0 and not _ends_scope(skeleton, start - 1, first):
        start -= 1
    while end < len(skeleton.words) and end - last <= _REACH and skeleton.words[end] != "," and not _ends_scope(skeleton, end, first):
        end += 1
    return bool(negation.fitting(skeleton.words[start:end]))


def _supposes(skeleton: Skeleton, unit: int) -> bool:
    """Whether the clause of a unit only supposes what it says: *als paracetamol niet helpt*."""
    clause = skeleton.clauses[unit]
    while unit > 0 and skeleton.clauses[unit - 1] == clause:
        unit -= 1
    return skeleton.words[unit] in _supposing()


def _ends_scope(skeleton: Skeleton, unit: int, cue: int) -> bool:
    """Whether a unit bounds what is denied together with the cue: another clause, a comma that enumerates nothing, or *en* with a
    verb of its own; or a colon: *Geen ibuprofen: daarvan krijgt u ...*
    """
    word = skeleton.words[unit]
    if skeleton.clauses[unit] != skeleton.clauses[cue] or word == ":" or (word == "," and not _links_mentions(skeleton, unit)):
        return True
    following = skeleton.words[unit + 1 : unit + 2]
    return symbol(word) == _AND and bool(following) and not following[0].isupper() and symbol(following[0]) == OTHER


def _links_mentions(skeleton: Skeleton, comma: int) -> bool:
    """Whether a comma stands inside an enumeration."""
    return any(place.linked and place.unit > comma >= place.unit - 4 for place in skeleton.places)


def certainty_of(skeleton: Skeleton, cue: tuple[int, int]) -> Certainty:
    """How firmly the clause of the cue states it."""
    rules = _rules("disputed", "possible")
    if not rules.may_fit(skeleton.words):
        return Certainty.STATED
    clause = skeleton.clauses[cue[0]]
    fitting = rules.fitting([word for word, number in zip(skeleton.words, skeleton.clauses, strict=True) if number == clause])
    return Certainty.DISPUTED if _DISPUTED in fitting else Certainty.POSSIBLE if _POSSIBLE in fitting else Certainty.STATED
