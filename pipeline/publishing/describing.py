"""What the tables mean, made of the schema: ``datapackage.json`` for programs (Frictionless) and ``dictionary.md`` for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from pipeline.schema import SCHEMA_VERSION
from pipeline.tables import Column, Table, layout

DICTIONARY: Final = "dictionary.md"
PACKAGE: Final = "datapackage.json"
_MEDIA: Final = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "jsonl": "application/jsonl",
}
_TYPES: Final = {pa.string(): "string", pa.int32(): "integer", pa.float64(): "number", pa.bool_(): "boolean"}


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of an export with what is needed to check it."""

    name: str
    table: str
    rows: int
    bytes: int
    sha256: str


def datapackage(files: list[DataFile], form: str, versions: Mapping[str, str]) -> bytes:
    """The Frictionless description of files in one of the formats that hold tables."""
    written = {file.table for file in files}
    resources = [
        {
            "name": file.table,
            "path": file.name,
            "format": form,
            "mediatype": _MEDIA[form],
            "encoding": "utf-8",
            "bytes": file.bytes,
            "hash": f"sha256:{file.sha256}",
            "rows": file.rows,
            "description": layout()[file.table].about,
            "schema": _schema(layout()[file.table], written, nested=form == "jsonl"),
        }
        for file in files
    ]
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "health-triples",
        "title": "Health knowledge from Dutch articles",
        "description": "What Dutch articles mention and say of conditions, nutrients, remedies and specialists. No medical advice.",
        "schemaVersion": SCHEMA_VERSION,
        "versions": dict(versions),
        "resources": resources,
    }
    return (json.dumps(package, ensure_ascii=False, indent=2) + "\n").encode()


def _schema(table: Table, written: set[str], *, nested: bool) -> dict[str, Any]:
    """A table schema. In JSON lines the lists of a record are in it, and ids are those of the record."""
    fields = [_field(column) for column in table.columns if not nested or column.at]
    if nested:
        lists = (other for other in layout().values() if other.file == table.file and len(other.path) == 1)
        fields += [{"name": other.path[0], "type": "array", "description": other.about} for other in lists]
    found: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if table.key:
        found["primaryKey"] = [table.key]
    keys = [
        {"fields": [column.name], "reference": {"resource": column.refers, "fields": [layout()[column.refers].key]}}
        for column in table.columns
        if column.refers in written and column.complete and not pa.types.is_list(column.type)
    ]
    return found | ({"foreignKeys": keys} if keys else {})


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {} if column.nullable else {"required": True}
    if column.values:
        constraints["enum"] = list(column.values)
    field = {"name": column.name, "type": _type(column)}
    if column.about:
        field["description"] = column.about
    return field | ({"constraints": constraints} if constraints else {})


def _type(column: Column) -> str:
    return "array" if pa.types.is_list(column.type) else "string" if pa.types.is_dictionary(column.type) else _TYPES[column.type]


def dictionary() -> str:
    """All tables and columns, for people who read before they join."""
    lines = [
        "# Data dictionary",
        "",
        f"Version {SCHEMA_VERSION} of the data contract. Made of the schema by `health-triples export`; do not edit.",
        "",
        "An id of something in an article has the article's id before it (`77989adc4f96d179:e42`), so that it is unique in the dataset.",
        "Positions count Unicode code points and ends are exclusive. A *category* is kept once and numbered.",
        "",
    ]
    for table in layout().values():
        lines += [f"## {table.name}", "", table.about, ""]
        lines += [f"Key: `{table.key}`.", ""] if table.key else []
        lines += ["| column | dtype | may be missing | refers to | what it is |", "| --- | --- | --- | --- | --- |"]
        lines += [_line(column) for column in table.columns]
        lines.append("")
    return "\n".join(lines)


def _line(column: Column) -> str:
    values = ", ".join(f"`{value}`" for value in column.values)
    about = "; ".join(part for part in (column.about, values) if part)
    refers = f"`{column.refers}`{'' if column.complete else ', not always there'}" if column.refers else ""
    return f"| `{column.name}` | `{column.dtype_name}` | {'yes' if column.nullable else ''} | {refers} | {about} |"
