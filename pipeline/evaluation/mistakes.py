"""How each mention and each relation of an article came out: right, or a mistake with its cause and its context."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pipeline.evaluation.alignment import PredictedMention, PredictedRelation, Prediction, RelationKey
from pipeline.evaluation.gold import GoldArticle, GoldDocument, GoldEntity, GoldRelation
from pipeline.evaluation.scores import concept_of, locate, match, right_type

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n")


class Cause(StrEnum):
    """What kind of mistake it is. A false alarm that stands for a miss is one mistake of one of the last four causes."""

    MISSED = "missed"
    SPURIOUS = "spurious"
    WRONG_TYPE = "wrong type"
    WRONG_SPAN = "wrong span"
    WRONG_DIRECTION = "wrong direction"
    WRONG_POLARITY = "wrong polarity"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: what the gold has, what was found (one of the two may be empty), and where."""

    article: str
    kind: Literal["entity", "relation"]
    cause: Cause
    gold: str
    found: str
    context: str
    note: str = ""
    """What helps to find the reason: the rule that made it, the side that was not found."""


@dataclass(frozen=True, slots=True)
class EntityOutcome:
    """A mention of the gold, of the pipeline, or one of each that belong together. Right, if there is no cause."""

    cause: Cause | None
    gold: GoldEntity | None
    found: PredictedMention | None


@dataclass(frozen=True, slots=True)
class RelationOutcome:
    """A relation of the gold, of the pipeline, or one of each that belong together. Right, if there is no cause."""

    cause: Cause | None
    gold: GoldRelation | None
    found: PredictedRelation | None
    key: RelationKey | None = None
    """What was found in the concepts of the gold; None where a side is no mention of the gold."""
    note: str = ""
    """What helps to find the reason: the rule that made it, the side that was not found."""


def mistakes_of(article: GoldArticle, prediction: Prediction) -> tuple[Mistake, ...]:
    """All mistakes of an article, entities first, in text order where there is one."""
    document = article.document
    entities = (_entity_mistake(article, one.cause, one) for one in entity_outcomes(document, prediction) if one.cause)
    relations = (_relation_mistake(article, one.cause, one) for one in relation_outcomes(document, prediction) if one.cause)
    return (*entities, *relations)


# entities


def entity_outcomes(document: GoldDocument, prediction: Prediction) -> Iterator[EntityOutcome]:
    """How the mentions came out, by cause: the right ones first."""
    found, gold = prediction.entities, document.entities
    right = match(found, gold, right_type)
    pairs = sorted(right.items(), key=lambda pair: pair[1])
    exact = [(i, j) for i, j in pairs if (found[i].start, found[i].end) == (gold[j].start, gold[j].end)]
    yield from (EntityOutcome(None, gold[j], found[i]) for i, j in exact)
    yield from (EntityOutcome(Cause.WRONG_SPAN, gold[j], found[i]) for i, j in pairs if (i, j) not in exact)
    missed = [entity for j, entity in enumerate(gold) if j not in set(right.values())]
    extra = [mention for i, mention in enumerate(found) if i not in right]
    confused = match(extra, missed, lambda f, g: True)
    for i, j in sorted(confused.items(), key=lambda pair: pair[1]):
        yield EntityOutcome(Cause.WRONG_TYPE, missed[j], extra[i])
    yield from (EntityOutcome(Cause.MISSED, entity, None) for j, entity in enumerate(missed) if j not in confused.values())
    yield from (EntityOutcome(Cause.SPURIOUS, None, mention) for i, mention in enumerate(extra) if i not in confused)


def _entity_mistake(article: GoldArticle, cause: Cause, outcome: EntityOutcome) -> Mistake:
    gold, found = outcome.gold, outcome.found
    context = sentence_at(article.text, gold.start, gold.end) if gold else found.context if found else ""
    return Mistake(
        article.name,
        "entity",
        cause,
        f"{gold.type} {gold.text!r} = {gold.concept}" if gold else "",
        f"{found.type} {found.text!r}" if found else "",
        one_line(context),
    )


def sentence_at(text: str, start: int, end: int) -> str:
    """The sentence around a span, for reading: cut at line ends and at full stops."""
    begin = max((cut.end() for cut in _SENTENCE_END.finditer(text, 0, start)), default=0)
    after = _SENTENCE_END.search(text, end)
    return text[begin : after.start() if after else len(text)]


def one_line(text: str) -> str:
    """The same words without line breaks."""
    return " ".join(text.split())


# relations


def relation_outcomes(document: GoldDocument, prediction: Prediction) -> Iterator[RelationOutcome]:
    """How the relations came out, by cause: the right ones first, false alarms with a side that is no gold mention last."""
    wanted: dict[RelationKey, GoldRelation] = {(r.head, r.type, r.tail, r.polarity): r for r in document.relations}
    located = locate(prediction.relations, document.entities)
    for key in [key for key in wanted if key in located.keyed]:
        yield RelationOutcome(None, wanted[key], located.keyed[key], key, located.keyed[key].rule)
    missed = {key: relation for key, relation in wanted.items() if key not in located.keyed}
    extra = {key: relation for key, relation in located.keyed.items() if key not in wanted}
    known = {concept_of(mention, document.entities) for mention in prediction.entities}
    for cause, alike in _CONFUSIONS.items():
        for key, other in _pair_up(missed, extra, alike):
            found = extra.pop(other)
            yield RelationOutcome(cause, missed.pop(key), found, other, found.rule)
    for gold in missed.values():
        lost = [side for side in (gold.head, gold.tail) if side not in known]
        yield RelationOutcome(Cause.MISSED, gold, None, note=f"not found: {', '.join(lost)}" if lost else "both sides found")
    yield from (RelationOutcome(Cause.SPURIOUS, None, found, key, found.rule) for key, found in extra.items())
    for found in located.keyless:
        lost = [repr(side.text) for side in (found.head, found.tail) if concept_of(side, document.entities) is None]
        yield RelationOutcome(Cause.SPURIOUS, None, found, note=f"{found.rule}; no gold mention: {', '.join(lost)}")


def _same_but_polarity(key: RelationKey, other: RelationKey) -> bool:
    return key[:3] == other[:3]


def _turned_round(key: RelationKey, other: RelationKey) -> bool:
    return (key[0], key[2]) == (other[2], other[0])


def _same_sides(key: RelationKey, other: RelationKey) -> bool:
    return (key[0], key[2]) == (other[0], other[2])


_CONFUSIONS: Mapping[Cause, Callable[[RelationKey, RelationKey], bool]] = {
    Cause.WRONG_POLARITY: _same_but_polarity,
    Cause.WRONG_TYPE: _same_sides,
    Cause.WRONG_DIRECTION: _turned_round,
}
"""When a false alarm stands for a miss, the closest likeness first."""


def _pair_up(
    missed: Iterable[RelationKey], extra: Iterable[RelationKey], alike: Callable[[RelationKey, RelationKey], bool]
) -> list[tuple[RelationKey, RelationKey]]:
    """Pairs of a miss and a false alarm that are alike; each is used once."""
    free = list(extra)
    pairs = []
    for key in missed:
        other = next((other for other in free if alike(key, other)), None)
        if other is not None:
            free.remove(other)
            pairs.append((key, other))
    return pairs


def _relation_mistake(article: GoldArticle, cause: Cause, outcome: RelationOutcome) -> Mistake:
    gold, found = said(outcome)
    return Mistake(article.name, "relation", cause, gold, found, one_line(evidence_of(article, outcome)), outcome.note)


def evidence_of(article: GoldArticle, outcome: RelationOutcome) -> str:
    """The lines that state a relation according to the gold, or else those in which it was found."""
    if outcome.gold:
        return " / ".join(article.text[start:end] for start, end in outcome.gold.evidence)
    return outcome.found.context if outcome.found else ""


def said(outcome: RelationOutcome) -> tuple[str, str]:
    """A relation in words: what the gold has, and what was found."""
    gold, found = outcome.gold, outcome.found
    wanted = f"{gold.head} {gold.type} {gold.tail} ({gold.polarity})" if gold else ""
    if outcome.key:
        head, kind, tail, polarity = outcome.key
        return wanted, f"{head} {kind} {tail} ({polarity})"
    return wanted, f"{found.head.text} {found.type} {found.tail.text} ({found.polarity})" if found else ""
