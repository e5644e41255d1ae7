"""From candidates to links: what the model adds to the rules, what it says of them, with polarity, certainty and the rule that is named.

What a rule states stands, unless the model holds it for next to impossible: rules are precise where they speak, and some articles that
the model was trained on are those that they were written with. What no rule states of a pair, the model may, if it is sure enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from pipeline.article import Link, Mention
from pipeline.lexicon import concept_id
from pipeline.relations.assertion import certainty_of
from pipeline.relations.candidates import Candidate, Candidates
from pipeline.relations.model import Model
from pipeline.relations.readings import ALLOWED, DENIAL, READINGS
from pipeline.relations.skeleton import Skeleton
from pipeline.resources import load_toml
from pipeline.schema import Certainty, Polarity, RelationType

_ALLOWED = np.asarray([[column in readings for column in range(DENIAL)] for readings in ALLOWED])
_ROUNDED = 0.005  # probabilities are compared as they are published


@dataclass(frozen=True, slots=True)
class Verdict:
    """A reading of a candidate: the link that it would be, with its probability as confidence, and whether it is published; if not, why."""

    link: Link
    candidate: int
    column: int
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is published."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class _Limits:
    model: dict[RelationType, float]
    rule: float
    denied: float
    told: float


@cache
def _limits() -> _Limits:
    table = load_toml("relations/judgement.toml")
    thresholds = {type_: float(table["model_from"][type_]) for type_ in RelationType}
    return _Limits(thresholds, float(table["rule_from"]), float(table["denied_from"]), float(table["told_from"]))


def judge(
    model: Model,
    candidates: Candidates,
    stated: Sequence[Link],
    mentions: Sequence[Mention],
    skeletons: Sequence[Skeleton],
    *,
    telling: bool,
) -> list[Verdict]:
    """The readings that rules state or that the model does, each with what becomes of it; with ``telling`` also those that it came near
    to state.

    ``stated``: what rules state, after their own competition.
    """
    limits = _limits()
    least = limits.told if telling else min(limits.model.values())
    probabilities = model.probabilities(candidates)
    ids = [concept_id(m.type, m.concept) for m in mentions]
    kept = {id(link) for link in stated}
    spoken_of = {frozenset((ids[link.head], ids[link.tail])) for link in stated}
    likely = ((probabilities[:, :DENIAL] >= least - _ROUNDED) & _ALLOWED[candidates.combo]).any(axis=1)
    likely[list(candidates.rules)] = True
    rows = np.flatnonzero(likely)
    in_order = rows[np.argsort(candidates.sentence[rows], kind="stable")]
    return [
        verdict
        for row in in_order.tolist()
        for verdict in _of_candidate(candidates, row, probabilities[row].tolist(), least, ids, kept, spoken_of, skeletons)
    ]


def _of_candidate(
    candidates: Candidates,
    number: int,
    row: Sequence[float],
    least: float,
    ids: Sequence[str],
    kept: set[int],
    spoken_of: set[frozenset[str]],
    skeletons: Sequence[Skeleton],
) -> Iterator[Verdict]:
    limits = _limits()
    candidate = candidates[number]
    rules = [rule for rule in candidate.rules if id(rule) in kept]
    for column in candidate.readings:
        probability = round(row[column], 2)
        reading = READINGS[column]
        own = [r for r in rules if r.type is reading.type and (ids[r.head] == ids[candidate.first]) is reading.first_is_head]
        for rule in own:
            reason = f"a rule states it, but its probability is {probability:.2f}" if probability < limits.rule else ""
            yield Verdict(replace(rule, confidence=probability), number, column, reason)
        if own or probability < least:
            continue
        threshold = limits.model[reading.type]
        pair = frozenset((ids[candidate.first], ids[candidate.second]))
        reason = f"its probability is {probability:.2f}, below {threshold:.2f}" if probability < threshold else ""
        if not reason and pair in spoken_of:
            reason = "a rule states another relation of the two"
        yield Verdict(_link(candidate, column, probability, row[DENIAL] >= limits.denied, skeletons), number, column, reason)


def _link(candidate: Candidate, column: int, probability: float, denied: bool, skeletons: Sequence[Skeleton]) -> Link:
    head, tail = candidate.ends(column)
    unit, skeleton = candidate.unit, skeletons[candidate.sentence]
    return Link(
        READINGS[column].type,
        head,
        tail,
        Polarity.NEGATED if denied else Polarity.AFFIRMED,
        Certainty.STATED if unit is None else certainty_of(skeleton, (unit, unit)),
        probability,
        candidate.evidence,
        f"model:{candidate.how}",
    )
