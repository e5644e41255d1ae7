"""What a review found out so far: how often triples are right, what is missed, how far reviewers agree, and how quickly they go.

Precision is that of the whole dataset, not of what happened to be judged: the sample is what the queue's order makes of the judged triples
(:mod:`pipeline.review.sampling`), weighted for its probabilities; a triple that was judged out of turn counts once the queue has come to
it. Triples that were skipped, or about which reviewers are unsure or differ, are left out as if they answered like the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pipeline.review.board import NO_VERDICT, VERDICTS, Board, Outcome
from pipeline.review.dataset import Category, ReviewDataset
from pipeline.review.estimates import Share, cohen_kappa, krippendorff_alpha, pairwise_labels, simple_share, weighted_share
from pipeline.review.events import Answer, Decision, Edit
from pipeline.review.pace import active_hours, typical_seconds
from pipeline.review.sampling import Design, Order, groups_of
from pipeline.review.state import answer_of
from pipeline.review.statements import in_words
from pipeline.review.truth import truth_of

GROUPINGS: Final = ("relation", "rule", "kind", "types", "source", "confidence")
SUGGESTED_FROM: Final = 3
"""Contradictions that make a rule worth a look."""
_SHOWN: Final = 20
_CORRECT: Final = VERDICTS.index(Answer.CORRECT)
_WRONG: Final = VERDICTS.index(Answer.WRONG)


@dataclass(frozen=True, slots=True)
class Precision:
    """How often the triples of a group are right. ``judged`` and ``right`` count all; ``precision`` is estimated from a ``sample``."""

    name: str
    triples: int
    judged: int
    right: int
    sample: int
    precision: Share | None


@dataclass(frozen=True, slots=True)
class Recall:
    """How much of what completed articles state was found."""

    articles: int
    empty: int
    """Completed articles that state nothing."""
    found: int
    missed: int
    recall: Share | None
    entities_found: int
    entities_missed: int
    entities_recall: Share | None


@dataclass(frozen=True, slots=True)
class Kappa:
    """How far two reviewers agree."""

    one: str
    other: str
    triples: int
    agreed: int
    kappa: float | None


@dataclass(frozen=True, slots=True)
class ReviewerPace:
    """How much a reviewer did, and how quickly."""

    reviewer: str
    decisions: int
    completed: int
    hours: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule that reviewers contradict, with the triples and why these are wrong."""

    rule: str
    wrong: int
    judged: int
    reasons: Mapping[str, int]
    triples: tuple[tuple[str, str], ...]
    """Ids and words, in the order of the dataset."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """All figures of a review."""

    triples: int
    answers: Mapping[str, int]
    """correct, wrong, unsure (also where reviewers differ), disputed, again, open."""
    design: str
    overall: Precision
    groups: Mapping[str, tuple[Precision, ...]]
    recall: Recall
    alpha: float | None
    doubled: int
    """Triples that more than one reviewer answered."""
    kappas: tuple[Kappa, ...]
    pace: tuple[ReviewerPace, ...]
    reasons: Mapping[str, int]
    suggestions: tuple[Suggestion, ...]
    to_adjudicate: int


class Statistician:
    """Counts for one dataset and design; what does not depend on decisions is made once."""

    def __init__(self, dataset: ReviewDataset, design: Design) -> None:
        self._dataset = dataset
        self._design = design
        self._ranked: dict[str, tuple[Category, Order]] = {}
        self._last: tuple[int, Statistics] | None = None

    def statistics(self, board: Board) -> Statistics:
        """All figures; counted again only after another event."""
        if self._last is None or self._last[0] != board.state.number:
            self._last = board.state.number, self._count(board)
        return self._last[1]

    def _count(self, board: Board) -> Statistics:
        alpha, doubled, kappas = _agreement(board)
        wrong = [int(index) for index in np.flatnonzero(board.verdicts == _WRONG)]
        return Statistics(
            triples=len(self._dataset),
            answers=self._answers(board),
            design=self._design.name,
            overall=self._precisions("none", board)[0],
            groups={name: self._precisions(name, board) for name in GROUPINGS},
            recall=_recall(board),
            alpha=alpha,
            doubled=doubled,
            kappas=kappas,
            pace=_pace(board),
            reasons=_reasons(board.outcomes[index] for index in wrong),
            suggestions=self._suggestions(board, wrong),
            to_adjudicate=len(board.disputes),
        )

    def _answers(self, board: Board) -> dict[str, int]:
        counts = {str(answer): int(np.count_nonzero(board.verdicts == code)) for code, answer in enumerate(VERDICTS)}
        visited, again = (int(np.count_nonzero(mask)) for mask in (board.visited, board.again))
        return {
            **counts,
            "skipped": int(np.count_nonzero(board.visited & (board.verdicts == NO_VERDICT))),
            "again": again,
            "open": len(self._dataset) - visited - again,
        }

    def _precisions(self, grouping: str, board: Board) -> tuple[Precision, ...]:
        """Precision of the groups that have a judged triple, or of all together."""
        if grouping not in self._ranked:
            groups = groups_of(self._dataset, grouping)
            self._ranked[grouping] = groups, self._design.ranked(groups.codes)
        groups, ranked = self._ranked[grouping]
        size = len(groups.values)
        rights = np.bincount(groups.codes[board.verdicts == _CORRECT], minlength=size)
        wrongs = np.bincount(groups.codes[board.verdicts == _WRONG], minlength=size)
        edges = np.concatenate([[0], np.cumsum(np.bincount(groups.codes, minlength=size))])
        wanted = range(size) if grouping == "none" else np.flatnonzero(rights + wrongs).tolist()
        found = []
        for code in wanted:
            part = ranked[edges[code] : edges[code + 1]]
            sample, share = self._estimate(part, board)
            right = int(rights[code])
            found.append(Precision(groups.values[code], len(part), right + int(wrongs[code]), right, sample, share))
        return tuple(found)

    def _estimate(self, part: Order, board: Board) -> tuple[int, Share | None]:
        """The precision of a part of the triples, with the size of the sample that it is taken from."""
        drawn = self._design.weights(board.visited, part)
        verdicts = board.verdicts[drawn.sample]
        answered = (verdicts == _CORRECT) | (verdicts == _WRONG)
        hits = verdicts[answered] == _CORRECT
        return len(hits), weighted_share(hits, drawn.weights[answered])

    def _suggestions(self, board: Board, wrong: Sequence[int]) -> tuple[Suggestion, ...]:
        """Rules that were contradicted, those with the most wrong triples first."""
        by_rule: dict[str, list[int]] = {}
        for index in wrong:
            by_rule.setdefault(self._dataset.rule.of(index), []).append(index)
        found = []
        for rule, indices in by_rule.items():
            if len(indices) >= SUGGESTED_FROM:
                triples = tuple((self._dataset.ids[index], self._words(board.outcomes[index])) for index in indices[:_SHOWN])
                reasons = _reasons(board.outcomes[index] for index in indices)
                found.append(Suggestion(rule, len(indices), board.tally(rule)[0], reasons, triples))
        return tuple(sorted(found, key=lambda one: (-one.wrong, one.judged, one.rule)))

    @staticmethod
    def _words(outcome: Outcome) -> str:
        return in_words(outcome.judgements[0].seen.statement)


def _agreement(board: Board) -> tuple[float | None, int, tuple[Kappa, ...]]:
    """Krippendorff's alpha over all, how many triples have several answers, and Cohen's kappa of every two reviewers."""
    units: list[dict[str, str]] = []
    for index in np.flatnonzero(board.answered > 1).tolist():
        judgements = board.state.judgements(board.dataset.ids[index])
        fresh = {name: answer_of(one) for name, one in judgements.items() if board.fresh(index, one)}
        units.append({name: answer for name, answer in fresh.items() if answer is not Answer.SKIP})
    pairs = pairwise_labels(units)
    kappas = [Kappa(*names, len(labels), sum(a == b for a, b in labels), cohen_kappa(labels)) for names, labels in sorted(pairs.items())]
    return krippendorff_alpha(list(unit.values()) for unit in units), len(units), tuple(kappas)


def _recall(board: Board) -> Recall:
    """What completed articles state by what of it the dataset has, each triple once."""
    articles = empty = found = missed = entities_found = entities_missed = 0
    for article in board.state.completed_articles():
        if article not in board.dataset.places:
            continue
        truth = truth_of(board.state, article)
        known = {board.dataset.ids[index].rpartition(":")[2] for index in board.dataset.of_article(article)}
        hits = len(known & truth.statements.keys())
        articles += 1
        empty += not truth.statements
        found += hits
        missed += len(truth.statements) - hits
        record = board.dataset.record(article)
        denied = {(end.start, end.end) for end in truth.wrong_entities}
        added = sum(not any(one.start < end.end and end.start < one.end for one in record.entities) for end in truth.added_entities)
        entities_found += sum((one.start, one.end) not in denied for one in record.entities)
        entities_missed += added
    return Recall(
        articles=articles,
        empty=empty,
        found=found,
        missed=missed,
        recall=simple_share(found, found + missed),
        entities_found=entities_found,
        entities_missed=entities_missed,
        entities_recall=simple_share(entities_found, entities_found + entities_missed),
    )


def _pace(board: Board) -> tuple[ReviewerPace, ...]:
    state = board.state
    found = []
    for reviewer in state.reviewers():
        events = [recorded.event for recorded in state.events_of(reviewer)][::-1]
        times = [event.time for event in events if isinstance(event, Decision | Edit)]
        completed = sum(reviewer in state.completed(article) for article in state.completed_articles())
        found.append(ReviewerPace(reviewer, len(times), completed, round(active_hours(times), 2), typical_seconds(times)))
    return tuple(found)


def _reasons(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """Why triples are wrong, the most frequent first; each reviewer's reason counts."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        if outcome.answer is Answer.WRONG:
            for judgement in outcome.judgements:
                if isinstance(judgement, Edit):
                    counts["edited"] += 1
                elif judgement.reason is not None:
                    counts[judgement.reason] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
