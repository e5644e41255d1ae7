"""What a request asks for: filters in addresses, forms in bodies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from enum import StrEnum
from math import isnan
from typing import Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request

from pipeline.errors import UsageError
from pipeline.review.queue import Filter

MAX_FORM: Final = 64 * 1024
"""Bytes; the longest form is a note of 2,000 characters."""
_MAX_FIELDS: Final = 40
Choice = TypeVar("Choice", bound=StrEnum)


def filter_of(values: Mapping[str, str]) -> Filter:
    """The filter of an address; what is no number says nothing. Percentages are for people, shares for the queue."""
    found: dict[str, str] = {
        field.name: values[field.name].strip()[:300] for field in fields(Filter) if field.type == "str" and field.name in values
    }  # fmt: skip
    return Filter(**found, min_confidence=_share(values.get("min_confidence"), 0), max_confidence=_share(values.get("max_confidence"), 1))


def query_of(where: Filter, **more: object) -> str:
    """A filter as the query of an address, with its ``?``; empty where nothing is asked for."""
    empty = asdict(Filter())
    asked: dict[str, object] = {name: value for name, value in asdict(where).items() if value != empty[name]}
    for name in ("min_confidence", "max_confidence"):
        if name in asked:
            asked[name] = f"{float(str(asked[name])) * 100:g}"
    asked.update({name: value for name, value in more.items() if value not in (None, "", 0)})
    return f"?{urlencode(asked)}" if asked else ""


def _share(text: str | None, other: float) -> float:
    try:
        value = float((text or "").replace(",", ".")) / 100
    except ValueError:
        return other
    return other if isnan(value) else min(max(value, 0.0), 1.0)


def number_of(values: Mapping[str, str], name: str, other: int = 0) -> int:
    """A whole number that is not negative; another where there is none."""
    text = values.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else other


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form. Raises HTTPException for a body that is none, or too long."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(400, "a form is expected")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM:
            raise HTTPException(413)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise HTTPException(400, "the form cannot be read") from error
    return dict(pairs)


def choice_of(kind: type[Choice], value: str, what: str) -> Choice:
    """A value of a closed list. Raises UsageError with the list."""
    try:
        return kind(value)
    except ValueError:
        raise UsageError(f"{value[:40]!r} is no {what}: choose one of {', '.join(kind)}") from None


def field_of(form: Mapping[str, str], name: str) -> str:
    """A field that has to be there. Raises UsageError."""
    value = form.get(name, "").strip()
    if not value:
        raise UsageError(f"the form lacks {name!r}")
    return value
