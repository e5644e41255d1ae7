"""JSON lines: ``articles.jsonl`` and ``triples.jsonl``, one record a line, UTF-8, keys in the order of the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel

from pipeline.errors import OutputError
from pipeline.exports.triples import triples_of
from pipeline.schema import ArticleRecord


class LineFile:
    """A file of JSON lines that is written from the start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._refusals():
            self._file = path.open("wb")

    @staticmethod
    def encode(records: Iterable[BaseModel]) -> bytes:
        """The lines of some records. Raises ValueError for text that is no valid Unicode."""
        return b"".join(record.model_dump_json().encode() + b"\n" for record in records)

    def write(self, lines: bytes) -> None:
        """Append lines. Raises OutputError."""
        with self._refusals():
            self._file.write(lines)

    def close(self) -> None:
        """Finish the file; may be called twice. Raises OutputError: a full disk often shows itself only here."""
        with self._refusals():
            self._file.close()

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror or error}") from error


class JsonLines:
    """The two files of the format, in a folder that exists."""

    def __init__(self, folder: Path) -> None:
        self.articles = LineFile(folder / "articles.jsonl")
        self.triples = LineFile(folder / "triples.jsonl")

    def add(self, record: ArticleRecord) -> None:
        """Write one article and its triples; all lines are made before the first is written."""
        article, triples = LineFile.encode([record]), LineFile.encode(triples_of(record))
        self.articles.write(article)
        self.triples.write(triples)

    def close(self) -> None:
        """Finish both files."""
        self.articles.close()
        self.triples.close()
