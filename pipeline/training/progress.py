"""How far a training run is, for whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """A step; where it is counted, how much of it is done and how much there is; and the loss, if it has one."""

    step: str
    done: int = 0
    total: int = 0
    loss: float | None = None


Reporter = Callable[[Report], None]


def unwatched(report: Report) -> None:
    """Tell nobody."""
