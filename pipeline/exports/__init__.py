"""Published records to bytes: what an article adds to each file of a run, one line a file in :data:`EXPORTS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pipeline.exports.jsonl import article_lines, encode, triple_lines
from pipeline.exports.triples import triples_of
from pipeline.schema import ArticleRecord

__all__ = ["EXPORTS", "encode", "triples_of"]

EXPORTS: Mapping[str, Callable[[ArticleRecord], bytes]] = MappingProxyType({"articles": article_lines, "triples": triple_lines})
"""Name of a file of JSON lines -> the lines that an article adds to it, complete or, when this raises, none."""
