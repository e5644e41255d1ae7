"""What is known of the articles that are written: the file ``.state.jsonl`` beside a dataset, by which a later run sees what it can keep.

A line for each input, in the order of the dataset: its name and digest, where its lines end in the other files, what it was made with, and
what summary and table of concepts need of it. Nothing of it is part of the dataset; without it, a run makes everything anew.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Literal, Self

from pipeline.dataset.duplicates import DUPLICATE, Signature, left_out
from pipeline.dataset.outcome import OUT_OF_MEMORY, TIMEOUT, WORKER_DIED, Counted, Outcome
from pipeline.exports import EXPORTS, encode
from pipeline.lexicon import Concept
from pipeline.schema import SCHEMA_VERSION, ArticleRecord, EntityType, RejectedRecord, RelationType
from pipeline.settings import Settings

STATE: Final = ".state.jsonl"
FILES: Final = (*(f"{name}.jsonl" for name in EXPORTS), "rejected.jsonl")
"""The files that grow with the articles, in the order of :attr:`Entry.sizes`."""
SCHEMA: Final = "schema"
"""The part of what a record is made with that all records of a dataset must share."""
_AGAIN: Final = {TIMEOUT, WORKER_DIED, OUT_OF_MEMORY, DUPLICATE}
"""Reasons of rejection that may not hold the next time: they say something of the machine or of other articles."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a record is made with: versions, digests and settings by name. Two that are equal make the same record of the same input."""

    parts: Mapping[str, str]

    @classmethod
    def with_(cls, versions: Mapping[str, str], settings: Settings) -> Made:
        """What the present program makes records with. Its code counts as well: not every change of it has a version."""
        values = settings.model_dump(mode="json")
        return cls(
            {
                "program": _code(),
                SCHEMA: SCHEMA_VERSION,
                **versions,
                **{f"setting {name}": json.dumps(values[name]) for name in sorted(values)},
            }
        )

    @property
    def key(self) -> str:
        """Short name of all parts together."""
        return hashlib.sha256(json.dumps(dict(sorted(self.parts.items()))).encode()).hexdigest()[:16]

    def other(self, made: Made) -> list[str]:
        """Names of the parts that differ."""
        names = self.parts.keys() | made.parts.keys()
        return sorted(name.replace("_", " ") for name in names if self.parts.get(name) != made.parts.get(name))


@cache
def _code() -> str:
    """Digest of the Python code of the package."""
    package = Path(__file__).parents[1]
    found = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        found.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return found.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the state: an input and what was written for it."""

    name: str
    digest: str | None
    made: str
    sizes: tuple[int, ...]
    """Bytes that it has in each of :data:`FILES`."""
    check: str
    """Digest of these bytes."""
    counted: Counted | None
    reason: str | None
    """Why it was rejected, if it was."""
    article: str | None = None
    signed: Signature | None = None
    copy_of: str | None = None
    """The id of the article that it repeats, as its record says."""

    @classmethod
    def of(cls, outcome: Outcome, made: str) -> tuple[Entry, tuple[bytes, ...]]:
        """The entry of an outcome, with the bytes that go into :data:`FILES`."""
        rejected = outcome.rejected
        lines = (*(outcome.lines or (b"",) * len(EXPORTS)), encode([rejected]) if rejected else b"")
        sizes = tuple(len(part) for part in lines)
        reason = rejected.reason if rejected else None
        return cls(
            outcome.name, outcome.digest, made, sizes, _check(lines), outcome.counted, reason, outcome.article, outcome.signed
        ), lines

    def line(self) -> bytes:
        """The entry as JSON."""
        values: dict[str, Any] = {"name": self.name, "digest": self.digest, "made": self.made, "sizes": self.sizes, "check": self.check}
        if self.reason is not None:
            values["reason"] = self.reason
        if self.article is not None:
            values["article"] = self.article
        if self.signed:
            values["signed"] = (self.signed.digest, self.signed.hashes.hex())
        if self.copy_of is not None:
            values["copy_of"] = self.copy_of
        if self.counted:
            c = self.counted
            concepts = [(x.type, x.name, x.subtype, x.broader, x.source) for x in c.concepts]
            values["counted"] = (c.words, c.sentences, c.entities, c.relations, concepts)
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Entry:
        """The entry in a line."""
        counted = None
        if "counted" in values:
            words, sentences, entities, relations, concepts = values["counted"]
            counted = Counted(
                words,
                sentences,
                Counter({EntityType(name): count for name, count in entities.items()}),
                Counter({RelationType(name): count for name, count in relations.items()}),
                tuple(
                    Concept(EntityType(kind), name, subtype, broader, source=source) for kind, name, subtype, broader, source in concepts
                ),
            )
        sizes = tuple(values["sizes"])
        if len(sizes) != len(FILES):
            raise ValueError("made by a version that wrote other files")
        signed = Signature(values["signed"][0], bytes.fromhex(values["signed"][1])) if "signed" in values else None
        return cls(
            values["name"],
            values["digest"],
            values["made"],
            sizes,
            values["check"],
            counted,
            values.get("reason"),
            values.get("article"),
            signed,
            values.get("copy_of"),
        )

    def lasting(self, made: str) -> bool:
        """Whether a run that makes records with ``made`` would come to the same, if the input is the same.

        A record of another make is for the user to refresh; a rejection of another make never lasts, since settings may lift it.
        """
        return self.reason is None or (self.made == made and self.reason not in _AGAIN)


def made_line(made: Made) -> bytes:
    """The line of the state that explains ``made.key``; it stands before the first entry that has it."""
    return json.dumps({"key": made.key, "with": dict(made.parts)}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_state(file: BinaryIO) -> Iterator[tuple[int, Entry | Made]]:
    """The lines of a state, each with its place; stops at what is no line of it (a file that was cut off, or edited)."""
    place = 0
    for line in file:
        try:
            values = json.loads(line)
            yield place, Made(values["with"]) if "with" in values else Entry.read(values)
        except (ValueError, KeyError, TypeError):
            return
        place += len(line)


@dataclass(frozen=True, slots=True)
class Kept:
    """What an earlier run wrote for an input, taken over as it is."""

    entry: Entry
    lines: tuple[bytes, ...]


class Earlier:
    """What an earlier run wrote into a folder, by name of the input. In memory is a window of it, whatever its size."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.made: dict[str, Made] = {}
        self.damaged = 0
        """Entries whose lines are not what was written for them."""

    def __enter__(self) -> Self:
        self._open = ExitStack()
        self._index = sqlite3.connect("", isolation_level=None)  # a file of its own in the system's folder, gone when it is closed
        self._open.callback(self._index.close)
        places = ", ".join(f"at{number} INTEGER" for number in range(len(FILES)))
        self._index.execute(f"CREATE TABLE entries (name TEXT PRIMARY KEY, number INTEGER, place INTEGER, seen INTEGER, {places})")
        self._index.execute("CREATE INDEX by_number ON entries (seen, number)")
        self._index.execute("BEGIN")
        try:
            self._state = self._open.enter_context((self._folder / STATE).open("rb"))
            self._files = [self._open.enter_context((self._folder / name).open("rb")) for name in FILES]
        except OSError:
            self._files = []
            return self
        marks = ", ".join("?" * (4 + len(FILES)))
        ends = [0] * len(FILES)
        for number, (place, entry) in enumerate(read_state(self._state)):
            if isinstance(entry, Made):
                self.made[entry.key] = entry
                continue
            self._index.execute(f"INSERT OR REPLACE INTO entries VALUES ({marks})", (entry.name, number, place, 0, *ends))
            ends = [end + size for end, size in zip(ends, entry.sizes, strict=True)]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()

    def find(self, name: str) -> Kept | None:
        """What was written for an input; None for an unknown one, or where it is not there any more as it was written."""
        row = self._index.execute("SELECT * FROM entries WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        self._index.execute("UPDATE entries SET seen = 1 WHERE name = ?", (name,))
        return self._kept(row)

    def rest(self) -> Iterator[Kept]:
        """What was written for inputs that nobody asked for, in the order in which it stands there."""
        last = -1
        while row := self._index.execute("SELECT * FROM entries WHERE seen = 0 AND number > ? ORDER BY number LIMIT 1", (last,)).fetchone():
            last = row[1]
            found = self._kept(row)
            if found:
                yield found

    def _kept(self, row: tuple[Any, ...]) -> Kept | None:
        self._state.seek(row[2])
        entry = Entry.read(json.loads(self._state.readline()))
        lines = []
        for file, place, size in zip(self._files, row[4:], entry.sizes, strict=True):
            file.seek(place)
            lines.append(file.read(size))
        if _check(lines) != entry.check:
            self.damaged += 1
            return None
        return Kept(entry, tuple(lines))


def rejected_of(kept: Kept) -> RejectedRecord | None:
    """The record of why an input was rejected."""
    return RejectedRecord.model_validate_json(kept.lines[-1]) if kept.lines[-1] else None


def repeated(kept: Kept, first: str | None, choice: Literal["mark", "skip"]) -> Kept:
    """What is written for an article of which ``first`` is the earlier one that it repeats, or None."""
    entry = kept.entry
    if first is not None and choice == "skip":
        return Kept(*Entry.of(Outcome(entry.name, entry.digest, rejected=left_out(entry.name, first)), entry.made))
    if first == entry.copy_of:
        return kept
    record = ArticleRecord.model_validate_json(kept.lines[0]).model_copy(update={"duplicate_of": first})
    outcome = Outcome(entry.name, entry.digest, tuple(e(record) for e in EXPORTS.values()), entry.counted, entry.article, entry.signed)
    marked, lines = Entry.of(outcome, entry.made)
    return Kept(replace(marked, copy_of=first), lines)


def _check(lines: tuple[bytes, ...] | list[bytes]) -> str:
    found = hashlib.blake2b(digest_size=8)
    for part in lines:
        found.update(part)
    return found.hexdigest()
