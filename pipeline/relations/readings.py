"""How a pair of things can be read: which relation it may be, in which direction, and what witnesses say for it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.associations import Common
from pipeline.schema import EntityType, Polarity, RelationType

TYPES: Final = tuple(EntityType)
_Number = TypeVar("_Number", int, NDArray[np.int64])


class Reading(NamedTuple):
    """One way to read a pair: the relation, and whether the first of the two is its head."""

    type: RelationType
    first_is_head: bool


READINGS: Final = tuple(Reading(type_, first) for type_ in RelationType for first in (True, False))
"""The columns of the model."""

RELATION_OF: Final = np.asarray([list(RelationType).index(reading.type) for reading in READINGS])
"""By reading, the number of its relation."""
FIRST_IS_HEAD: Final = np.asarray([reading.first_is_head for reading in READINGS])

_DENIED_ALIKE: Final = (
    frozenset(RelationType) - {RelationType.CONTRAINDICATED_FOR},
    frozenset({RelationType.CONTRAINDICATED_FOR}),
)
"""Relations whose denial is one question. *Geen ibuprofen bij een maagzweer* denies that it is given and states that it is not to be."""

DENIAL: Final = len(READINGS)
"""The first of the model's last columns: whether what is stated is denied, a column for each of ``_DENIED_ALIKE``."""
OUTPUTS: Final = DENIAL + len(_DENIED_ALIKE)
_DENIAL_OF_TYPE: Final = {type_: DENIAL + number for number, types in enumerate(_DENIED_ALIKE) for type_ in types}
DENIAL_OF: Final = tuple(_DENIAL_OF_TYPE[reading.type] for reading in READINGS)
"""By reading, the column of its denial."""


class Witness(IntEnum):
    """Who speaks for or against a reading."""

    RULE = 0
    HOW_SURELY = 1
    FRAME = 2
    BEATEN_RULE = 3
    OTHER_RULE = 4
    NO_RULE = 5
    COMMON = 6
    NEARLY_COMMON = 7
    UNCOMMON = 8
    UNHEARD_OF = 9
    PLAUSIBLE = 10


WITNESSES: Final = len(Witness)
_SAYS_NO, _SAYS_YES = 0, 1  # of denial

Witnesses = tuple[tuple[int, int, float], ...]
"""What witnesses say for readings: (column, place of the witness, value)."""


def readings_of(first: EntityType, second: EntityType) -> tuple[int, ...]:
    """The columns of the readings that the schema allows for a pair of types."""
    return tuple(
        column
        for column, reading in enumerate(READINGS)
        if (first if reading.first_is_head else second) in reading.type.heads
        and (second if reading.first_is_head else first) in reading.type.tails
    )


ALLOWED: Final = tuple(readings_of(first, second) for first in TYPES for second in TYPES)
"""By the types of a pair (:func:`combo_of`): the columns of the readings that it can have."""
IS_ALLOWED: Final = np.asarray([[column in readings for column in range(DENIAL)] for readings in ALLOWED])
"""(types of a pair, readings): the same as flags."""


def combo_of(first: _Number, second: _Number) -> _Number:
    """The number of a pair of types, given their numbers in ``TYPES``: one pair, or columns of them."""
    return first * len(TYPES) + second


class Statement(NamedTuple):
    """What matters to a witness of a rule that speaks of a pair: the relation and whether the first of the pair is its head, polarity and
    confidence, whether it is a frame, and whether another reading of the pair beat it.
    """

    type: RelationType
    first_is_head: bool
    polarity: Polarity
    confidence: float
    framed: bool
    beaten: bool


def witnesses_of(readings: Sequence[int], there: Common, back: Common, statements: Sequence[Statement]) -> Witnesses:
    """What witnesses say of a pair. ``there`` is what is commonly said from its first to its second, ``back`` the other way round;
    ``statements``: what rules say, if any speaks of it.
    """
    found = _common_says(readings, there, back)
    if not statements:
        return (*found, *((column, Witness.NO_RULE, 1.0) for column in readings))
    for column in readings:
        own = [said for said in statements if (said.type, said.first_is_head) == READINGS[column]]
        kept = [said for said in own if not said.beaten]
        if kept:
            found += [(column, Witness.RULE, 1.0), (column, Witness.HOW_SURELY, max(said.confidence for said in kept))]
            if any(said.framed for said in kept):
                found.append((column, Witness.FRAME, 0.5))
        elif own:
            found.append((column, Witness.BEATEN_RULE, 0.5))
        if len(own) < len(statements):
            found.append((column, Witness.OTHER_RULE, 0.5))
    said_of = {(_DENIAL_OF_TYPE[said.type], said.polarity) for said in statements}
    found += ((denial, _SAYS_NO if polarity is Polarity.NEGATED else _SAYS_YES, 1.0) for denial, polarity in sorted(said_of))
    return tuple(found)


def _common_says(readings: Sequence[int], there: Common, back: Common) -> list[tuple[int, int, float]]:
    """What common knowledge says for the readings of a pair."""
    found: list[tuple[int, int, float]] = []
    for column in readings:
        reading = READINGS[column]
        said = there if reading.first_is_head else back
        if reading.type in said.exact:
            witness = Witness.COMMON
        elif reading.type in said.near:
            witness = Witness.NEARLY_COMMON
        else:
            witness = Witness.UNCOMMON if said.known else Witness.UNHEARD_OF
        found.append((column, witness, 1.0))
    return found
