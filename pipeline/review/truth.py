"""What reviewers say that an article states, whatever a dataset has of it.

Decisions on triples that the dataset has no longer, or has with other sentences, count as well: what an article states does not depend on
who extracts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.review.board import outcome_of
from pipeline.review.events import Answer, End, Statement
from pipeline.review.state import State, answer_of
from pipeline.review.statements import id_of


@dataclass(frozen=True, slots=True)
class Truth:
    """An article as its reviewers see it."""

    statements: Mapping[str, Statement]
    """Id of the relation -> what is stated: judged correct, corrected, or added."""
    doubtful: int
    """Triples about which reviewers are unsure or differ."""
    added_entities: tuple[End, ...]
    wrong_entities: tuple[End, ...]


def truth_of(state: State, article: str) -> Truth:
    """What the reviewers of an article came to. Of several who reviewed it, what any of them added is taken."""
    statements: dict[str, Statement] = {}
    doubtful = 0
    for triple in state.judged_in(article):
        judgements = state.judgements(triple).values()
        saying = tuple(judgement for judgement in judgements if answer_of(judgement) is not Answer.SKIP)
        outcome = outcome_of(saying, state.adjudication(triple))
        if outcome is None or outcome.answer is Answer.UNSURE:
            doubtful += outcome is not None
        elif outcome.answer is Answer.CORRECT:
            seen = outcome.judgements[-1].seen.statement
            statements[id_of(seen)] = seen
        elif outcome.corrected is not None:
            statements[id_of(outcome.corrected)] = outcome.corrected
    for added in state.added_triples(article):
        statements.setdefault(id_of(added.statement), added.statement)
    return Truth(
        statements,
        doubtful,
        tuple(event.entity for event in state.added_entities(article)),
        tuple(event.entity for event in state.wrong_entities(article)),
    )
