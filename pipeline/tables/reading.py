"""Files of a dataset to Arrow tables, piece by piece, with only the columns and rows that are asked for."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.json as pajson

from pipeline.errors import ResourceError, UsageError
from pipeline.schema import SCHEMA_VERSION
from pipeline.tables.layout import VERSION_FIELD, Column, Table, json_type, layout

READABLE: Final = ("1.0", "1.1", SCHEMA_VERSION)
"""Versions of the data contract that can be read. What a version did not know is missing in its tables."""
CHUNK: Final = 16 * 2**20
"""Bytes of lines that are parsed at once; measured: larger ones are no faster."""
VERSION_KEY: Final = b"health_triples_schema_version"
"""Where Parquet files have the version of the contract in their metadata."""
_BATCH: Final = 32_768
"""Rows that are read at once where a table passes in pieces."""
_LINES: Final = (".jsonl", ".jsonl.gz")
_PARQUET: Final = (".parquet",)


def files_of(folder: Path, name: str, suffixes: Sequence[str]) -> list[Path]:
    """Files of a table or file of lines: ``NAME.ext``, any in a folder ``NAME``, and ``NAME.ext`` in folders of a partitioned dataset.

    Where the folder itself has a dataset, what lies in folders below it is another one.
    """
    found = [folder / f"{name}{suffix}" for suffix in suffixes if (folder / f"{name}{suffix}").is_file()]
    if not found and not any((folder / f"articles{suffix}").is_file() for suffix in (*_PARQUET, *_LINES)):
        paths = (path for suffix in suffixes for path in folder.rglob(f"*{suffix}"))
        found = sorted(path for path in paths if _belongs(path.relative_to(folder), name, suffixes))
    return found


def _belongs(path: Path, name: str, suffixes: Sequence[str]) -> bool:
    if any(part.startswith((".", "_")) for part in path.parts):
        return False
    return path.parts[0] == name or path.name in {f"{name}{suffix}" for suffix in suffixes}


def read_table(folder: Path, table: Table, columns: Sequence[str], where: pc.Expression | None = None) -> pa.Table:
    """Some columns of the rows of a table for which ``where`` holds; no rows where the dataset has no such file. Raises ResourceError."""
    parquet = files_of(folder, table.name, _PARQUET)
    if parquet:
        with _told(parquet[0], table):
            source, here = _source(parquet, folder, table, columns)
            return _conformed(source.to_table(columns=here, filter=where), [table[name] for name in columns]).unify_dictionaries()
    pieces = list(read_pieces(folder, table, columns, where))
    return pa.concat_tables(pieces).unify_dictionaries() if pieces else table.schema(list(columns)).empty_table()


def read_pieces(folder: Path, table: Table, columns: Sequence[str], where: pc.Expression | None = None) -> Iterator[pa.Table]:
    """The same in pieces that fit into little memory."""
    parquet = files_of(folder, table.name, _PARQUET)
    if parquet:
        with _told(parquet[0], table):
            source, here = _source(parquet, folder, table, columns)
            for batch in source.to_batches(columns=here, filter=where, batch_size=_BATCH, batch_readahead=1, fragment_readahead=1):
                if batch.num_rows:
                    yield _conformed(pa.Table.from_batches([batch]), [table[name] for name in columns])
        return
    needed = list(table.columns) if where is not None else [table[name] for name in columns]
    for path in files_of(folder, table.file, _LINES):
        for lines in _chunks(path):
            piece = _conformed(_rows(_parsed(lines, path, table, needed), table, needed), needed)
            if where is not None:
                piece = piece.filter(where)
            yield piece.select(list(columns))


# Parquet


def _source(paths: list[Path], folder: Path, table: Table, columns: Sequence[str]) -> tuple[pads.Dataset, list[str]]:
    """The files as one, and those of the columns that they have."""
    parts = pads.partitioning(flavor="hive")
    source = pads.dataset([str(path) for path in paths], format="parquet", partitioning=parts, partition_base_dir=str(folder))
    check_version([(source.schema.metadata or {}).get(VERSION_KEY, SCHEMA_VERSION.encode()).decode()], paths[0])
    return source, [name for name in columns if name in source.schema.names]


@contextmanager
def _told(path: Path, table: Table) -> Iterator[None]:
    """Turns what Arrow says of files that are no such table into an error that names the file."""
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OSError) as error:
        raise ResourceError(f"{path} cannot be read as the table {table.name}: {_first_line(error)}") from error


# lines


def _chunks(path: Path) -> Iterator[tuple[int, bytes]]:
    """Whole lines, about :data:`CHUNK` bytes at once, with the number of the line before the first."""
    before, rest = 0, b""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            while data := file.read(CHUNK):
                end = data.rfind(b"\n") + 1
                if not end:
                    rest += data
                    continue
                lines = rest + data[:end]
                rest = data[end:]
                yield before, lines
                before += lines.count(b"\n")
    except (OSError, EOFError) as error:
        raise ResourceError(f"{path} cannot be read: {error}") from error
    if rest.strip():
        yield before, rest + b"\n"


def _parsed(lines: tuple[int, bytes], path: Path, table: Table, columns: list[Column]) -> pa.Table:
    before, content = lines
    schema = pa.schema(json_type(table, columns))
    if not content.strip():
        return schema.empty_table()
    options = pajson.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    try:
        parsed = pajson.read_json(
            io.BytesIO(content), read_options=pajson.ReadOptions(use_threads=True, block_size=len(content) + 1), parse_options=options
        )
    except pa.ArrowInvalid as error:
        raise ResourceError(f"{_place(content, before, path)}: {_first_line(error)}") from error
    check_version(pc.unique(parsed[VERSION_FIELD]).to_pylist(), path)
    return parsed


def _place(content: bytes, before: int, path: Path) -> str:
    """The first line that is no JSON object; where all are, the file."""
    for number, line in enumerate(content.splitlines(), before + 1):
        try:
            json.loads(line or b"{}")
        except ValueError:
            return f"{path}, line {number}"
    return str(path)


def check_version(versions: Sequence[str | None], path: Path) -> None:
    """Raise UsageError where lines are of a version that this program does not know."""
    for version in versions:
        if version not in READABLE:
            known = ", ".join(READABLE)
            if version is None:
                raise ResourceError(f"{path} has lines without schema_version: it is no file of a dataset of this program")
            raise UsageError(f"{path} has schema version {version}, and this program reads {known}: install a newer version of it")


def _rows(parsed: pa.Table, table: Table, columns: list[Column]) -> pa.Table:
    """The rows of a table out of lines, which may hold them in lists of lists."""
    level = {field.name: parsed[field.name].combine_chunks() for field in parsed.schema}
    keys: dict[str, pa.Array] = {}
    for step, name in zip(table.path, _around(table), strict=True):
        key = layout()[name].key
        if key:
            keys[key] = level[key] if key in level else join_ids(next(iter(keys.values())), level["id"])
        lists = level[step]
        parents = pc.list_parent_indices(lists)
        keys = {name: values.take(parents) for name, values in keys.items()}
        items = pc.list_flatten(lists)
        level = dict(zip((f.name for f in items.type), items.flatten(), strict=True))
    article = next(iter(keys.values()), None)
    made = {}
    for column in columns:
        if column.name in keys:
            made[column.name] = keys[column.name]
        elif column.at:
            values = _at(level, column.at)
            made[column.name] = _global(article, values) if column.local and article is not None else values
    return pa.table(made)


def _around(table: Table) -> list[str]:
    """The tables of the records around those of this one, from the line inwards."""
    outer = {other.path: other.name for other in layout().values() if other.file == table.file}
    return [outer[table.path[:depth]] for depth in range(len(table.path))]


def _at(level: dict[str, pa.Array], at: tuple[str, ...]) -> pa.Array:
    values = level[at[0]]
    for step in at[1:]:
        values = dict(zip((f.name for f in values.type), values.flatten(), strict=True))[step]
    return values


def join_ids(articles: pa.Array, ids: pa.Array) -> pa.Array:
    """Ids that are unique in the dataset; missing ones stay missing."""
    return pc.binary_join_element_wise(articles, ids, ":")


def _global(articles: pa.Array, ids: pa.Array) -> pa.Array:
    if not pa.types.is_list(ids.type):
        return join_ids(articles, ids)
    flat = join_ids(articles.take(pc.list_parent_indices(ids)), pc.list_flatten(ids))
    lengths = pc.fill_null(pc.list_value_length(ids), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
    return pa.ListArray.from_arrays(offsets, flat)


# both


def _conformed(rows: pa.Table, columns: Sequence[Column]) -> pa.Table:
    """The columns in the types of the layout; those that the files do not have are missing values."""
    arrays = []
    for column in columns:
        if column.name not in rows.column_names:
            arrays.append(pa.nulls(rows.num_rows, column.type))
            continue
        values = rows[column.name]
        if pa.types.is_dictionary(column.type) and not pa.types.is_dictionary(values.type):
            values = values.cast(pa.string()).dictionary_encode()
        arrays.append(values if values.type == column.type else values.cast(column.type))
    return pa.table(arrays, names=[column.name for column in columns])


def to_pandas(rows: pa.Table, table: Table) -> Any:
    """A DataFrame with the dtypes of the layout."""
    import pandas as pd

    frame = {}
    for name in rows.column_names:
        column = table[name]
        values = rows[name]
        dtype = column.dtype(missing=values.null_count > 0)
        if pa.types.is_dictionary(column.type):
            frame[name] = _categorical(values, column)
        elif isinstance(dtype, str):
            frame[name] = values.to_pandas()
        else:
            kind = pa.large_string() if isinstance(dtype, pd.StringDtype) else column.type
            frame[name] = pd.Series(dtype.__from_arrow__(values.cast(kind)))
    return pd.DataFrame(frame, copy=False)


def _categorical(values: pa.ChunkedArray, column: Column) -> Any:
    """A pandas category: all values that the schema lists in its order, or those that occur, sorted."""
    import pandas as pd

    chunks = values.unify_dictionaries().chunks
    known = chunks[0].dictionary.to_pylist() if chunks else []
    codes = np.concatenate([np.zeros(0, "int32"), *(pc.fill_null(chunk.indices, -1).to_numpy() for chunk in chunks)])
    places = {one: place for place, one in enumerate(column.values)}
    if not places:
        occurring = np.unique(codes[codes >= 0])
        places = {one: place for place, one in enumerate(sorted(known[code] for code in occurring))}
    renumbered = np.array([*(places.get(one, -1) for one in known), -1], "int32")  # the last is that of missing values, code -1
    return pd.Categorical.from_codes(renumbered[codes], categories=pd.Index(list(places), dtype="str"))


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
