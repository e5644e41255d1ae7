"""One article of a run before it is read: what travels to the process that works on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.article import Source
from pipeline.readers import load, read_bytes
from pipeline.settings import Settings


@dataclass(frozen=True, slots=True)
class Item:
    """An article to read: a file (``path``), or what a container held (``data``). It can be pickled and does not depend on open files."""

    name: str
    path: Path | None
    data: bytes | None
    suffix: str
    url: str | None = None
    encoding: str | None = None

    def read(self, settings: Settings) -> Source:
        """The decoded source. Raises UnreadableInput."""
        return read_bytes(self.load(settings), self.name, self.suffix)

    def load(self, settings: Settings) -> bytes:
        """The bytes of the article, of which digests are made. Raises UnreadableInput."""
        if self.data is not None:
            return self.data
        assert self.path is not None, "an item has a path or data"
        return load(self.path, self.name, settings)
