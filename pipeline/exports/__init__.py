"""Published records to files: one module a format, one line a format in :data:`EXPORTS`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pipeline.exports.jsonl import JsonLines
from pipeline.exports.triples import triples_of
from pipeline.schema import ArticleRecord

__all__ = ["EXPORTS", "Writer", "triples_of"]


class Writer(Protocol):
    """Takes records one by one, so that a dataset of any size passes through little memory.

    ``add`` either writes a record completely or raises before it wrote anything. Raises OutputError where the disk refuses.
    """

    def add(self, record: ArticleRecord) -> None: ...

    def close(self) -> None: ...


EXPORTS: dict[str, Callable[[Path], Writer]] = {
    "jsonl": JsonLines,
}
"""Name of the format -> what opens its files in a folder."""
