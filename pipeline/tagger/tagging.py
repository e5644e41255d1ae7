"""From an article to guesses: spans of words that the network takes for mentions, each with a probability."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.article import Mention
from pipeline.language import Analysis
from pipeline.matrices import Floats, logistic
from pipeline.schema import EntityType
from pipeline.tagger.features import BORDERS, TYPES, Signs, rows_of, signs_of
from pipeline.tagger.network import OUTSIDE, Network, load_network

Doubles = NDArray[np.float64]
_KEPT = 1 << 15  # distinct words whose sums are kept
_FLOOR: Final = 0.05
"""A word may belong to a guess if it is in a mention with at least this probability."""


class Guess(NamedTuple):
    """Words (first and last, inclusive) that may be a mention, and how sure the network is of that. Tuples are made by the hundred."""

    type: EntityType
    first: int
    last: int
    sentence: int
    probability: float


class Tagger:
    """A network with the sums of the words that it has met."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._sums: Floats = np.zeros((BORDERS + _KEPT, network.shape.width), dtype=np.float32)
        self._sums[:BORDERS] = network.arrays["borders"]
        self._known: dict[str | None, int] = {}

    def probabilities(self, signs: Signs) -> Floats:
        """Tag probabilities of every word."""
        inputs = self._inputs(signs)
        above, block = sections(inputs, signs)
        result: Floats = self.network.probabilities(inputs, above, block).take(signs.places, axis=0)
        return result

    def guesses(self, analysis: Analysis, found: Iterable[Mention]) -> list[Guess]:
        """What the network takes for mentions, in text order, given what the rules have found."""
        if not analysis.folds:
            return []
        return self.read(signs_of(analysis, found), analysis.sentence_words)

    def read(self, signs: Signs, sentences: Sequence[tuple[int, int]]) -> list[Guess]:
        """The same for an article as the tagger reads it; ``sentences`` are ranges of its words."""
        return spans(self.probabilities(signs), sentences)

    def calibrated(self, guesses: Sequence[Guess]) -> list[float]:
        """How often guesses like these are right where no rule found anything; the plain probabilities while that was not measured."""
        types, probabilities = [guess.type for guess in guesses], [guess.probability for guess in guesses]
        return calibrate(probabilities, types, self.network.meta.get("calibration"))

    def _inputs(self, signs: Signs) -> Floats:
        if len(self._known) > _KEPT:
            self._known.clear()
        kinds = iter(signs.kinds)
        known = map(self._known.get, signs.words)
        ids = [
            number if number is not None else next(kinds) if word is None else self._learn(word)
            for number, word in zip(known, signs.words, strict=True)
        ]
        inputs: Floats = self._sums.take(ids, axis=0)
        inputs += self.network.arrays["marks"].take(signs.marks, axis=0)
        return inputs

    def _learn(self, word: str) -> int:
        """Compute and keep the sum of a word that was not met yet."""
        rows = rows_of(word, self.network.shape.rows)
        number = BORDERS + len(self._known)
        if number >= len(self._sums):
            self._sums = np.concatenate([self._sums, np.zeros_like(self._sums)])
        self._sums[number] = self.network.arrays["words"][rows].sum(axis=0) / np.sqrt(len(rows))
        self._known[word] = number
        return number


def sections(inputs: Floats, signs: Signs) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """For every block the mean of the block that it stands under (zeros where there is none), and the block of every place."""
    above = np.zeros((len(signs.ranges), inputs.shape[1]), dtype=np.float32)
    parents = sorted({parent for parent in signs.parents if parent is not None})
    if parents:
        ends = np.asarray(parents)
        borders = ends.ravel()
        sums = np.add.reduceat(inputs, borders[borders < len(inputs)], axis=0)[::2]  # without what is between two of them
        means = sums / (ends[:, 1:] - ends[:, :1]).astype(np.float32)
        number = {parent: n for n, parent in enumerate(parents)}
        under = [(n, number[parent]) for n, parent in enumerate(signs.parents) if parent is not None]
        blocks, above_them = zip(*under, strict=True)
        above[list(blocks)] = means[list(above_them)]
    block = np.repeat(np.arange(len(signs.ranges)), [end - first for first, end in signs.ranges])
    return above, block


def spans(probabilities: Floats, sentences: Sequence[tuple[int, int]]) -> list[Guess]:
    """The spans in which a mention is likely: runs of words in a sentence that are hardly outside, cut where another one begins.

    A run has the type with most of the probability, and gives the words from the first to the last that are at least half as likely as the
    likeliest one; it is as sure as the least sure of them.
    """
    inside = np.flatnonzero(probabilities[:, OUTSIDE] < 1 - _FLOOR)
    if not inside.size:
        return []
    rows = probabilities[inside]
    begins, goes = rows[:, 1::2], rows[:, 2::2]
    sentence = np.searchsorted(np.asarray([first for first, _ in sentences]), inside, side="right") - 1
    cut = begins.sum(axis=1) >= goes.sum(axis=1)
    cut[1:] |= (np.diff(inside) > 1) | (np.diff(sentence) > 0)
    cut[0] = True
    starts = np.flatnonzero(cut)
    run, number = np.cumsum(cut) - 1, np.arange(len(cut))
    masses = begins + goes
    types = np.add.reduceat(masses.astype(np.float64), starts).argmax(axis=1)
    likely = masses[number, types[run]]
    clear = np.flatnonzero(likely >= np.maximum.reduceat(likely, starts)[run] / 2)
    firsts = clear[np.searchsorted(clear, starts)]
    lasts = clear[np.searchsorted(clear, [*starts[1:], len(run)]) - 1]
    least = np.minimum.reduceat(np.where((firsts[run] <= number) & (number <= lasts[run]), likely, np.inf), starts)
    columns = (inside[firsts], inside[lasts], sentence[starts], least)
    return list(map(Guess, map(TYPES.__getitem__, types.tolist()), *(column.tolist() for column in columns)))


def shared(guesses: Sequence[Guess], words: Sequence[str]) -> list[Guess]:
    """The guesses, each as sure as the surest one in the article over the same folded words: a clear place explains the others."""
    names = [(guess.type, *words[guess.first : guess.last + 1]) for guess in guesses]
    surest: dict[tuple[str, ...], float] = {}
    for name, guess in zip(names, guesses, strict=True):
        surest[name] = max(surest.get(name, 0.0), guess.probability)
    return [
        guess if guess.probability == surest[name] else guess._replace(probability=surest[name])
        for name, guess in zip(names, guesses, strict=True)
    ]


def calibrate(probabilities: Sequence[float], types: Sequence[EntityType], fitted: Mapping[str, float] | None) -> list[float]:
    """Probabilities on the scale that was fitted on other articles: a logistic curve with one slope, and a height for each type."""
    values = np.asarray(probabilities, dtype=np.float64)
    if fitted is not None:
        scores = fitted["slope"] * log_odds(values) + [fitted[type_] for type_ in types]
        values = logistic(scores)
    result: list[float] = values.round(2).tolist()
    return result


def log_odds(probabilities: Doubles) -> Doubles:
    """Log-odds of probabilities that are kept off 0 and 1."""
    kept = np.clip(probabilities, 1e-4, 1 - 1e-4)
    result: Doubles = np.log(kept / (1 - kept))
    return result


@cache
def load_tagger() -> Tagger:
    """The bundled model, ready to read."""
    return Tagger(load_network())
