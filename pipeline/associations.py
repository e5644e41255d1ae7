"""What is commonly said of things: that fever goes with flu, that beans hold fibre, who treats gallstones.

A reader who knows that much reads more surely, and takes fewer remedies for the wrong complaint. Associations are a witness among
others for the model of relations, and never a candidate: what an article does not bring together is not published, however well
known it is.
Written by us, from what doctors, leaflets, magazines and folk medicine say, right or wrong; it is no medical reference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from pipeline.errors import ResourceError
from pipeline.lexicon import concept_id, load_lexicon
from pipeline.resources import load_table
from pipeline.schema import RelationType

FILES: Final = ("knowledge/conditions.tsv", "knowledge/nutrients.tsv", "knowledge/remedies.tsv", "knowledge/specialists.tsv")
_HIGHEST = 4  # steps upwards from a concept; lexicons have at most three

Parent = Callable[[str], str | None]
"""The id of the concept above one."""


@dataclass(frozen=True, slots=True, eq=False)
class Common:
    """What is commonly said of a pair, from the first to the second. ``known``: whether anything is said of both. There is one object
    for each content, so that they are quick to compare.
    """

    exact: frozenset[RelationType]
    near: frozenset[RelationType]
    """What is said of things above the two (*pijnstiller* for *paracetamol*) or right below them, where it is not said of themselves."""
    known: bool


@cache
def _common(exact: frozenset[RelationType], near: frozenset[RelationType], known: bool) -> Common:
    return Common(exact, near, known)


class Associations:
    """Relations between concepts by their ids."""

    def __init__(self, rows: Iterable[tuple[str, RelationType, str]], parent: Parent) -> None:
        """``rows``: head, relation, tail. ``parent`` is asked for the concept above one."""
        self._parent = parent
        self._exact: defaultdict[tuple[str, str], set[RelationType]] = defaultdict(set)
        self._above: defaultdict[tuple[str, str], set[RelationType]] = defaultdict(set)
        known: set[str] = set()
        for head, relation, tail in rows:
            known.update((head, tail))
            self._exact[head, tail].add(relation)
            for pair in self._higher(head, tail):
                self._above[pair].add(relation)
        self._known = known

    def _higher(self, head: str, tail: str) -> Iterator[tuple[str, str]]:
        """The pairs one step above a pair."""
        head_above, tail_above = self._parent(head), self._parent(tail)
        if head_above:
            yield head_above, tail
        if tail_above:
            yield head, tail_above

    def between(self, head: str, tail: str, head_above: str | None = None, tail_above: str | None = None) -> Common:
        """What is commonly said from one concept to another. ``…_above``: the concept above one that no lexicon has."""
        heads, tails = self._line(head, head_above), self._line(tail, tail_above)
        exact: AbstractSet[RelationType] = self._exact.get((head, tail), frozenset())
        near = {r for one in heads for other in tails for r in self._exact.get((one, other), ())} | self._above.get((head, tail), set())
        known = bool(near) or (any(one in self._known for one in heads) and any(other in self._known for other in tails))
        return _common(frozenset(exact), frozenset(near - exact), known)

    def _line(self, concept: str, above: str | None) -> list[str]:
        """A concept and all above it."""
        line = [concept]
        current = self._parent(concept) or above
        while current and current not in line and len(line) <= _HIGHEST:
            line.append(current)
            current = self._parent(current)
        return line


@cache
def load_associations() -> Associations:
    """Those of the package, with the concepts of its lexicon. Raises ResourceError for a row that names no relation."""
    lexicon = load_lexicon()

    @lru_cache(maxsize=1 << 16)
    def parent(id_: str) -> str | None:
        concept = lexicon.concepts.get(id_)
        return concept_id(concept.type, concept.broader) if concept is not None and concept.broader else None

    return Associations(_rows(), parent)


def _rows() -> Iterator[tuple[str, RelationType, str]]:
    for path in FILES:
        for number, row in enumerate(load_table(path), 2):
            try:
                relation = RelationType(row["relation"])
            except ValueError:
                raise ResourceError(f"{path}, line {number}: {row['relation']!r} is no relation") from None
            for tail in row["tails"].split("|"):
                yield row["head"], relation, tail
