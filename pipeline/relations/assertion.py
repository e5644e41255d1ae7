"""Polarity and certainty of a stated relation: negation with its scope, modal and reporting words (``assertion.toml``)."""

from __future__ import annotations

import re
from functools import cache

from pipeline.relations.skeleton import Skeleton
from pipeline.resources import load_toml
from pipeline.schema import Certainty
from pipeline.wordclasses import OTHER, symbol

_AND = "E"  # the class of and/or words
_REACH = 6  # words behind the cue in which a negation belongs to it


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    table = load_toml("relations/assertion.toml")
    return {key: re.compile(rf"(?<!\S)(?:{'|'.join(table[key])})(?!\S)") for key in ("negation", "denial", "possible", "disputed")}


def is_denied(skeleton: Skeleton) -> bool:
    """Whether the whole sentence denies what it or its heading says: *er is geen bewijs*, *dat is een fabel*."""
    return _patterns()["denial"].search(skeleton.text) is not None


def is_negative(skeleton: Skeleton) -> bool:
    """Whether a sentence holds a negation anywhere."""
    return _patterns()["negation"].search(skeleton.text) is not None


def is_negated(skeleton: Skeleton, cue: tuple[int, int]) -> bool:
    """Whether the cue (first and last unit) is denied by a word in its scope, or by the whole sentence."""
    if is_denied(skeleton):
        return True
    first, last = cue
    start, end = first, last + 1
    while start > 0 and not _ends_scope(skeleton, start - 1, first):
        start -= 1
    while end < len(skeleton.words) and end - last <= _REACH and skeleton.words[end] != "," and not _ends_scope(skeleton, end, first):
        end += 1
    return _patterns()["negation"].search(" ".join(skeleton.words[start:end])) is not None


def _ends_scope(skeleton: Skeleton, unit: int, cue: int) -> bool:
    """Whether a unit bounds what is denied together with the cue: another clause, a comma that enumerates nothing, or *en* with a
    verb of its own.
    """
    word = skeleton.words[unit]
    if skeleton.clauses[unit] != skeleton.clauses[cue] or (word == "," and not _links_mentions(skeleton, unit)):
        return True
    following = skeleton.words[unit + 1 : unit + 2]
    return symbol(word) == _AND and bool(following) and not following[0].isupper() and symbol(following[0]) == OTHER


def _links_mentions(skeleton: Skeleton, comma: int) -> bool:
    """Whether a comma stands inside an enumeration."""
    return any(place.linked and place.unit > comma >= place.unit - 4 for place in skeleton.places)


def certainty_of(skeleton: Skeleton, cue: tuple[int, int]) -> Certainty:
    """How firmly the clause of the cue states it."""
    clause = skeleton.clauses[cue[0]]
    words = " ".join(word for word, number in zip(skeleton.words, skeleton.clauses, strict=True) if number == clause)
    if _patterns()["disputed"].search(words):
        return Certainty.DISPUTED
    return Certainty.POSSIBLE if _patterns()["possible"].search(words) else Certainty.STATED
