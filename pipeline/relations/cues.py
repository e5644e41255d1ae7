"""Relations that a sentence states: cue rules with slots.

A cue is a word or phrase (``cues/*.toml``) that states a relation; its slots say where head and tail stand, by side and
preposition, as a valency frame does. The cue decides the direction, not the order of the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

from pipeline.article import Link, Mention
from pipeline.errors import ResourceError
from pipeline.lexicon import concept_id
from pipeline.references import Subjects
from pipeline.relations.assertion import certainty_of, is_negated
from pipeline.relations.skeleton import Place, Skeleton
from pipeline.remembered import Remembered
from pipeline.resources import list_toml, load_toml
from pipeline.schema import EntityType, Polarity, RelationType
from pipeline.wordrules import RuleIndex, WordRules, whole_words

_SIDES = ("left", "right", "any")
_SLOT_MARKS = frozenset({"cross", "far", "one"})
# Hostile or broken input: no real sentence names so many things or repeats a cue so often (the most in our corpus: 10 and 3), and
# every pair costs time.
MOST_PLACES = 60
_MOST_MATCHES = 8
_ELIDED_PENALTY = 0.15
_FIXED = {None: None, "negated": None, "affirmed": Polarity.AFFIRMED, "denied": Polarity.NEGATED}
"""By the key ``polarity`` of a cue: the polarity that it always has."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an argument may stand: the side of the cue, and the prepositions that may govern it (None in the set: a bare noun
    phrase; no set: any).

    ``cross`` allows it in another clause of the sentence. Of several that fit the nearest to the cue is meant, with ``far`` the
    farthest: a subject before an object before a final verb.
    """

    side: str
    preps: frozenset[str | None] | None
    cross: bool
    far: bool
    one: bool

    @classmethod
    def parse(cls, text: str) -> Slot:
        """Read ``"right tegen bij"``, ``"left bare"``, ``"any cross"``."""
        side, *rest = text.split()
        if side not in _SIDES:
            raise ValueError(f"slot {text!r} must begin with one of {', '.join(_SIDES)}")
        preps = frozenset(None if word == "bare" else word for word in rest if word not in _SLOT_MARKS)
        return cls(side, preps or None, "cross" in rest, "far" in rest, "one" in rest)


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue rule."""

    id: str
    type: RelationType
    trigger: re.Pattern[str]
    match: re.Pattern[str]
    head: tuple[Slot, ...]
    tail: tuple[Slot, ...]
    elide: frozenset[str]
    prefer: frozenset[EntityType]
    fixed: Polarity | None
    """The polarity that no negation changes: that is part of the cue."""
    denies: bool
    """Whether it states a denial, which a negation turns."""
    confidence: float
    heads: frozenset[EntityType]
    tails: frozenset[EntityType]


def _types(row: dict[str, list[str]], key: str, default: frozenset[EntityType]) -> frozenset[EntityType]:
    return frozenset(EntityType(name) for name in row[key]) if key in row else default


@cache
def load_cues() -> tuple[Cue, ...]:
    """All cue rules in file order. Raises ResourceError for a malformed one."""
    cues: list[Cue] = []
    for path, row in ((name, table) for name in list_toml("relations/cues") for table in load_toml(name)["cue"]):
        try:
            type_ = RelationType(row["type"])
            cues.append(
                Cue(
                    id=row["id"],
                    type=type_,
                    trigger=re.compile(row["trigger"]),
                    match=whole_words(row.get("match", row["trigger"])),
                    head=tuple(Slot.parse(text) for text in row["head"]),
                    tail=tuple(Slot.parse(text) for text in row["tail"]),
                    elide=frozenset(row.get("elide", ())),
                    prefer=_types(row, "prefer", frozenset()),
                    fixed=_FIXED[row.get("polarity")],
                    denies=row.get("polarity") == "negated",
                    confidence=float(row.get("confidence", 0.8)),
                    heads=_types(row, "heads", type_.heads),
                    tails=_types(row, "tails", type_.tails),
                )
            )
        except (KeyError, ValueError, re.error) as error:
            raise ResourceError(f"{path}, cue {row.get('id', '?')!r}: {error}") from error
    return tuple(cues)


@cache
def _rules() -> tuple[RuleIndex, WordRules]:
    """The triggers of all cues, and what they match."""
    cues = load_cues()
    return RuleIndex(cue.trigger.pattern for cue in cues), WordRules([cue.match for cue in cues])


@Remembered
def _triggered(word: str) -> tuple[int, ...]:
    cues = load_cues()
    return tuple(i for i in _rules()[0].of(word) if cues[i].trigger.fullmatch(word))


@cache
def _possible(types: frozenset[EntityType], several: bool) -> frozenset[int]:
    """The cues that could state something of things of these types: each end is there or may be left unsaid, and one thing alone cannot
    be both.
    """

    def is_possible(cue: Cue) -> bool:
        head, tail = not types.isdisjoint(cue.heads), not types.isdisjoint(cue.tails)
        return (several and head and tail) or (head and "tail" in cue.elide) or (tail and "head" in cue.elide)

    return frozenset(i for i, cue in enumerate(load_cues()) if is_possible(cue))


def link_sentence(skeleton: Skeleton, mentions: Sequence[Mention], subjects: Subjects, *, is_answered: bool = False) -> Iterator[Link]:
    """Relations that the cues of one sentence state. A question states none, unless it ``is_answered``, nor does what names or repeats more
    than sentences do.
    """
    if not skeleton.places or (skeleton.words[-1] == "?" and not is_answered) or len(skeleton.places) > MOST_PLACES:
        return
    possible = _possible(frozenset([place.type for place in skeleton.places]), len(skeleton.places) > 1)
    triggered = possible.intersection(chain.from_iterable(map(_triggered.__getitem__, skeleton.words)))
    if not triggered:
        return
    cues = load_cues()
    for number, match in _rules()[1].matches(skeleton.text, triggered, _MOST_MATCHES):
        yield from _links(skeleton, mentions, subjects, cues[number], match)


def _links(skeleton: Skeleton, mentions: Sequence[Mention], subjects: Subjects, cue: Cue, match: re.Match[str]) -> Iterator[Link]:
    first, last = skeleton.units(*match.span())
    heads = _argument(skeleton, cue.head, cue.heads, first, last, ())
    tails = _argument(skeleton, cue.tail, cue.tails, first, last, heads)
    elided = 0
    if not heads and tails and "head" in cue.elide:
        heads, elided = _unsaid_head(skeleton, subjects, mentions, cue, tails, first), 1
    elif heads and not tails and "tail" in cue.elide:
        tails, elided = _unsaid(skeleton, subjects, mentions, cue.tails, heads, first), 1
    if not heads or not tails:
        return
    negated, certainty = is_negated(skeleton, (first, last)), certainty_of(skeleton, (first, last))
    for head in heads:
        for tail in tails:
            type_ = relation_type(cue.type, head, tail)
            if type_ is None or _same(mentions[head.mention], mentions[tail.mention]):
                continue
            yield Link(
                type_,
                head.mention,
                tail.mention,
                _polarity(cue, negated or any(_denies(skeleton, end, (first, last)) for end in (head, tail))),
                certainty,
                round(cue.confidence - _ELIDED_PENALTY * elided, 2),
                (skeleton.sentence,),
                f"cue:{cue.id}",
            )


def _denies(skeleton: Skeleton, end: Place, cue: tuple[int, int]) -> bool:
    """Whether the denial of an end reaches the cue: not from another clause or before a colon (*Geen ibuprofen: daarvan krijgt u ...*)."""
    if not end.denied:
        return False
    clauses = {skeleton.clauses[unit] for unit in cue}
    return skeleton.clauses[end.unit] in clauses and ":" not in skeleton.words[end.unit : cue[0]]


def _polarity(cue: Cue, negated: bool) -> Polarity:
    """The polarity of a statement."""
    return cue.fixed or (Polarity.NEGATED if negated is not cue.denies else Polarity.AFFIRMED)


def _same(one: Mention, other: Mention) -> bool:
    """Whether two mentions stand for one concept; spaces and hyphens make no difference, as in its id."""
    return one.type is other.type and concept_id(one.type, one.concept) == concept_id(other.type, other.concept)


def relation_type(type_: RelationType, head: Place, tail: Place) -> RelationType | None:
    """The relation as the wrappers of its ends make it.

    A lack that causes is DEFICIENCY_CAUSES and does nothing else; an excess neither treats nor prevents.
    """
    if head.deficient and head.type is EntityType.NUTRIENT:
        if type_ in (RelationType.CAUSES, RelationType.HAS_SYMPTOM):
            return RelationType.DEFICIENCY_CAUSES
        return None
    if head.excess and type_ in (RelationType.TREATS, RelationType.PREVENTS):
        return None
    return type_


def _argument(
    skeleton: Skeleton, slots: Sequence[Slot], types: frozenset[EntityType], first: int, last: int, taken: Sequence[Place]
) -> tuple[Place, ...]:
    """The places that fill an argument: the nearest that fits the first slot that anything fits, with what is coordinated with it."""
    for slot in slots:
        fitting = [p for p in skeleton.places if p.type in types and _fits(skeleton, slot, p, first, last) and p not in taken]
        if fitting:
            chosen = (max if slot.far else min)(fitting, key=lambda p: (_distance(p, first, last), p.unit))
            return (chosen,) if slot.one else _chain(skeleton, chosen, types, taken)
    return ()


def _distance(place: Place, first: int, last: int) -> int:
    return first - place.unit if place.unit < first else max(place.unit - last, 0)


def _fits(skeleton: Skeleton, slot: Slot, place: Place, first: int, last: int) -> bool:
    if (slot.side == "left" and place.unit >= first) or (slot.side == "right" and place.unit < first):
        return False
    if slot.preps is not None and place.prep not in slot.preps:
        return False
    clause, own = skeleton.clauses[place.unit], skeleton.clauses[first]
    if clause == own or slot.cross:
        return True
    between = range(clause + 1, own)
    return place.unit < first and own in skeleton.relative and not any(skeleton.clauses[p.unit] in between for p in skeleton.places)


def _chain(skeleton: Skeleton, seed: Place, types: frozenset[EntityType], taken: Sequence[Place]) -> tuple[Place, ...]:
    """A place and the coordinated places around it."""
    index = skeleton.places.index(seed)
    low = high = index
    while low > 0 and skeleton.places[low].linked:
        low -= 1
    while high + 1 < len(skeleton.places) and skeleton.places[high + 1].linked:
        high += 1
    return tuple(p for p in skeleton.places[low : high + 1] if p.type in types and p not in taken)


def _unsaid_head(
    skeleton: Skeleton, subjects: Subjects, mentions: Sequence[Mention], cue: Cue, tails: Sequence[Place], first: int
) -> tuple[Place, ...]:
    """An unnamed head, of the preferred types if there is one (one rather gets drowsy *van* a remedy than of a complaint)."""
    preferred = _unsaid(skeleton, subjects, mentions, cue.prefer, tails, first) if cue.prefer else ()
    return preferred or _unsaid(skeleton, subjects, mentions, cue.heads, tails, first)


def _unsaid(
    skeleton: Skeleton,
    subjects: Subjects,
    mentions: Sequence[Mention],
    types: frozenset[EntityType],
    others: Sequence[Place],
    cue: int,
) -> tuple[Place, ...]:
    """What an argument that is not named stands for: the first bare noun phrase of the clause before, else what stands before the
    sentence.
    """
    clause = skeleton.clauses[cue]
    for place in skeleton.places:
        if skeleton.clauses[place.unit] == clause - 1 and place.type in types and place.prep is None and place not in others:
            return _chain(skeleton, place, types, others)
    if ":" in skeleton.words[:cue]:
        colon = max(i for i in range(cue) if skeleton.words[i] == ":")
        before = [p for p in skeleton.places if p.unit < colon and p.type in types and p not in others]
        if before:
            return _chain(skeleton, before[-1], types, others)
    return tuple(Place(-1, n, mentions[n].type, None, False, False, False, False) for n in subjects.before(skeleton.sentence, types))
