"""All settings of a run, each with its default, in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_serializer


class Settings(BaseModel):
    """What a user can set. Frozen; its values go into the manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_megabytes: float = Field(default=10.0, gt=0, description="larger inputs are rejected; a health article is a thousand times smaller")
    min_words: int = Field(default=5, ge=1, description="fewer words of reading text are no article")
    prefer_lexicons: bool = Field(default=False, description="names of the user's own lexicons win over equally long ones of the package")
    model: str = Field(
        default="auto",
        min_length=1,
        description="another Dutch spaCy pipeline as a second source of evidence: a name or folder, auto or none",
    )
    check_language: bool = Field(default=True, description="reject inputs that are not Dutch")
    text_field: str | None = Field(
        default=None, min_length=1, description="field of JSON lines, CSV and Parquet that holds the article; none: the usual names"
    )
    id_field: str | None = Field(default=None, min_length=1, description="field of their ids, which name the articles")
    url_field: str | None = Field(default=None, min_length=1, description="field of their web addresses")
    duplicates: Literal["mark", "skip", "keep"] = Field(
        default="mark", description="articles with the text of an earlier one, or nearly: mark says so in the record, skip rejects them"
    )
    rules_only: bool = Field(default=False, description="rules alone, without the bundled models: faster, and finds less")

    @field_serializer("model")
    def _without_folders(self, model: str) -> str:
        """The manifest holds no path of this machine."""
        return Path(model).name or model
