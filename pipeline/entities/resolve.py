"""Which of overlapping candidates is published: the longest; on equal length by the order of finders below; then the surer one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

from pipeline.article import Mention
from pipeline.values import value

_ORDER = {"patterns": 0, "lexicon": 1, "series": 2, "compounds": 3, "ellipsis": 4, "spelling": 5, "brands": 6, "abbreviations": 7}


@value
class Dropped:
    """A candidate that is not published, and why."""

    mention: Mention
    reason: str


def _rank(mention: Mention) -> tuple[int, int, float, int]:
    finder = mention.found_by.partition(":")[0]
    return (mention.start - mention.end, _ORDER.get(finder, len(_ORDER)), -mention.confidence, mention.start)


def resolve(candidates: Sequence[Mention]) -> tuple[list[Mention], list[Dropped]]:
    """Choose a set of mentions without overlaps. Returns it in text order, and what was dropped with its reason."""
    kept: list[Mention] = []
    dropped: list[Dropped] = []
    for together in _overlapping(candidates):
        best, others = _chosen(together) if len(together) > 1 else (together, [])
        kept.extend(best)
        dropped.extend(others)
    return sorted(kept, key=attrgetter("start")), sorted(dropped, key=lambda lost: _rank(lost.mention))


def _overlapping(candidates: Sequence[Mention]) -> Iterator[list[Mention]]:
    """The candidates in groups that share no words. Most are alone in theirs, and need no choice."""
    together: list[Mention] = []
    last = -1
    for mention in sorted(candidates, key=attrgetter("first_token")):
        if mention.first_token > last and together:
            yield together
            together = []
        together.append(mention)
        last = max(last, mention.last_token)
    if together:
        yield together


def _chosen(together: Sequence[Mention]) -> tuple[list[Mention], list[Dropped]]:
    """What is kept of candidates that overlap, and what not; the best come first."""
    kept: list[Mention] = []
    dropped: list[Dropped] = []
    taken: dict[int, Mention] = {}
    for mention in sorted(together, key=_rank):
        words = range(mention.first_token, mention.last_token + 1)
        rival = next((taken[word] for word in words if word in taken), None)
        if rival is None:
            kept.append(mention)
            taken.update(dict.fromkeys(words, mention))
        else:
            dropped.append(Dropped(mention, f"overlaps {rival.found_by} {rival.concept!r}"))
    return kept, dropped
