"""The journal of a run: what is finished, so that a run that was cut off goes on where it was.

A run appends to files in ``.partial``. From time to time it makes them lasting and notes in ``journal.jsonl`` how long each is and the
digest of its bytes: a *part*. What stands in the files behind the last part does not count. So nothing is copied or merged however often a
run is killed, and the files that are published at the end are those of a run that nobody disturbed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from pipeline.dataset.staging import cannot
from pipeline.dataset.state import FILES, STATE, Entry, Made, made_line, read_state
from pipeline.errors import OutputError

JOURNAL: Final = "journal.jsonl"
BEFORE: Final = "before"
"""Folder in ``.partial`` for what an interrupted run finished when the inputs were other ones."""
_GROWING: Final = (*FILES, STATE)
_FORMAT: Final = 1
PART_ITEMS: Final = 1_000
PART_SECONDS: Final = 10.0
"""A part is finished after so many inputs or seconds, whichever comes first: what a killed run does again."""


class Journal:
    """The growing files of a run in ``out/.partial``, for whom the folder ``out`` is locked.

    Entering completes a publication that was cut off, and takes up what an interrupted run left: ``finished`` inputs are there already.
    """

    def __init__(self, out: Path, made: Made, *, fresh: bool = False, part_items: int = PART_ITEMS) -> None:
        self.out = out
        self.folder = out / ".partial"
        self.finished = 0
        """Inputs that are in the files."""
        self.notes: list[str] = []
        """What the user should know of what was found."""
        self._made = made
        self._fresh = fresh
        self._part_items = part_items
        self._files: list[_Growing] = []
        self._ends: dict[str, str] = {}
        """Name -> SHA-256 of the files that were made at the end of this run."""
        self._known: set[str] = set()
        self._noted = 0
        self._whole = True
        self._published = False
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        with cannot("write to", self.out, "; choose another folder with --out"):
            complete_publication(self.out)
            self._take_up()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error and self._whole and self.finished > self._noted:
            with suppress(OutputError):
                self.part()
        for file in self._files:
            file.close()
        if self._published or not self._noted:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def lasting(self) -> int:
        """Inputs that the next run need not do again."""
        return self._noted

    # what is written

    def append(self, entry: Entry, lines: Sequence[bytes], made: Made | None = None) -> None:
        """Add what was made of one input. Raises OutputError."""
        self._whole = False
        for file, data in zip(self._files, lines, strict=False):
            file.write(data)
        if entry.made not in self._known:
            self._known.add(entry.made)
            self._files[-1].write(made_line(made or self._made))
        self._files[-1].write(entry.line())
        self.finished += 1
        self._whole = True
        if self.finished - self._noted >= self._part_items or time.monotonic() - self._last > PART_SECONDS:
            self.part()

    def part(self) -> None:
        """Make lasting what is finished. Raises OutputError."""
        if self.finished == self._noted:
            return
        for file in self._files:
            file.sync()
        self._note(_line({"finished": self.finished, "files": {file.path.name: [file.size, file.digest()] for file in self._files}}))
        self._noted = self.finished
        self._last = time.monotonic()

    def write(self, name: str, content: bytes) -> None:
        """Write a file that is made at the end of a run. Raises OutputError."""
        path = self.folder / name
        with cannot("write", path):
            path.parent.mkdir(exist_ok=True)
            _write_lasting(path, content)
        self._ends[name] = hashlib.sha256(content).hexdigest()

    def digests(self) -> dict[str, str]:
        """Name -> SHA-256 of what is written so far, without the state, sorted by name.

        What a killed run left of the files that are made at the end is not among it: its manifest may be there in part.
        """
        growing = {file.path.name: file.digest() for file in self._files if file.path.name != STATE}
        return dict(sorted((growing | self._ends).items()))

    def publish(self, last: str) -> None:
        """Put all files in their places, ``last`` after all others. From here on a run that is cut off is completed by the next one."""
        self.part()
        for file in self._files:
            file.sync()
            file.close()
        self._note(publication(self.out, [*self.digests(), STATE], last))
        complete_publication(self.out)
        self._published = True

    # what an interrupted run left

    def entries(self) -> Iterator[tuple[Entry, tuple[int, ...]]]:
        """What is in the files, in their order, each with where its lines begin in each of :data:`FILES`."""
        ends = [0] * len(FILES)
        with (self.folder / STATE).open("rb") as file:
            for _, entry in read_state(file):
                if isinstance(entry, Entry):
                    yield entry, tuple(ends)
                    ends = [end + size for end, size in zip(ends, entry.sizes, strict=True)]

    def lines(self, entry: Entry, places: Sequence[int]) -> tuple[bytes, ...]:
        """What was written for an entry."""
        found = []
        for name, place, size in zip(FILES, places, entry.sizes, strict=True):
            with (self.folder / name).open("rb") as file:
                file.seek(place)
                found.append(file.read(size))
        return tuple(found)

    def cut(self, count: int) -> Path:
        """Begin anew with the first ``count`` inputs only, because the others are not the same any more.

        All that was finished is in the returned folder, for those of the others that come later. Raises OutputError.
        """
        with cannot("write to", self.folder):
            for file in self._files:
                file.close()
            moved = self.folder / f"{BEFORE}.new"
            shutil.rmtree(moved, ignore_errors=True)
            moved.mkdir()
            for name in _GROWING:
                os.replace(self.folder / name, moved / name)
            shutil.rmtree(self.folder / BEFORE, ignore_errors=True)
            os.replace(moved, self.folder / BEFORE)
            self._begin()
        before = self.folder / BEFORE
        with ExitStack() as stack:
            state = stack.enter_context((before / STATE).open("rb"))
            sources = [stack.enter_context((before / name).open("rb")) for name in FILES]
            known: dict[str, Made] = {}
            for _, entry in read_state(state):
                if isinstance(entry, Made):
                    known[entry.key] = entry
                elif self.finished < count:
                    lines = [source.read(size) for source, size in zip(sources, entry.sizes, strict=True)]
                    self.append(entry, lines, known.get(entry.made))
                else:
                    break
        return before

    def _take_up(self) -> None:
        header, parts = self._read()
        if header is not None and header != self._header():
            if header.get("made") != self._made.key:
                self.notes.append("what an interrupted run with other settings, rules or versions left is not used")
            header = None
        if header is None or not self._open(parts):
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir()
            self._begin()

    def _open(self, parts: list[dict[str, Any]]) -> bool:
        """Open the files at the end of the last part that is there as it was written; False where none is."""
        if not parts:
            return False
        with suppress(OSError):
            sound = _sound(self.folder, parts)
            if sound is None:
                return False
            part, digests = sound
            self._files = [_Growing.at(self.folder / name, part["files"][name][0], digests[name]) for name in _GROWING]
            self._rewrite([self._header(), *parts[: parts.index(part) + 1]])
            self.finished = self._noted = part["finished"]
            with (self.folder / STATE).open("rb") as file:
                self._known = {entry.key for _, entry in read_state(file) if isinstance(entry, Made)}
            return True
        return False

    def _begin(self) -> None:
        self._files = [_Growing.at(self.folder / name, 0, hashlib.sha256()) for name in _GROWING]
        self.finished = self._noted = 0
        self._known = set()
        self._rewrite([self._header()])

    def _header(self) -> dict[str, Any]:
        return {"journal": _FORMAT, "made": self._made.key, "fresh": self._fresh}

    def _read(self) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
        """The header of the journal, and the parts; a line that was cut off ends it."""
        lines: list[dict[str, Any]] = []
        with suppress(OSError):
            for line in (self.folder / JOURNAL).read_bytes().splitlines(keepends=True):
                try:
                    values = json.loads(line) if line.endswith(b"\n") else None
                except ValueError:
                    break
                if not isinstance(values, dict):
                    break
                lines.append(values)
        return (lines[0], [line for line in lines[1:] if "finished" in line]) if lines else (None, [])

    def _note(self, line: bytes) -> None:
        with cannot("write", self.folder / JOURNAL), (self.folder / JOURNAL).open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def _rewrite(self, lines: Iterable[dict[str, Any]]) -> None:
        new = self.folder / f"{JOURNAL}.new"
        _write_lasting(new, b"".join(map(_line, lines)))
        os.replace(new, self.folder / JOURNAL)
        _sync_folder(self.folder)


def publication(out: Path, names: Iterable[str], last: str) -> bytes:
    """The line of a journal from which on the files in ``.partial`` are those of the dataset, and those of an earlier one are not."""
    ordered = sorted(names, key=lambda name: (name == last, name))
    return _line({"publish": ordered, "remove": sorted(_listed(out / last) - set(ordered))})


def complete_publication(out: Path) -> None:
    """Move the files of a finished run to their places, also those that a run left behind which was killed while it did so."""
    folder = out / ".partial"
    with suppress(FileNotFoundError, ValueError, IndexError, AttributeError):
        last = json.loads((folder / JOURNAL).read_bytes().splitlines(keepends=True)[-1])
        if not (names := last.get("publish")):
            return
        for name in names:
            if (folder / name).exists():
                with cannot("replace", out / name):
                    (out / name).parent.mkdir(exist_ok=True)
                    os.replace(folder / name, out / name)
        for name in (*last["remove"], *(() if STATE in names else (STATE,))):
            (out / name).unlink(missing_ok=True)
            with suppress(OSError):
                (out / name).parent.rmdir()  # only where it was the last of its folder
        _sync_folder(out)
        shutil.rmtree(folder, ignore_errors=True)


class _Growing:
    """A file that grows, with the digest of all that is in it."""

    def __init__(self, path: Path, file: BinaryIO, size: int, digest: Any) -> None:
        self.path = path
        self._file = file
        self.size = size
        self._digest = digest

    @classmethod
    def at(cls, path: Path, size: int, digest: Any) -> _Growing:
        """The file cut to ``size``, to be continued."""
        file = path.open("r+b" if size else "wb")
        file.truncate(size)
        file.seek(size)
        return cls(path, file, size, digest)

    def write(self, data: bytes) -> None:
        with cannot("write", self.path):
            self._file.write(data)
        self.size += len(data)
        self._digest.update(data)

    def sync(self) -> None:
        with cannot("write", self.path):
            self._file.flush()
            os.fsync(self._file.fileno())

    def digest(self) -> str:
        found: str = self._digest.hexdigest()
        return found

    def close(self) -> None:
        with suppress(OSError):  # what matters was made lasting before
            self._file.close()


def _sound(folder: Path, parts: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The last part whose bytes are all there, with the running digests of the files up to it."""
    sound = set(range(len(parts)))
    digests: dict[int, dict[str, Any]] = {number: {} for number in sound}
    for name in _GROWING:
        found = hashlib.sha256()
        place = 0
        with (folder / name).open("rb") as file:
            for number, part in enumerate(parts):
                size, digest = part["files"][name]
                while place < size and (data := file.read(min(2**20, size - place))):
                    found.update(data)
                    place += len(data)
                if place != size or found.hexdigest() != digest:
                    sound.discard(number)
                digests[number][name] = found.copy()
    return (parts[max(sound)], digests[max(sound)]) if sound else None


def _listed(manifest: Path) -> set[str]:
    """The files that the manifest of an earlier run names."""
    try:
        return {
            name for name in json.loads(manifest.read_bytes())["files"] if ".." not in Path(name).parts and not Path(name).is_absolute()
        }
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _line(values: dict[str, Any]) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode() + b"\n"


def _write_lasting(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make renames in a folder lasting, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
