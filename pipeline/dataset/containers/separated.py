"""CSV and TSV: a line with the names of the fields, and a record a row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import IO

from pipeline.dataset.containers.fields import Fields, Rows, choose_fields, rejected
from pipeline.dataset.containers.lines import lines, narrowed, text_of, too_long
from pipeline.dataset.items import Item
from pipeline.errors import UnreadableInput
from pipeline.schema import RejectedRecord
from pipeline.settings import Settings

_DELIMITERS = ",;\t|"


class _Text:
    """The lines of a file for the CSV reader, with their count. A line that cannot be read ends the reading of its row."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._limit = limit
        self._lines = lines(narrowed(stream), limit)
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        if line is None:
            raise too_long(self._limit)
        return text_of(line)


def read_csv(stream: IO[bytes], name: str, settings: Settings) -> Iterator[Item | RejectedRecord]:
    """The article of every row; fields are separated by the sign that the first line has most of: comma, semicolon, tab or bar."""
    return _read(stream, name, settings, None)


def read_tsv(stream: IO[bytes], name: str, settings: Settings) -> Iterator[Item | RejectedRecord]:
    """The article of every row; fields are separated by tabs."""
    return _read(stream, name, settings, "\t")


def _read(stream: IO[bytes], name: str, settings: Settings, delimiter: str | None) -> Iterator[Item | RejectedRecord]:
    limit = int(settings.max_megabytes * 1_000_000)
    csv.field_size_limit(limit)
    text = _Text(stream, 2 * limit)
    try:
        first = next(text, "")
        sign = delimiter or max(_DELIMITERS, key=_outside_quotes(first).count)
        header = _header(first, text, sign)
        fields = choose_fields(header, settings)
    except UnreadableInput as error:
        yield rejected(name, UnreadableInput(error.reason, f"{name}: {error}"))
        return
    rows = Rows(name, settings)
    reader = csv.reader(text, delimiter=sign)
    number = 0
    while True:
        begin = text.count + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except (csv.Error, UnreadableInput) as error:
            number += 1
            place = f"line {begin}" if text.count <= begin else f"lines {begin} to {text.count}"
            reason = error.reason if isinstance(error, UnreadableInput) else "malformed"
            yield rejected(
                rows.name(number), UnreadableInput(reason, f"{place}: {error}; correct the row, for example a quote that never closes")
            )
            reader = csv.reader(text, delimiter=sign)  # goes on behind the line that it gave up on
            continue
        if row:
            number += 1
            yield _article(rows, number, row, header, fields)


def _article(rows: Rows, number: int, row: list[str], header: list[str], fields: Fields) -> Item | RejectedRecord:
    if len(row) > len(header) and any(row[len(header) :]):
        message = (
            f"the row has {len(row)} fields, but the first line names {len(header)}; put quotes around a text that holds the separator"
        )
        return rejected(rows.name(number), UnreadableInput("malformed", message))
    return rows.article(number, dict(zip(header, row, strict=False)), fields)


def _header(first: str, rest: Iterator[str], sign: str) -> list[str]:
    def all_lines() -> Iterator[str]:
        yield first
        yield from rest

    try:
        return [name.strip() for name in next(csv.reader(all_lines(), delimiter=sign), [])]
    except csv.Error as error:
        raise UnreadableInput("malformed", f"the first line is no row of names ({error}); write the names of the fields there") from None


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])
