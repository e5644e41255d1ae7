"""An evaluation for reading: the table, the file of mistakes, and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from pipeline.evaluation.evaluate import Evaluation
from pipeline.evaluation.mistakes import Cause, Mistake
from pipeline.evaluation.scores import LINKING_TYPES, METRICS, POLARITY, Counts
from pipeline.schema import EntityType, RelationType

_TITLES = {
    **{kind: f"  {kind}" for kind in (*EntityType, *RelationType)},
    **{name: f"  {kind}" for kind, name in LINKING_TYPES.items()},
    POLARITY: f"{POLARITY} (accuracy)",
}
"""How metrics are called in the table, where that is not their name."""


def table(evaluation: Evaluation) -> str:
    """Precision, recall and F1 of every metric that has anything to count, with the interval of F1."""
    articles = len(evaluation.articles)
    lines = [
        f"split {evaluation.gold.split}: {articles} article{'' if articles == 1 else 's'}",
        "",
        f"{'':24}{'P':>7}{'R':>7}{'F1':>7}   {'95 % of F1':13}{'hits':>7}{'false':>7}{'missed':>8}",
    ]
    lines += [_row(name, counts, evaluation) for name, counts in evaluation.totals.items() if counts != Counts()]
    return "\n".join(lines)


def _row(name: str, counts: Counts, evaluation: Evaluation) -> str:
    interval = evaluation.intervals[name].f1
    numbers = "".join(f"{number:7.3f}" for number in (counts.precision, counts.recall, counts.f1))
    return f"{title_of(name):24}{numbers}   {interval.low:.3f}-{interval.high:.3f}  {counts.tp:7,}{counts.fp:7,}{counts.fn:8,}"


def title_of(metric: str) -> str:
    """How a metric is called in a table; parts of the one above are indented."""
    return _TITLES.get(metric, metric)


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Everything that the table says and more, as plain values."""
    return {
        "split": evaluation.gold.split,
        "digest": evaluation.gold.digest,
        "metrics": {name: _values(evaluation.totals[name]) | {"interval": asdict(evaluation.intervals[name])} for name in METRICS},
        "causes": {kind: dict(causes) for kind, causes in _causes(evaluation).items()},
        "articles": [
            {
                "name": article.name,
                "rejected": article.rejected or None,
                "metrics": {name: _values(article.counts[name]) for name in METRICS},
            }
            for article in evaluation.articles
        ],
    }


def _values(counts: Counts) -> dict[str, Any]:
    return {**asdict(counts), "precision": counts.precision, "recall": counts.recall, "f1": counts.f1}


def _causes(evaluation: Evaluation) -> Mapping[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {"entity": Counter(), "relation": Counter()}
    for mistake in evaluation.mistakes:
        counts[mistake.kind][mistake.cause] += 1
    return counts


def mistakes_text(evaluation: Evaluation) -> str:
    """All mistakes by cause, each with its context; at the top how many there are of each."""
    return "\n".join(_mistake_lines(evaluation)) + "\n"


def _mistake_lines(evaluation: Evaluation) -> Iterator[str]:
    yield f"split {evaluation.gold.split}: {len(evaluation.mistakes):,} mistakes in {len(evaluation.articles)} articles"
    for kind, causes in _causes(evaluation).items():
        yield from (f"  {kind} {cause}: {causes[cause]:,}" for cause in Cause if causes[cause])
    for kind, causes in _causes(evaluation).items():
        for cause in Cause:
            if causes[cause]:
                yield f"\n== {kind} {cause} ({causes[cause]:,})"
                for mistake in evaluation.mistakes:
                    if (mistake.kind, mistake.cause) == (kind, cause):
                        yield from _mistake_block(mistake)


def _mistake_block(mistake: Mistake) -> Iterator[str]:
    yield f"\n{mistake.article}" + (f"  [{mistake.note}]" if mistake.note else "")
    if mistake.gold:
        yield f"  gold   {mistake.gold}"
    if mistake.found:
        yield f"  found  {mistake.found}"
    yield f"  in     {mistake.context}"
