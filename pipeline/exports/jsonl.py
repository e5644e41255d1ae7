"""JSON lines: one record a line, UTF-8, keys in the order of the schema."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from pipeline.exports.triples import triples_of
from pipeline.schema import ArticleRecord


def encode(records: Iterable[BaseModel]) -> bytes:
    """The lines of some records. Raises ValueError for text that is no valid Unicode."""
    return b"".join(record.model_dump_json().encode() + b"\n" for record in records)


def article_lines(record: ArticleRecord) -> bytes:
    """A line of ``articles.jsonl``."""
    return encode([record])


def triple_lines(record: ArticleRecord) -> bytes:
    """The lines of ``triples.jsonl``."""
    return encode(triples_of(record))
