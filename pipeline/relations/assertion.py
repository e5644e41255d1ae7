"""Polarity and certainty of a stated relation: negation with its scope, modal and reporting words (``assertion.toml``)."""

from __future__ import annotations

import re
from functools import cache

from pipeline.relations.skeleton import Place, Skeleton
from pipeline.resources import load_toml
from pipeline.schema import Certainty


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    table = load_toml("relations/assertion.toml")
    return {key: re.compile(rf"(?<!\S)(?:{'|'.join(table[key])})(?!\S)") for key in ("negation", "denial", "possible", "disputed")}


def is_negated(skeleton: Skeleton, cue: tuple[int, int], head: Place, tail: Place) -> bool:
    """Whether the cue between head and tail is denied: by a word in its scope, or because one end is (*geen*, *zonder*)."""
    if head.denied or tail.denied or _patterns()["denial"].search(skeleton.text):
        return True
    first, last = cue
    clause = skeleton.clauses[first]
    start = first
    while (
        start > 0 and skeleton.clauses[start - 1] == clause and (skeleton.words[start - 1] != "," or _links_mentions(skeleton, start - 1))
    ):
        start -= 1
    end = last + 1
    while end < len(skeleton.words) and skeleton.clauses[end] == clause and skeleton.words[end] != "," and end - last <= 6:
        end += 1
    return _patterns()["negation"].search(" ".join(skeleton.words[start:end])) is not None


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
