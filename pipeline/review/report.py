"""The figures of a review for the terminal, and as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from pipeline.review.estimates import Share
from pipeline.review.statistics import GROUPINGS, Precision, Statistics

_TITLES: Final = {"kind": "kind of rule", "types": "types of the ends"}
_SHOWN: Final = 20
"""Groups of a grouping that the table shows; --json has all."""
_TRIPLES_SHOWN: Final = 3


def as_json(statistics: Statistics) -> dict[str, Any]:
    """All figures as plain values."""
    return asdict(statistics)


def table(statistics: Statistics) -> str:
    """The figures as text."""
    return "\n".join(_lines(statistics))


def _lines(statistics: Statistics) -> Iterator[str]:
    answers = ", ".join(f"{count:,} {answer}" for answer, count in statistics.answers.items())
    yield f"{statistics.triples:,} triples: {answers}"
    if statistics.to_adjudicate:
        yield f"{statistics.to_adjudicate:,} to adjudicate"
    yield ""
    yield f"{'precision (95 % interval)':44}{'sample':>8}{'judged':>8}{'triples':>10}   queue {statistics.design}"
    yield _row(statistics.overall, "all")
    for grouping in GROUPINGS:
        groups = statistics.groups[grouping]
        if groups:
            yield ""
            yield f"by {_TITLES.get(grouping, grouping)}"
            yield from map(_row, _largest(groups))
            if len(groups) > _SHOWN:
                yield f"  and {len(groups) - _SHOWN:,} more"
    yield ""
    yield from _recall(statistics)
    yield from _agreement(statistics)
    yield from _pace(statistics)
    yield from _suggestions(statistics)


def _largest(groups: Sequence[Precision]) -> list[Precision]:
    """The groups of which most was judged, in their own order."""
    most = sorted(groups, key=lambda group: -group.judged)[:_SHOWN]
    return [group for group in groups if group in most]


def _row(group: Precision, name: str = "") -> str:
    return f"  {name or group.name:26}{_share(group.precision):16}{group.sample:>8,}{group.judged:>8,}{group.triples:>10,}"


def _share(share: Share | None) -> str:
    return "-" if share is None else f"{share.value:.2f} ({share.low:.2f}-{share.high:.2f})"


def _recall(statistics: Statistics) -> Iterator[str]:
    recall = statistics.recall
    yield f"completed articles: {recall.articles:,}, of these {recall.empty:,} that state nothing"
    if recall.recall:
        yield f"  recall of triples   {_share(recall.recall)}: {recall.found:,} found, {recall.missed:,} missed"
    if recall.entities_recall:
        found, missed = recall.entities_found, recall.entities_missed
        yield f"  recall of entities  {_share(recall.entities_recall)}: {found:,} found, {missed:,} missed"


def _agreement(statistics: Statistics) -> Iterator[str]:
    if not statistics.doubled:
        return
    yield ""
    yield f"agreement on {statistics.doubled:,} triples that several judged: Krippendorff's alpha {_number(statistics.alpha)}"
    for pair in statistics.kappas:
        yield f"  {pair.one} and {pair.other}: {pair.agreed:,} of {pair.triples:,} alike, Cohen's kappa {_number(pair.kappa)}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _pace(statistics: Statistics) -> Iterator[str]:
    if statistics.pace:
        yield ""
        yield f"{'reviewer':24}{'decisions':>10}{'articles':>10}{'hours':>8}{'seconds each':>14}"
    for one in statistics.pace:
        seconds = "-" if one.seconds is None else f"{one.seconds:.1f}"
        yield f"{one.reviewer:24}{one.decisions:>10,}{one.completed:>10,}{one.hours:>8.1f}{seconds:>14}"


def _suggestions(statistics: Statistics) -> Iterator[str]:
    if statistics.suggestions:
        yield ""
        yield "rules that were contradicted three times or more"
    for one in statistics.suggestions:
        reasons = ", ".join(f"{count} {reason}" for reason, count in one.reasons.items())
        yield f"  {one.rule}: {one.wrong:,} wrong of {one.judged:,} judged ({reasons})"
        yield from (f"    {triple}  {words}" for triple, words in one.triples[:_TRIPLES_SHOWN])
