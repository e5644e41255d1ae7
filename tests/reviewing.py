"""What the tests of reviews share: a small dataset, and events to be put into a store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pipeline.review.events import AddedTriple, Answer, Decision, Edit, End, Reason, Sampling, Seen, Statement, Undo
from pipeline.schema import EntityType, Polarity, RelationType

ROOT: Final = Path(__file__).parents[1]
START: Final = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def make_dataset(folder: Path, *articles: str) -> Path:
    """A dataset of some articles of ``outputs/``, named by how their sources begin."""
    folder.mkdir(exist_ok=True)
    for name in ("articles", "triples"):
        lines = (ROOT / "outputs" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        chosen = [line for line in lines if any(f'"source":"corpus/{article}' in line for article in articles)]
        (folder / f"{name}.jsonl").write_text("".join(chosen), encoding="utf-8", newline="\n")
    return folder


HEAD: Final = End(type=EntityType.NUTRIENT, start=0, end=9, text="Magnesium", concept="magnesium", concept_id="nutrient:magnesium")
TAIL: Final = End(type=EntityType.CONDITION, start=22, end=29, text="krampen", concept="kramp", concept_id="condition:kramp")
STATEMENT: Final = Statement(
    head=HEAD, relation=RelationType.TREATS, tail=TAIL, polarity=Polarity.AFFIRMED, evidence=((0, 30),)
)  # fmt: skip
SEEN: Final = Seen(statement=STATEMENT, rule="test:helps", confidence=0.9, fingerprint="0123456789abcdef")
SAMPLING: Final = Sampling(design="risk:0", stratum="random", probability=0.5)


def about(number: int, reviewer: str = "anna", article: str = "a1") -> dict[str, Any]:
    """What every event says; the number makes key and time."""
    return {"key": f"key-{number:08}", "reviewer": reviewer, "time": START + timedelta(seconds=10 * number), "article": article}


def decision(
    number: int,
    answer: Answer = Answer.CORRECT,
    triple: str = "a1:r1",
    reviewer: str = "anna",
    seen: Seen = SEEN,
) -> Decision:
    """A decision; the reason of a wrong one is that it is not stated."""
    reason = Reason.NOT_STATED if answer is Answer.WRONG else None
    article = triple.partition(":")[0]
    return Decision(**about(number, reviewer, article), triple=triple, seen=seen, answer=answer, reason=reason, sampling=SAMPLING)


def edit(number: int, corrected: Statement, triple: str = "a1:r1", reviewer: str = "anna", seen: Seen = SEEN) -> Edit:
    """A correction."""
    article = triple.partition(":")[0]
    return Edit(**about(number, reviewer, article), triple=triple, seen=seen, corrected=corrected, sampling=SAMPLING)


def added(number: int, statement: Statement = STATEMENT, reviewer: str = "anna", article: str = "a1") -> AddedTriple:
    """A missed triple."""
    return AddedTriple(**about(number, reviewer, article), statement=statement)


def undo(number: int, target: str, reviewer: str = "anna", article: str = "a1") -> Undo:
    """What takes back another."""
    return Undo(**about(number, reviewer, article), target=target)
