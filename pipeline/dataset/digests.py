"""Sets and tables of 64-bit numbers for millions of entries: a few bytes each, where Python's own take eighty."""

from __future__ import annotations

import hashlib
from array import array

_FIRST = 1 << 16
_FULL = 0.6


def digest64(data: bytes) -> int:
    """A number that stands for some bytes; that two of ten million differ and share it happens once in four hundred thousand runs."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") or 1


class DigestSet:
    """A growing set of digests (never 0). It grows by further tables, each twice as large, so that nothing is ever copied."""

    def __init__(self) -> None:
        self._tables: list[array[int]] = []
        self._room = 0

    def add(self, digest: int) -> bool:
        """Take a digest; whether it is new."""
        for table in self._tables:
            mask = len(table) - 1
            slot = digest & mask
            while (known := table[slot]) and known != digest:
                slot = (slot + 1) & mask
            if known:
                return False
        if not self._room:
            size = _FIRST << len(self._tables)
            self._tables.append(array("Q", bytes(8 * size)))
            self._room = int(size * _FULL)
        table = self._tables[-1]
        mask = len(table) - 1
        slot = digest & mask
        while table[slot]:
            slot = (slot + 1) & mask
        table[slot] = digest
        self._room -= 1
        return True
