"""The public schema is frozen: what others built on it changes only with a new line in ``tests/frozen`` and in the changelog.

``python -m tests.test_frozen`` writes what is frozen for the present version, and the data dictionary in ``docs``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.dataset import SCHEMAS, json_schema
from pipeline.publishing import dictionary
from pipeline.schema import SCHEMA_VERSION, ReviewedRecord
from pipeline.tables import layout
from pipeline.tables.reading import READABLE

ROOT = Path(__file__).parents[1]
FROZEN = Path(__file__).parent / "frozen"


def bare(schema: Any) -> Any:
    """A JSON Schema without what only explains."""
    if isinstance(schema, dict):
        return {
            name: bare(value) for name, value in sorted(schema.items()) if name not in ("description", "title") or isinstance(value, dict)
        }
    return [bare(one) for one in schema] if isinstance(schema, list) else schema


def public() -> dict[str, Any]:
    """All that users rely on: the JSON Schema of every file, and name, dtype and key of every column."""
    schemas = {name: bare(json.loads(json_schema(name))) for name in SCHEMAS if name != "manifest"}
    schemas["reviewed"] = bare(ReviewedRecord.model_json_schema(mode="serialization"))
    tables = {
        table.name: {
            "key": table.key,
            "columns": {
                column.name: [
                    column.dtype_name,
                    *(["missing"] if column.nullable else []),
                    *([f"-> {column.refers}"] if column.refers else []),
                ]
                for column in table.columns
            },
        }
        for table in layout().values()
    }
    return {"schemas": schemas, "tables": tables}


def differences(old: Any, new: Any, place: str = "") -> list[str]:
    """Where two values differ, as paths."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [line for name in sorted(old.keys() | new.keys()) for line in differences(old.get(name), new.get(name), f"{place}/{name}")]
    return [] if old == new else [f"{place}: {json.dumps(old)} became {json.dumps(new)}"]


def test_the_public_schema_is_the_frozen_one() -> None:
    path = FROZEN / f"schema-{SCHEMA_VERSION}.json"
    assert path.exists(), f"version {SCHEMA_VERSION} is new: add it to READABLE and the changelog, and run `python -m tests.test_frozen`"
    changed = differences(json.loads(path.read_text(encoding="utf-8")), json.loads(json.dumps(public())))
    assert not changed, (
        "the public schema changed:\n" + "\n".join(changed) + "\n"
        "If that is meant, give SCHEMA_VERSION a new number where a version with it was released, tell it in the changelog, "
        "and run `python -m tests.test_frozen`"
    )


@pytest.mark.parametrize("version", READABLE)
def test_every_readable_version_but_the_first_is_in_the_changelog(version: str) -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert version == "1.0" or f"version {version}" in text or f"schema version {version}" in text


def test_a_change_is_seen_and_named() -> None:
    changed = json.loads(json.dumps(public()))
    changed["schemas"]["triple"]["properties"]["colour"] = {"type": "string"}
    del changed["tables"]["entities"]["columns"]["hypernym"]
    assert differences(public(), changed) == [
        '/schemas/triple/properties/colour: null became {"type": "string"}',
        '/tables/entities/columns/hypernym: ["category"] became null',
    ]


def test_explanations_may_change() -> None:
    schema = {"title": "A", "properties": {"title": {"description": "x", "type": "string"}}}
    assert bare(schema) == {"properties": {"title": {"type": "string"}}}


if __name__ == "__main__":
    FROZEN.mkdir(exist_ok=True)
    text = json.dumps(public(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (FROZEN / f"schema-{SCHEMA_VERSION}.json").write_text(text, encoding="utf-8", newline="\n")
    (ROOT / "docs" / "data-dictionary.md").write_text(dictionary(), encoding="utf-8", newline="\n")
