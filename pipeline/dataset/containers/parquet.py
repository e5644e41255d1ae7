"""Parquet: a record a row, read in pieces of a few rows, and of the columns that are needed only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.dataset.containers.fields import Rows, choose_fields, rejected
from pipeline.dataset.items import Item
from pipeline.errors import UnreadableInput
from pipeline.schema import RejectedRecord
from pipeline.settings import Settings

_ROWS = 64
_BUFFER = 1 << 20


def read(path: Path, name: str, settings: Settings) -> Iterator[Item | RejectedRecord]:
    """The article of every row. Pages that cannot be read cost their row group, the next ones are read."""
    with path.open("rb") as handle:  # so that a missing file is told as for other files
        handle.read(1)
    try:
        file = pq.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False, page_checksum_verification=True)
        fields = choose_fields(file.schema_arrow.names, settings)
        _check_text(file.schema_arrow.field(fields.text))
    except UnreadableInput as error:
        yield rejected(name, UnreadableInput(error.reason, f"{name}: {error}"))
        return
    except (pa.ArrowException, OSError) as error:
        yield rejected(
            name, UnreadableInput("damaged", f"{name}: is no Parquet file that can be read ({_said(error)}); get the file again")
        )
        return
    rows = Rows(name, settings)
    first = 1
    with file:
        for group in range(file.num_row_groups):
            size = file.metadata.row_group(group).num_rows
            number = first
            try:
                for batch in file.iter_batches(_ROWS, [group], fields.names, use_threads=False):
                    columns = [batch.column(field) for field in fields.names]
                    for row in range(batch.num_rows):
                        values = {field: _plain(column[row]) for field, column in zip(fields.names, columns, strict=True)}
                        yield rows.article(number, values, fields)
                        number += 1
            except (pa.ArrowException, OSError) as error:
                message = f"rows {number} to {first + size - 1} cannot be read ({_said(error)}); get the file again"
                yield rejected(f"{name}#{number}", UnreadableInput("damaged", message))
            first += size


def _check_text(field: pa.Field) -> None:
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary, pa.types.is_null)
    views = (getattr(pa.types, name) for name in ("is_string_view", "is_binary_view"))
    if not any(test(kind) for test in (*tests, *views)):
        raise UnreadableInput("missing-field", f"the field {field.name} holds no text but {kind}; name another with --text-field")


def _plain(value: Any) -> object:
    return value.as_py()


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
