"""All or nothing: files of a run appear in the output folder together, when all of them are complete."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import OutputError

if sys.platform != "win32":
    import fcntl


class Staging:
    """A folder inside the output folder that collects a run's files until :meth:`publish` moves them to their places.

    Whatever happens before that (an error, Ctrl-C, a full disk, a power cut), the files of an earlier run stay as they were; the next run
    clears away what a killed one left. Entering creates the output folder and raises OutputError at once where that cannot be, so that
    nobody waits for an hour to hear it.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.folder = out / ".partial"
        self._lock = Locked(out)

    def __enter__(self) -> Self:
        self._lock.__enter__()
        try:
            with cannot("write to", self.out, "; choose another folder with --out"):
                shutil.rmtree(self.folder, ignore_errors=True)
                self.folder.mkdir()
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.__exit__(kind, error, trace)

    def write(self, name: str, content: str | bytes) -> None:
        """Put a small file into the staging folder; ``name`` may contain a folder."""
        path = self.folder / name
        with cannot("write", path):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def digests(self) -> dict[str, str]:
        """Name -> SHA-256 of every file that is here, sorted by name."""
        found = {}
        for name in self._names():
            with (self.folder / name).open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
        return found

    def publish(self, last: str) -> None:
        """Move every file over the one of an earlier run, ``last`` after all others: where it is new, everything is. Raises OutputError."""
        for name in sorted(self._names(), key=lambda name: name == last):
            with cannot("replace", self.out / name):
                (self.out / name).parent.mkdir(exist_ok=True)
                os.replace(self.folder / name, self.out / name)

    def _names(self) -> list[str]:
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file())


class Locked:
    """The output folder, made if it does not exist, and kept from other runs. Raises OutputError where that cannot be."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        try:
            with cannot("write to", self.out, "; choose another folder with --out"):
                self.out.mkdir(parents=True, exist_ok=True)
                self._descriptor = _locked(self.out)
        except OutputError as error:
            if isinstance(error.__cause__, BlockingIOError):
                raise OutputError(f"another run is writing to {self.out}: wait for it, or choose another folder with --out") from error
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def cannot(do: str, path: Path, advice: str = "") -> Iterator[None]:
    """Turns what the system refuses into an OutputError with one line for the user."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot {do} {path}: {error.strerror or error}{advice}") from error


def write_files(out: Path, contents: Mapping[str, bytes]) -> None:
    """Write files of these names into a folder, all of them or none. Raises OutputError."""
    with Staging(out) as staging:
        for name, content in contents.items():
            staging.write(name, content)
        staging.publish(last="")


def write_file(path: Path, content: bytes) -> None:
    """Write one file, complete or not at all. Raises OutputError."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _locked(folder: Path) -> int | None:
    """Keep other runs out of a folder until the returned descriptor is closed, which the system does for a killed run as well.

    Raises BlockingIOError when another run is in there. Windows needs no lock: it refuses to clear the open files of that run. Some network
    file systems have none to give; then two runs into one folder are the user's to avoid.
    """
    if sys.platform == "win32":
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
