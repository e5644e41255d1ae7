"""Which of overlapping candidates is published: the longest; on equal length by the order of finders below; then the surer one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.article import Mention

_ORDER = {"patterns": 0, "lexicon": 1, "series": 2, "compounds": 3, "ellipsis": 4, "spelling": 5, "brands": 6, "abbreviations": 7}


@dataclass(frozen=True, slots=True)
class Dropped:
    """A candidate that is not published, and why."""

    mention: Mention
    reason: str


def _rank(mention: Mention) -> tuple[int, int, float, int]:
    finder = mention.found_by.split(":", 1)[0]
    return (mention.start - mention.end, _ORDER.get(finder, len(_ORDER)), -mention.confidence, mention.start)


def resolve(candidates: Sequence[Mention]) -> tuple[list[Mention], list[Dropped]]:
    """Choose a set of mentions without overlaps. Returns it in text order, and what was dropped with its reason."""
    taken: dict[int, Mention] = {}
    kept: list[Mention] = []
    dropped: list[Dropped] = []
    for mention in sorted(candidates, key=_rank):
        words = range(mention.first_token, mention.last_token + 1)
        rival = next((taken[word] for word in words if word in taken), None)
        if rival is None:
            kept.append(mention)
            taken.update(dict.fromkeys(words, mention))
        else:
            dropped.append(Dropped(mention, f"overlaps {rival.found_by} {rival.concept!r}"))
    return sorted(kept, key=lambda m: m.start), dropped
