"""Articles that say what an earlier one said: the same reading text, or nearly the same.

Nearly the same is what shares four fifths of its runs of five words, estimated by MinHash. It is written out in numpy rather than
taken from a library: datasketch keeps some kilobytes an article in Python's sets and needs scipy; here it is about 250 bytes.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from array import array
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.schema import ArticleRecord, RejectedRecord

DUPLICATE = "duplicate"
_BANDS, _ROWS = 12, 5
"""A pair is looked at if all rows of one band agree: of pairs that share 0.8 of their runs 99 % are, of those that share 0.5 a third."""
_HASHES = _BANDS * _ROWS
_ALIKE = round(0.8 * _HASHES)
_RUN = 5
_PIECE = 2048
"""Runs that are hashed at once, so that an article of any length takes a megabyte."""
_CROWD = 8
"""So many articles are kept under one key of a band. What a thousand pages share is the footer of a site: more of them cost time only."""
_WORD = re.compile(r"\w+")

_MASK = (1 << 64) - 1


def _mixed(number: int) -> int:
    """A number of 64 bits that looks like chance: the step of splitmix64."""
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


_FACTORS = np.array([_mixed(n) | 1 for n in range(_HASHES)], dtype=np.uint64)[:, None]
_SUMMANDS = np.array([_mixed(1000 + n) for n in range(_HASHES)], dtype=np.uint64)[:, None]
_PLACES = np.array([_mixed(2000 + n) | 1 for n in range(_RUN)], dtype=np.uint64)


class Signature(NamedTuple):
    """What is kept of a text: a digest that equal texts share, and bytes of which similar texts share many."""

    digest: int
    hashes: bytes


def signature(text: str) -> Signature:
    """The signature of a reading text. Pure, so that a worker can make it."""
    digest = int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
    words = np.fromiter((zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in _WORD.findall(text.lower())), dtype=np.uint64)
    runs = max(len(words) - _RUN + 1, 1)
    if len(words) < _RUN:
        words = np.concatenate([words, np.zeros(_RUN - len(words), dtype=np.uint64)])
    least = np.full(_HASHES, np.iinfo(np.uint64).max, dtype=np.uint64)
    for begin in range(0, runs, _PIECE):
        end = min(begin + _PIECE, runs)
        run: NDArray[np.uint64] = np.zeros(end - begin, dtype=np.uint64)
        for place in range(_RUN):
            run += words[begin + place : end + place] * _PLACES[place]
        run ^= run >> np.uint64(29)
        least = np.minimum(least, ((run * _FACTORS + _SUMMANDS) >> np.uint64(32)).min(axis=1))
    return Signature(digest, least.astype(np.uint8).tobytes())


class _Index:
    """Keys of 64 bits -> numbers of articles; a key may have several. Grows by further tables, so that nothing is ever copied."""

    def __init__(self) -> None:
        self._tables: list[array[int]] = []
        self._room = 0

    def find(self, key: int) -> Iterator[int]:
        """Numbers that may have the key, earlier ones first; others that share a place in the table are among them."""
        for table in self._tables:
            mask = len(table) - 1
            slot = key & mask
            while number := table[slot]:
                yield number - 1
                slot = (slot + 1) & mask

    def put(self, key: int, number: int) -> None:
        """Add a number under a key."""
        if not self._room:
            size = 1 << (12 + len(self._tables))
            self._tables.append(array("I", bytes(4 * size)))
            self._room = size * 5 // 8
        table = self._tables[-1]
        mask = len(table) - 1
        slot = key & mask
        while table[slot]:
            slot = (slot + 1) & mask
        table[slot] = number + 1
        self._room -= 1


class Duplicates:
    """Knows the articles so far and says which earlier one a new one repeats. Which is the first depends on the order of the calls only.

    Keeps about 250 bytes an article besides its name, and nothing of one that repeats another.
    """

    def __init__(self) -> None:
        self._names = bytearray()
        self._ends = array("Q")
        self._digests = array("Q")
        self._hashes = bytearray()
        self._same = _Index()
        self._bands = [_Index() for _ in range(_BANDS)]

    def add(self, name: str, text: str) -> str | None:
        """Take an article; the name of the earlier one whose text it repeats, if there is one."""
        return self.insert(name, signature(text))

    def insert(self, name: str, signed: Signature) -> str | None:
        """The same with a signature that was made before."""
        number = next((n for n in self._same.find(signed.digest) if self._digests[n] == signed.digest), None)
        if number is not None:
            return self._name(number)
        near: set[int] = set()
        free: list[tuple[_Index, int]] = []
        for band, index in enumerate(self._bands):
            part = signed.hashes[band * _ROWS : (band + 1) * _ROWS]
            key = _mixed(int.from_bytes(part, "little"))
            known = [n for n in index.find(key) if self._hashes[n * _HASHES + band * _ROWS : n * _HASHES + (band + 1) * _ROWS] == part]
            near.update(known)
            if len(known) < _CROWD:
                free.append((index, key))
        best = max(((self._shared(n, signed.hashes), -n) for n in near), default=(0, 0))
        if best[0] >= _ALIKE:
            return self._name(-best[1])
        self._keep(name, signed, free)
        return None

    def _shared(self, number: int, hashes: bytes) -> int:
        own = self._hashes[number * _HASHES : (number + 1) * _HASHES]
        return sum(a == b for a, b in zip(own, hashes, strict=True))

    def _keep(self, name: str, signed: Signature, free: list[tuple[_Index, int]]) -> None:
        number = len(self._digests)
        self._names += name.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._names))
        self._digests.append(signed.digest)
        self._hashes += signed.hashes
        self._same.put(signed.digest, number)
        for index, key in free:
            index.put(key, number)

    def _name(self, number: int) -> str:
        begin = self._ends[number - 1] if number else 0
        return self._names[begin : self._ends[number]].decode("utf-8", "surrogatepass")


def settle(
    record: ArticleRecord, known: Duplicates, choice: Literal["mark", "skip"], signed: Signature | None = None
) -> ArticleRecord | RejectedRecord:
    """The record, with the article that it repeats if it does; or with ``skip`` why it is left out. Call it in the order of the inputs."""
    first = known.insert(record.article_id, signed or signature(record.text))
    if first is None:
        return record
    if choice == "mark":
        return record.model_copy(update={"duplicate_of": first})
    return left_out(record.source, first)


def left_out(source: str, first: str) -> RejectedRecord:
    """Why an article that repeats another is no record."""
    message = f"has the text of article {first}, or nearly; to keep such articles run with --duplicates mark"
    return RejectedRecord(source=source, stage="deduplicate", reason=DUPLICATE, message=message)
