"""What speaks for and against a relation between two things where they stand: the features that the model weighs.

Features have names, so that a model can be read, and are handled by number (:mod:`~pipeline.relations.numbering`). They come in groups;
what holds for a whole sentence, a place or a block is one group that many candidates share, and is weighed once. What other articles have
too (distance, kinds of things) is in :mod:`~pipeline.relations.combinations`. A feature says by its beginning where it was seen: ``b``
between two things, ``P`` and ``F`` before and behind them, ``l``, ``h0``, ``h1`` and ``t`` in the lead-in, the nearest headings and the
title above, ``w`` anywhere in the sentence, ``m`` around a thing that is related to something outside its sentence,
``f`` around this other thing where it is named, if that is a sentence before. Upper case and ``S`` stand for senses
(:mod:`~pipeline.relations.senses`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from itertools import chain, pairwise
from operator import or_
from typing import NamedTuple

import numpy as np

from pipeline.article import Article, Link
from pipeline.language import Analysis
from pipeline.relations.combinations import COMBOS, ROLES, STANDING_IN_WORDS
from pipeline.relations.numbering import MOST_KEPT, NONE, Ints, Numbering, Numbers
from pipeline.relations.senses import names_of
from pipeline.relations.sights import Sights
from pipeline.relations.skeleton import Place, Skeleton
from pipeline.remembered import Remembered
from pipeline.schema import BlockKind
from pipeline.wordclasses import LETTERS

# How far features look, in words; bounds against hostile text, and beyond them words say little.
_ABOVE = 14
_SENTENCE = 30
_BETWEEN = 28
_ENDS = 5

_HOME = "f"  # where the other thing is named, if that is a sentence before
_NEAREST = ("l", "h0")  # what stands right above: its words are features, of what stands higher only the senses
_MENTIONS = frozenset(LETTERS.values())
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


class _Families:
    """The families of features, looked up once for a numbering."""

    def __init__(self, numbering: Numbering) -> None:
        family = numbering.family
        self.beside = {role: [family(role + name) for name in ("L1:", "R1:", "L2:", "R2:")] for role in (*ROLES, _HOME)}
        self.word, self.things = family("w:"), family("n:")
        self.question = numbering.number("question")
        self.own, self.first_word, self.first_words = family("own:"), family("open:"), family("open2:")
        self.far, self.order = family("far:"), family("order:")
        self.between, self.all_between, self.core, self.core_senses = family("b:"), family("b="), family("c="), family("C=")
        self.home = family(_HOME)
        self.going_on: Remembered[tuple[str, str], int] = Remembered(lambda two: numbering.number(f"{two[0]}|open:{two[1]}"), MOST_KEPT)
        self.two_between: Remembered[tuple[str, str], int] = Remembered(lambda two: numbering.number(f"b:{two[0]}_{two[1]}"), MOST_KEPT)


@lru_cache(maxsize=8)
def _families(numbering: Numbering) -> _Families:
    return _Families(numbering)


class Features:
    """The features of an article's pairs, in groups. Columns hold the numbers of groups."""

    def __init__(
        self,
        analysis: Analysis,
        skeletons: Sequence[Skeleton],
        sights: Sights,
        numbering: Numbering,
    ) -> None:
        self.groups: list[Numbers] = []
        self._sights = sights
        self._analysis = analysis
        self._skeletons = skeletons
        self._numbering = numbering
        self._families = _families(numbering)
        self._contexts: dict[tuple[int | None, BlockKind], _Context] = {}
        self._beside: dict[tuple[int, int], tuple[str, str, str, str]] = {}

    def column(self, things: Ints, numbers_of: Callable[[int], Numbers]) -> Ints:
        """One group for each different thing of a column, with the features that it has; none for ``NONE``."""
        return _column(things, lambda thing: NONE if thing == NONE else self.add(numbers_of(thing)))

    def add(self, numbers: Numbers) -> int:
        """A group of features."""
        self.groups.append(numbers)
        return len(self.groups) - 1

    # --- what holds for a sentence

    def of_sentence(self, sentence: int) -> Numbers:
        """The words of a sentence, and how many things it names."""
        skeleton, families = self._skeletons[sentence], self._families
        numbers = [families.word[word] for word in dict.fromkeys(skeleton.words[:_SENTENCE]) if word not in _MENTIONS]
        if skeleton.words[-1] == "?":
            numbers.append(families.question)
        numbers.append(families.things[min(len(skeleton.places), 6)])
        return numbers

    def above(self, sentences: Ints) -> Ints:
        """What stands above sentences, as a column."""
        return _column(sentences, lambda sentence: self._context(sentence).group)

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
        for sense in names_of(_together(chain.from_iterable(self._sights.of_words(s) for s in range(first, end)))):
            senses += (f"{mark}S:{sense}", f"{mark}S:{sense}|{kind}")
        if len(said) <= 3:
            senses.append(f"{mark}={' '.join(said)}")

    def _kind(self, block: int) -> BlockKind:
        return self._analysis.article.blocks[block].kind

    # --- what holds for a place

    def of_neighbours(self, sentence: int, unit: int, role: str) -> Numbers:
        """The words beside a thing, in one of the ``ROLES``."""
        key = sentence, unit
        beside = self._beside.get(key)
        if beside is None:
            words = self._skeletons[sentence].words
            left, right = words[max(0, unit - 2) : unit], words[unit + 1 : unit + 3]
            beside = left[-1] if left else "^", right[0] if right else "$", " ".join(left), " ".join(right)
            self._beside[key] = beside
        return [family[words] for family, words in zip(self._families.beside[role], beside, strict=True)]

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
            *[families.between[word] for word in dict.fromkeys(words)],
            *[families.two_between[two] for two in dict.fromkeys(pairwise(words))],
        ]
        if len(words) <= 4:
            numbers.append(families.all_between[" ".join(words)])
        core = skeleton.words[places[low].unit + 1 : places[high].unit]
        if len(core) <= 5:
            numbers.append(families.core[" ".join(core)])
        said = names_of(_together(self._sights.of_words(sentence)[places[low].unit + 1 : places[high].unit]))
        if 0 < len(said) <= 3:
            numbers.append(families.core_senses["+".join(said)])
        return numbers

    # --- what holds for a thing with something of a kind outside its sentence

    def of_heading(self, sentence: int, combo: int) -> Numbers:
        """How what stands above goes with the types of two things."""
        family = self._numbering.family(COMBOS[combo])
        return [family[name] for name in self._context(sentence).nearest]

    def of_opening(self, sentence: int) -> Numbers:
        """The words that a sentence begins with."""
        families, words = self._families, self._skeletons[sentence].words
        return families.first_word[words[0]], families.first_words[" ".join(words[:2])]

    def of_own_words(self, says: Sequence[str], combo: int) -> Numbers:
        """What the sentence's cues say of a thing (``TREATSh``: that it is the head of such a relation), and that with the types of two
        things.
        """
        family = self._numbering.family(COMBOS[combo])
        if not says:
            return (family["|silent"],)
        relations = dict.fromkeys(one[:-1] for one in says)
        return [*(self._families.own[one] for one in says), *(family[f"|says:{type_}"] for type_ in relations)]

    # --- of those, what was named in a sentence before

    def of_home(self, sentence: int, unit: int, number: int, stands: Iterable[str]) -> Numbers:
        """What is said of a thing in its own sentence, which is not that of the other: the words beside it, which thing of how many it is,
        and how it ``stands`` there.
        """
        count = len(self._skeletons[sentence].places)
        names = (f"at:{min(number, 3)}|{min(count, 4)}", *stands)
        return [*self.of_neighbours(sentence, unit, _HOME), *(self._families.home[name] for name in names)]

    def of_going_on(self, sentence: int, standing: int) -> Numbers:
        """How a sentence begins that may go on with what was named before it."""
        place, word = STANDING_IN_WORDS[standing], self._skeletons[sentence].words[0]
        return [self._families.going_on[one, word] for one in dict.fromkeys((place, place.rstrip("*+")))]

    def of_both_words(self, says: Iterable[Sequence[str]], combo: int) -> Numbers:
        """What the cues of their sentences say of the first and of the second of two things."""
        first, second = ("+".join(words) or "-" for words in says)
        return self._numbering.numbers(
            (f"{COMBOS[combo]}|told:{first}", f"{COMBOS[combo]}|told:{first}>{second}", f"told:{first}>{second}")
        )

    # --- what rules say

    def of_rules(self, rules: Iterable[tuple[Link, bool]], mark: str) -> Numbers:
        """Which rules say what of two things: each with whether its head is the first."""
        names: list[str] = []
        for link, from_first in rules:
            way = ">" if from_first else "<"
            names += (f"{mark}rule:{link.rule}{way}", f"{mark}rule:{link.type}{way}{link.rule.partition(':')[0]}")
        return self._numbering.numbers(names)


def _column(things: Ints, number_of: Callable[[int], int]) -> Ints:
    """A number for each thing of a column, asked for once for each different one."""
    listed = things.tolist()
    numbers = {thing: number_of(thing) for thing in dict.fromkeys(listed)}
    return np.asarray([numbers[thing] for thing in listed], dtype=np.int64)


def _together(senses: Iterable[int]) -> int:
    return reduce(or_, senses, 0)


def _chain_ends(places: Sequence[Place], i: int, j: int) -> tuple[int, int]:
    """The last thing that is coordinated with the first of a pair, and the first that is with the second."""
    low, high = i, j
    while low + 1 < j and places[low + 1].linked:
        low += 1
    while high - 1 > low and places[high].linked:
        high -= 1
    return low, high
