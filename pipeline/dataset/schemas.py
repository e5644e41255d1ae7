"""JSON Schema (draft 2020-12) of everything that a run writes."""

from __future__ import annotations

import json

from pydantic import BaseModel

from pipeline.dataset.manifest import Manifest
from pipeline.schema import ArticleRecord, ConceptRecord, RejectedRecord, TripleRecord

SCHEMAS: dict[str, type[BaseModel]] = {
    "article": ArticleRecord,
    "triple": TripleRecord,
    "concept": ConceptRecord,
    "rejected": RejectedRecord,
    "manifest": Manifest,
}
"""Name of the schema -> the model of what it describes."""


def json_schema(name: str) -> str:
    """The schema called ``name`` as indented JSON, ending in a line break."""
    schema = SCHEMAS[name].model_json_schema(mode="serialization")
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(dialect | schema, ensure_ascii=False, indent=2) + "\n"
