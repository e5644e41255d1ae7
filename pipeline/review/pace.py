"""How quickly people decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from statistics import median
from typing import Final

PAUSE_SECONDS: Final = 120.0
"""Who takes longer did something else."""
_LATELY: Final = 200
"""Decisions that the pace is taken from."""


def lately(newest_first: Iterable[datetime], day: date) -> list[datetime]:
    """The times of a day, and at least as many as the pace is taken from, in order."""
    found: list[datetime] = []
    for time in newest_first:
        if len(found) >= _LATELY and time.astimezone(UTC).date() < day:
            break
        found.append(time)
    return found[::-1]


def typical_seconds(times: Sequence[datetime]) -> float | None:
    """The median time between two decisions of a reviewer, without pauses; ``times`` are in order. None where there are too few."""
    gaps = [gap for gap in _gaps(times[-_LATELY:]) if 0 <= gap <= PAUSE_SECONDS]
    return round(median(gaps), 1) if gaps else None


def active_hours(times: Sequence[datetime]) -> float:
    """The time that a reviewer worked: all between his decisions without pauses."""
    return sum(gap for gap in _gaps(times) if 0 <= gap <= PAUSE_SECONDS) / 3600


def on_day(times: Iterable[datetime], day: date) -> int:
    """How many of the times are on a day in UTC."""
    return sum(time.astimezone(UTC).date() == day for time in times)


def _gaps(times: Sequence[datetime]) -> list[float]:
    seconds = [time.timestamp() for time in times]
    return [later - earlier for earlier, later in pairwise(seconds)]
