"""Which tables a dataset has, with which columns: made of the published records, so that a new field is a new column without a line here.

A record becomes a row; a list of records in it becomes a table of its own, whose rows name the record that they come from. Ids that are
unique in an article get the article's id before them (``77989adc4f96d179:e42``), so that every id is unique in the dataset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import pandas as pd
import pyarrow as pa
from pydantic import BaseModel

from pipeline.schema import ArticleRecord, ConceptRecord, Refers, RejectedRecord, Repeated, ReviewedRecord, TripleRecord

FILES: Final[dict[str, type[BaseModel]]] = {
    "articles": ArticleRecord,
    "triples": TripleRecord,
    "concepts": ConceptRecord,
    "rejected": RejectedRecord,
    "reviewed": ReviewedRecord,
}
"""Name of a file of lines -> what a line of it is."""

VERSION_FIELD: Final = "schema_version"
_SCALARS: Final[dict[type, pa.DataType]] = {str: pa.string(), int: pa.int32(), float: pa.float64(), bool: pa.bool_()}
_PANDAS: Final[dict[pa.DataType, tuple[Any, Any]]] = {
    pa.string(): (pd.StringDtype("pyarrow"), pd.StringDtype("pyarrow")),
    pa.int32(): ("int32", pd.Int32Dtype()),
    pa.float64(): ("float64", pd.Float64Dtype()),
    pa.bool_(): ("bool", pd.BooleanDtype()),
}
"""Arrow type -> dtype without and with missing values."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it holds, and how it is kept."""

    name: str
    type: pa.DataType
    nullable: bool = False
    about: str = ""
    refers: str | None = None
    """The table whose key it holds."""
    complete: bool = True
    """Whether that table has a row for each of them."""
    values: tuple[str, ...] = ()
    """All values that there can be, where the schema lists them."""
    local: bool = False
    """Whether the record has the id without that of the article."""
    at: tuple[str, ...] = ()
    """Where it stands in a record of the table; nowhere for what is made of other records."""

    def dtype(self, *, missing: bool = False) -> Any:
        """The pandas dtype; with ``missing`` one that can hold missing values, as columns have that an older version did not know."""
        if pa.types.is_dictionary(self.type):
            return pd.CategoricalDtype(list(self.values)) if self.values else pd.CategoricalDtype()
        return _PANDAS[self.type][self.nullable or missing] if self.type in _PANDAS else pd.ArrowDtype(self.type)

    @property
    def dtype_name(self) -> str:
        """How the documentation calls the dtype."""
        if isinstance(self.dtype(), pd.StringDtype):
            return "string[pyarrow]"
        return "category" if pa.types.is_dictionary(self.type) else str(self.dtype())


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the file whose lines it is made of, the lists that lead to it, its key, and its columns."""

    name: str
    file: str
    path: tuple[str, ...]
    key: str | None
    about: str
    columns: tuple[Column, ...]
    model: type[BaseModel] = field(repr=False)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def schema(self, names: list[str] | None = None) -> pa.Schema:
        """The Arrow schema of all columns, or of some."""
        return pa.schema([pa.field(c.name, c.type) for c in self.columns if names is None or c.name in names])


@cache
def layout() -> Mapping[str, Table]:
    """Every table by its name."""
    found: dict[str, Table] = {}
    for name, model in FILES.items():
        for table in _tables(name, model, name, (), {}):
            found[table.name] = table
    return found


def singular(model: type[BaseModel]) -> str:
    """What one record is called: ``entity`` for ``EntityRecord``."""
    return model.__name__.removesuffix("Record").lower()


def _tables(name: str, model: type[BaseModel], file: str, path: tuple[str, ...], keys: dict[str, str]) -> Iterator[Table]:
    """The table of a kind of record and those of the lists in it. ``keys`` are the keys of the records around it with their tables."""
    one = singular(model)
    own = f"{one}_id" if {"id", f"{one}_id"} & model.model_fields.keys() else None
    columns = []
    if own and "id" in model.model_fields:
        about = f"the article's id, a colon, and {model.model_fields['id'].description or 'the id in the article'}"
        columns.append(Column(own, pa.string(), about=about, local=True, at=("id",)))
    columns += [Column(key, pa.string(), refers=table, about=f"the {table} row that this belongs to") for key, table in keys.items()]
    columns += [column for column in _columns(model, ()) if column.name not in (VERSION_FIELD, "id")]
    if name in _REVIEWED:
        about = "what reviewers said of it; missing where nobody looked"
        values = _Kind.of(ReviewedRecord.model_fields["reviewed"].annotation).values
        columns.append(Column("reviewed", _CATEGORY, nullable=True, about=about, values=values))
    yield Table(name, file, path, own, " ".join((model.__doc__ or "").split("\n\n")[0].replace("``", "`").split()), tuple(columns), model)
    for field_name, info in model.model_fields.items():
        inner = _records_of(info.annotation)
        if inner:
            child = field_name if not path else f"{one}_{field_name}"
            yield from _tables(child, inner, file, (*path, field_name), keys | ({own: name} if own else {}))


_CATEGORY: Final = pa.dictionary(pa.int32(), pa.string())
_REVIEWED: Final = ("relations", "triples")
"""Tables whose keys reviewers judge."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """An annotation taken apart."""

    base: Any
    nullable: bool
    marks: tuple[Any, ...]
    many: bool
    values: tuple[str, ...]

    @classmethod
    def of(cls, annotation: Any, marks: tuple[Any, ...] = ()) -> _Kind:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return cls.of(arguments[0], (*marks, *arguments[1:]))
        if origin in (Union, UnionType):
            (inner,) = (argument for argument in arguments if argument is not NoneType)
            kind = cls.of(inner, marks)
            return cls(kind.base, True, kind.marks, kind.many, kind.values)
        if origin in (tuple, list):
            kind = cls.of(arguments[0], marks)
            return cls(kind.base, False, kind.marks, True, kind.values)
        if origin is Literal:
            return cls(str, False, marks, False, arguments)
        if isinstance(annotation, type) and issubclass(annotation, StrEnum):
            return cls(str, False, marks, False, tuple(member.value for member in annotation))
        return cls(annotation, False, marks, False, ())


def _records_of(annotation: Any) -> type[BaseModel] | None:
    """The kind of record that a list holds, if it holds records."""
    kind = _Kind.of(annotation)
    return kind.base if kind.many and _is_record(kind.base) else None


def _is_record(base: Any) -> bool:
    return isinstance(base, type) and issubclass(base, BaseModel)


def _columns(model: type[BaseModel], at: tuple[str, ...], *, optional: bool = False) -> Iterator[Column]:
    """A column for each field that is no list of records; a record in a record gives columns with its name before theirs."""
    for name, info in model.model_fields.items():
        kind = _Kind.of(info.annotation, tuple(info.metadata))
        if _is_record(kind.base):
            if not kind.many:
                yield from _columns(kind.base, (*at, name), optional=optional or kind.nullable)
            continue
        mark = next((mark for mark in kind.marks if isinstance(mark, Refers)), None)
        refers = mark.table if mark else None
        repeated = bool(kind.values) or any(isinstance(mark, Repeated) for mark in kind.marks)
        scalar = _SCALARS[kind.base]
        yield Column(
            name="_".join((*at, name)),
            type=pa.list_(scalar) if kind.many else _CATEGORY if repeated else scalar,
            nullable=kind.nullable or optional,
            about=info.description or "",
            refers=refers,
            complete=mark is None or mark.complete,
            values=() if kind.many else kind.values,
            local=refers in ArticleRecord.model_fields,
            at=(*at, name),
        )


def json_type(table: Table, columns: list[Column]) -> list[pa.Field]:
    """The Arrow fields of a line that hold what these columns are made of, and nothing else."""
    inner = _fields(table.model, columns, ())
    models = list(_models(FILES[table.file], table.path))
    for step, model in zip(reversed(table.path), reversed(models), strict=True):
        known = [pa.field(name, pa.string()) for name in _key_fields(model) if name != step]
        inner = [*known, pa.field(step, pa.list_(pa.struct(inner)))]
    return [pa.field(VERSION_FIELD, pa.string()), *inner]


def _key_fields(model: type[BaseModel]) -> list[str]:
    return [name for name in ("id", f"{singular(model)}_id") if name in model.model_fields]


def _models(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[type[BaseModel]]:
    """The kinds of record that a path leads through, from the line on, without the last."""
    for step in path:
        yield model
        inner = _records_of(model.model_fields[step].annotation)
        assert inner is not None
        model = inner


def _fields(model: type[BaseModel], columns: list[Column], at: tuple[str, ...]) -> list[pa.Field]:
    fields = []
    for name, info in model.model_fields.items():
        kind = _Kind.of(info.annotation)
        here = (*at, name)
        if not any(column.at[: len(here)] == here for column in columns):
            if not at and name in _key_fields(model):  # children are named after it, wanted or not
                fields.append(pa.field(name, pa.string()))
            continue
        if _is_record(kind.base):
            fields.append(pa.field(name, pa.struct(_fields(kind.base, columns, here))))
        else:
            scalar = _SCALARS[kind.base]
            fields.append(pa.field(name, pa.list_(scalar) if kind.many else scalar))
    return fields
