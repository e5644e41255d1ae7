"""What speaks for and against a relation between two things where they stand: the features that the model weighs.

Features have names, so that a model can be read, and are handled by number (:mod:`~pipeline.relations.numbering`). They come in groups;
what holds for a whole sentence, a place or a block is one group that many candidates share, and is weighed once. What other articles have
too (distance, kinds of things) is in :mod:`~pipeline.relations.combinations`. A feature says by its beginning where it was seen: ``b``
between two things, ``P`` and ``F`` before and behind them, ``l``, ``h0``, ``h1`` and ``t`` in the lead-in, the nearest headings and the
title above, ``w`` anywhere in the sentence, ``m`` around a thing that is related to something above. Upper case and ``S`` stand for senses
(:mod:`~pipeline.relations.senses`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from pipeline.article import Article, Link
from pipeline.language import Analysis
from pipeline.relations.combinations import COMBOS
from pipeline.relations.numbering import Family, Ints, Numbering, Numbers, known
from pipeline.relations.senses import senses_of
from pipeline.relations.skeleton import Place, Skeleton
from pipeline.schema import BlockKind
from pipeline.wordclasses import LETTERS

# How far features look, in words; bounds against hostile text, and beyond them words say little. Senses between two things are read whole.
_ABOVE = 14
_SENTENCE = 30
_SENSES = 50
_BETWEEN = 28
_ENDS = 5
_BEFORE = 8
_BEHIND = 12

_NEAREST = ("l", "h0")  # what stands right above: its words are features, of what stands higher only the senses
_INTRODUCING = frozenset({BlockKind.LEAD_IN, BlockKind.LIST_ITEM, BlockKind.TABLE_HEADER})


def is_introducing(kind: BlockKind) -> bool:
    """Whether a block of this kind introduces what stands under it, other than a heading."""
    return kind in _INTRODUCING


def ancestors(article: Article, block: int) -> Iterator[tuple[str, int]]:
    """The blocks above a block, nearest first, each with how it stands: ``l`` lead-in, ``h0``, ``h1`` headings, ``t`` title."""
    headings = 0
    for ancestor in article.ancestors(block):
        kind = article.blocks[ancestor].kind
        yield "l" if is_introducing(kind) else "t" if kind is BlockKind.TITLE else f"h{min(headings, 1)}", ancestor
        headings += kind is BlockKind.HEADING


class _Context(NamedTuple):
    """What stands above a block: the number of the group of all features, and the names of the senses of what stands nearest."""

    group: int
    nearest: tuple[str, ...]


class _PlaceFamilies:
    """The features of a place in one role."""

    def __init__(self, numbering: Numbering, role: str) -> None:
        def family(name: str) -> Family:
            return numbering.family(role + name)

        self.prep, self.subtype = family("prep:"), family("sub:")
        self.left, self.right = family("L1:"), family("R1:")
        self.two_left, self.two_right = family("L2:"), family("R2:")
        self.state = numbering.family(role)


class _Families:
    """The families of features, looked up once for a numbering."""

    def __init__(self, numbering: Numbering) -> None:
        family = numbering.family
        self.places = {role: _PlaceFamilies(numbering, role) for role in "12m"}
        self.word, self.sense, self.things = family("w:"), family("W:"), family("n:")
        self.question = numbering.number("question")
        self.turn, self.linked, self.own = family("at:"), family("linked:"), family("own:")
        self.left_of_it, self.right_of_it = family("mP:"), family("mF:")
        self.first_senses, self.first_word, self.first_words = family("mB:"), family("open:"), family("open2:")
        self.far, self.order = family("far:"), family("order:")
        self.between, self.all_between, self.core, self.core_senses = family("b:"), family("b="), family("c="), family("C=")
        self.inner, self.ahead, self.behind, self.next = family("B:"), family("P:"), family("F:"), family("N:")


@lru_cache(maxsize=8)
def _families(numbering: Numbering) -> _Families:
    return _Families(numbering)


class Features:
    """The features of an article's pairs, in groups. Columns hold the numbers of groups."""

    def __init__(self, analysis: Analysis, skeletons: Sequence[Skeleton], cued: Mapping[int, Sequence[Link]], numbering: Numbering) -> None:
        """``cued``: what the cues of each sentence state."""
        self.groups: list[Numbers] = []
        self._analysis = analysis
        self._skeletons = skeletons
        self._cued = cued
        self._numbering = numbering
        self._families = _families(numbering)
        self._words: dict[int, tuple[tuple[str, ...], ...]] = {}
        self._contexts: dict[tuple[int | None, BlockKind], _Context] = {}
        self._own: dict[int, dict[int, tuple[str, ...]]] = {}

    def column(self, things: Ints, numbers_of: Callable[[int], Numbers]) -> Ints:
        """One group for each different thing of a column, with the features that it has."""
        listed = things.tolist()
        made = {thing: self.add(numbers_of(thing)) for thing in dict.fromkeys(listed)}
        return np.asarray([made[thing] for thing in listed], dtype=np.int64)

    def add(self, numbers: Numbers) -> int:
        """A group of features."""
        self.groups.append(numbers)
        return len(self.groups) - 1

    def _senses(self, sentence: int) -> tuple[tuple[str, ...], ...]:
        """The senses of every word of a sentence."""
        found = self._words.get(sentence)
        if found is None:
            found = self._words[sentence] = senses_of(self._skeletons[sentence].words)
        return found

    # --- what holds for a sentence

    def of_sentence(self, sentence: int) -> Numbers:
        """The words and senses of a sentence."""
        skeleton, families = self._skeletons[sentence], self._families
        numbers = [families.word[word] for word in skeleton.words[:_SENTENCE] if not word.isupper()]
        numbers += [families.sense[sense] for sense in _distinct(self._senses(sentence)[:_SENSES])]
        if skeleton.words[-1] == "?":
            numbers.append(families.question)
        numbers.append(families.things[min(len(skeleton.places), 6)])
        return known(numbers)

    def above(self, sentences: Ints) -> Ints:
        """What stands above sentences, as a column."""
        listed = sentences.tolist()
        made = {sentence: self._context(sentence).group for sentence in dict.fromkeys(listed)}
        return np.asarray([made[sentence] for sentence in listed], dtype=np.int64)

    def _context(self, sentence: int) -> _Context:
        """What stands above a sentence: words of lead-in and heading, senses of all headings, and the kinds of blocks. Blocks of one kind
        side by side share it.
        """
        block = self._analysis.sentences[sentence].block
        key = self._analysis.article.blocks[block].parent, self._kind(block)
        found = self._contexts.get(key)
        if found is None:
            words: list[str] = []
            senses: list[str] = []
            kinds = [f"kind:{key[1]}"]
            for mark, ancestor in ancestors(self._analysis.article, block):
                self._read_ancestor(mark, ancestor, key[1], words, senses, kinds)
            nearest = tuple(dict.fromkeys(sense for sense in senses if sense.startswith(_NEAREST)))
            group = self.add(self._numbering.numbers((*words, *senses, *kinds)))
            found = self._contexts[key] = _Context(group, nearest)
        return found

    def _read_ancestor(self, mark: str, ancestor: int, kind: BlockKind, words: list[str], senses: list[str], kinds: list[str]) -> None:
        first, end = self._analysis.block_sentences[ancestor]
        if mark == "l":
            first = max(first, end - 1)  # the last sentence is what introduces
        said = [w for s in range(first, end) for w in self._skeletons[s].words]
        said = said[-_ABOVE:] if mark == "l" else said[:_ABOVE]
        if mark in _NEAREST:
            words += (f"{mark}:{w}" for w in dict.fromkeys(said))
        kinds.append(f"{mark}{kind}")
        for sense in _distinct(group for s in range(first, end) for group in self._senses(s)):
            senses += (f"{mark}S:{sense}", f"{mark}S:{sense}|{kind}")
        if len(said) <= 3:
            senses.append(f"{mark}={' '.join(said)}")

    def _kind(self, block: int) -> BlockKind:
        return self._analysis.article.blocks[block].kind

    # --- what holds for a place

    def of_place(self, sentence: int, number: int, role: str, subtype: str) -> Numbers:
        """How a thing stands in its sentence; ``role``: ``1`` and ``2``, the first and the second of a pair, or ``m``, under something."""
        skeleton, families = self._skeletons[sentence], self._families.places[role]
        place, words = skeleton.places[number], skeleton.words
        left, right = words[max(0, place.unit - 2) : place.unit], words[place.unit + 1 : place.unit + 3]
        numbers = [
            families.prep[place.prep],
            *[families.state[name] for name in _states(place)],
            families.left[left[-1] if left else "^"],
            families.right[right[0] if right else "$"],
            families.two_left[" ".join(left)],
            families.two_right[" ".join(right)],
            families.subtype[subtype],
        ]
        return known(numbers + self._around(sentence, number) if role == "m" else numbers)

    def _around(self, sentence: int, number: int) -> list[int]:
        """What is said around a thing that is looked at under something."""
        families = self._families
        place = self._skeletons[sentence].places[number]
        before, behind = self._sides(sentence, number)
        return [
            families.turn[min(number, 3)],
            families.linked[place.linked],
            *[families.own[says] for says in self._own_words(sentence, place)],
            *[families.left_of_it[sense] for sense in before],
            *[families.right_of_it[sense] for sense in behind],
        ]

    def _own_words(self, sentence: int, place: Place) -> tuple[str, ...]:
        """What the sentence's cues say of a thing: a relation, and whether it is its head or its tail."""
        own = self._own.get(sentence)
        if own is None:
            said: dict[int, set[str]] = {}
            for link in self._cued.get(sentence, ()):
                said.setdefault(link.head, set()).add(f"{link.type}h")
                if link.tail != link.head:
                    said.setdefault(link.tail, set()).add(f"{link.type}t")
            own = self._own[sentence] = {mention: tuple(sorted(says)) for mention, says in said.items()}
        return own.get(place.mention, ())

    def _sides(self, sentence: int, number: int) -> tuple[dict[str, None], dict[str, None]]:
        """The senses between a thing and those on either side."""
        places, senses = self._skeletons[sentence].places, self._senses(sentence)
        unit = places[number].unit
        low = places[number - 1].unit + 1 if number else 0
        high = places[number + 1].unit if number + 1 < len(places) else len(senses)
        return _distinct(senses[max(low, unit - _BEFORE) : unit]), _distinct(senses[unit + 1 : min(high, unit + _BEFORE)])

    # --- what holds for a pair in a sentence

    def of_pair(self, place: tuple[int, int], j: int) -> Numbers:
        """What stands between, before and behind two things of a sentence: one given by sentence and number, the other by number."""
        sentence, i = place
        skeleton, families = self._skeletons[sentence], self._families
        places = skeleton.places
        first, second = places[i].unit, places[j].unit
        low, high = _chain_ends(places, i, j)
        words = skeleton.words[first + 1 : second]
        if len(words) > _BETWEEN:
            words = (*words[:_ENDS], *words[-_ENDS:])
        numbers = [
            families.far[high - low],
            families.order["".join([LETTERS[p.type] for p in places[:6]])],
            *[families.between[word] for word in words],
            *[families.between[f"{a}_{b}"] for a, b in pairwise(words)],
        ]
        if len(words) <= 4:
            numbers.append(families.all_between[" ".join(words)])
        core = skeleton.words[places[low].unit + 1 : places[high].unit]
        if len(core) <= 5:
            numbers.append(families.core[" ".join(core)])
        return known(numbers + self._senses_around(skeleton, i, j, low, high))

    def _senses_around(self, skeleton: Skeleton, i: int, j: int, low: int, high: int) -> list[int]:
        """The senses between (``B``), before (``P``) and behind (``F``, ``N``: up to the next thing) two things, and between the chains
        that they are part of (``C``).
        """
        families, places, senses = self._families, skeleton.places, self._senses(skeleton.sentence)
        first, second = places[i].unit, places[j].unit
        stop = places[j + 1].unit if j + 1 < len(places) else len(senses)
        numbers = [
            *[families.inner[sense] for sense in _distinct(senses[first + 1 : second])],
            *[families.ahead[sense] for sense in _distinct(senses[max(0, first - _BEFORE) : first])],
            *[families.behind[sense] for sense in _distinct(senses[second + 1 : second + _BEHIND])],
            *[families.next[sense] for sense in _distinct(senses[second + 1 : min(stop, second + _BEFORE)])],
        ]
        said = _distinct(senses[places[low].unit + 1 : places[high].unit])
        if 0 < len(said) <= 3:
            numbers.append(families.core_senses["+".join(sorted(said))])
        return numbers

    # --- what holds for a thing with something of a kind outside its sentence

    def of_heading(self, sentence: int, combo: int) -> Numbers:
        """How what stands above goes with the types of two things."""
        family = self._numbering.family(COMBOS[combo])
        return known([family[name] for name in self._context(sentence).nearest])

    def of_whole(self, sentence: int, combo: int) -> Numbers:
        """How a sentence goes with the types of two things, and how it begins."""
        families, words = self._families, self._skeletons[sentence].words
        of_kinds, senses = self._numbering.family(f"{COMBOS[combo]}|W:"), self._senses(sentence)
        return known(
            [
                *[of_kinds[sense] for sense in _distinct(senses[:_SENSES])],
                *[families.first_senses[sense] for sense in _distinct(senses[:3])],
                families.first_word[words[0]],
                families.first_words[" ".join(words[:2])],
            ]
        )

    def of_own_words(self, sentence: int, number: int, combo: int) -> Numbers:
        """What the sentence's cues say of a thing, with the types of two things."""
        says = self._own_words(sentence, self._skeletons[sentence].places[number])
        family = self._numbering.family(COMBOS[combo])
        if not says:
            return known([family["|silent"]])
        return known([family[f"|says:{type_}"] for type_ in sorted({one[:-1] for one in says})])

    # --- what rules say

    def of_rules(self, rules: Iterable[tuple[Link, bool]], mark: str) -> Numbers:
        """Which rules say what of two things: each with whether its head is the first."""
        names: list[str] = []
        for link, from_first in rules:
            way = ">" if from_first else "<"
            names += (f"{mark}rule:{link.rule}{way}", f"{mark}rule:{link.type}{way}{link.rule.partition(':')[0]}")
        return self._numbering.numbers(names)


def _states(place: Place) -> list[str]:
    return [name for name, holds in (("lack", place.deficient), ("excess", place.excess), ("denied", place.denied)) if holds]


def _distinct(groups: Iterable[Sequence[str]]) -> dict[str, None]:
    """The senses of some words, each once, in order."""
    return dict.fromkeys([sense for group in groups if group for sense in group])


def _chain_ends(places: Sequence[Place], i: int, j: int) -> tuple[int, int]:
    """The last thing that is coordinated with the first of a pair, and the first that is with the second."""
    low, high = i, j
    while low + 1 < j and places[low + 1].linked:
        low += 1
    while high - 1 > low and places[high].linked:
        high -= 1
    return low, high
