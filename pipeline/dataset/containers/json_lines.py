"""JSON lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from pipeline.dataset.containers.fields import Fields, Rows, choose_fields, rejected
from pipeline.dataset.containers.lines import lines, narrowed, text_of, too_long
from pipeline.dataset.items import Item
from pipeline.errors import UnreadableInput
from pipeline.schema import RejectedRecord
from pipeline.settings import Settings

_ESCAPED = 4
"""A line may be so many times longer than its text: other fields, and letters that are written as ``\\u00eb``."""
_LAYOUTS = 1_000


def read(stream: IO[bytes], name: str, settings: Settings) -> Iterator[Item | RejectedRecord]:
    """The article of every line that is not blank."""
    limit = int(settings.max_megabytes * _ESCAPED * 1_000_000)
    rows = Rows(name, settings)
    layouts: dict[tuple[str, ...], Fields] = {}
    for number, line in enumerate(lines(narrowed(stream), limit), 1):
        if line is not None and not line.strip():
            continue
        try:
            values = _object(line, limit)
            layout = tuple(values)
            if layout not in layouts:
                layouts = {} if len(layouts) > _LAYOUTS else layouts
                layouts[layout] = choose_fields(_paths(values), settings)
            fields = layouts[layout]
        except UnreadableInput as error:
            yield rejected(rows.name(number), error)
            continue
        yield rows.article(number, {field: _value(values, field) for field in fields.names}, fields)


def _object(line: bytes | None, limit: int) -> dict[str, Any]:
    if line is None:
        raise too_long(limit)
    try:
        values = json.loads(text_of(line))
    except json.JSONDecodeError as error:
        raise UnreadableInput("malformed", f"the line is no JSON ({error.msg}, column {error.colno}); correct it or leave it out") from None
    except (ValueError, RecursionError) as error:  # a number of ten thousand digits, brackets in brackets in brackets
        raise UnreadableInput("malformed", f"the line is JSON that cannot be read ({error}); correct it or leave it out") from None
    if not isinstance(values, dict):
        raise UnreadableInput("malformed", f"the line holds no object with fields but a {type(values).__name__}; write one object a line")
    return values


def _paths(values: dict[str, Any]) -> list[str]:
    """Names of the fields, and of those in them: ``article.body``."""
    return [*values, *(f"{name}.{inner}" for name, value in values.items() if isinstance(value, dict) for inner in value)]


def _value(values: dict[str, Any], field: str) -> object:
    if field in values:
        return values[field]
    outer, _, inner = field.partition(".")
    value = values.get(outer)
    return value.get(inner) if isinstance(value, dict) else None
