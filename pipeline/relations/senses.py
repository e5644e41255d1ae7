"""What the words around names say: *verlicht* relieves, *boosdoener* is a cause, *afgeraden* forbids (``senses.toml``).

Senses are how the linker knows words that no annotated article holds: the model learns what a sense states, the lexicon of senses says
which words and phrases have it. A word may have several; context decides, by the weights of the model. Very common words have none: of
those the model learns each by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import numpy as np

from pipeline.errors import ResourceError
from pipeline.matrices import Floats
from pipeline.relations.numbering import Ints
from pipeline.remembered import Remembered
from pipeline.resources import load_toml

_PREFIX = "*"
_GAP = "~"
_LONGEST_GAP = 5
_SHORTEST_PREFIX = 3
_LEFT, _RIGHT = -1, 1
_MOST = 63  # bits of a number


class _Step(NamedTuple):
    """A word of a phrase: exact, or the beginning of one. ``gap``: other words may stand before it."""

    word: str
    prefix: bool
    gap: bool


@dataclass(slots=True)
class _Node:
    """Other phrases that have the same words so far. They are followed from their anchor (their rarest word) to the left, then to the
    right.
    """

    senses: int = 0
    onward: dict[tuple[int, int], _Onward] = field(default_factory=dict)
    """By the way in which the next word stands, and how many words away it may be."""


@dataclass(frozen=True, slots=True)
class _Onward:
    """What the next word of some phrases may be: a word, or what begins in some way."""

    words: dict[str, _Node] = field(default_factory=dict)
    beginnings: dict[str, _Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Senses:
    names: tuple[str, ...]
    words: dict[str, int]
    beginnings: dict[str, int]
    runs: dict[tuple[str, ...], int]
    """Phrases of whole words without gaps."""
    longest_run: dict[str, dict[str, int]]
    """By first and second word: the words of the longest run that begins with them."""
    anchors: _Onward
    longest_beginning: int


def _steps(phrase: str) -> tuple[_Step, ...]:
    """Raises ValueError for a phrase of fewer than two words, or with a gap at an end."""
    steps: list[_Step] = []
    gap = False
    for part in phrase.split():
        if part == _GAP:
            gap = True
        else:
            steps.append(_Step(part.rstrip(_PREFIX), part.endswith(_PREFIX), gap))
            gap = False
    if gap or len(steps) < 2 or steps[0].gap:
        raise ValueError(f"phrase {phrase!r} must begin and end with a word and have at least two")
    return tuple(steps)


def _anchor(phrases: Sequence[tuple[tuple[_Step, ...], int]]) -> _Onward:
    """Phrases by their anchors: the word that the fewest of them hold."""
    anchors = _Onward()
    counts = Counter(step.word for steps, _ in phrases for step in steps)
    for steps, sense in phrases:
        anchor = min(range(len(steps)), key=lambda n: (counts[steps[n].word], -len(steps[n].word)))
        node = _child(anchors, steps[anchor])
        for number in range(anchor - 1, -1, -1):
            node = _next(node, steps[number], _LEFT, steps[number + 1].gap)
        for step in steps[anchor + 1 :]:
            node = _next(node, step, _RIGHT, step.gap)
        node.senses |= sense
    return anchors


def _next(node: _Node, step: _Step, way: int, gap: bool) -> _Node:
    return _child(node.onward.setdefault((way, 1 + _LONGEST_GAP if gap else 1), _Onward()), step)


def _child(onward: _Onward, step: _Step) -> _Node:
    return (onward.beginnings if step.prefix else onward.words).setdefault(step.word, _Node())


@cache
def _load() -> _Senses:
    """Raises ResourceError for a malformed entry."""
    rows = load_toml("relations/senses.toml")["sense"]
    names = tuple(sorted(row["id"] for row in rows))
    if len(names) > _MOST:
        raise ResourceError(f"relations/senses.toml: more than {_MOST} senses")
    words: dict[str, int] = {}
    beginnings: dict[str, int] = {}
    listed: list[tuple[tuple[_Step, ...], int]] = []
    for row in rows:
        sense = 1 << names.index(row["id"])
        for word in row.get("words", ()):
            bare = word.rstrip(_PREFIX)
            if not bare or " " in bare or (word.endswith(_PREFIX) and len(bare) < _SHORTEST_PREFIX):
                raise ResourceError(f"relations/senses.toml, {row['id']}: {word!r} is no single word, or too short a beginning")
            having = beginnings if word.endswith(_PREFIX) else words
            having[bare] = having.get(bare, 0) | sense
        try:
            listed += [(_steps(phrase), sense) for phrase in row.get("phrases", ())]
        except ValueError as error:
            raise ResourceError(f"relations/senses.toml, {row['id']}: {error}") from error
    runs: dict[tuple[str, ...], int] = {}
    longest: dict[str, dict[str, int]] = {}
    others: list[tuple[tuple[_Step, ...], int]] = []
    for steps, sense in listed:
        if any(step.prefix or step.gap for step in steps):
            others.append((steps, sense))
        else:
            first, second, *_ = run = tuple(step.word for step in steps)
            runs[run] = runs.get(run, 0) | sense
            seconds = longest.setdefault(first, {})
            seconds[second] = max(seconds.get(second, 0), len(run))
    anchors = _anchor(others)
    return _Senses(names, words, beginnings, runs, longest, anchors, max(map(len, (*beginnings, *anchors.beginnings)), default=0))


def sense_names() -> tuple[str, ...]:
    """The names of all senses, in the order of their bits."""
    return _load().names


@Remembered
def names_of(senses: int) -> tuple[str, ...]:
    """The names of some senses, in alphabetical order."""
    return tuple(name for bit, name in enumerate(sense_names()) if senses >> bit & 1)


class _Known(NamedTuple):
    """What is known of a word: the senses of it alone, by second word the longest run that begins with it, and the phrases that it may
    anchor, those of each node with the words of which one must be in the sentence (none where beginnings of words are given).
    """

    senses: int
    longest_run: dict[str, int] | None
    anchored: tuple[tuple[frozenset[str], _Node], ...]


@Remembered
def _of_word(word: str) -> _Known:
    table = _load()
    senses = table.words.get(word, 0)
    nodes = [table.anchors.words[word]] if word in table.anchors.words else []
    for size in range(1, min(len(word), table.longest_beginning) + 1):
        beginning = word[:size]
        senses |= table.beginnings.get(beginning, 0)
        if beginning in table.anchors.beginnings:
            nodes.append(table.anchors.beginnings[beginning])
    return _Known(senses, table.longest_run.get(word), tuple((_needed(node), node) for node in nodes))


def _needed(node: _Node) -> frozenset[str]:
    if any(onward.beginnings for onward in node.onward.values()):
        return frozenset()
    return frozenset(word for onward in node.onward.values() for word in onward.words)


def senses_of(words: Sequence[str]) -> list[int]:
    """The senses of every word, a bit each; those of a phrase belong to its first word and to its last."""
    known = [_of_word[word] for word in words]
    found = [senses for senses, _, _ in known]
    present = frozenset(words)
    for place, (_, longest_run, anchored) in enumerate(known):
        if longest_run is not None and place + 1 < len(words) and words[place + 1] in longest_run:
            _mark_runs(words, place, longest_run[words[place + 1]], found)
        for needed, node in anchored:
            if not needed or not needed.isdisjoint(present):
                _follow(node, words, place, place, found)
    return found


def senses_within(senses: Ints, starts: Ints, ends: Ints) -> Ints:
    """The senses of each of some ranges of words, together. ``senses``: those of all words, and one word more that has none."""
    if not len(starts):
        return np.zeros(0, dtype=np.int64)
    together = np.bitwise_or.reduceat(senses, np.stack([starts, np.maximum(starts, ends)], axis=1).ravel())[::2]
    return np.where(starts < ends, together, 0)


def as_flags(senses: Ints) -> Floats:
    """(things, families * senses): 1 for each sense that a thing has in a family, of their senses (things, families)."""
    flags = senses[..., None] >> np.arange(len(sense_names())) & 1
    return flags.reshape(len(senses), senses.shape[1] * flags.shape[2]).astype(np.float32)


def _mark_runs(words: Sequence[str], first: int, longest: int, found: list[int]) -> None:
    """Mark the runs that begin with a word."""
    runs = _load().runs
    for end in range(first + 2, min(first + longest, len(words)) + 1):
        senses = runs.get(tuple(words[first:end]), 0)
        found[first] |= senses
        found[end - 1] |= senses


def _follow(node: _Node, words: Sequence[str], first: int, last: int, found: list[int]) -> None:
    """Mark the phrases that go on as the words around ``first`` to ``last`` do. Of several words that could be the next, the nearest is."""
    found[first] |= node.senses
    found[last] |= node.senses
    for (way, reach), onward in node.onward.items():
        around = words[last + 1 : last + 1 + reach] if way == _RIGHT else words[max(first - reach, 0) : first][::-1]
        for distance, child in _nearest(onward, around):
            _follow(child, words, *((first, last + distance) if way == _RIGHT else (first - distance, last)), found)


def _nearest(onward: _Onward, words: Sequence[str]) -> Iterator[tuple[int, _Node]]:
    """How phrases go on among some words, each with how far away."""
    if not onward.words.keys().isdisjoint(words):
        for distance, word in enumerate(words, 1):
            child = onward.words.get(word)
            if child is not None and word not in words[: distance - 1]:
                yield distance, child
    for beginning, child in onward.beginnings.items():
        distance = next((distance for distance, word in enumerate(words, 1) if word.startswith(beginning)), 0)
        if distance:
            yield distance, child
