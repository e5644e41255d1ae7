"""Markdown files."""

from __future__ import annotations

from pipeline.readers.decoding import Decoded, decode


def read(data: bytes, declared: str | None = None) -> Decoded:
    """Markdown, with or without front matter."""
    return Decoded(*decode(data, declared), "markdown")
