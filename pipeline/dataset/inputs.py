"""What a user names on the command line -> the files to read, each with its name in the records."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path

from pipeline.dataset.items import Item
from pipeline.errors import UsageError
from pipeline.schema import RejectedRecord

_FILES_PER_PARTITION = 100


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read, and what the records call it."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of the inputs that can be read by itself, on another machine too, with the same names: a container, or some plain files."""

    name: str
    files: tuple[Input, ...]

    def items(self) -> Iterator[Item | RejectedRecord]:
        """Its articles, one after the other; a rejected record for what cannot be one."""
        for file in self.files:
            yield Item(file.name, file.path, None, file.path.suffix.lower())


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files of a run in reading order, and how many files of which suffix were passed over in folders."""

    files: tuple[Input, ...]
    skipped: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int | None:
        """How many articles there are, or None where only reading tells."""
        return len(self.files)

    def items(self) -> Iterator[Item | RejectedRecord]:
        """All articles in order, one after the other; a rejected record for what cannot be one."""
        for partition in self.partitions():
            yield from partition.items()

    def partitions(self) -> Iterator[Partition]:
        """The same in parts, in the same order."""
        for begin in range(0, len(self.files), _FILES_PER_PARTITION):
            files = self.files[begin : begin + _FILES_PER_PARTITION]
            yield Partition(files[0].name, files)


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    parts: int
    """How many of the last parts of the path make its name."""


def collect(arguments: Sequence[str], suffixes: Collection[str], leave_out: Path | None = None) -> Inputs:
    """Expand files, folders and glob patterns.

    Folders are searched to any depth for files with one of ``suffixes``, in natural order (``2`` before ``10``); hidden files and the
    folder ``leave_out`` (where the results go) are not looked at. A file that is named is always taken, whatever its suffix, and a
    file that is reached twice is read once. Names do not depend on the machine: a file of a folder is called by the folder's name and its
    path in there, a file that was named by its name alone; only where two files would share a name, parent folders are put before it.

    Raises UsageError when an argument matches nothing, or when there is nothing to read.
    """
    skipped: Counter[str] = Counter()
    found: dict[str, _Found] = {}
    for argument in arguments:
        for path in _expand(argument):
            for item in _files(path, suffixes, leave_out, skipped) if path.is_dir() else (_Found(path, 1),):
                found.setdefault(_identity(item.path), item)
    if not found:
        raise UsageError(_nothing(arguments, suffixes, skipped))
    return Inputs(tuple(_named(found.values())), skipped)


def _nothing(arguments: Sequence[str], suffixes: Collection[str], skipped: Counter[str]) -> str:
    where = arguments[0] if len(arguments) == 1 else f"the {len(arguments)} inputs"
    other = f", only {describe(skipped)}" if skipped else ""
    return f"no articles in {where}: there is no file that ends in {', '.join(sorted(suffixes))}{other}"


def describe(skipped: Counter[str]) -> str:
    """Skipped files in words: ``3 files of other kinds (2 .pdf, 1 .png)``."""
    kinds = ", ".join(f"{count} {suffix or 'without suffix'}" for suffix, count in sorted(skipped.items()))
    return f"{skipped.total()} file{'' if skipped.total() == 1 else 's'} of other kinds ({kinds})"


def _expand(argument: str) -> list[Path]:
    """A path that exists is that path, even with brackets in its name; anything else may be a pattern, which not every shell expands."""
    if argument and os.path.exists(argument):
        return [Path(argument)]
    if not any(sign in argument for sign in "*?["):
        raise UsageError(f"no such file or folder: {argument or '(an empty name)'}")
    matches = [Path(match) for match in glob(argument, recursive=True)]
    if not matches:
        raise UsageError(f"no file matches the pattern: {argument}")
    # `**` yields folders next to the files in them. The files are enough, and are named as if the shell had expanded the pattern.
    files = [match for match in matches if match.is_file()]
    return sorted(files or matches, key=_natural)


def _natural(path: Path) -> list[list[tuple[bool, int, str]]]:
    """Sort key under which ``2`` comes before ``10``."""
    return [
        [(True, int(piece), piece) if piece.isdecimal() else (False, 0, piece) for piece in re.split(r"(\d+)", part)] for part in path.parts
    ]


def _files(folder: Path, suffixes: Collection[str], leave_out: Path | None, skipped: Counter[str]) -> Iterator[_Found]:
    """The articles below a folder; counts in ``skipped`` what is none."""
    avoid = {_identity(leave_out)} - {_identity(folder)} if leave_out else set()
    for path, depth in _walk(folder, 1, avoid):
        if path.suffix.lower() in suffixes:
            yield _Found(path, depth + 1)
        else:
            skipped[path.suffix.lower()] += 1


def _walk(folder: Path, depth: int, seen: set[str]) -> Iterator[tuple[Path, int]]:
    """All files that are not hidden, with their depth; links to folders are followed, but no folder is entered twice."""
    if _identity(folder) in seen:
        return
    seen.add(_identity(folder))
    try:
        children = sorted(folder.iterdir(), key=_natural)
    except OSError as error:
        raise UsageError(f"cannot look into folder {folder}: {error.strerror or error}") from error
    for child in children:
        if child.name.startswith("."):
            continue
        if child.is_dir():
            yield from _walk(child, depth + 1, seen)
        elif child.is_file():
            yield child, depth


def _identity(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))


def _named(found: Iterable[_Found]) -> list[Input]:
    """Give every file the shortest name that no other file has, and none shorter than it asks for."""
    items = list(found)
    lengths = [item.parts for item in items]
    while True:
        names = [_name(item.path, length) for item, length in zip(items, lengths, strict=True)]
        taken = Counter(names)
        if len(taken) == len(names):
            return [Input(item.path, name) for item, name in zip(items, names, strict=True)]
        lengths = [length + (taken[name] > 1) for length, name in zip(lengths, names, strict=True)]


def _name(path: Path, length: int) -> str:
    """The last ``length`` parts of the full path, with forward slashes; bytes of a file name that are no Unicode become question marks."""
    name = "/".join(Path(os.path.abspath(path)).parts[-length:])
    return name.encode(errors="replace").decode()
