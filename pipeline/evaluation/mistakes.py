"""Every miss and every false alarm of an article, with its cause and its context."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pipeline.evaluation.alignment import PredictedMention, PredictedRelation, Prediction, RelationKey
from pipeline.evaluation.gold import GoldArticle, GoldEntity, GoldRelation
from pipeline.evaluation.scores import Located, concept_of, locate, match, right_type
from pipeline.schema import Polarity

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


def mistakes_of(article: GoldArticle, prediction: Prediction) -> tuple[Mistake, ...]:
    """All mistakes of an article, entities first, in text order where there is one."""
    return (*_entity_mistakes(article, prediction), *_relation_mistakes(article, prediction))


# entities


def _entity_mistakes(article: GoldArticle, prediction: Prediction) -> Iterator[Mistake]:
    found, gold = prediction.entities, article.document.entities
    right = match(found, gold, right_type)
    for i, j in sorted(right.items(), key=lambda pair: pair[1]):
        if (found[i].start, found[i].end) != (gold[j].start, gold[j].end):
            yield _entity_mistake(article, Cause.WRONG_SPAN, gold[j], found[i])
    missed = [entity for j, entity in enumerate(gold) if j not in set(right.values())]
    extra = [mention for i, mention in enumerate(found) if i not in right]
    confused = match(extra, missed, lambda f, g: True)
    for i, j in sorted(confused.items(), key=lambda pair: pair[1]):
        yield _entity_mistake(article, Cause.WRONG_TYPE, missed[j], extra[i])
    for j, entity in enumerate(missed):
        if j not in confused.values():
            yield _entity_mistake(article, Cause.MISSED, entity, None)
    for i, mention in enumerate(extra):
        if i not in confused:
            yield _entity_mistake(article, Cause.SPURIOUS, None, mention)


def _entity_mistake(article: GoldArticle, cause: Cause, gold: GoldEntity | None, found: PredictedMention | None) -> Mistake:
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


def _relation_mistakes(article: GoldArticle, prediction: Prediction) -> Iterator[Mistake]:
    document = article.document
    wanted: dict[RelationKey, GoldRelation] = {(r.head, r.type, r.tail, r.polarity): r for r in document.relations}
    located = locate(prediction.relations, document.entities)
    missed = {key: relation for key, relation in wanted.items() if key not in located.keyed}
    extra = {key: relation for key, relation in located.keyed.items() if key not in wanted}
    known = {concept_of(mention, document.entities) for mention in prediction.entities}
    for cause, alike in _CONFUSIONS.items():
        for key, other in _pair_up(missed, extra, alike):
            yield _relation_mistake(article, cause, missed.pop(key), extra.pop(other), key, other)
    for key, gold in missed.items():
        lost = [side for side in (gold.head, gold.tail) if side not in known]
        yield _relation_mistake(
            article, Cause.MISSED, gold, None, key, note=f"not found: {', '.join(lost)}" if lost else "both sides found"
        )
    for other, found in extra.items():
        yield _relation_mistake(article, Cause.SPURIOUS, None, found, other=other)
    yield from _strays(article, located)


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


def _strays(article: GoldArticle, located: Located) -> Iterator[Mistake]:
    """False alarms with a side that is no gold mention."""
    for relation in located.keyless:
        sides = (relation.head, relation.tail)
        lost = [repr(side.text) for side in sides if concept_of(side, article.document.entities) is None]
        found = f"{relation.head.text} {relation.type} {relation.tail.text} ({relation.polarity})"
        note = f"{relation.rule}; no gold mention: {', '.join(lost)}"
        yield Mistake(article.name, "relation", Cause.SPURIOUS, "", found, one_line(relation.context), note)


def _relation_mistake(
    article: GoldArticle,
    cause: Cause,
    gold: GoldRelation | None,
    found: PredictedRelation | None,
    key: RelationKey | None = None,
    other: RelationKey | None = None,
    note: str = "",
) -> Mistake:
    lines = [article.text[start:end] for start, end in gold.evidence] if gold else [found.context if found else ""]
    context = " / ".join(one_line(line) for line in lines)
    return Mistake(article.name, "relation", cause, _said(key), _said(other), context, note or (found.rule if found else ""))


def _said(key: RelationKey | None) -> str:
    return f"{key[0]} {key[1]} {key[2]} ({Polarity(key[3])})" if key else ""
