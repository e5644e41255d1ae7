"""What a run did, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pipeline.schema import ArticleRecord, EntityType, RejectedRecord, RelationType


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

    def add(self, record: ArticleRecord) -> None:
        """Count a published article."""
        self.articles += 1
        self.words += len(record.text.split())
        self.sentences += len(record.sentences)
        self.entities.update(entity.type for entity in record.entities)
        self.relations.update(relation.type for relation in record.relations)

    def reject(self, record: RejectedRecord) -> None:
        """Count a rejected input."""
        self.rejected[record.reason] += 1
