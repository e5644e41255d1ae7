"""Tables to files: Parquet, CSV, Excel, and the JSON lines of a run."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from pipeline.errors import UsageError
from pipeline.schema import SCHEMA_VERSION
from pipeline.tables import FILES, Dataset, layout
from pipeline.tables.articles import lines_of
from pipeline.tables.reading import VERSION_KEY

Written = Iterator[tuple[str, str, int]]
"""Name of a file, its table, and its rows."""
_SHEET_ROWS: Final = 1_048_576
_GROUP: Final = 500_000
_GROUP_BYTES: Final = 256 * 2**20
_CELL: Final = 32_767
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def write_parquet(dataset: Dataset, folder: Path) -> Written:
    """A file a table, piece by piece; the version of the contract and the meaning of columns are in the metadata."""
    for table in layout().values():
        fields = [
            pa.field(c.name, c.type, metadata={"description": c.about, "dtype": c.dtype_name} if c.about else {"dtype": c.dtype_name})
            for c in table.columns
        ]
        schema = pa.schema(fields, metadata={VERSION_KEY: SCHEMA_VERSION.encode(), b"description": table.about.encode()})
        rows = 0
        with pq.ParquetWriter(folder / f"{table.name}.parquet", schema, compression="zstd") as writer:
            for piece in _larger(dataset.pieces(table.name)):
                writer.write_table(piece.cast(schema))
                rows += piece.num_rows
        yield f"{table.name}.parquet", table.name, rows


def _larger(pieces: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Pieces put together until they make a good row group: many small ones, each with its own dictionaries, are slow to read."""
    held: list[pa.Table] = []
    for piece in pieces:
        held.append(piece)
        if sum(one.num_rows for one in held) >= _GROUP or sum(one.nbytes for one in held) >= _GROUP_BYTES:
            yield pa.concat_tables(held).unify_dictionaries()
            held = []
    if held:
        yield pa.concat_tables(held).unify_dictionaries()


def write_csv(dataset: Dataset, folder: Path) -> Written:
    """A file a table, UTF-8, with a header; lists are JSON in their cell."""
    for table in layout().values():
        rows = 0
        schema = pa.schema([pa.field(c.name, _flat(c.type)) for c in table.columns])
        with pacsv.CSVWriter(folder / f"{table.name}.csv", schema) as writer:
            for piece in dataset.pieces(table.name):
                writer.write_table(pa.table([_cells(piece[name]) for name in piece.column_names], schema=schema))
                rows += piece.num_rows
        yield f"{table.name}.csv", table.name, rows


def _flat(kind: pa.DataType) -> pa.DataType:
    return pa.string() if pa.types.is_list(kind) or pa.types.is_dictionary(kind) else kind


def _cells(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(values.type):
        return values.cast(pa.string())
    if not pa.types.is_list(values.type):
        return values
    texts = [None if one is None else json.dumps(one, ensure_ascii=False) for one in values.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


def write_jsonl(dataset: Dataset, folder: Path) -> Written:
    """The files of a run, whatever the dataset was kept in: the same records give the same bytes."""
    for name in FILES:
        rows = 0
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for line in lines_of(dataset, name):
                file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
                rows += 1
        if rows or name != "reviewed":
            yield f"{name}.jsonl", name, rows
        else:
            (folder / f"{name}.jsonl").unlink()


def write_xlsx(dataset: Dataset, folder: Path) -> Written:
    """A workbook with a sheet a table. Raises UsageError for a table that no sheet can hold."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    tables = {table: dataset.rows(table.name) for table in layout().values()}
    for table, rows in tables.items():
        if rows.num_rows >= _SHEET_ROWS:
            raise UsageError(f"the table {table.name} has more rows than a sheet can hold ({_SHEET_ROWS:,}): choose parquet or csv")
    book = Workbook(write_only=True)
    book.properties.created = datetime(*_EPOCH[:3])
    for table, rows in tables.items():
        sheet = book.create_sheet(table.name)
        sheet.freeze_panes = "A2"
        header = [WriteOnlyCell(sheet, value=column.name) for column in table.columns]
        for cell in header:
            cell.font = Font(bold=True)
        sheet.append(header)
        for row in zip(*(_cells(rows[name]).to_pylist() for name in rows.column_names), strict=True):
            sheet.append([_cell(sheet, value, WriteOnlyCell) for value in row])
    memory = io.BytesIO()
    book.save(memory)
    (folder / "dataset.xlsx").write_bytes(_without_clock(memory.getvalue()))
    yield "dataset.xlsx", "", 0


def _cell(sheet: Any, value: Any, make: Any) -> Any:
    """Text stays text, also where it looks like a formula; it is cut where a cell ends."""
    if not isinstance(value, str):
        return value
    cell = make(sheet, value=_CONTROL.sub("\ufffd", value)[:_CELL])
    cell.data_type = "s"
    return cell


def _without_clock(content: bytes) -> bytes:
    """The workbook without the time of its making, so that equal datasets give equal bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", data)
            new.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()
