"""What pairs of things have in common with pairs of other articles: how they stand to each other, what kinds of things they are, and what
is commonly said of them.

There are few answers to each question, so that a pair has a number instead of names, and a model weighs each number once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product
from threading import Lock
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.associations import Common, load_associations
from pipeline.relations.numbering import Combinations
from pipeline.relations.readings import ALLOWED, TYPES, Statement, Witnesses, combo_of, witnesses_of
from pipeline.relations.skeleton import governing_words
from pipeline.remembered import Remembered
from pipeline.schema import SUBTYPES, BlockKind
from pipeline.wordclasses import LETTERS

Flags = NDArray[np.bool_]

COMBOS: Final = tuple(LETTERS[first] + LETTERS[second] for first in TYPES for second in TYPES)
"""The types of a pair in two letters; number ``4 * first + second``."""
HOW: Final = ("sentence", "before", "above", "subject", "rule")
"""How the first of a pair stands to the second: in its sentence, before or above it, as the subject, or as a rule says."""
KINDS_OF_BLOCKS: Final = tuple(BlockKind)
_NO_YES = (False, True)
_FEW = range(3)  # none, one, more

# --- two things of a sentence

FURTHEST: Final = 12
"""Words between two things that are told apart."""
MOST_OVER: Final = 4
"""Things between two things of which the types are told apart."""
NEAR: Final = 4
"""The same at a glance."""
_DISTANCES = range(-1, FURTHEST + 1)  # what one word stands for has no distance
_OVER = tuple("".join(letters) for letters in product(("", *(LETTERS[type_] for type_ in TYPES)), repeat=MOST_OVER))


def _distance(
    combo: str, words: int, over: str, clause: bool, linked: bool, ahead: int, back: int, prep: str | None, second_prep: str | None
) -> tuple[str, ...]:
    preps = f"{prep}>{second_prep}"
    return (
        f"d:{words}",
        f"gap:{len(over)}",
        f"clause:{clause}",
        f"linked:{linked}",
        f"ahead:{ahead}",
        f"back:{back}",
        f"near:{ahead}{back}{combo}",
        f"over:{over}",
        f"pp:{preps}",
        f"{combo}|pp:{preps}",
        f"s|{combo}|{ahead}{back}|{linked}|{clause}|{min(words, NEAR)}",
    )


@cache
def distances() -> Combinations:
    """How two things of a sentence stand to each other: their types, the words and the things between them, whether they share a clause and
    are coordinated, how many of the second's and of the first's type are between them, and their prepositions.
    """
    prepositions = governing_words()
    return Combinations(_distance, COMBOS, _DISTANCES, _OVER, _NO_YES, _NO_YES, _FEW, _FEW, prepositions, prepositions)


APART: Final = Combinations(
    lambda combo, ahead, back, linked, clause, words: (f"apart:{combo}|{ahead}{back}|{linked}|{clause}|{words}", f"apart:{words}"),
    COMBOS,
    _FEW,
    _FEW,
    _NO_YES,
    _NO_YES,
    range(-1, NEAR + 1),
)
"""The same at a glance, but for prepositions."""


@cache
def governed() -> Combinations:
    """The prepositions of two things at a glance."""
    prepositions = governing_words()
    return Combinations(lambda combo, one, other: (f"{combo}|pps:{one}>{other}", f"pps:{one}>{other}"), COMBOS, prepositions, prepositions)


# --- a thing of a sentence with another outside it

PLACES: Final = ("prev1", "lead", "intro", "prev2", "prev3", "h0", "h1", "far")
"""Where something may be named outside a sentence; the last: only in the title, or as what section or article are about."""
SUBJECTS: Final = ("", "*", "+")
"""``*`` the subject of the section or the article, ``+`` another one of those that the article speaks of most."""
STANDING_IN_WORDS: Final = tuple(place + subject for place in PLACES for subject in SUBJECTS)
MOST_NEARER: Final = 3
MOST_AS_NEAR: Final = 2
_RANKS = tuple(f"rank:{nearer}+{near}" for nearer in range(MOST_NEARER + 1) for near in range(MOST_AS_NEAR + 1))


def _standing(combo: str, standing: str, kind: str, rank: str, rivals: int, turn: int, at: int, spoken: bool) -> tuple[str, ...]:
    near, subject = standing.rstrip("*+"), standing.lstrip("abcdefghijklmnopqrstuvwxyz0123456789")
    return (
        f"k={near}",
        f"k:{standing}",
        f"k={standing}|{kind}",
        f"{combo}|k={standing}",
        f"{combo}|k={standing}|{kind}",
        f"{combo}|subject:{subject}",
        f"rivals:{rivals}",
        f"{combo}|{kind}|rivals:{rivals}",
        f"turn:{turn}",
        f"{combo}|at:{at}|{kind}",
        *(("spoken",) if spoken else ()),
        rank,
        f"{combo}|{rank}",
        f"{standing}|{rank}",
        f"{combo}|{standing}|{rank}",
        f"{rank}|rivals:{rivals}",
        f"{combo}|{standing}|{rank}|rivals:{rivals}",
    )


STANDINGS: Final = Combinations(_standing, COMBOS, STANDING_IN_WORDS, KINDS_OF_BLOCKS, _RANKS, _FEW, _FEW, _FEW, _NO_YES)
"""How something outside a sentence stands to a thing in it: their types, where it is named, the kind of block, how much of its kind stands
nearer and as near, how many of its type the sentence names, the place of the sentence in its block and of the thing in its sentence, and
whether the sentence names it as well.
"""
STANDS: Final = Combinations(
    lambda combo, standing, rank, rivals: (
        f"stands:{combo}|{standing}|{rank}|{rivals}",
        f"stands:{combo}|{standing}",
        f"stands:{standing}|{rank}",
    ),
    COMBOS,
    STANDING_IN_WORDS,
    _RANKS,
    _FEW,
)
STANDS_IN: Final = Combinations(
    lambda combo, standing, kind: (f"stands:{combo}|{standing}|{kind}", f"stands:{standing}|{kind}"),
    COMBOS,
    STANDING_IN_WORDS,
    KINDS_OF_BLOCKS,
)
STANDS_AT: Final = Combinations(
    lambda combo, kind, turn, at, spoken: (f"stands:{combo}|{kind}|at:{at}", f"stands:turn:{turn}", f"stands:spoken:{spoken}"),
    COMBOS,
    KINDS_OF_BLOCKS,
    _FEW,
    _FEW,
    _NO_YES,
)
"""The same at a glance."""

ALONE: Final = Combinations(lambda _: ("rules only",), ("",))
"""Two things that only rules see together."""


# --- what kinds of things two things are

MARKS: Final = "sur"
"""How two things were brought together: in a sentence, one under the other, by rules."""
KINDS_OF_THINGS: Final = tuple(
    dict.fromkeys((*(s for subtypes in SUBTYPES.values() for s in subtypes), *(f"new-{c}" for c in LETTERS.values())))
)
OFTEN: Final = (1, 2, 4, 9)
"""Times that a concept is named from which it counts as named more often."""


def _kinds(
    mark: str, combo: str, kin: bool, subtype: str, second_subtype: str, often: int, often_second: int, main: bool, main_second: bool
) -> tuple[str, ...]:
    return (
        f"{mark}{combo}",
        f"{mark}{subtype}>{second_subtype}",
        *(("kin",) if kin else ()),
        f"{mark}fcnt:{often}",
        f"{mark}scnt:{often_second}",
        *((f"{mark}ftitle",) if main else ()),
        *((f"{mark}stitle",) if main_second else ()),
    )


_HOW_OFTEN = range(1, len(OFTEN) + 1)
KINDS: Final = Combinations(_kinds, MARKS, COMBOS, _NO_YES, KINDS_OF_THINGS, KINDS_OF_THINGS, _HOW_OFTEN, _HOW_OFTEN, _NO_YES, _NO_YES)
"""What kinds of things two things are, whether they are related as concepts, how often the article names each, and whether it is about
them.
"""

THINGS: Final = Combinations(
    lambda mark, one, other: (f"things:{mark}{one}>{other}", f"things:{mark}{one}>", f"things:{mark}>{other}"),
    MARKS,
    KINDS_OF_THINGS,
    KINDS_OF_THINGS,
)
NAMED: Final = Combinations(
    lambda mark, combo, kin, *named: (f"named:{mark}{combo}|{'|'.join(map(str, named))}", f"named:kin:{kin}"),
    MARKS,
    COMBOS,
    _NO_YES,
    _HOW_OFTEN,
    _HOW_OFTEN,
    _NO_YES,
    _NO_YES,
)
"""The same at a glance."""

# --- how each of them stands in its sentence

ROLES: Final = "12m"
"""The first and the second of a pair in a sentence, and a thing that is looked at under something."""
MOST_AHEAD: Final = 3
"""Things of the sentence before one that are counted."""


def bearing(role: str, prep: str | None, lack: bool, excess: bool, denied: bool) -> tuple[str, ...]:
    """How a thing stands in its sentence: its preposition, whether a lack or too much of it is meant or it is denied."""
    states = (("lack", lack), ("excess", excess), ("denied", denied))
    return f"{role}prep:{prep}", *(role + state for state, holds in states if holds)


def _placed(role: str, prep: str | None, lack: bool, excess: bool, denied: bool, subtype: str) -> tuple[str, ...]:
    return *bearing(role, prep, lack, excess, denied), f"{role}sub:{subtype}"


@cache
def placements() -> Combinations:
    """How a thing stands in its sentence: its role, its preposition, whether a lack or too much of it is meant or it is denied, and what
    kind of its type it is.
    """
    return Combinations(_placed, ROLES, governing_words(), _NO_YES, _NO_YES, _NO_YES, KINDS_OF_THINGS)


TURNS: Final = Combinations(lambda turn, linked: (f"at:{turn}", f"linked:{linked}"), range(MOST_AHEAD + 1), _NO_YES)
"""Of a thing that is looked at under something: which of its sentence it is, and whether it is coordinated with the one before it."""

# --- what is commonly said of two things


class Thing(NamedTuple):
    """What common knowledge needs to know of a thing: its type, concept, and the concept above that."""

    type: int
    id: str
    above: str | None


class _Saying(NamedTuple):
    combo: int
    there: Common
    back: Common


class Sayings:
    """What is commonly said of pairs, numbered as it is met. Safe for threads."""

    def __init__(self) -> None:
        self._all: list[_Saying] = []
        self._numbers: dict[_Saying, int] = {}
        self._lock = Lock()
        self.of = Remembered(self._find)
        """The number of what is said of a pair of things."""

    def _find(self, pair: tuple[Thing, Thing]) -> int:
        first, second = pair
        between = load_associations().between
        there = between(first.id, second.id, first.above, second.above)
        back = between(second.id, first.id, second.above, first.above)
        saying = _Saying(combo_of(first.type, second.type), there, back)
        with self._lock:
            number = self._numbers.setdefault(saying, len(self._all))
            if number == len(self._all):
                self._all.append(saying)
        return number

    def names(self, number: int) -> tuple[str, ...]:
        """Features of what is said."""
        combo, there, back = self._all[number]
        exact = [f"{t}>" for t in sorted(there.exact)] + [f"{t}<" for t in sorted(back.exact)]
        near = [f"{t}>" for t in sorted(there.near)] + [f"{t}<" for t in sorted(back.near)]
        found = [*(f"K:{s}" for s in exact), *(f"k~{s}" for s in near), f"K={'+'.join(exact)}"]
        if not exact and not near:
            found.append(f"{COMBOS[combo]}|{'unsaid' if there.known else 'unknown'}")
        return tuple(found)

    def witnesses(self, number: int, statements: Sequence[Statement] = ()) -> Witnesses:
        """The witnesses of a pair of which this is said. ``statements``: what rules say of it."""
        combo, there, back = self._all[number]
        return witnesses_of(ALLOWED[combo], there, back, statements)


SAYINGS: Final = Sayings()
