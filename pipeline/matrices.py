"""Products of matrices in one thread, probabilities from log-odds, and what stands in files of arrays."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

UNREADABLE: Final = (ValueError, KeyError, IndexError, OSError, EOFError, BadZipFile, zlib.error)
"""What is raised where a file of arrays is damaged, or none, or holds others."""

_CERTAIN: Final = 60.0
"""Log-odds beyond it are as good as certain, and would overflow."""
_ONE_THREAD: Final = 1 << 18
"""Multiplications up to which OpenBLAS computes a product in the thread that asks for it."""


def as_array(lines: Iterable[str]) -> NDArray[np.uint8]:
    """Lines of text as an array, to stand in a file of arrays."""
    return np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)


def as_lines(array: NDArray[np.uint8]) -> list[str]:
    """The lines of such an array. Raises ValueError if it is no text."""
    return bytes(array).decode().split("\n")


def logistic(log_odds: NDArray[Any]) -> NDArray[Any]:
    """Probabilities from log-odds of any size."""
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -_CERTAIN, _CERTAIN))))


def with_nothing(rows: Floats) -> Floats:
    """Rows with one more behind them, of zeros: the row of what is not known."""
    # Row by row in memory: rows of an array that lies column by column are gathered half as fast.
    return np.ascontiguousarray(np.concatenate([rows, np.zeros((1, rows.shape[1]), dtype=np.float32)]))


def product(left: Floats, right: Floats) -> Floats:
    """Matrix product, some rows at a time: for large matrices OpenBLAS starts threads, which for one article cost more than they do, most
    of all where several processes share the processors.
    """
    count, inner = left.shape
    width = right.shape[1]
    rows = max(_ONE_THREAD // (inner * width), 1)
    whole = count - count % rows
    result = np.empty((count, width), dtype=np.float32)
    np.matmul(left[:whole].reshape(-1, rows, inner), right, out=result[:whole].reshape(-1, rows, width))
    if whole < count:
        rest = max(count - rows, 0)  # some rows over again, since the product of few rows goes another way, which may have threads
        np.matmul(left[rest:], right, out=result[rest:])
    return result
