"""What is commonly said of things: that fever goes with flu, that beans hold fibre, who treats gallstones.

A reader who knows that much reads more surely, and takes fewer remedies for the wrong complaint. Associations are a witness among
others for the model of relations, and never a candidate: what an article does not bring together is not published, however well
known it is.
Written by us, from what doctors, leaflets, magazines and folk medicine say, right or wrong; it is no medical reference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import Final

from pipeline.errors import ResourceError
from pipeline.lexicon import concept_id, load_lexicon
from pipeline.remembered import Remembered
from pipeline.resources import load_table
from pipeline.schema import RelationType

FILES: Final = ("knowledge/conditions.tsv", "knowledge/nutrients.tsv", "knowledge/remedies.tsv", "knowledge/specialists.tsv")
BAR: Final = "|"
"""Between the tails of a row."""
_NOTHING: Final[frozenset[RelationType]] = frozenset()
_HIGHEST: Final = 4  # steps upwards from a concept; lexicons have at most three

Parent = Callable[[str], str | None]
"""The id of the concept above one."""
_ByTail = Mapping[str, AbstractSet[RelationType]]


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
    """Relations between concepts by their ids. What is said of a head is taken apart when first asked for: an article names few."""

    def __init__(self, rows: Iterable[tuple[str, RelationType, str]], parent: Parent) -> None:
        """``rows``: head, relation, and all tails with a bar between them. ``parent`` is asked for the concept above one."""
        self._parent = parent
        self._rows: dict[str, list[tuple[RelationType, str]]] = {}
        for head, relation, tails in rows:
            self._rows.setdefault(head, []).append((relation, tails))
        self._known = {*self._rows, *chain.from_iterable(tails.split(BAR) for said in self._rows.values() for _, tails in said)}
        self._below: dict[str | None, list[str]] = {}
        for head in self._rows:
            self._below.setdefault(parent(head), []).append(head)
        self._exact = Remembered(self._find_exact)
        """By head and tail."""
        self._above = Remembered(self._find_above)
        """The same: what is said of a pair of which one thing is a step below."""
        self._lines = Remembered(self._find_line)

    def _find_exact(self, head: str) -> _ByTail:
        found: defaultdict[str, set[RelationType]] = defaultdict(set)
        for relation, tails in self._rows.get(head, ()):
            for tail in tails.split(BAR):
                found[tail].add(relation)
        return found

    def _find_above(self, head: str) -> _ByTail:
        found: defaultdict[str, set[RelationType]] = defaultdict(set)
        for below in self._below.get(head, ()):
            for tail, relations in self._exact[below].items():
                found[tail] |= relations
        for tail, relations in self._exact[head].items():
            above = self._parent(tail)
            if above:
                found[above] |= relations
        return found

    def between(self, head: str, tail: str, head_above: str | None = None, tail_above: str | None = None) -> Common:
        """What is commonly said from one concept to another. ``…_above``: the concept above one that no lexicon has."""
        (heads, heads_known), (tails, tails_known) = self._lines[head, head_above], self._lines[tail, tail_above]
        exact = self._exact[head].get(tail, _NOTHING)
        near = set(self._above[head].get(tail, _NOTHING))
        both_known = heads_known and tails_known
        for one in heads if both_known else ():
            said = self._exact[one]
            for other in tails:
                if other in said:
                    near |= said[other]
        return _common(frozenset(exact), frozenset(near - exact), bool(near) or both_known)

    def _find_line(self, thing: tuple[str, str | None]) -> tuple[list[str], bool]:
        line = self.line(*thing)
        return line, not self._known.isdisjoint(line)

    def line(self, concept: str, above: str | None) -> list[str]:
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

    return Associations(load_rows(), parent)


def load_rows() -> Iterator[tuple[str, RelationType, str]]:
    """Those of the package: head, relation, and all tails with a bar between them. Raises ResourceError for one that names no relation."""
    for path in FILES:
        for number, row in enumerate(load_table(path), 2):
            try:
                relation = RelationType(row["relation"])
            except ValueError:
                raise ResourceError(f"{path}, line {number}: {row['relation']!r} is no relation") from None
            yield row["head"], relation, row["tails"]
