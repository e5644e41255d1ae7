"""Features by number: what a feature is called (``w:helpt``), and which row of a model is its own.

A feature is the name of a family (``w:``, a word of the sentence) with what was seen (``helpt``). To write that out for every word of every
article would take longer than all the rest, so families remember the numbers of what they have seen. The numbering of a model is closed:
it numbers what the model knows, in the order of its rows. That of a training run is open: it numbers whatever it meets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from pipeline.remembered import Remembered

NONE: Final = -1
"""The number of what a closed numbering does not know."""

Numbers = tuple[int, ...]

_MOST_KEPT = 1 << 14  # that a family, or one kind of lasting groups, remembers: articles bring new words without end


class Group(NamedTuple):
    """Features that come again and again in other articles, made once. ``last``: the name of the last of them, known or not."""

    numbers: Numbers
    last: str


Family = Remembered[object, int]
"""The numbers of the features with one beginning, by what follows it: ``numbering.family("w:")["helpt"]``."""

Groups = Remembered[tuple[object, ...], Group]
"""Lasting groups by what they are made of: ``numbering.groups(make)[arguments of make]``."""


class Numbering:
    """Numbers of features from 0. Closed, unless ``growing``. May be used by several threads while it is closed."""

    def __init__(self, names: Iterable[str] = (), *, growing: bool = False) -> None:
        self.names = list(names)
        self._numbers = {name: number for number, name in enumerate(self.names)}
        self._growing = growing
        self._families = Remembered(self._make_family)
        self._groups = Remembered(self._make_groups)

    def __len__(self) -> int:
        return len(self.names)

    def number(self, name: str) -> int:
        """The number of a feature; ``NONE`` if a closed numbering does not know it."""
        number = self._numbers.get(name, NONE)
        if number == NONE and self._growing:
            number = self._numbers[name] = len(self.names)
            self.names.append(name)
        return number

    def numbers(self, names: Iterable[str]) -> Numbers:
        """The numbers of the features that are known, each once."""
        return known(self.number(name) for name in names)

    def family(self, beginning: str) -> Family:
        """The features that begin so."""
        return self._families[beginning]

    def _make_family(self, beginning: str) -> Family:
        return Family(lambda seen: self.number(f"{beginning}{seen}"), _MOST_KEPT)

    def groups(self, make: Callable[..., Iterable[str]]) -> Groups:
        """The lasting groups of the features that ``make`` names."""
        return self._groups[make]

    def _make_groups(self, make: Callable[..., Iterable[str]]) -> Groups:
        return Groups(lambda key: self._group(make(*key)), _MOST_KEPT)

    def _group(self, names: Iterable[str]) -> Group:
        names = tuple(names)
        return Group(self.numbers(names), names[-1])


def known(numbers: Iterable[int]) -> Numbers:
    """Those of some numbers that are features, each once."""
    found = dict.fromkeys(numbers)
    found.pop(NONE, None)
    return tuple(found)
