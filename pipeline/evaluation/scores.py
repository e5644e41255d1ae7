"""Hits, false alarms and misses of one article; annotation guidelines, section 4."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from pipeline.evaluation.alignment import PredictedMention, PredictedRelation, Prediction, RelationKey
from pipeline.evaluation.gold import GoldDocument, GoldEntity
from pipeline.schema import EntityType, RelationType

RELAXED: Final = "entities relaxed"
EXACT: Final = "entities exact"
UNTYPED: Final = "entities untyped"
RELATIONS: Final = "relations"
PAIRS: Final = "pairs untyped"
POLARITY: Final = "polarity"
LINKING: Final = "linking"
LINKING_TYPES: Final = {kind: f"{LINKING} {kind}" for kind in RelationType}
METRICS: Final = (
    *(RELAXED, EXACT, UNTYPED, *EntityType),
    *(PAIRS, POLARITY, RELATIONS, *RelationType),
    *(LINKING, *LINKING_TYPES.values()),
)
"""Everything that is counted, in the order of the table; a type's name stands for the score of that type (of mentions the relaxed one)."""

Accepts = Callable[[PredictedMention, GoldEntity], bool]


class Spanned(Protocol):
    """Anything with a place in the annotated text."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives; counts of articles are added (micro average)."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float:
        """How much of what was found is right."""
        return self.tp / (self.tp + self.fp) if self.tp else 0.0

    @property
    def recall(self) -> float:
        """How much of what is right was found."""
        return self.tp / (self.tp + self.fn) if self.tp else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two; 0 where nothing is right."""
        return 2 * self.tp / (2 * self.tp + self.fp + self.fn) if self.tp else 0.0


def overlap(a: Spanned, b: Spanned) -> int:
    """Characters in common; 0 or less where the two only touch or lie apart."""
    return min(a.end, b.end) - max(a.start, b.start)


def right_type(found: PredictedMention, gold: GoldEntity) -> bool:
    """The relaxed criterion: the type or the alternative type (that the spans overlap is always asked)."""
    return found.type in gold.types


def right_span(found: PredictedMention, gold: GoldEntity) -> bool:
    """The exact criterion: the right type and the same span."""
    return right_type(found, gold) and (found.start, found.end) == (gold.start, gold.end)


def match(found: Sequence[PredictedMention], gold: Sequence[GoldEntity], accepts: Accepts) -> dict[int, int]:
    """Pair each mention with at most one of the gold, largest overlap first; of equal overlaps the later in the lists wins.

    Gives index in ``found`` -> index in ``gold``.
    """
    candidates = sorted(
        ((size, i, j) for i, f in enumerate(found) for j, g in enumerate(gold) if (size := overlap(f, g)) > 0 and accepts(f, g)),
        reverse=True,
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in candidates:
        if i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return pairs


def score(prediction: Prediction, gold: GoldDocument) -> dict[str, Counts]:
    """Counts of every metric for one article."""
    return {
        **score_entities(prediction.entities, gold.entities),
        **score_relations(prediction.relations, gold),
        **score_linking(prediction.linked, gold),
    }


def score_entities(found: Sequence[PredictedMention], gold: Sequence[GoldEntity]) -> dict[str, Counts]:
    """Mentions: relaxed, exact, untyped, and relaxed by type. A hit counts for the gold's type, also where ``alt`` made it one."""
    relaxed = match(found, gold, right_type)
    pairs = {RELAXED: relaxed, EXACT: match(found, gold, right_span), UNTYPED: match(found, gold, lambda f, g: True)}
    counts = {name: Counts(len(hits), len(found) - len(hits), len(gold) - len(hits)) for name, hits in pairs.items()}
    hit = set(relaxed.values())
    for kind in EntityType:
        counts[kind] = Counts(
            sum(gold[j].type is kind for j in hit),
            sum(mention.type is kind for i, mention in enumerate(found) if i not in relaxed),
            sum(entity.type is kind for j, entity in enumerate(gold) if j not in hit),
        )
    return counts


def concept_of(mention: Spanned, gold: Iterable[GoldEntity]) -> str | None:
    """The concept that a mention stands for: that of the gold mention that it overlaps most (the first of equals), of any type."""
    best = max(gold, key=lambda entity: overlap(mention, entity), default=None)
    return best.concept if best is not None and overlap(mention, best) > 0 else None


@dataclass(frozen=True, slots=True)
class Located:
    """Predicted relations in terms of the gold's concepts, those that come to the same taken together."""

    keyed: Mapping[RelationKey, PredictedRelation]
    keyless: tuple[PredictedRelation, ...]
    """Those with a side that overlaps no gold mention: false alarms whatever they say."""


def locate(relations: Iterable[PredictedRelation], gold: Sequence[GoldEntity]) -> Located:
    """Say each relation in the gold's concepts."""
    keyed: dict[RelationKey, PredictedRelation] = {}
    keyless: dict[tuple[int, RelationType, int], PredictedRelation] = {}
    for relation in relations:
        head, tail = concept_of(relation.head, gold), concept_of(relation.tail, gold)
        if head is None or tail is None:
            keyless.setdefault((relation.head.start, relation.type, relation.tail.start), relation)
        else:
            keyed.setdefault((head, relation.type, tail, relation.polarity), relation)
    return Located(keyed, tuple(keyless.values()))


def gold_keys(gold: GoldDocument) -> set[RelationKey]:
    """The gold's relations, comparable with those of :func:`locate`."""
    return {(relation.head, relation.type, relation.tail, relation.polarity) for relation in gold.relations}


def score_relations(relations: Iterable[PredictedRelation], gold: GoldDocument) -> dict[str, Counts]:
    """Relations, pairs of concepts whatever the type and polarity, and relations by type.

    Relations with a side in no gold mention are false alarms of the two totals; the scores by type leave them out.
    """
    located = locate(relations, gold.entities)
    found, wanted = set(located.keyed), gold_keys(gold)
    stray = Counts(fp=len(located.keyless))
    counts = {
        PAIRS: _compare({(key[0], key[2]) for key in found}, {(key[0], key[2]) for key in wanted}) + stray,
        POLARITY: _polarity(found, wanted),
        RELATIONS: _compare(found, wanted) + stray,
    }
    return {**counts, **_by_type(found, wanted)}


def score_linking(linked: Collection[RelationKey], gold: GoldDocument) -> dict[str, Counts]:
    """Relations that were found between the gold's own mentions, in total and by type."""
    wanted = gold_keys(gold)
    by_type = _by_type(linked, wanted)
    return {LINKING: _compare(linked, wanted), **{name: by_type[kind] for kind, name in LINKING_TYPES.items()}}


def _polarity(found: Iterable[RelationKey], wanted: Collection[RelationKey]) -> Counts:
    """Of the relations that are right but for their polarity, how many have that right too. A wrong one is both a false alarm and a miss,
    so that precision, recall and F1 are all the accuracy.
    """
    stated = {key[:3] for key in wanted}
    right = [key in wanted for key in found if key[:3] in stated]
    wrong = right.count(False)
    return Counts(right.count(True), wrong, wrong)


def _by_type(found: Iterable[RelationKey], wanted: Iterable[RelationKey]) -> dict[str, Counts]:
    found, wanted = list(found), list(wanted)
    return {kind: _compare({key for key in found if key[1] is kind}, {key for key in wanted if key[1] is kind}) for kind in RelationType}


def _compare(found: Collection[object], wanted: Collection[object]) -> Counts:
    found, wanted = set(found), set(wanted)
    return Counts(len(found & wanted), len(found - wanted), len(wanted - found))
