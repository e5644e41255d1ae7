"""What a user names on the command line -> the files to read, each with its name in the records."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from glob import glob
from itertools import chain
from pathlib import Path

from pipeline.dataset.containers import FORMATS, open_container, read_stream, shape_of
from pipeline.dataset.digests import DigestSet, digest64
from pipeline.dataset.items import Item
from pipeline.errors import UsageError
from pipeline.readers import READERS
from pipeline.schema import RejectedRecord
from pipeline.settings import Settings

_FILES_PER_PARTITION = 100


_STDIN = "stdin"


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read, and what the records call it. There may be millions, so that it holds as little as can be."""

    location: str
    name: str
    is_stdin: bool = False
    """Whether it is no file but the standard input."""

    @property
    def path(self) -> Path:
        """Where the file is."""
        return Path(self.location)


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of the inputs that can be read by itself, on another machine too, with the same names: a container, or some plain files."""

    name: str
    files: tuple[Input, ...]
    settings: Settings
    format: str | None = None
    """That of files whose names do not tell it."""

    @property
    def is_stdin(self) -> bool:
        """Whether it can be read here and once only."""
        return self.files[0].is_stdin

    def items(self, skipped: Counter[str] | None = None) -> Iterator[Item | RejectedRecord]:
        """Its articles, one after the other; a rejected record for what cannot be one. ``skipped`` counts what was passed over, by kind."""
        counts = Counter[str]() if skipped is None else skipped
        for file in self.files:
            shape = shape_of(file.path.name, self.format)
            if file.is_stdin:
                yield from read_stream(sys.stdin.buffer, file.name, self.format or "text", self.settings, counts)
            elif shape.is_container:
                yield from open_container(file.path, file.name, shape, self.settings, counts)
            else:
                yield Item(file.name, file.path, None, shape.suffix, packing=shape.packing)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files of a run in reading order, and how many files (and records in them) of which kind were passed over."""

    files: tuple[Input, ...]
    skipped: Counter[str] = field(default_factory=Counter)
    settings: Settings = field(default_factory=Settings)
    format: str | None = None

    @property
    def total(self) -> int | None:
        """How many articles there are, or None where only reading tells."""
        return None if any(self._holds_many(file) for file in self.files) else len(self.files)

    def items(self) -> Iterator[Item | RejectedRecord]:
        """All articles in order, one after the other; a rejected record for what cannot be one. Counts what is passed over."""
        for partition in self.partitions():
            yield from partition.items(self.skipped)

    def partitions(self) -> Iterator[Partition]:
        """The same in parts, in the same order: each container by itself, and plain files by the hundred."""
        plain: list[Input] = []
        for file in self.files:
            many = self._holds_many(file)
            if plain and (many or len(plain) == _FILES_PER_PARTITION):
                yield self._partition(plain)
                plain = []
            if many:
                yield self._partition([file])
            else:
                plain.append(file)
        if plain:
            yield self._partition(plain)

    def _holds_many(self, file: Input) -> bool:
        if file.is_stdin:
            return FORMATS[self.format or "text"] not in READERS
        return shape_of(file.path.name, self.format).is_container

    def _partition(self, files: Sequence[Input]) -> Partition:
        return Partition(files[0].name, tuple(files), self.settings, self.format)


@dataclass(frozen=True, slots=True)
class _Found:
    location: str
    parts: int
    """How many of the last parts of the path make its name."""


def collect(
    arguments: Sequence[str],
    suffixes: Collection[str],
    leave_out: Path | None = None,
    settings: Settings | None = None,
    format_: str | None = None,
    from_file: str | None = None,
) -> Inputs:
    """Expand files, folders and glob patterns, ``-`` for standard input, and with ``from_file`` the paths that a file lists.

    Folders are searched to any depth for files with one of ``suffixes``, and for those that hold many such articles or are compressed, in
    natural order (``2`` before ``10``); hidden files and the folder ``leave_out`` (where the results go) are not looked at. A file that is
    named is always taken, whatever its suffix, and a file that is reached twice is read once. Names do not depend on the machine: a file of
    a folder is called by the folder's name and its path in there, a file that was named by its name alone; only where two files would
    share a name, parent folders are put before it. ``format_`` is that of files whose suffix says nothing, and of standard input.

    Raises UsageError when an argument matches nothing, or when there is nothing to read.
    """
    settings = settings or Settings()
    skipped: Counter[str] = Counter()
    found: list[_Found] = []
    seen = DigestSet()
    stdin = False

    def wanted(name: str) -> bool:
        return shape_of(name).is_read(suffixes)

    listed = read_list(from_file) if from_file is not None else ()
    for argument, paths in chain(((a, None) for a in arguments), ((p, [Path(p)]) for p in listed)):
        if argument == "-" and paths is None:
            stdin = True
            continue
        for path in paths or _expand(argument):
            for item, identity in _files(path, wanted, leave_out, skipped) if path.is_dir() else ((_Found(str(path), 1), _identity(path)),):
                if seen.add(digest64(os.fsencode(identity))):
                    found.append(item)
    if not found and not stdin:
        raise UsageError(_nothing([*arguments, *([from_file] if from_file else [])], suffixes, skipped))
    files = _named(found)
    if stdin:
        if from_file == "-":
            raise UsageError("standard input cannot be both an article and the list of --from-file: leave one of the two out")
        files.append(Input("-", _STDIN, is_stdin=True))
    return Inputs(tuple(files), skipped, settings, format_)


def read_list(name: str) -> Iterator[str]:
    """The paths in a file (``-``: standard input), one a line, or separated by NUL as `find -print0` does. Raises UsageError."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the list of --from-file {name}: {error.strerror or error}") from error
    separator = b"\0" if b"\0" in data else b"\n"
    for line in data.removeprefix(b"\xef\xbb\xbf").split(separator):
        path = line if separator == b"\0" else line.rstrip(b"\r")
        if path.strip():
            yield os.fsdecode(path)


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
    return [_natural_name(part) for part in path.parts]


def _natural_name(name: str) -> list[tuple[bool, int, str]]:
    return [(True, int(piece), piece) if piece.isdecimal() else (False, 0, piece) for piece in re.split(r"(\d+)", name)]


def _files(folder: Path, wanted: Callable[[str], bool], leave_out: Path | None, skipped: Counter[str]) -> Iterator[tuple[_Found, str]]:
    """The articles below a folder, each with the identity of its file; counts in ``skipped`` what is none."""
    avoid = {_identity(leave_out)} - {_identity(folder)} if leave_out else set()
    for path, depth, identity in _walk(folder, 1, avoid):
        if wanted(path.name):
            yield _Found(str(path), depth + 1), identity
        else:
            skipped[path.suffix.lower()] += 1


def _walk(folder: Path, depth: int, seen: set[str]) -> Iterator[tuple[Path, int, str]]:
    """All files that are not hidden, with depth and identity; links to folders are followed, but no folder is entered twice."""
    real = _identity(folder)
    if real in seen:
        return
    seen.add(real)
    try:
        with os.scandir(folder) as entries:
            links = {entry.name: entry.is_symlink() for entry in entries if not entry.name.startswith(".")}
    except OSError as error:
        raise UsageError(f"cannot look into folder {folder}: {error.strerror or error}") from error
    for name in sorted(links, key=_natural_name):
        child = folder / name
        if child.is_dir():
            yield from _walk(child, depth + 1, seen)
        elif child.is_file():
            yield child, depth, _identity(child) if links[name] else os.path.join(real, os.path.normcase(name))


def _identity(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))


def _named(items: Sequence[_Found]) -> list[Input]:
    """Give every file the shortest name that no other file has, and none shorter than it asks for."""
    lengths = [item.parts for item in items]
    longest = max((len(Path(os.path.abspath(item.location)).parts) for item in items), default=0)
    while True:
        names = [_name(item.location, length) for item, length in zip(items, lengths, strict=True)]
        taken = Counter(names)
        if len(taken) == len(names):
            break
        lengths = [length + (taken[name] > 1) for length, name in zip(lengths, names, strict=True)]
        if max(lengths) > longest:  # names of broken Unicode that look alike
            names = numbered(names)
            break
    return [Input(item.location, name) for item, name in zip(items, names, strict=True)]


def numbered(names: Iterable[str], mark: str = "@") -> list[str]:
    """The names, those that were there before with a mark and a number behind them."""
    taken: set[str] = set()
    result = []
    for name in names:
        number, new = 1, name
        while new in taken:
            number += 1
            new = f"{name}{mark}{number}"
        taken.add(new)
        result.append(new)
    return result


def _name(location: str, length: int) -> str:
    """The last ``length`` parts of the full path, with forward slashes; bytes of a file name that are no Unicode become question marks."""
    name = "/".join(Path(os.path.abspath(location)).parts[-length:])
    return name.encode(errors="replace").decode()
