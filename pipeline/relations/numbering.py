"""Features by number: what a feature is called (``w:helpt``), and which row of a model is its own.

A feature is the name of a family (``w:``, a word of the sentence) with what was seen (``helpt``). To write that out for every word of every
article would take longer than all the rest, so families remember the numbers of what they have seen, and what comes again in every article
is a number of its own (:class:`Combinations`). The numbering of a model is closed: it numbers what the model knows, in the order of its
rows. That of a training run is open: it numbers whatever it meets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pipeline.remembered import Remembered

NONE: Final = -1
"""The number of what a closed numbering does not know."""

Numbers = Sequence[int]
"""Features; there may be ``NONE`` among them, which is none."""
Ints = NDArray[np.int64]

MOST_KEPT: Final = 1 << 14
"""That a family, or one kind of combination, remembers: articles bring new words without end."""

Family = Remembered[object, int]
"""The numbers of the features with one beginning, by what follows it: ``numbering.family("w:")["helpt"]``."""


class Combinations:
    """What a few questions with a few answers each can be answered, as one number, with the features that it makes."""

    def __init__(self, make: Callable[..., Iterable[str]], *answers: Sequence[object]) -> None:
        """``make`` gives the names of the features for one answer to each question; ``answers`` are those that there can be."""
        self._make = make
        self._answers = answers
        self._steps = [prod(map(len, answers[place + 1 :])) for place in range(len(answers))]

    def __len__(self) -> int:
        return prod(map(len, self._answers))

    def numbers(self, *answers: Any) -> Ints:
        """The numbers of combinations, given the place of each answer among those that there can be (arrays of one length)."""
        numbers = answers[-1]
        for answer, step in zip(answers[:-1], self._steps, strict=False):
            numbers = numbers + answer * step
        return np.asarray(numbers, dtype=np.int64)

    def names(self, number: int) -> tuple[str, ...]:
        """The features of a combination."""
        places = [number // step % len(values) for values, step in zip(self._answers, self._steps, strict=True)]
        return tuple(self._make(*(values[place] for values, place in zip(self._answers, places, strict=True))))


class Numbering:
    """Numbers of features from 0. Closed, unless ``growing``. May be used by several threads while it is closed."""

    def __init__(self, names: Iterable[str] = (), *, growing: bool = False) -> None:
        self.names = list(names)
        self._numbers = {name: number for number, name in enumerate(self.names)}
        self._growing = growing
        self._families = Remembered(self._make_family)

    def __len__(self) -> int:
        return len(self.names)

    def number(self, name: str) -> int:
        """The number of a feature; ``NONE`` if a closed numbering does not know it."""
        number = self._numbers.get(name, NONE)
        if number == NONE and self._growing:
            number = self._numbers[name] = len(self.names)
            self.names.append(name)
        return number

    def numbers(self, names: Iterable[str]) -> tuple[int, ...]:
        """The numbers of the features that are known, each once."""
        return known(self.number(name) for name in names)

    def family(self, beginning: str) -> Family:
        """The features that begin so."""
        return self._families[beginning]

    def _make_family(self, beginning: str) -> Family:
        return Family(lambda seen: self.number(f"{beginning}{seen}"), MOST_KEPT)


def known(numbers: Iterable[int]) -> tuple[int, ...]:
    """Those of some numbers that are features, each once."""
    found = dict.fromkeys(numbers)
    found.pop(NONE, None)
    return tuple(found)
