"""What a run did, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pipeline.dataset.outcome import Counted
from pipeline.schema import EntityType, RejectedRecord, RelationType


@dataclass(slots=True)
class RunSummary:
    """Counters of a run: all that it keeps of the articles that it has written."""

    articles: int = 0
    words: int = 0
    sentences: int = 0
    entities: Counter[EntityType] = field(default_factory=Counter)
    relations: Counter[RelationType] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    """By reason."""
    companion: str = "none"
    """The other spaCy pipeline that was used as a second source of evidence."""
    skipped: Counter[str] = field(default_factory=Counter)
    """Files in the given folders that are of a kind that is not read, by suffix."""
    resumed: int = 0
    """Inputs that an interrupted run had finished."""
    kept: int = 0
    """Articles that an earlier run had made of the same inputs."""
    new: int = 0
    """Inputs that the dataset did not have."""
    changed: int = 0
    """Inputs whose article was replaced."""
    left: int = 0
    """Articles of the dataset that are no input of this run, and stay."""
    pruned: int = 0
    """Articles that were taken out because they are no input of this run."""
    damaged: int = 0
    """Articles of the dataset that were made again because their lines were not as they were written."""
    stale: int = 0
    """Articles that were made with other versions, rules or settings, and stay."""
    stale_by: tuple[str, ...] = ()
    """What was another when they were made."""

    def add(self, counted: Counted) -> None:
        """Count a published article."""
        self.articles += 1
        self.words += counted.words
        self.sentences += counted.sentences
        self.entities.update(counted.entities)
        self.relations.update(counted.relations)

    def reject(self, record: RejectedRecord) -> None:
        """Count a rejected input."""
        self.rejected[record.reason] += 1

    def merge(self, other: RunSummary) -> None:
        """Add what another part of the same run counted."""
        self.articles += other.articles
        self.words += other.words
        self.sentences += other.sentences
        self.entities.update(other.entities)
        self.relations.update(other.relations)
        self.rejected.update(other.rejected)
        self.skipped.update(other.skipped)
