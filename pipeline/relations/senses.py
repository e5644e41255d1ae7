"""What the words around names say: *verlicht* relieves, *boosdoener* is a cause, *afgeraden* forbids (``senses.toml``).

Senses are how the linker knows words that no annotated article holds: the model learns what a sense states, the lexicon of senses says
which words and phrases have it. A word may have several; context decides, by the weights of the model. Very common words have none: of
those the model learns each by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from pipeline.errors import ResourceError
from pipeline.resources import load_toml

_PREFIX = "*"
_GAP = "~"
_LONGEST_GAP = 5
_SHORTEST_PREFIX = 3


@dataclass(frozen=True, slots=True)
class _Step:
    """A word of a phrase: exact, or the beginning of one. ``gap``: other words may stand before it."""

    word: str
    prefix: bool
    gap: bool

    def fits(self, word: str) -> bool:
        return word.startswith(self.word) if self.prefix else word == self.word


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Steps with the sense that they have together. ``anchor`` is the step by which the phrase is looked up: its rarest word."""

    steps: tuple[_Step, ...]
    anchor: int
    sense: str


@dataclass(frozen=True, slots=True)
class _Senses:
    words: dict[str, tuple[str, ...]]
    beginnings: dict[str, tuple[str, ...]]
    runs: dict[tuple[str, ...], tuple[str, ...]]
    """Phrases of whole words without gaps."""
    longest_run: dict[str, int]
    """By first word: the words of the longest run that begins with it."""
    phrases: dict[str, tuple[_Phrase, ...]]
    """By the anchor's word."""
    phrase_beginnings: dict[str, tuple[_Phrase, ...]]
    """By the anchor's beginning, where that is all that is given of it."""


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


def _anchored(phrases: Iterable[tuple[tuple[_Step, ...], str]]) -> Iterator[_Phrase]:
    """Phrases with their anchors: the word that the fewest phrases hold."""
    phrases = list(phrases)
    counts = Counter(step.word for steps, _ in phrases for step in steps)
    for steps, sense in phrases:
        yield _Phrase(steps, min(range(len(steps)), key=lambda n: (counts[steps[n].word], -len(steps[n].word))), sense)


def _is_run(steps: Sequence[_Step]) -> bool:
    """Whether a phrase is whole words without gaps, so that it can be looked up as it is."""
    return not any(step.prefix or step.gap for step in steps)


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
    longest: dict[str, int] = {}
    exact: dict[str, list[_Phrase]] = {}
    begun: dict[str, list[_Phrase]] = {}
    for steps, sense in listed:
        if _is_run(steps):
            runs.setdefault(tuple(step.word for step in steps), set()).add(sense)
            longest[steps[0].word] = max(longest.get(steps[0].word, 0), len(steps))
    for phrase in _anchored(entry for entry in listed if not _is_run(entry[0])):
        anchor = phrase.steps[phrase.anchor]
        (begun if anchor.prefix else exact).setdefault(anchor.word, []).append(phrase)
    return _Senses(
        {word: tuple(sorted(found)) for word, found in words.items()},
        {word: tuple(sorted(found)) for word, found in beginnings.items()},
        {run: tuple(sorted(found)) for run, found in runs.items()},
        longest,
        {word: tuple(found) for word, found in exact.items()},
        {word: tuple(found) for word, found in begun.items()},
    )


@lru_cache(maxsize=1 << 16)
def _of_word(word: str) -> tuple[tuple[str, ...], tuple[_Phrase, ...], int]:
    """The senses of a word alone, the phrases that it may anchor, and the length of the longest run that begins with it."""
    table = _load()
    senses = set(table.words.get(word, ()))
    phrases = list(table.phrases.get(word, ()))
    for size in range(1, len(word) + 1):
        senses.update(table.beginnings.get(word[:size], ()))
        phrases += table.phrase_beginnings.get(word[:size], ())
    return tuple(sorted(senses)), tuple(phrases), table.longest_run.get(word, 0)


def senses_of(words: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The senses of every word; those of a phrase belong to its first word and to its last."""
    known = [_of_word(word) for word in words]
    found = [senses for senses, _, _ in known]
    runs = _load().runs
    for number, (_, phrases, longest) in enumerate(known):
        for size in range(2, min(longest, len(words) - number) + 1):
            for sense in runs.get(tuple(words[number : number + size]), ()):
                _mark(found, sense, number, number + size - 1)
        for phrase in phrases:
            span = _span(words, number, phrase)
            if span is not None:
                _mark(found, phrase.sense, *span)
    return tuple(found)


def _mark(found: list[tuple[str, ...]], sense: str, first: int, last: int) -> None:
    """Give a sense to the first and the last word of a phrase."""
    for number in (first, last):
        if sense not in found[number]:
            found[number] = tuple(sorted((*found[number], sense)))


def _span(words: Sequence[str], at: int, phrase: _Phrase) -> tuple[int, int] | None:
    """The first and the last word of a phrase whose anchor stands at a place, if the rest stands around it."""
    steps = phrase.steps
    first = last = at
    for number in range(phrase.anchor - 1, -1, -1):
        found = _next(words, steps[number], first, -1, steps[number + 1].gap)
        if found is None:
            return None
        first = found
    for step in steps[phrase.anchor + 1 :]:
        found = _next(words, step, last, 1, step.gap)
        if found is None:
            return None
        last = found
    return first, last


def _next(words: Sequence[str], step: _Step, place: int, way: int, gap: bool) -> int | None:
    """Where a step stands next to a place, to the left (-1) or to the right (1), with some words between if there may be a gap."""
    for number in range(place + way, place + way * (2 + (_LONGEST_GAP if gap else 0)), way):
        if not 0 <= number < len(words):
            return None
        if step.fits(words[number]):
            return number
    return None
