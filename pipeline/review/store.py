"""The events of reviewers in a file of the dataset's folder: appended, never changed, one commit each.

SQLite in WAL mode with ``synchronous=FULL``: every event is on the disk before the reviewer sees the next triple, so that neither a killed
process nor a power cut takes back more than the key that was just pressed. (NORMAL would be quicker, and may lose the last seconds when
the power goes; a commit costs milliseconds, and people press one key in some seconds.) Writers queue up: ``BEGIN IMMEDIATE`` takes the
write lock before anything is read, and the busy timeout waits for it, so that numbers are given in the order of commits, and a reader who
asks for everything behind a number misses nothing.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pydantic import ValidationError

from pipeline.errors import OutputError, ResourceError, UsageError
from pipeline.review.events import EVENT, Event, Undo, problem_of

STORE_FILE: Final = "review.sqlite"
STORE_VERSION: Final = 1
_APPLICATION: Final = 0x48545256
"""Marks a file as ours, so that another SQLite file of this name is not written into."""
_WAIT_SECONDS: Final = 15.0
_TABLE: Final = """
CREATE TABLE event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL
) STRICT
"""
_TRIGGERS: Final = (
    "CREATE TRIGGER never_changed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are never changed'); END",
    "CREATE TRIGGER never_deleted BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END",
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its number. ``new`` is false where it was there before: a request that was sent twice."""

    number: int
    event: Event
    new: bool = True


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    added: int
    known: int


class Store:
    """The events of one dataset. Threads may share it, and other processes may have it open as well."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """Open the store of a dataset, or make it. With ``read_only`` nothing is made, and a missing one has no events.

        Raises UsageError where a newer version made it, ResourceError where it is none, OutputError where it cannot be opened.
        """
        self.path = folder / STORE_FILE
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        if read_only and not self.path.exists():
            return
        mode = "ro" if read_only else "rwc"
        with self._told():
            self._connection = sqlite3.connect(
                f"{self.path.resolve().as_uri()}?mode={mode}",
                uri=True,
                timeout=_WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                self._prepare(self._connection, read_only=read_only)
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; everything in it is committed already."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def append(self, event: Event) -> Recorded:
        """Write one event, on the disk when this returns; or give the one with its key, if that was written before.

        Raises UsageError where the key is that of another event.
        """
        with self._transaction() as connection:
            known = _with_key(connection, event.key)
            if known is None:
                return Recorded(_insert(connection, event), event)
        if _essence(known.event) != _essence(event):
            raise UsageError(f"the key {event.key} is that of another event: make a new key for each")
        return Recorded(known.number, known.event, new=False)

    def since(self, number: int = 0) -> list[Recorded]:
        """All events behind one, in order."""
        if self._connection is None:
            return []
        with self._lock, self._told():
            rows = self._connection.execute("SELECT number, content FROM event WHERE number > ? ORDER BY number", (number,)).fetchall()
        return [Recorded(number, self._parsed(number, content)) for number, content in rows]

    def lines(self) -> Iterator[str]:
        """All events as JSON lines, in order."""
        for recorded in self.since():
            yield recorded.event.model_dump_json()

    def absorb(self, lines: Iterable[str], name: str) -> Imported:
        """Take in the JSON lines of another store, all or none; events that are here already are left as they are.

        Raises ResourceError with the line that is no event, or that takes back what is not there.
        """
        events = list(_read(lines, name))
        added = 0
        with self._transaction() as connection:
            for number, event in events:
                known = _with_key(connection, event.key)
                if known is not None:
                    if known.event != event:
                        raise ResourceError(f"{name}, line {number}: the store has another event with the key {event.key}")
                    continue
                if isinstance(event, Undo) and _with_key(connection, event.target) is None:
                    raise ResourceError(f"{name}, line {number}: takes back {event.target}, which neither the file nor the store has")
                _insert(connection, event)
                added += 1
        return Imported(added, len(events) - added)

    def _parsed(self, number: int, content: str) -> Event:
        try:
            return EVENT.validate_json(content)
        except ValidationError as error:
            raise ResourceError(f"{self.path}, event {number}: {problem_of(error)}") from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if self._connection is None:
            raise UsageError("the review is read-only: start it without --read-only to decide")
        with self._lock, self._told():
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise

    def _prepare(self, connection: sqlite3.Connection, *, read_only: bool) -> None:
        """Make the tables of a new file, and check those of another."""
        if not read_only:
            _wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                if not connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone():
                    connection.execute(_TABLE)
                    for trigger in _TRIGGERS:
                        connection.execute(trigger)
                    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                    connection.execute(f"PRAGMA user_version = {STORE_VERSION}")
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
            raise ResourceError(f"{self.path} was not made by `health-triples review`: move it away")
        if version > STORE_VERSION:
            raise UsageError(f"{self.path} has version {version}, and this program knows {STORE_VERSION}: install a newer version of it")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turns what SQLite says into an error with the file and a remedy."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise OutputError(f"{self.path} was locked for {_WAIT_SECONDS:.0f} seconds: is another program writing to it?") from error
            raise OutputError(f"cannot use {self.path}: {error}; is its folder writable, and the disk not full?") from error
        except sqlite3.DatabaseError as error:
            raise ResourceError(f"{self.path} is damaged or no file of events: {error}; move it away, or restore a copy") from error


def _wal(connection: sqlite3.Connection) -> None:
    """Readers do not wait for writers. Changing to this mode does not heed the busy timeout, so two who open a new store at once try again.

    Where the file system has no shared memory, SQLite keeps its older journal, which is as safe, and slower.
    """
    patience = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > patience:
                raise
            time.sleep(0.02)


def _with_key(connection: sqlite3.Connection, key: str) -> Recorded | None:
    row = connection.execute("SELECT number, content FROM event WHERE key = ?", (key,)).fetchone()
    return Recorded(row[0], EVENT.validate_json(row[1])) if row else None


def _insert(connection: sqlite3.Connection, event: Event) -> int:
    cursor = connection.execute("INSERT INTO event (key, content) VALUES (?, ?)", (event.key, event.model_dump_json()))
    number = cursor.lastrowid
    if number is None:
        raise AssertionError("an inserted row has a number")
    return number


def _essence(event: Event) -> dict[str, object]:
    """What two sendings of one request have in common: all but the clock and what depends on the other events."""
    return event.model_dump(exclude={"time", "sampling"})


def _read(lines: Iterable[str], name: str) -> Iterator[tuple[int, Event]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            json.loads(line)
            yield number, EVENT.validate_json(line)
        except ValidationError as error:
            raise ResourceError(f"{name}, line {number}: {problem_of(error)}") from error
        except ValueError as error:
            raise ResourceError(f"{name}, line {number} is no JSON: {error}") from error
