"""Learning of the network: cross-entropy, back-propagation written out, Adam. Plain numpy, one seed: one machine, one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.matrices import Floats
from pipeline.tagger.features import BORDERS, Signs, rows_of
from pipeline.tagger.network import Ints, Network, Shape, relu, softmax, spread
from pipeline.tagger.tagging import sections
from pipeline.training.ner.changes import Example

_BETA, _BETA_SQUARED, _EPSILON = 0.9, 0.999, 1e-8
_HASHED = "words"


class WordRows:
    """The rows of every word that training meets."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._ids: dict[str, int] = {}
        self._of: list[list[int]] = []

    def id(self, word: str) -> int:
        """The number of a word."""
        found = self._ids.get(word)
        if found is None:
            found = self._ids[word] = len(self._of)
            self._of.append(rows_of(word, self._rows))
        return found

    def flat(self, ids: Ints) -> tuple[Ints, Ints]:
        """The rows of some words behind each other, and where each word's begin."""
        parts = [self._of[i] for i in ids.tolist()]
        starts = np.cumsum([0, *map(len, parts[:-1])])
        return np.concatenate([np.asarray(part) for part in parts]), starts


@dataclass(slots=True)
class Batch:
    """Examples behind each other."""

    ids: Ints
    """Word numbers of the places; those of borders are minus one, minus their kind."""
    marks: Ints
    tags: Ints
    mentioned: np.ndarray[tuple[int], np.dtype[np.bool_]]
    signs: Signs


def batch_of(examples: Sequence[Example], rows: WordRows) -> Batch:
    """One row of places out of several examples."""
    words: list[str | None] = []
    kinds: list[int] = []
    marks: list[int] = []
    places: list[int] = []
    ranges: list[tuple[int, int]] = []
    parents: list[tuple[int, int] | None] = []
    for example in examples:
        signs, base = example.signs, len(words)
        words.extend(signs.words)
        kinds.extend(signs.kinds)
        marks.extend(signs.marks)
        places.extend(base + place for place in signs.places)
        ranges.extend((base + a, base + b) for a, b in signs.ranges)
        parents.extend(None if p is None else (base + p[0], base + p[1]) for p in signs.parents)
    borders = iter(kinds)
    ids = np.asarray([-1 - next(borders) if word is None else rows.id(word) for word in words], dtype=np.int64)
    tags = np.asarray([tag for example in examples for tag in example.tags], dtype=np.int64)
    mentioned = np.asarray([m for example in examples for m in example.mentioned], dtype=np.bool_)
    return Batch(ids, np.asarray(marks, dtype=np.int64), tags, mentioned, Signs(words, kinds, marks, places, ranges, parents))


class Learner:
    """The arrays of a network while it learns."""

    def __init__(self, shape: Shape, config: Mapping[str, Any]) -> None:
        self.shape = shape
        self.rows = WordRows(shape.rows)
        self._config = config
        self._rng = np.random.default_rng(config["seed"])
        self.arrays = {name: self._first(name, size) for name, size in shape.arrays().items()}
        self._moments = {name: (np.zeros_like(array), np.zeros_like(array)) for name, array in self.arrays.items()}
        self._steps = 0

    def _first(self, name: str, size: tuple[int, ...]) -> Floats:
        """Hashed rows begin at zero, so that a feature that was never met says nothing; biases as well; the rest is drawn."""
        if name == _HASHED or len(size) == 1:
            return np.zeros(size, dtype=np.float32)
        return self._rng.normal(0, np.sqrt(1 / size[0]) if name not in ("marks", "borders") else 0.1, size).astype(np.float32)

    def network(self) -> Network:
        """The network as it is now."""
        return Network(self.shape, {name: array.copy() for name, array in self.arrays.items()}, {})

    def step(self, batch: Batch, rate: float) -> float:
        """Learn from one batch; its mean loss."""
        loss, gradients, touched = self.gradients(batch, self._config["dropout"])
        self._steps += 1
        for name, gradient in gradients.items():
            self._adam(name, gradient, touched if name == _HASHED else None, rate)
        return loss

    def _adam(self, name: str, gradient: Floats, rows: Ints | None, rate: float) -> None:
        """One step of Adam; of the hashed rows only those that the batch met."""
        array, (first, second) = self.arrays[name], self._moments[name]
        at: Any = slice(None) if rows is None else rows
        one = _BETA * first[at] + (1 - _BETA) * gradient
        two = _BETA_SQUARED * second[at] + (1 - _BETA_SQUARED) * gradient**2
        first[at], second[at] = one, two
        scale = rate * np.sqrt(1 - _BETA_SQUARED**self._steps) / (1 - _BETA**self._steps)
        array[at] -= (scale * one / (np.sqrt(two) + _EPSILON) + rate * self._config["decay"] * array[at]).astype(np.float32)

    def gradients(self, batch: Batch, dropout: Mapping[str, float]) -> tuple[float, dict[str, Floats], Ints]:
        """Mean loss, the gradient of every array (of the hashed one for the rows that it returns last)."""
        a, rng, shape = self.arrays, self._rng, self.shape
        is_word = batch.ids >= 0
        distinct, which = np.unique(batch.ids[is_word], return_inverse=True)
        flat, starts = self.rows.flat(distinct)
        weights = np.ones(len(flat), dtype=np.float32)
        weights[starts[rng.random(len(starts)) < dropout["own_form"]]] = 0
        sizes = np.diff([*starts, len(flat)])
        scale = (1 / np.sqrt(sizes)).astype(np.float32)
        sums = np.add.reduceat(a[_HASHED][flat] * weights[:, None], starts) * scale[:, None]
        seen = (rng.random(len(batch.ids)) >= dropout["whole_word"] * batch.mentioned).astype(np.float32)
        inputs = np.zeros((len(batch.ids), shape.width), dtype=np.float32)
        inputs[is_word] = sums[which]
        inputs[~is_word] = a["borders"][-1 - batch.ids[~is_word]]
        inputs *= seen[:, None]
        inputs += a["marks"][batch.marks]
        noise = _noise(rng, inputs.shape, dropout["inputs"])
        inputs *= noise

        above, block = sections(inputs, batch.signs)
        wide = spread(inputs, shape.reach)
        hidden = relu(wide @ a["window"] + (above @ a["above"] + a["window_bias"])[block])
        hidden_noise = _noise(rng, hidden.shape, dropout["hidden"])
        dropped = hidden * hidden_noise
        wide_hidden = spread(dropped, shape.reach_hidden)
        second = relu(wide_hidden @ a["second"] + a["second_bias"])
        deeper = second + dropped
        probabilities = softmax(deeper @ a["tags"] + inputs @ a["direct"] + a["tags_bias"])

        loss, error = _judged(probabilities, batch.tags)
        g: dict[str, Floats] = {"tags": deeper.T @ error, "direct": inputs.T @ error, "tags_bias": error.sum(axis=0)}
        d_deeper = error @ a["tags"].T
        d_second = np.where(second > 0, d_deeper, np.float32(0))
        g["second"], g["second_bias"] = wide_hidden.T @ d_second, d_second.sum(axis=0)
        d_hidden: Floats = (d_deeper + gather(d_second @ a["second"].T, shape.reach_hidden)) * hidden_noise
        d_hidden[hidden <= 0] = 0
        g["window"], g["window_bias"] = wide.T @ d_hidden, d_hidden.sum(axis=0)
        by_block = np.add.reduceat(d_hidden, [first for first, _ in batch.signs.ranges])
        g["above"] = above.T @ by_block
        d_inputs = gather(d_hidden @ a["window"].T, shape.reach) + error @ a["direct"].T
        _send_up(d_inputs, by_block @ a["above"].T, batch.signs)
        d_inputs *= noise
        g["marks"] = _added(batch.marks, d_inputs, a["marks"].shape)
        d_inputs *= seen[:, None]
        g["borders"] = _added(-1 - batch.ids[~is_word], d_inputs[~is_word], (BORDERS, shape.width))
        d_sums = _added(which, d_inputs[is_word], sums.shape) * scale[:, None]
        touched, where = np.unique(flat, return_inverse=True)
        g[_HASHED] = _added(where, np.repeat(d_sums, sizes, axis=0) * weights[:, None], (len(touched), shape.width))
        return loss, {name: gradient.astype(np.float32) for name, gradient in g.items()}, touched


def _judged(probabilities: Floats, tags: Ints) -> tuple[float, Floats]:
    """The mean loss of some predictions, and its gradient before the softmax."""
    places = np.arange(len(tags))
    loss = float(-np.log(np.maximum(probabilities[places, tags], 1e-9)).mean())
    error = probabilities.copy()
    error[places, tags] -= 1
    return loss, error / np.float32(len(tags))


def _noise(rng: np.random.Generator, size: tuple[int, ...], share: float) -> Floats:
    """Zero for a share of the values, and more for the others."""
    return ((rng.random(size, dtype=np.float32) >= share) / np.float32(1 - share)).astype(np.float32)


def gather(windows: Floats, reach: int) -> Floats:
    """The transpose of :func:`pipeline.tagger.network.spread`: what all windows say of each row, added up."""
    count, width = windows.shape[0], windows.shape[1] // (2 * reach + 1)
    rows = np.zeros((count, width), dtype=np.float32)
    for step in range(-reach, reach + 1):
        column = (step + reach) * width
        first, end = max(0, -step), min(count, count - step)
        if first < end:
            rows[first + step : end + step] += windows[first:end, column : column + width]
    return rows


def _added(rows: Ints, values: Floats, size: tuple[int, ...]) -> Floats:
    """An array of that size with each of the values added to its row."""
    total = np.zeros(size, dtype=np.float32)
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    if len(ordered):
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        total[ordered[starts]] = np.add.reduceat(values[order], starts)
    return total


def _send_up(d_inputs: Floats, d_above: Floats, signs: Signs) -> None:
    """Add to the places of every heading what the blocks below say of their mean."""
    for number, parent in enumerate(signs.parents):
        if parent is not None and parent[1] > parent[0]:
            d_inputs[parent[0] : parent[1]] += d_above[number] / (parent[1] - parent[0])
