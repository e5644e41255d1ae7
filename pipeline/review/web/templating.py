"""Pages of templates: all of them escape everything, and a name that is not there is a mistake and not an empty place."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined

from pipeline.resources import load_bytes, load_text
from pipeline.review.web.marking import marked, short, shown

STATIC: Final = {
    "review.css": "text/css; charset=utf-8",
    "review.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""Files that pages name, with their types."""


@cache
def static_file(name: str) -> bytes:
    """A file that pages name."""
    return load_bytes(f"review/{name}")


@cache
def static_address(name: str) -> str:
    """Its address, which changes with its content, so that a browser may keep it for ever."""
    return f"/static/{hashlib.sha256(static_file(name)).hexdigest()[:12]}/{name}"


@cache
def environment() -> Environment:
    """The templates."""
    made = Environment(
        loader=FunctionLoader(lambda name: load_text(f"review/templates/{name}")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(short=short, shown=shown)
    made.globals.update(static=static_address, marked=marked)
    return made
