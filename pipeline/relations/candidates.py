"""Candidate relations, in columns: every pair of things that an article might relate, where it might.

:mod:`~pipeline.relations.pairing` finds them. What rules (:mod:`~pipeline.relations.cues`, :mod:`~pipeline.relations.structure`) say of a
pair goes with it, as what witnesses say, beside its features (:mod:`~pipeline.relations.features`,
:mod:`~pipeline.relations.combinations`). :mod:`~pipeline.relations.model` weighs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, NamedTuple

import numpy as np

from pipeline.article import Link
from pipeline.matrices import Floats
from pipeline.relations.columns import Mentions, Sentences
from pipeline.relations.combinations import HOW, SAYINGS
from pipeline.relations.numbering import NONE, Combinations, Ints, Numbering, Numbers, known
from pipeline.relations.readings import ALLOWED, READINGS, Statement, Witness, Witnesses
from pipeline.relations.senses import names_of
from pipeline.relations.sights import Seen

OWN: Final = 10
"""Groups of features of its article that a candidate has at most."""
SIGHTS: Final = 5
"""What it sees of senses at most."""


Testimony = tuple[int, tuple[Statement, ...]]
"""What witnesses hear of a pair: the number of what is commonly said of it, and what rules say."""


class Combined(NamedTuple):
    """Combinations for a run of candidates, one number each, from candidate ``start`` on."""

    combinations: Combinations
    start: int
    numbers: Ints

    def holds(self, candidate: int) -> bool:
        """Whether there is one for a candidate."""
        return self.start <= candidate < self.start + len(self.numbers)

    def chosen(self, candidates: Ints) -> Combined:
        """Those of some candidates, which are numbered anew."""
        first, end = np.searchsorted(candidates, (self.start, self.start + len(self.numbers)))
        return Combined(self.combinations, int(first), self.numbers[candidates[first:end] - self.start])

    def names(self, candidate: int) -> tuple[str, ...]:
        """The features of a candidate."""
        return self.combinations.names(int(self.numbers[candidate - self.start]))


class Candidate(NamedTuple):
    """A pair of mentions (by number) where it may be related."""

    first: int
    second: int
    sentence: int
    evidence: tuple[int, ...]
    how: str
    """How the first stands to the second: in its ``sentence``, ``before`` or ``above`` it, as the ``subject``, or as a ``rule`` says."""
    unit: int | None
    """The second's place in the skeleton of the sentence."""
    readings: tuple[int, ...]
    rules: tuple[Link, ...]
    """What rules make of this pair here."""

    def ends(self, column: int) -> tuple[int, int]:
        """Head and tail of a reading."""
        return (self.first, self.second) if READINGS[column].first_is_head else (self.second, self.first)


_COLUMNS: Final = ("first", "second", "combo", "sentence", "evidence", "how", "unit", "sayings", "plausible", "own", "sights")


@dataclass(frozen=True, slots=True)
class Candidates:
    """All candidates of an article. Columns have one number for each candidate:

    ``first`` and ``second``: mentions; ``combo``: their types; ``sentence``, and ``evidence``: a sentence that is evidence beside it;
    ``how``: a place in ``HOW``; ``unit``: the second's place in the skeleton; ``sayings``: what is commonly said of them, a number of
    ``SAYINGS``; ``plausible`` (candidates, readings): how plausible each reading is, 0 where the schema does not allow it; ``own``
    (candidates, ``OWN``): the ``groups`` of features of the article that they have; ``sights`` (candidates, ``SIGHTS``): which of the rows
    of ``seen``, read as one list. What is not there is ``NONE``. What is ``combined`` says what they have in common with candidates of
    other articles, and first of all how the two stand to each other.
    """

    first: Ints
    second: Ints
    combo: Ints
    sentence: Ints
    evidence: Ints
    how: Ints
    unit: Ints
    sayings: Ints
    plausible: Floats
    own: Ints
    sights: Ints
    groups: Sequence[Numbers]
    seen: Sequence[Seen]
    combined: Sequence[Combined]
    shown: Sequence[Combined]
    """What they show at a glance, where all pairs are looked at."""
    rules: Mapping[int, tuple[Link, ...]]
    """By candidate, what rules make of the pair."""
    heard: Mapping[int, Testimony]
    """By the same candidates, what witnesses hear. Those of the others hear their ``sayings``, and how ``plausible`` they are, alone."""
    numbering: Numbering
    mentions: Mentions
    sentences: Sentences

    def __len__(self) -> int:
        return len(self.first)

    def __iter__(self) -> Iterator[Candidate]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: int) -> Candidate:
        sentence, evidence, unit = int(self.sentence[number]), int(self.evidence[number]), int(self.unit[number])
        rules, how = self.rules.get(number, ()), HOW[self.how[number]]
        return Candidate(
            int(self.first[number]),
            int(self.second[number]),
            sentence,
            rules[0].evidence if how == "rule" else (sentence,) if evidence == NONE else (evidence, sentence),
            how,
            None if unit == NONE else unit,
            ALLOWED[self.combo[number]],
            rules,
        )

    def chosen(self, numbers: Ints) -> Candidates:
        """Only some of them, by number in ascending order."""
        places = {number: place for place, number in enumerate(numbers.tolist())}
        columns = {name: getattr(self, name)[numbers] for name in _COLUMNS}
        return replace(
            self,
            **columns,
            combined=[one.chosen(numbers) for one in self.combined],
            shown=[one.chosen(numbers) for one in self.shown],
            rules={places[number]: rules for number, rules in self.rules.items() if number in places},
            heard={places[number]: heard for number, heard in self.heard.items() if number in places},
        )

    def witnesses(self, number: int) -> Witnesses:
        """What rules and common knowledge say for the readings of a candidate."""
        said = SAYINGS.witnesses(*self.heard.get(number, (int(self.sayings[number]), ())))
        plausible = self.plausible[number].tolist()
        return (*said, *((column, Witness.PLAUSIBLE, plausible[column]) for column in ALLOWED[self.combo[number]]))

    def features(self, number: int) -> tuple[int, ...]:
        """The features of a candidate."""
        own = (self.groups[group] for group in self.own[number].tolist() if group != NONE)
        names = [SAYINGS.names(int(self.sayings[number])), *(one.names(number) for one in self.combined if one.holds(number))]
        senses = (self._seen(sight) for sight in self.sights[number].tolist() if sight != NONE)
        return known(chain(*own, self.numbering.numbers(chain(*names)), *senses))

    def _seen(self, sight: int) -> Iterator[int]:
        """The features of a row of ``seen``."""
        for seen in self.seen:
            if sight < len(seen.senses):
                for beginning, senses in zip(seen.families, seen.senses[sight].tolist(), strict=True):
                    family = self.numbering.family(beginning)
                    yield from (family[name] for name in names_of(senses))
                return
            sight -= len(seen.senses)
