"""Features by number: what a feature is called (``w:helpt``), and which row of a model is its own.

A feature is the name of a family (``w:``, a word of the sentence) with what was seen (``helpt``). To write that out for every word of every
article would take longer than all the rest, so families remember the numbers of what they have seen. The numbering of a model is closed:
it numbers what the model knows, in the order of its rows. That of a training run is open: it numbers whatever it meets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

NONE: Final = -1
"""The number of what a closed numbering does not know."""

Numbers = tuple[int, ...]

_MOST_KEPT = 1 << 14  # that a family, or one kind of lasting groups, remembers: articles bring new words without end


class Group(NamedTuple):
    """Features that come again and again in other articles, made once. ``last``: the name of the last of them, known or not."""

    numbers: Numbers
    last: str


class Family(dict[object, int]):
    """The numbers of the features with one beginning, by what follows it: ``numbering.family("w:")["helpt"]``."""

    def __init__(self, numbering: Numbering, beginning: str) -> None:
        super().__init__()
        self._numbering, self._beginning = numbering, beginning

    def __missing__(self, seen: object) -> int:
        if len(self) >= _MOST_KEPT:
            self.clear()
        number = self[seen] = self._numbering.number(f"{self._beginning}{seen}")
        return number


class Groups(dict[tuple[object, ...], Group]):
    """Lasting groups by what they are made of: ``numbering.groups(make)[arguments of make]``."""

    def __init__(self, numbering: Numbering, make: Callable[..., Iterable[str]]) -> None:
        super().__init__()
        self._numbering, self._make = numbering, make

    def __missing__(self, key: tuple[object, ...]) -> Group:
        if len(self) >= _MOST_KEPT:
            self.clear()
        names = tuple(self._make(*key))
        group = self[key] = Group(self._numbering.numbers(names), names[-1])
        return group


class Numbering:
    """Numbers of features from 0. Closed, unless ``growing``. May be used by several threads while it is closed."""

    def __init__(self, names: Iterable[str] = (), *, growing: bool = False) -> None:
        self.names = list(names)
        self._numbers = {name: number for number, name in enumerate(self.names)}
        self._growing = growing
        self._families: dict[str, Family] = {}
        self._groups: dict[Callable[..., Iterable[str]], Groups] = {}

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
        found = self._families.get(beginning)
        return self._families.setdefault(beginning, Family(self, beginning)) if found is None else found

    def groups(self, make: Callable[..., Iterable[str]]) -> Groups:
        """The lasting groups of the features that ``make`` names."""
        found = self._groups.get(make)
        return self._groups.setdefault(make, Groups(self, make)) if found is None else found


def known(numbers: Iterable[int]) -> Numbers:
    """Those of some numbers that are features, each once."""
    found = dict.fromkeys(numbers)
    found.pop(NONE, None)
    return tuple(found)
