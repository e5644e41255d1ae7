"""Tables back to articles: each with all that was found in it, as in ``articles.jsonl``, whatever files the dataset is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from pipeline.errors import UsageError
from pipeline.schema import SCHEMA_VERSION
from pipeline.tables.layout import FILES, VERSION_FIELD, Column, Table, layout

if TYPE_CHECKING:
    from pipeline.tables.dataset import Dataset

Plain = dict[str, Any]
Build = Callable[[Plain, Mapping[str, list[Plain]]], Any]
"""Makes a value of a record of its row, and of the rows of other tables that belong to the same line."""


_AT_ONCE: Final = 4096
"""Rows that are Python objects at a time; they are twenty times as large as in Arrow."""


def lines_of(dataset: Dataset, file: str) -> Iterator[Plain]:
    """The lines of one of the files of a dataset, as plain values in the order of the schema.

    The tables are read side by side, one piece of each in memory. Raises UsageError for what an older version did not know.
    """
    tables = [table for table in layout().values() if table.file == file]
    root = tables[0]
    build = _builder(FILES[file], root, (), tables)
    children = {table.name: _groups(dataset, table, root.key or "") for table in tables[1:]}
    waiting: dict[str, tuple[str, list[Plain]] | None] = {name: next(groups, None) for name, groups in children.items()}
    for row in _rows(dataset, root):
        belonging: dict[str, list[Plain]] = {}
        for name, groups in children.items():
            ahead = waiting[name]
            if ahead and root.key and ahead[0] == row[root.key]:
                belonging[name] = ahead[1]
                waiting[name] = next(groups, None)
        yield build(row, belonging)
    for name, ahead in waiting.items():
        if ahead:
            raise UsageError(f"{dataset.folder}: the {name} of {ahead[0]} are not in the order of {file}, or it has no line there")


def _rows(dataset: Dataset, table: Table) -> Iterator[Plain]:
    for piece in dataset.pieces(table.name):
        for start in range(0, piece.num_rows, _AT_ONCE):
            yield from piece.slice(start, _AT_ONCE).to_pylist()


def _groups(dataset: Dataset, table: Table, key: str) -> Iterator[tuple[str, list[Plain]]]:
    for value, rows in groupby(_rows(dataset, table), key=lambda row: row[key]):
        yield value, list(rows)


def _builder(model: type[BaseModel], table: Table, at: tuple[str, ...], tables: list[Table]) -> Build:
    """What makes one record, or a record in it, of its row and the rows that belong to it. Decided once, not for every row."""
    steps: list[tuple[str, Build]] = []
    for name, info in model.model_fields.items():
        here = (*at, name)
        column = next((column for column in table.columns if column.at == here), None)
        inner = [column.name for column in table.columns if column.at[: len(here)] == here and column.at != here]
        child = next((other for other in tables if other.path == (*table.path, name)), None) if not at else None
        if name == VERSION_FIELD:
            steps.append((name, lambda row, children: SCHEMA_VERSION))
        elif child:
            steps.append((name, _list(table, child, tables)))
        elif column:
            steps.append((name, _value(column, table, None if info.is_required() else info.default)))
        elif inner:
            kinds = (info.annotation, *getattr(info.annotation, "__args__", ()))
            nested = next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
            steps.append((name, _optional(_builder(nested, table, here, tables), inner)))
    return lambda row, children: {name: step(row, children) for name, step in steps}


def _list(table: Table, child: Table, tables: list[Table]) -> Build:
    """The records in a list. All rows at hand are of the same line; those in lists of lists name the record that they are in."""
    build, key = _builder(child.model, child, (), tables), table.key if table.path else None

    def made(row: Plain, children: Mapping[str, list[Plain]]) -> list[Plain]:
        rows = children.get(child.name, [])
        return [build(one, children) for one in rows if key is None or one[key] == row[key]]

    return made


def _optional(build: Build, names: list[str]) -> Build:
    """A record in a record, which is not there where nothing of it is."""
    return lambda row, children: build(row, children) if any(row[name] is not None for name in names) else None


def _value(column: Column, table: Table, default: Any) -> Build:
    """A value as it stands in the record: without the article's id before its own; ``default`` where an older version did not know it."""
    name, local, nullable = column.name, column.local, column.nullable

    def made(row: Plain, children: Mapping[str, list[Plain]]) -> Any:
        value = default if row[name] is None else row[name]
        if value is None and not nullable:
            raise UsageError(f"{table.name} without {name} are of an older version of the data contract: make the dataset anew")
        if not local or value is None:
            return value
        return [one.rpartition(":")[2] for one in value] if isinstance(value, list) else value.rpartition(":")[2]

    return made
