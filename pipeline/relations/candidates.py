"""Candidate relations, in columns: every pair of things that an article might relate, where it might.

:mod:`~pipeline.relations.pairing` finds them. What rules (:mod:`~pipeline.relations.cues`, :mod:`~pipeline.relations.structure`) say of a
pair goes with it, as what witnesses say, beside its features (:mod:`~pipeline.relations.features`,
:mod:`~pipeline.relations.combinations`). :mod:`~pipeline.relations.model` weighs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from pipeline.article import Link
from pipeline.relations.combinations import HOW, KINDS, SAYINGS
from pipeline.relations.numbering import NONE, Combinations, Ints, Numbering, Numbers, known
from pipeline.relations.readings import ALLOWED, READINGS, Witnesses

OWN: Final = 7
"""Groups of features of its article that a candidate has at most."""


@dataclass(frozen=True, slots=True)
class Candidate:
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


@dataclass(frozen=True, slots=True)
class Candidates:
    """All candidates of an article. Columns have one number for each candidate:

    ``first`` and ``second``: mentions; ``combo``: their types; ``sentence``, and ``evidence``: a sentence that is evidence beside it;
    ``how``: a place in ``HOW``; ``unit``: the second's place in the skeleton; ``kinds``: what kinds of things they are, a number of
    ``KINDS``; ``sayings``: what is commonly said of them, a number of ``SAYINGS``; ``own`` (candidates, ``OWN``): the ``groups`` of
    features of the article that they have. What is not there is ``NONE``.
    """

    first: Ints
    second: Ints
    combo: Ints
    sentence: Ints
    evidence: Ints
    how: Ints
    unit: Ints
    kinds: Ints
    sayings: Ints
    own: Ints
    groups: Sequence[Numbers]
    standings: Sequence[tuple[Combinations, Ints]]
    """How the two stand to each other, for one run of candidates after the other."""
    rules: Mapping[int, tuple[Link, ...]]
    """By candidate, what rules make of the pair."""
    heard: Mapping[int, Witnesses]
    """What witnesses say of those candidates. Of the others they say what goes with their ``sayings``."""
    numbering: Numbering

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

    def witnesses(self, number: int) -> Witnesses:
        """What rules and common knowledge say for the readings of a candidate."""
        return self.heard[number] if number in self.heard else SAYINGS.witnesses(int(self.sayings[number]))

    def features(self, number: int) -> Numbers:
        """The features of a candidate."""
        own = (self.groups[group] for group in self.own[number].tolist() if group != NONE)
        kinds = self.numbering.combined(KINDS, int(self.kinds[number]))
        said = self.numbering.numbers(SAYINGS.names(int(self.sayings[number])))
        return known(chain(*own, self.numbering.combined(*self._standing(number)), kinds, said))

    def situation(self, number: int) -> str | None:
        """How the two stand to each other, in one word, where no rule speaks of them."""
        if number in self.rules:
            return None
        combinations, standing = self._standing(number)
        return combinations.names(standing)[-1]

    def _standing(self, number: int) -> tuple[Combinations, int]:
        for combinations, standing in self.standings:
            if number < len(standing):
                return combinations, int(standing[number])
            number -= len(standing)
        raise IndexError(number)
