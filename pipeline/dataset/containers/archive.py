"""Zip archives: a member is an article, or a container of articles. Each is unpacked as a stream, never further than the settings allow."""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from pipeline.dataset.containers.fields import rejected
from pipeline.dataset.containers.packing import DAMAGE, read_bounded
from pipeline.dataset.items import Item
from pipeline.errors import UnreadableInput
from pipeline.schema import RejectedRecord
from pipeline.settings import Settings

_ENCRYPTED = 0x1
_BROKEN = (zipfile.BadZipFile, NotImplementedError, OSError, zlib.error, *DAMAGE)

Read = Callable[[IO[bytes], str, Settings], Iterator[Item | RejectedRecord]]
Kind = Read | str | None
"""How a member is read: by a container's reader, by the reader of articles of that suffix, or (None) not at all."""


def read(
    path: Path, name: str, settings: Settings, skipped: Counter[str], kind_of: Callable[[str], Kind]
) -> Iterator[Item | RejectedRecord]:
    """The articles of every member that is not hidden, in the order of the archive, called ``articles.zip!folder/a.txt``."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        yield rejected(name, UnreadableInput("damaged", f"{name}: is no zip archive that can be read ({error}); get the file again"))
        return
    taken: Counter[str] = Counter()
    with archive:
        for member in archive.infolist():
            if member.is_dir() or any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(member.filename).parts):
                continue
            inner = f"{name}!{member.filename.encode(errors='replace').decode()}"
            taken[inner] += 1
            if taken[inner] > 1:
                inner = f"{inner}@{taken[inner]}"
            yield from _member(archive, member, inner, settings, skipped, kind_of)


def _member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    name: str,
    settings: Settings,
    skipped: Counter[str],
    kind_of: Callable[[str], Kind],
) -> Iterator[Item | RejectedRecord]:
    try:
        kind = kind_of(member.filename)
        if kind is None:
            skipped[PurePosixPath(member.filename).suffix.lower()] += 1
            return
        if member.flag_bits & _ENCRYPTED:
            raise UnreadableInput("encrypted", f"{name}: is encrypted; unpack the archive with its password first")
        with archive.open(member) as stream:
            if isinstance(kind, str):
                yield Item(name, None, read_bounded(stream, name, settings.max_megabytes), kind)
            else:
                yield from kind(stream, name, settings)
    except UnreadableInput as error:
        yield rejected(name, error)
    except _BROKEN as error:
        message = f"{name}: this member of the archive is damaged or packed in an unknown way ({error}); get the file again"
        yield rejected(name, UnreadableInput("damaged", message))
