"""Floors under the scores: a change that makes the pipeline worse is noticed before it is committed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pipeline.dataset.staging import write_file
from pipeline.errors import ResourceError, UsageError
from pipeline.evaluation.evaluate import Evaluation
from pipeline.evaluation.scores import EXACT, LINKING, PAIRS, RELATIONS, RELAXED

GATED: Final = (RELAXED, EXACT, RELATIONS, PAIRS, LINKING)
_DIGITS = 10_000


class Floors(BaseModel):
    """The F1 below which no metric of a split may fall, and the gold that it was measured on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str
    f1: dict[str, Annotated[float, Field(ge=0, le=1)]]


_FILE = TypeAdapter(dict[str, Floors])


def floors_of(evaluation: Evaluation) -> Floors:
    """The present scores as floors, rounded down so that the same run stays above them."""
    f1 = {name: math.floor(evaluation.totals[name].f1 * _DIGITS) / _DIGITS for name in GATED}
    return Floors(digest=evaluation.gold.digest, f1=f1)


def failures(evaluation: Evaluation, path: Path) -> list[str]:
    """One line a metric that fell below its floor. Where gold or inputs changed, scores cannot be compared, and that is the failure."""
    split = evaluation.gold.split
    floors = _load(path).get(split)
    if floors is None:
        return [f"no floors are pinned for split {split}: pin them with --split {split} --pin"]
    if floors.digest != evaluation.gold.digest:
        return [f"gold or inputs of split {split} are not those of the floors in {path.name}: pin anew with --split {split} --pin"]
    return [
        f"{name} fell: F1 {evaluation.totals[name].f1:.4f} is below the floor of {floor:.4f} for split {split}"
        for name, floor in _gated(floors.f1, path).items()
        if evaluation.totals[name].f1 < floor
    ]


def pin(evaluation: Evaluation, path: Path, *, lower: bool = False) -> Floors:
    """Write the present scores as the floors of their split. Raises UsageError if one would be lower and ``lower`` is not said."""
    pinned = _load(path)
    split, new = evaluation.gold.split, floors_of(evaluation)
    old = pinned[split].f1 if split in pinned else {}
    fallen = [f"{name} {old[name]:.4f} to {value:.4f}" for name, value in new.f1.items() if value < old.get(name, 0.0)]
    if fallen and not lower:
        raise UsageError(f"this would lower floors of split {split} ({'; '.join(fallen)}): say --lower, and why in CHANGELOG.md")
    write_file(path, _FILE.dump_json(dict(sorted({**pinned, split: new}.items())), indent=1) + b"\n")
    return new


def _load(path: Path) -> Mapping[str, Floors]:
    """Floors by split; none if there is no file yet."""
    if not path.exists():
        return {}
    try:
        return _FILE.validate_json(path.read_bytes())
    except ValidationError as error:
        raise ResourceError(f"{path}: {error.errors()[0]['msg']}: pin it anew with --pin") from error


def _gated(floors: Mapping[str, float], path: Path) -> Mapping[str, float]:
    """The floors, if they are those of the metrics that are gated."""
    if set(floors) != set(GATED):
        raise ResourceError(f"{path}: the floors should be those of {', '.join(GATED)}")
    return floors
