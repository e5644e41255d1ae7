"""The manifest: what a dataset was made with and what is in it, so that it can be checked and made again."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.dataset.summary import RunSummary
from pipeline.schema import SCHEMA_VERSION, EntityType, RelationType
from pipeline.settings import Settings


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Counts(_Part):
    """How much of everything the dataset holds."""

    articles: int = Field(ge=0)
    words: int = Field(ge=0, description="runs of characters between white space in the reading texts")
    sentences: int = Field(ge=0)
    entities: dict[EntityType, int] = Field(description="every type, also those that were not found")
    relations: dict[RelationType, int] = Field(description="every type, also those that were not found")
    rejected: dict[str, int] = Field(description="inputs without a record, by reason")
    stale: int = Field(
        default=0, ge=0, description="articles of an earlier run with other versions or settings than these, kept as they were"
    )


class Manifest(_Part):
    """``manifest.json``. Holds no clock, no host and no path, so that equal inputs and versions give an equal manifest."""

    schema_version: Literal["1.2"] = SCHEMA_VERSION
    versions: dict[str, str] = Field(description="versions of the programs, and digests of the lexicon, the rules and the model")
    settings: Settings
    counts: Counts
    files: dict[str, str] = Field(description="the files that belong to this manifest, each with the SHA-256 of its bytes")


def manifest_of(summary: RunSummary, versions: dict[str, str], settings: Settings, files: dict[str, str]) -> Manifest:
    """The manifest of a finished run."""
    return Manifest(
        versions=dict(sorted(versions.items())),
        settings=settings,
        counts=Counts(
            articles=summary.articles,
            words=summary.words,
            sentences=summary.sentences,
            entities={kind: summary.entities[kind] for kind in EntityType},
            relations={kind: summary.relations[kind] for kind in RelationType},
            rejected=dict(sorted(summary.rejected.items())),
            stale=summary.stale,
        ),
        files=files,
    )
