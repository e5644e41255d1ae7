"""How plausible a relation between two concepts is, also where nobody wrote it down: by what is commonly said of things like them.

:mod:`pipeline.associations` say yes or nothing. Here every head and every tail is a short row of numbers, and the product of two rows says
how well they go together: ginger and travel sickness, since much that helps against nausea is said to help against that too. It is link
prediction in a knowledge graph, by the truncated singular value decomposition of all associations, as in recommender systems ("PureSVD":
Cremonesi, Koren and Turrin 2010). Made by ``health-triples train plausibility``; plain arrays in a file without code.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.associations import load_associations
from pipeline.errors import ResourceError
from pipeline.matrices import UNREADABLE, Floats, as_array, as_lines, with_nothing
from pipeline.remembered import Remembered
from pipeline.resources import load_bytes
from pipeline.schema import RelationType

MODEL_FILE: Final = "model/plausibility/model.npz"
Places = NDArray[np.int64]
_RELATIONS: Final = len(RelationType)
_FINEST: Final = 127  # rows are kept as whole numbers from minus to plus this
_MOST: Final = 2.0  # of a product, before the root: what is said outright is seldom above one


@dataclass(frozen=True, slots=True, eq=False)
class Plausibility:
    """``concepts``: ids in alphabetical order. ``heads`` and ``tails``: rows of numbers, the last row zero. ``head_row`` (concepts + 1) and
    ``tail_row`` (relations, concepts + 1) say which row is whose; the last concept is one of which nothing is known.
    """

    concepts: Sequence[str]
    heads: Floats
    head_row: Places
    tails: Floats
    tail_row: Places
    _place: Remembered[tuple[str, str | None], int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = {concept: place for place, concept in enumerate(self.concepts)}

        def find(thing: tuple[str, str | None]) -> int:
            line = load_associations().line(*thing)
            return next((known[concept] for concept in line if concept in known), len(known))

        object.__setattr__(self, "_place", Remembered(find))

    def places(self, things: Sequence[tuple[str, str | None]]) -> Places:
        """The places of concepts, each given with what an article says is above it, which counts where the lexicon has nothing there. For a
        concept that no association names stands the next one above it that one names, or the last place.
        """
        return np.asarray([self._place[thing] for thing in things], dtype=np.int64)

    def between(self, heads: Places, relations: Places, tails: Places) -> Floats:
        """How plausible some relations are, from 0 to 1.4; ``relations`` are numbers in the order of their class."""
        one, other = self.heads[self.head_row[heads]], self.tails[self.tail_row[relations, tails]]
        products: Floats = np.einsum("ij,ij->i", one, other)
        return np.sqrt(np.clip(products, 0, _MOST))

    @classmethod
    def load(cls, content: bytes) -> Self:
        """Read a file. Raises ResourceError if it is none."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                if as_lines(file["relations"]) != list(RelationType):
                    raise ValueError("it is of other relations")
                concepts = as_lines(file["concepts"])
                heads, tails = (file[name].astype(np.float32) * file[f"{name[:-1]}_scales"][:, None] for name in ("heads", "tails"))
                head_of, tail_of = file["head_of"].astype(np.int64), file["tail_of"].astype(np.int64)
            if heads.shape[1] != tails.shape[1] or not (np.isfinite(heads).all() and np.isfinite(tails).all()):
                raise ValueError("its rows are damaged")
            head_row = np.full(len(concepts) + 1, len(heads))
            head_row[head_of] = np.arange(len(heads))
            tail_row = np.full((_RELATIONS, len(concepts) + 1), len(tails))
            tail_row[tail_of // len(concepts), tail_of % len(concepts)] = np.arange(len(tails))
        except UNREADABLE as error:
            raise ResourceError(
                f"{MODEL_FILE} is no model of plausibility: {error}; make it with: health-triples train plausibility"
            ) from error
        return cls(concepts, with_nothing(heads), head_row, with_nothing(tails), tail_row)


def save(concepts: Sequence[str], head_of: Places, heads: Floats, tail_of: Places, tails: Floats) -> bytes:
    """A file: rows of heads, each with the place of its concept, and of tails, each with the number of its relation times that of
    concepts and the place of its concept. The same numbers give the same bytes.
    """
    parts: dict[str, Any] = {"concepts": as_array(concepts), "relations": as_array(RelationType)}
    for name, of, rows in (("head", head_of, heads), ("tail", tail_of, tails)):
        scales = (np.abs(rows).max(axis=1, initial=0) / _FINEST + np.finfo(np.float32).tiny).astype(np.float32)
        parts |= {f"{name}_of": of.astype(np.int32), f"{name}_scales": scales}
        parts[f"{name}s"] = np.round(rows / scales[:, None]).astype(np.int8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **parts)
    return buffer.getvalue()


@cache
def load_plausibility() -> Plausibility:
    """The bundled one."""
    return Plausibility.load(load_bytes(MODEL_FILE))
