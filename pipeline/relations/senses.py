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

from pipeline.errors import ResourceError
from pipeline.remembered import Remembered
from pipeline.resources import load_toml

_PREFIX = "*"
_GAP = "~"
_LONGEST_GAP = 5
_SHORTEST_PREFIX = 3
_LEFT, _RIGHT = -1, 1


class _Step(NamedTuple):
    """A word of a phrase: exact, or the beginning of one. ``gap``: other words may stand before it."""

    word: str
    prefix: bool
    gap: bool


@dataclass(frozen=True, slots=True)
class _Node:
    """Other phrases that have the same words so far. They are followed from their anchor (their rarest word) to the left, then to the
    right.
    """

    senses: list[str] = field(default_factory=list)
    onward: dict[tuple[int, int], _Onward] = field(default_factory=dict)
    """By the way in which the next word stands, and how many words away it may be."""


@dataclass(frozen=True, slots=True)
class _Onward:
    """What the next word of some phrases may be: a word, or what begins in some way."""

    words: dict[str, _Node] = field(default_factory=dict)
    beginnings: dict[str, _Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Senses:
    words: dict[str, tuple[str, ...]]
    beginnings: dict[str, tuple[str, ...]]
    runs: dict[tuple[str, ...], set[str]]
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


def _anchor(phrases: Sequence[tuple[tuple[_Step, ...], str]]) -> _Onward:
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
        node.senses.append(sense)
    return anchors


def _next(node: _Node, step: _Step, way: int, gap: bool) -> _Node:
    return _child(node.onward.setdefault((way, 1 + _LONGEST_GAP if gap else 1), _Onward()), step)


def _child(onward: _Onward, step: _Step) -> _Node:
    return (onward.beginnings if step.prefix else onward.words).setdefault(step.word, _Node())


@cache
def _load() -> _Senses:
    """Raises ResourceError for a malformed entry."""
    words: dict[str, set[str]] = {}
    beginnings: dict[str, set[str]] = {}
    listed: list[tuple[tuple[_Step, ...], str]] = []
    for row in load_toml("relations/senses.toml")["sense"]:
        sense = row["id"]
        for word in row.get("words", ()):
            bare = word.rstrip(_PREFIX)
            if not bare or " " in bare or (word.endswith(_PREFIX) and len(bare) < _SHORTEST_PREFIX):
                raise ResourceError(f"relations/senses.toml, {sense}: {word!r} is no single word, or too short a beginning")
            (beginnings if word.endswith(_PREFIX) else words).setdefault(bare, set()).add(sense)
        try:
            listed += [(_steps(phrase), sense) for phrase in row.get("phrases", ())]
        except ValueError as error:
            raise ResourceError(f"relations/senses.toml, {sense}: {error}") from error
    runs: dict[tuple[str, ...], set[str]] = {}
    longest: dict[str, dict[str, int]] = {}
    others: list[tuple[tuple[_Step, ...], str]] = []
    for steps, sense in listed:
        if any(step.prefix or step.gap for step in steps):
            others.append((steps, sense))
        else:
            first, second, *_ = run = tuple(step.word for step in steps)
            runs.setdefault(run, set()).add(sense)
            seconds = longest.setdefault(first, {})
            seconds[second] = max(seconds.get(second, 0), len(run))
    anchors = _anchor(others)
    return _Senses(
        {word: tuple(sorted(found)) for word, found in words.items()},
        {word: tuple(sorted(found)) for word, found in beginnings.items()},
        runs,
        longest,
        anchors,
        max(map(len, (*beginnings, *anchors.beginnings)), default=0),
    )


class _Known(NamedTuple):
    """What is known of a word: the senses of it alone, by second word the longest run that begins with it, and the phrases that it may
    anchor, those of each node with the words of which one must be in the sentence (none where beginnings of words are given).
    """

    senses: tuple[str, ...]
    longest_run: dict[str, int] | None
    anchored: tuple[tuple[frozenset[str], _Node], ...]


@Remembered
def _of_word(word: str) -> _Known:
    table = _load()
    senses = set(table.words.get(word, ()))
    nodes = [table.anchors.words[word]] if word in table.anchors.words else []
    for size in range(1, min(len(word), table.longest_beginning) + 1):
        beginning = word[:size]
        senses.update(table.beginnings.get(beginning, ()))
        if beginning in table.anchors.beginnings:
            nodes.append(table.anchors.beginnings[beginning])
    return _Known(tuple(sorted(senses)), table.longest_run.get(word), tuple((_needed(node), node) for node in nodes))


def _needed(node: _Node) -> frozenset[str]:
    if any(onward.beginnings for onward in node.onward.values()):
        return frozenset()
    return frozenset(word for onward in node.onward.values() for word in onward.words)


def senses_of(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The senses of every word; those of a phrase belong to its first word and to its last."""
    known = [_of_word[word] for word in words]
    found = [senses for senses, _, _ in known]
    present = frozenset(words)
    for place, (_, longest_run, anchored) in enumerate(known):
        if longest_run is not None and place + 1 < len(words) and words[place + 1] in longest_run:
            _mark_runs(words, place, longest_run[words[place + 1]], found)
        for needed, node in anchored:
            if not needed or not needed.isdisjoint(present):
                _follow(node, words, place, place, found)
    return tuple(found)


def _mark_runs(words: Sequence[str], first: int, longest: int, found: list[tuple[str, ...]]) -> None:
    """Mark the runs that begin with a word."""
    runs = _load().runs
    for end in range(first + 2, min(first + longest, len(words)) + 1):
        for sense in runs.get(tuple(words[first:end]), ()):
            _mark(found, sense, first, end - 1)


def _follow(node: _Node, words: Sequence[str], first: int, last: int, found: list[tuple[str, ...]]) -> None:
    """Mark the phrases that go on as the words around ``first`` to ``last`` do. Of several words that could be the next, the nearest is."""
    for sense in node.senses:
        _mark(found, sense, first, last)
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


def _mark(found: list[tuple[str, ...]], sense: str, first: int, last: int) -> None:
    """Give a sense to the first and the last word of a phrase."""
    for number in (first, last):
        if sense not in found[number]:
            found[number] = tuple(sorted((*found[number], sense)))
