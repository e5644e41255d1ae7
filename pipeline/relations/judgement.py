"""From candidates to links: what the model adds to the rules, what it says of them, with polarity, certainty and the rule that is named.

What a rule states stands, unless the model holds it for improbable. What no rule states of a pair, the model may, if it is sure enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from pipeline.article import Link
from pipeline.matrices import Floats
from pipeline.relations.assertion import certainty_of
from pipeline.relations.candidates import Candidate, Candidates
from pipeline.relations.readings import DENIAL, DENIAL_OF, IS_ALLOWED, READINGS
from pipeline.relations.skeleton import Skeleton
from pipeline.resources import load_toml
from pipeline.schema import Certainty, Polarity, RelationType

_ROUNDED = 0.005  # probabilities are compared as they are published


class Verdict(NamedTuple):
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
    model: Mapping[RelationType, float]
    rule: Mapping[RelationType, float]
    denied: float
    told: float


@cache
def _limits() -> _Limits:
    table = load_toml("relations/judgement.toml")
    thresholds, rules = ({type_: float(table[name][type_]) for type_ in RelationType} for name in ("model_from", "rule_from"))
    return _Limits(thresholds, rules, float(table["denied_from"]), float(table["told_from"]))


def judge(
    probabilities: Floats, candidates: Candidates, stated: Sequence[Link], skeletons: Sequence[Skeleton], *, telling: bool
) -> list[Verdict]:
    """The readings that rules state or that the model does, each with what becomes of it; with ``telling`` also those that it came near
    to state.

    ``probabilities``: what the model says of the candidates; ``stated``: what rules state, after their own competition.
    """
    limits = _limits()
    least = [limits.told if telling else limits.model[reading.type] for reading in READINGS]
    likely = (probabilities[:, :DENIAL] >= np.asarray(least) - _ROUNDED) & IS_ALLOWED[candidates.combo]
    likely[list(candidates.rules)] = IS_ALLOWED[candidates.combo[list(candidates.rules)]]
    columns: dict[int, list[int]] = {}
    for row, column in np.argwhere(likely).tolist():
        columns.setdefault(row, []).append(column)
    kept = {id(link) for link in stated}
    bench = _Bench(candidates, kept, candidates.mentions.concept.tolist(), skeletons, least)
    in_order = sorted(columns, key=candidates.sentence.tolist().__getitem__)
    return [verdict for row in in_order for verdict in bench.verdicts(row, columns[row], probabilities[row].tolist())]


@dataclass(frozen=True, slots=True)
class _Bench:
    """What the readings of an article are judged with. ``kept``: identities of what rules state; ``concepts``: those of the mentions, as
    numbers; ``least``: by reading, the probability from which it is spoken of.
    """

    candidates: Candidates
    kept: set[int]
    concepts: Sequence[int]
    skeletons: Sequence[Skeleton]
    least: Sequence[float]

    def verdicts(self, number: int, columns: Sequence[int], probabilities: Sequence[float]) -> Iterator[Verdict]:
        """What becomes of some readings of a candidate."""
        limits, candidate = _limits(), self.candidates[number]
        first = self.concepts[candidate.first]
        rules = [rule for rule in candidate.rules if id(rule) in self.kept]
        for column in columns:
            reading, probability = READINGS[column], round(probabilities[column], 2)
            own = [r for r in rules if r.type is reading.type and (self.concepts[r.head] == first) is reading.first_is_head]
            for rule in own:
                reason = f"a rule states it, but its probability is {probability:.2f}" if probability < limits.rule[rule.type] else ""
                yield Verdict(rule._replace(confidence=probability), number, column, reason)
            if own or probability < self.least[column]:
                continue
            threshold = limits.model[reading.type]
            reason = f"its probability is {probability:.2f}, below {threshold:.2f}" if probability < threshold else ""
            denied = probabilities[DENIAL_OF[column]] >= limits.denied
            yield Verdict(_link(candidate, column, probability, denied, self.skeletons), number, column, reason)


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
