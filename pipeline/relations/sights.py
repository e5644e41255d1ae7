"""Which senses are seen where: anywhere in a sentence, between two things, before and behind them, on either side of a thing.

Features of senses are many, but each is one of a few dozen senses in one of a dozen places. So they are no lists of numbers: of each place
a bit for every sense is known, and a model multiplies these with its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from pipeline.relations.columns import Places
from pipeline.relations.combinations import COMBOS
from pipeline.relations.numbering import Ints
from pipeline.relations.senses import senses_of, senses_within
from pipeline.relations.skeleton import Skeleton

# How far is looked, in words. Between two things senses are read whole.
_SENTENCE = 50
_OPENING = 3
_BEFORE = 8
_BEHIND = 12


class Seen(NamedTuple):
    """Senses that were seen: one row for each thing that sees, one column for each family of features, in which a sense has a bit."""

    families: tuple[str, ...]
    senses: Ints


class Sights:
    """What sentences, places and pairs of an article see. Each method gives numbers of rows of ``seen``, read as one list."""

    def __init__(self, skeletons: Sequence[Skeleton], places: Places) -> None:
        self.seen: list[Seen] = []
        self._count = 0
        self._skeletons = skeletons
        self._known: dict[int, list[int]] = {}
        words = [self.of_words(skeleton.sentence) if skeleton.places else () for skeleton in skeletons]
        self._senses = np.asarray([*chain.from_iterable(words), 0], dtype=np.int64)
        bounds = np.cumsum([0, *map(len, words)])
        self._starts, self._ends = bounds[:-1], bounds[1:]
        self._whole = self._within(self._starts, np.minimum(self._starts + _SENTENCE, self._ends))
        self._place_places(places)
        self._sentence = places.sentence
        self._beside = (
            self._within(np.maximum(self._low, self._at - _BEFORE), self._at),
            self._within(self._at + 1, np.minimum(self._high, self._at + _BEFORE)),
        )

    def of_words(self, sentence: int) -> list[int]:
        """The senses of every word of a sentence."""
        found = self._known.get(sentence)
        if found is None:
            found = self._known[sentence] = senses_of(self._skeletons[sentence].words)
        return found

    def _place_places(self, places: Places) -> None:
        """Where each place is among the words of all sentences, and how far what is its own reaches: to the places beside it."""
        first, last = self._starts[places.sentence], self._ends[places.sentence]
        self._at = first + places.unit
        self._first, self._last = first, last
        before, behind = np.concatenate([[0], self._at[:-1] + 1]), np.concatenate([self._at[1:], [0]])
        self._low = np.where(places.number == 0, first, before)
        self._high = np.where(np.concatenate([places.number[1:] == 0, [True]]), last, behind) if len(places.number) else last

    def _within(self, starts: Ints, ends: Ints) -> Ints:
        return senses_within(self._senses, starts, ends)

    def _see(self, families: tuple[str, ...], *senses: Ints) -> Ints:
        first = self._count
        self._count += len(senses[0])
        self.seen.append(Seen(families, np.stack(senses, axis=1)))
        return np.arange(first, self._count)

    def sentences(self) -> Ints:
        """What is said anywhere in a sentence, by sentence."""
        return self._see(("W:",), self._whole)

    def openings(self) -> Ints:
        """What a sentence begins with, by sentence."""
        return self._see(("mB:",), self._within(self._starts, np.minimum(self._starts + _OPENING, self._ends)))

    def with_types(self, sentence: Ints, combo: Ints) -> Ints:
        """What is said anywhere in sentences, with the types of pairs; for each pair."""
        numbers, column = np.unique(combo * len(self._whole) + sentence, return_inverse=True)
        found, of = numbers // max(len(self._whole), 1), numbers % max(len(self._whole), 1)
        seen = [np.zeros(0, dtype=np.int64)]
        for number in dict.fromkeys(found.tolist()):
            seen.append(self._see((f"{COMBOS[number]}|W:",), self._whole[of[found == number]]))
        return np.concatenate(seen)[column]

    def around_places(self) -> Ints:
        """What is said before and behind a thing, up to the things beside it; by place."""
        return self._see(("mP:", "mF:"), *self._beside)

    def around_homes(self) -> Ints:
        """The same of a thing that is looked at from another sentence, and what is said anywhere in its own; by place."""
        return self._see(("fP:", "fF:", "fW:"), *self._beside, self._whole[self._sentence])

    def around_pairs(self, i: Ints, j: Ints) -> Ints:
        """What is said between two things of a sentence, before them, behind them, and behind them up to the next thing; for each pair."""
        one, other = self._at[i], self._at[j]
        return self._see(
            ("B:", "P:", "F:", "N:"),
            self._within(one + 1, other),
            self._within(np.maximum(self._first[i], one - _BEFORE), one),
            self._within(other + 1, np.minimum(self._last[j], other + _BEHIND)),
            self._within(other + 1, np.minimum(self._high[j], other + _BEFORE)),
        )
