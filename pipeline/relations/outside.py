"""What the things of a sentence may be related to outside it: what the sentences before name, what stands above (lead-in, headings, title),
and what section and article are about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from pipeline.article import Mention
from pipeline.language import Analysis
from pipeline.references import Subjects
from pipeline.relations.combinations import HOW, MOST_AS_NEAR, MOST_NEARER, PLACES, SUBJECTS
from pipeline.relations.features import ancestors, is_introducing
from pipeline.relations.numbering import NONE, Ints
from pipeline.schema import BlockKind, EntityType

_MOST_OTHERS = 3  # of what one block above names
_REACH = 3  # sentences that something may have been named before

# What a concept needs to be a subject of the article though no title says so: mentions (prominent ones count twice), and the share of
# those that the foremost condition has.
_LEAST_WEIGHT = 3
_LEAST_SHARE = 0.4

_LISTED = frozenset({BlockKind.LIST_ITEM, BlockKind.TABLE_ROW, BlockKind.TABLE_HEADER})
_AGENTS = frozenset({EntityType.REMEDY, EntityType.NUTRIENT})

# How something stands to a sentence, nearest first; a name may go on (``prev1a``: what the sentence before begins with).
_STANDINGS = (*PLACES[:-1], "title", "subject", "main", "dom")
_SUBJECT = frozenset({"title", "main", "subject", "dom0"})
_SECOND_SUBJECT = frozenset({"dom1", "doma"})
_FAR = len(PLACES) - 1


class Others(NamedTuple):
    """What the things of a sentence may be related to outside it, in columns: the mention; the sentence that is evidence beside theirs, or
    ``NONE``; where it is named (``STANDING_IN_WORDS``); how much of its kind stands nearer and as near (a rank of ``STANDINGS``); and how
    it stands (``HOW``).
    """

    mention: Ints
    evidence: Ints
    standing: Ints
    rank: Ints
    how: Ints


class _Stand(NamedTuple):
    """How something stands to a sentence, of all its standings: ``nearness`` counts from the nearest."""

    nearness: int
    standing: int
    how: int
    remote: bool
    """Neither near nor what the section or the article is about first of all."""


@lru_cache(maxsize=1 << 12)
def _stand(standings: tuple[str, ...]) -> _Stand:
    nearness = min(next(n for n, mark in enumerate(_STANDINGS) if standing.startswith(mark)) for standing in standings)
    place = min(nearness, _FAR)
    subject = "*" if _SUBJECT.intersection(standings) else "+" if _SECOND_SUBJECT.intersection(standings) else ""
    how = "before" if any(s.startswith("prev") for s in standings) else "subject" if place == _FAR else "above"
    return _Stand(nearness, place * len(SUBJECTS) + SUBJECTS.index(subject), HOW.index(how), place == _FAR and subject == "+")


_Outside = tuple[int, str, int]
"""A mention outside a sentence, how it stands to it, and the sentence that is evidence beside it."""


class _Above(NamedTuple):
    """What stands above a block: as it was found, as what may be related to the things of its sentences (a range of
    :attr:`Outside.others`), and the sentences that name it.
    """

    outside: list[_Outside]
    others: tuple[int, int]
    sentences: frozenset[int]


class Outside:
    """Finds for the sentences of an article what may be related to their things from outside."""

    def __init__(self, analysis: Analysis, mentions: Sequence[Mention], subjects: Subjects, ids: Sequence[int]) -> None:
        """``ids``: the concepts of the mentions, as numbers."""
        self.others: list[tuple[int, int, int, int, int]] = []
        """All that was found so far, as the columns of :class:`Others`."""
        self._analysis = analysis
        self._mentions = mentions
        self._subjects = subjects
        self._ids = ids
        self._foremost = self._find_foremost()
        self._before_list = self._find_before_lists()
        self._found_above: dict[tuple[int | None, int | None], _Above] = {}

    def of(self, sentence: int) -> tuple[int, int]:
        """What may be related to the things of a sentence: a range of :attr:`others`."""
        above = self._above(self._analysis.sentences[sentence].block)
        before = self._before(sentence)
        if not before and sentence not in above.sentences:
            return above.others
        return self._rank([one for one in (*before, *above.outside) if self._mentions[one[0]].sentence != sentence])

    def _rank(self, outside: Iterable[_Outside]) -> tuple[int, int]:
        """Each concept once, with all its standings; the mention and the evidence are those of the first."""
        found: dict[int, tuple[int, int, list[str]]] = {}
        for number, standing, evidence in outside:
            known = found.get(self._ids[number])
            if known is None:
                found[self._ids[number]] = number, evidence, [standing]
            else:
                known[2].append(standing)
        by_type: dict[EntityType, list[int]] = {}
        stands: list[tuple[int, int, _Stand, list[int]]] = []
        for number, evidence, standings in found.values():
            stand = _stand(tuple(standings))
            near = by_type.setdefault(self._mentions[number].type, [])
            near.append(stand.nearness)
            stands.append((number, evidence, stand, near))
        first = len(self.others)
        for number, evidence, stand, near in stands:
            nearer = sum([nearness < stand.nearness for nearness in near])
            if stand.remote and not nearer:
                continue  # of such pairs of the train split one in sixty was stated
            rank = min(nearer, MOST_NEARER) * (MOST_AS_NEAR + 1) + min(near.count(stand.nearness) - 1, MOST_AS_NEAR)
            self.others.append((number, evidence, stand.standing, rank, stand.how))
        return first, len(self.others)

    def _before(self, sentence: int) -> list[_Outside]:
        """What the sentences before one name, in the same block."""
        first, _ = self._analysis.block_sentences[self._analysis.sentences[sentence].block]
        return [
            (number, f"prev{back}{'' if rank else 'a'}", sentence - back)
            for back in range(1, min(_REACH, sentence - first) + 1)
            for rank, number in enumerate(self._subjects.by_sentence.get(sentence - back, ())[: 2 * _MOST_OTHERS])
        ]

    def _above(self, block: int) -> _Above:
        """What stands above a block, and what its section and the article are about. Blocks side by side share it."""
        key = (self._analysis.article.blocks[block].parent, self._before_list.get(block))
        found = self._found_above.get(key)
        if found is None:
            outside = list(self._find_above(block))
            sentences = frozenset(self._mentions[number].sentence for number, _, _ in outside)
            found = self._found_above[key] = _Above(outside, self._rank(outside), sentences)
        return found

    def _find_above(self, block: int) -> Iterator[_Outside]:
        for mark, ancestor in ancestors(self._analysis.article, block):
            numbers = self._subjects.in_block(ancestor)
            introducing = is_introducing(self._analysis.article.blocks[ancestor].kind)
            standing = {"l": "lead", "t": "title"}.get(mark, mark)
            for number in self._ends(numbers) if introducing else numbers[:_MOST_OTHERS]:
                yield number, standing, self._mentions[number].sentence
        before = self._before_list.get(block)
        if before is not None:
            for number in self._ends(self._subjects.in_block(before)):
                yield number, "intro", self._mentions[number].sentence
        heading = self._heading_of(block)
        about = {standing: dict(self._subjects.of_each_type(place)) for standing, place in (("subject", block), ("main", 0))}
        for type_ in EntityType:
            for standing, subjects in about.items():
                if type_ in subjects:
                    yield subjects[type_], standing, heading
        for number, standing in self._foremost:
            yield number, standing, heading

    @staticmethod
    def _ends(numbers: Sequence[int]) -> list[int]:
        """The first of some mentions and the last ones."""
        return [*numbers[:1], *numbers[1:][-_MOST_OTHERS:]]

    def _heading_of(self, block: int) -> int:
        """The first sentence of what stands right above a block."""
        parent = self._analysis.article.blocks[block].parent
        if parent is None:
            return NONE
        first, end = self._analysis.block_sentences[parent]
        return first if first < end else NONE

    def _find_before_lists(self) -> dict[int, int]:
        """The paragraph right before the list or table that a block is part of: it may introduce it without a colon."""
        found: dict[int, int] = {}
        blocks = self._analysis.article.blocks
        for block, before in zip(range(1, len(blocks)), blocks, strict=False):
            if blocks[block].kind in _LISTED:
                if before.kind is BlockKind.PARAGRAPH:
                    found[block] = block - 1
                elif before.kind in _LISTED and block - 1 in found:
                    found[block] = found[block - 1]
        return found

    def _find_foremost(self) -> list[tuple[int, str]]:
        """What the article speaks of most: up to two conditions, and a remedy or nutrient."""
        weights = self._subjects.weights
        conditions = [(weight, number) for weight, type_, number in weights if type_ is EntityType.CONDITION][:2]
        agents = [(weight, number) for weight, type_, number in weights if type_ in _AGENTS][:1]
        least = max(_LEAST_WEIGHT, _LEAST_SHARE * conditions[0][0]) if conditions else _LEAST_WEIGHT
        found = [(number, f"dom{rank}") for rank, (weight, number) in enumerate(conditions) if weight >= least]
        return found + [(number, "doma") for weight, number in agents if weight >= _LEAST_WEIGHT]
