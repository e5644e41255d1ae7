"""Learning of how plausible relations are (:mod:`pipeline.plausibility`): a truncated singular value decomposition of all associations.

Randomised subspace iteration (Halko, Martinsson and Tropp 2011) over a matrix that is never written out: heads by relations and tails.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.associations import BAR, load_rows
from pipeline.dataset.staging import write_file
from pipeline.matrices import Floats
from pipeline.plausibility import save
from pipeline.schema import RelationType

# Chosen on dev with a second look that knows it, by average precision: 0.775 with 64 numbers a row, 0.778 with 128.
_SIZE: Final = 128
_SEED: Final = 11
_MORE: Final = 16  # numbers that the iteration has more, and are thrown away
_ROUNDS: Final = 5
# Of what much is said each single thing counts less: entries are divided by the roots of the lengths of row and column, and these are what
# short ones are taken to be longer.
_HEAD, _TAIL = 1.0, 0.3

_Numbers = NDArray[np.int64]


class _Sparse:
    """A matrix of which few entries are not zero: where they are, and what."""

    def __init__(self, row: _Numbers, column: _Numbers, values: Floats) -> None:
        self.rows, self.columns = int(row.max()) + 1, int(column.max()) + 1
        self._across, self._down = _Sums(row, column, values), _Sums(column, row, values)

    def times(self, other: Floats) -> Floats:
        """The product with a matrix."""
        return self._across.of(other)

    def transposed_times(self, other: Floats) -> Floats:
        """The product of the transposed matrix with another."""
        return self._down.of(other)


class _Sums:
    """Weighted sums of rows, for each of the groups 0, 1, 2 ... of which none is empty."""

    def __init__(self, group: _Numbers, row: _Numbers, weight: Floats) -> None:
        order = np.argsort(group, kind="stable")
        self._row, self._weight = row[order], weight[order, None]
        self._starts = np.flatnonzero(np.diff(group[order], prepend=-1))

    def of(self, rows_: Floats) -> Floats:
        return np.add.reduceat(self._weight * rows_[self._row], self._starts, axis=0)


def decompose(row: _Numbers, column: _Numbers, values: Floats, size: int, seed: int = _SEED) -> tuple[Floats, Floats]:
    """Rows of ``size`` numbers for the rows and the columns of a sparse matrix, whose products come as near to its entries as can be. No
    row and no column may be empty; with fewer of them than ``size`` the rows are as short.
    """
    matrix = _Sparse(row, column, values)
    width = min(size + _MORE, matrix.rows, matrix.columns)
    found = matrix.times(np.random.default_rng(seed).normal(size=(matrix.columns, width)).astype(np.float32))
    for _ in range(_ROUNDS):
        across, _ = np.linalg.qr(matrix.transposed_times(np.linalg.qr(found)[0]))
        found = matrix.times(across)
    basis, _ = np.linalg.qr(found)
    left, strength, right = np.linalg.svd(matrix.transposed_times(basis).T, full_matrices=False)
    return (basis @ left * strength)[:, :size], right[:size].T


def learn(associations: Iterable[tuple[str, RelationType, str]], size: int = _SIZE) -> bytes:
    """The file of what is plausible. ``associations``: head, relation, and all tails with a bar between them."""
    said = [(head, relation, tail) for head, relation, tails in associations for tail in tails.split(BAR)]
    concepts = sorted({concept for head, _, tail in said for concept in (head, tail)})
    place = {concept: number for number, concept in enumerate(concepts)}
    number = {relation: number for number, relation in enumerate(RelationType)}
    head_of, row = np.unique([place[head] for head, _, _ in said], return_inverse=True)
    tail_of, column = np.unique([number[relation] * len(concepts) + place[tail] for _, relation, tail in said], return_inverse=True)
    values = 1 / np.sqrt(np.sqrt(np.bincount(row)) + _HEAD)[row]
    values /= np.sqrt(np.sqrt(np.bincount(column, weights=values**2)) + _TAIL)[column]
    heads, tails = decompose(row, column, values.astype(np.float32), size)
    return save(concepts, head_of, heads, tail_of, tails)


def train(out: Path) -> None:
    """Learn from the associations of the package, and write the file to ``out``. Raises OutputError."""
    write_file(out, learn(load_rows()))
