"""Inputs become sources: bytes on disk -> one decoded :class:`Source`, code point for code point.

Nothing is normalised here: ``path.read_bytes().decode(source.encoding) == source.text`` holds for every source, so that a position in
``Source.text`` is a position in the user's file. (With a byte order mark the encoding's name says that it is no part of the text:
``utf-8-sig``, ``utf-16``.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from pipeline.article import Source
from pipeline.errors import UnreadableInput
from pipeline.readers import html, markdown, plain
from pipeline.readers.decoding import Decoded, decode
from pipeline.settings import Settings

__all__ = ["READERS", "decode", "load", "read", "read_bytes"]

READERS: Mapping[str, Callable[[bytes, str | None], Decoded]] = MappingProxyType(
    {
        ".txt": plain.read,
        ".text": plain.read,
        ".md": markdown.read,
        ".markdown": markdown.read,
        ".html": html.read,
        ".htm": html.read,
        ".xhtml": html.read,
    }
)
"""Which reader reads which file. A file with another suffix that the user names is read as plain text, which recognises HTML by itself."""


def read(path: Path, name: str, settings: Settings) -> Source:
    """Read one file. Raises UnreadableInput with what is wrong and what to do about it."""
    return read_bytes(load(path, name, settings), name, path.suffix)


def read_bytes(data: bytes, name: str, suffix: str = ".txt", declared: str | None = None, url: str | None = None) -> Source:
    """The source in ``data``, read as a file with this suffix would be. Raises UnreadableInput.

    ``declared`` is the encoding that came with it (an HTTP header); it goes before what a page says of itself, as the standard asks.
    """
    try:
        decoded = READERS.get(suffix.lower(), plain.read)(data, declared)
    except UnreadableInput as error:
        raise UnreadableInput(error.reason, f"{name}: {error}") from None
    return Source(name, decoded.text, decoded.format, decoded.encoding, hashlib.sha256(data).hexdigest(), url)


def load(path: Path, name: str, settings: Settings) -> bytes:
    """The bytes of a file. Raises UnreadableInput, also where they are more than the settings allow."""
    try:
        if path.is_dir():
            raise UnreadableInput("directory", f"{name}: is a folder, not a file; give a file, or let `health-triples run` walk the folder")
        size = path.stat().st_size
        if size > settings.max_megabytes * 1_000_000:
            raise UnreadableInput(
                "too-large",
                f"{name}: {size / 1e6:.1f} MB is more than the limit of {settings.max_megabytes:g} MB; "
                "split the file, or raise the setting max_megabytes",
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise UnreadableInput("missing", f"{name}: no such file; check the path") from None
    except PermissionError:
        raise UnreadableInput("permission", f"{name}: may not be read; check the permissions of the file and its folder") from None
    except (OSError, ValueError) as error:
        raise UnreadableInput("unreadable", f"{name}: cannot be read ({error}); check the path and the disk") from None
