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
    """What the records call it: unique in the run, the same on every machine (``dump.jsonl.gz#1742``)."""
    path: Path | None
    """A plain file, which whoever works on the item reads."""
    data: bytes | None
    """A record of a container: no more than the settings allow."""
    suffix: str
    """Which reader reads it: ``.html``, ``.txt`` ..."""
    url: str | None = None
    encoding: str | None = None
    """The encoding that came with it, such as that of an HTTP header."""
    packing: str | None = None
    """How the file at ``path`` is compressed: ``.gz``. Whoever works on the item unpacks it."""

    def read(self, settings: Settings) -> Source:
        """The decoded source. Raises UnreadableInput."""
        return read_bytes(self.load(settings), self.name, self.suffix, self.encoding, self.url)

    def load(self, settings: Settings) -> bytes:
        """The bytes of the article, of which digests are made. Raises UnreadableInput."""
        if self.data is not None:
            return self.data
        assert self.path is not None, "an item has a path or data"
        if self.packing:
            from pipeline.dataset.containers.packing import load_packed  # the containers make items

            return load_packed(self.path, self.packing, self.name, settings.max_megabytes)
        return load(self.path, self.name, settings)
