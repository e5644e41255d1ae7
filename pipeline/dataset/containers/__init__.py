"""Files that hold many articles, each as a stream: one module a format, one line a format in :data:`CONTAINERS`.

Whatever is wrong with a record costs that record; whatever is wrong with a file costs what stands behind that place. Both become rejected
records, and no more of a file is in memory than a record.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import IO

from pipeline.dataset.containers import archive, json_lines, parquet, separated, warc
from pipeline.dataset.containers.archive import Read
from pipeline.dataset.containers.fields import rejected
from pipeline.dataset.containers.packing import DAMAGE, PACKINGS, damaged, open_unpacked, packing_of, read_bounded, refused
from pipeline.dataset.items import Item
from pipeline.errors import UnreadableInput
from pipeline.readers import READERS
from pipeline.schema import RejectedRecord
from pipeline.settings import Settings

__all__ = ["ARCHIVES", "CONTAINERS", "FORMATS", "Shape", "open_container", "read_stream", "shape_of"]

_Stream = Callable[[IO[bytes], str, Settings, Counter[str]], Iterator[Item | RejectedRecord]]


def _uncounted(read: Read) -> _Stream:
    return lambda stream, name, settings, skipped: read(stream, name, settings)


CONTAINERS: Mapping[str, _Stream] = MappingProxyType(
    {
        ".jsonl": _uncounted(json_lines.read),
        ".ndjson": _uncounted(json_lines.read),
        ".csv": _uncounted(separated.read_csv),
        ".tsv": _uncounted(separated.read_tsv),
        ".warc": warc.read,
        ".wet": warc.read,
    }
)
"""Which files hold many articles and can be read as they come, and what reads them."""
ARCHIVES = frozenset({".parquet", ".zip"})
"""Which can be read as files only, because the list of what is in them stands at their end."""
FORMATS: Mapping[str, str] = MappingProxyType(
    {
        **{"text": ".txt", "markdown": ".md", "html": ".html"},
        **{"jsonl": ".jsonl", "csv": ".csv", "tsv": ".tsv", "warc": ".warc", "parquet": ".parquet", "zip": ".zip"},
    }
)
"""Names of formats for ``--input-format``, and the suffix that says the same."""
_REFUSED = frozenset({".tar", ".tgz", ".tbz2", ".txz", ".7z", ".rar"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What the name of a file says of it: ``dump.jsonl.gz`` is ``.jsonl``, packed as ``.gz``."""

    suffix: str
    packing: str | None

    @property
    def is_container(self) -> bool:
        """Whether it may hold many articles."""
        return self.suffix in CONTAINERS or self.suffix in ARCHIVES

    def is_read(self, articles: Collection[str] = READERS) -> bool:
        """Whether a file of this name in a folder is read."""
        return self.is_container or self.suffix in articles


def shape_of(name: str, format_: str | None = None) -> Shape:
    """The shape of a file. A suffix that says nothing is that of ``format_``."""
    path = PurePath(name.lower())
    packing = path.suffix if path.suffix in PACKINGS else None
    suffix = path.with_suffix("").suffix if packing else path.suffix
    shape = Shape(suffix, packing)
    return Shape(FORMATS[format_], packing) if format_ and not shape.is_read() else shape


def open_container(path: Path, name: str, shape: Shape, settings: Settings, skipped: Counter[str]) -> Iterator[Item | RejectedRecord]:
    """The articles of a file that holds many, in order; ``skipped`` counts what was passed over, by kind."""
    try:
        if shape.suffix in ARCHIVES:
            yield from _archive(path, name, shape, settings, skipped)
            return
        with open_unpacked(path, shape.packing) as stream:
            yield from _records(stream, name, shape.suffix, settings, skipped)
    except UnreadableInput as error:
        yield rejected(name, error)
    except OSError as error:
        yield rejected(name, refused(name, error))


def _archive(path: Path, name: str, shape: Shape, settings: Settings, skipped: Counter[str]) -> Iterator[Item | RejectedRecord]:
    if shape.packing:
        raise _nested(name, f"{shape.suffix[1:]} inside {shape.packing[1:]}")
    if shape.suffix == ".parquet":
        yield from parquet.read(path, name, settings)
        return

    def kind_of(member: str) -> archive.Kind:
        inner = shape_of(member)
        if inner.packing or inner.suffix in ARCHIVES or inner.suffix in _REFUSED:
            raise _nested(f"{name}!{member}", f"{inner.packing or inner.suffix} inside zip")
        if inner.suffix in CONTAINERS:
            return lambda stream, inner_name, chosen: _records(stream, inner_name, inner.suffix, chosen, skipped)
        return inner.suffix if inner.suffix in READERS else None

    yield from archive.read(path, name, settings, skipped, kind_of)


def _nested(name: str, what: str) -> UnreadableInput:
    return UnreadableInput("nested-archive", f"{name}: {what} is not unpacked; unpack the outer one first")


def _records(stream: IO[bytes], name: str, suffix: str, settings: Settings, skipped: Counter[str]) -> Iterator[Item | RejectedRecord]:
    """The articles of a stream, up to where it may be damaged."""
    last = name
    try:
        for item in CONTAINERS[suffix](stream, name, settings, skipped):
            last = item.name if isinstance(item, Item) else item.source
            yield item
    except DAMAGE as error:
        yield rejected(name, damaged(name, error, where=f" behind {last}" if last != name else ""))
    except OSError as error:
        yield rejected(name, refused(name, error))


def read_stream(stream: IO[bytes], name: str, format_: str, settings: Settings, skipped: Counter[str]) -> Iterator[Item | RejectedRecord]:
    """The articles of a stream without a name, such as standard input; compression shows by itself."""
    suffix = FORMATS[format_]
    if suffix in ARCHIVES:
        message = f"{name}: {format_} cannot be read from a stream, because its list of contents stands at the end; save it to a file"
        yield rejected(name, UnreadableInput("unreadable", message))
        return
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var]
    try:
        packing = packing_of(buffered.peek(8)[:8])
        unpacked = PACKINGS[packing](buffered) if packing else buffered
        if suffix in CONTAINERS:
            yield from _records(unpacked, name, suffix, settings, skipped)
        else:
            yield Item(name, None, read_bounded(unpacked, name, settings.max_megabytes), suffix)
    except UnreadableInput as error:
        yield rejected(name, error)
    except DAMAGE as error:
        yield rejected(name, damaged(name, error))
    except OSError as error:
        yield rejected(name, refused(name, error))
