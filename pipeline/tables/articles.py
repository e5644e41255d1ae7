"""Tables back to articles: each with all that was found in it, as in ``articles.jsonl``, whatever files the dataset is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from pipeline.errors import UsageError
from pipeline.schema import SCHEMA_VERSION
from pipeline.tables.layout import FILES, VERSION_FIELD, Column, Table, layout

if TYPE_CHECKING:
    from pipeline.tables.dataset import Dataset

Plain = dict[str, Any]


def lines_of(dataset: Dataset, file: str) -> Iterator[Plain]:
    """The lines of one of the files of a dataset, as plain values in the order of the schema.

    The tables are read side by side, one piece of each in memory. Raises UsageError for what an older version did not know.
    """
    tables = [table for table in layout().values() if table.file == file]
    root = tables[0]
    children = {table.name: _groups(dataset, table, root.key or "") for table in tables[1:]}
    waiting: dict[str, tuple[str, list[Plain]] | None] = {name: next(groups, None) for name, groups in children.items()}
    for row in _rows(dataset, root):
        belonging: dict[str, list[Plain]] = {}
        for name, groups in children.items():
            ahead = waiting[name]
            if ahead and root.key and ahead[0] == row[root.key]:
                belonging[name] = ahead[1]
                waiting[name] = next(groups, None)
        yield _record(FILES[file], root, row, (), belonging, tables)
    for name, ahead in waiting.items():
        if ahead:
            raise UsageError(f"{dataset.folder}: the {name} of {ahead[0]} are not in the order of {file}, or it has no line there")


def _rows(dataset: Dataset, table: Table) -> Iterator[Plain]:
    for piece in dataset.pieces(table.name):
        yield from piece.to_pylist()


def _groups(dataset: Dataset, table: Table, key: str) -> Iterator[tuple[str, list[Plain]]]:
    for value, rows in groupby(_rows(dataset, table), key=lambda row: row[key]):
        yield value, list(rows)


def _record(
    model: type[BaseModel], table: Table, row: Plain, at: tuple[str, ...], children: Mapping[str, list[Plain]], tables: list[Table]
) -> Plain:
    """One record, or a record in it, with the lists that belong to it."""
    record: Plain = {}
    for name in model.model_fields:
        here = (*at, name)
        column = next((column for column in table.columns if column.at == here), None)
        inner = [column for column in table.columns if column.at[: len(here)] == here and column.at != here]
        child = next((other for other in tables if other.path == (*table.path, name)), None) if not at else None
        if name == VERSION_FIELD:
            record[name] = SCHEMA_VERSION
        elif child:
            own = [one for one in children.get(child.name, ()) if table.key is None or one[table.key] == row[table.key]]
            record[name] = [_record(child.model, child, one, (), children, tables) for one in own]
        elif column:
            record[name] = _value(column, row[column.name], table)
        elif inner:
            held = model.model_fields[name].annotation
            known = any(row[column.name] is not None for column in inner)
            nested = next(kind for kind in (held, *getattr(held, "__args__", ())) if isinstance(kind, type) and issubclass(kind, BaseModel))
            record[name] = _record(nested, table, row, here, children, tables) if known else None
    return record


def _value(column: Column, value: Any, table: Table) -> Any:
    if value is None and not column.nullable:
        raise UsageError(f"{table.name} without {column.name} are of an older version of the data contract: make the dataset anew")
    if not column.local or value is None:
        return value
    return [one.rpartition(":")[2] for one in value] if isinstance(value, list) else value.rpartition(":")[2]
