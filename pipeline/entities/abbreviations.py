"""The abbreviation finder: abbreviations that the article explains and no lexicon knows.

*Amyotrofische laterale sclerose (ALS)*, *ALS (amyotrofische laterale sclerose)*, *ALS staat voor ...* and *..., meestal afgekort tot ALS*
make *ALS* a name, here and wherever the article has it again. The letters decide: they stand in the long form in this order, and begin its
words. Only what is called an abbreviation outright may have others, as those of an English name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.article import Mention, covered_words
from pipeline.language import Analysis
from pipeline.lexicon import fold
from pipeline.remembered import Remembered
from pipeline.resources import load_toml

_CONFIDENCE = 0.85


@dataclass(frozen=True, slots=True)
class _Rules:
    abbreviation: re.Pattern[str]
    most_between: int
    telling: frozenset[str]
    light: frozenset[str]
    outright: frozenset[str]
    initial_from: int


@cache
def _rules() -> _Rules:
    table = load_toml("entities/concepts.toml")
    telling, light, outright = (frozenset[str](table[name]) for name in ("telling", "light", "outright"))
    return _Rules(re.compile(table["abbreviation"]), int(table["most_between"]), telling, light, outright, int(table["initial_from"]))


def stands_for(short: str, long: str) -> bool:
    """Whether the abbreviation is made of letters of the long form: in order, the first letter first, and the first letters of its longer
    words among them.
    """
    letters, words = fold(short), fold(long).replace("-", " ").split()
    initials = [word[0] for n, word in enumerate(words) if n == 0 or len(word) >= _rules().initial_from]
    return bool(words) and letters[0] == words[0][0] and _in_order(letters, "".join(words)) and _in_order("".join(initials), letters)


def _in_order(letters: str, text: str) -> bool:
    """Whether all letters stand in the text, one after the other."""
    rest = iter(text)
    return all(letter in rest for letter in letters)


def find(analysis: Analysis, found: Sequence[Mention]) -> list[Mention]:
    """Every place of an abbreviation that the article explains, where nothing was found yet."""
    written = {fold(word) for word in set(analysis.words) if _is_abbreviation[word]}
    if not written:
        return []
    covered = covered_words(found)
    places = [(number, word) for number, word in analysis.places(written) if _is_abbreviation[analysis.words[word]] and word not in covered]
    names: dict[str, Mention] = {}
    for short, long in _explained(analysis, found, places):
        names.setdefault(short, long)
    return [
        analysis.mention(meant.type, (word, word), number, meant.concept, "abbreviations", _CONFIDENCE, meant.broader, meant.subtype)
        for number, word in places
        if (meant := names.get(analysis.words[word]))
    ]


@Remembered
def _is_abbreviation(word: str) -> bool:
    return _rules().abbreviation.fullmatch(word) is not None


def _explained(analysis: Analysis, found: Sequence[Mention], places: Sequence[tuple[int, int]]) -> Iterator[tuple[str, Mention]]:
    """Pairs of an abbreviation and the mention of its long form, which stands before or behind it in the sentence, the nearest first."""
    ending: dict[int, list[Mention]] = {}
    beginning: dict[int, list[Mention]] = {}
    longest_first = sorted(found, key=lambda mention: (mention.first_token, -mention.last_token))  # of those that overlap
    for mention in longest_first:
        ending.setdefault(mention.last_token, []).append(mention)
        beginning.setdefault(mention.first_token, []).append(mention)
    for number, place in places:
        for count in range(1, _rules().most_between + 1):
            for longs, between in (
                (ending.get(place - count - 1, ()), range(place - count, place)),
                (beginning.get(place + count + 1, ()), range(place + 1, place + count + 1)),
            ):
                for long in longs:
                    if long.sentence == number and _is_explained(analysis, place, long, between):
                        yield analysis.words[place], long


def _is_explained(analysis: Analysis, place: int, long: Mention, between: Sequence[int]) -> bool:
    """Whether the words between an abbreviation and a long form say that they belong together."""
    rules = _rules()
    words = [analysis.folds[word] for word in between]
    said = {word for word in words if word[0].isalnum()}
    meant = analysis.article.text[long.start : long.end]
    if not stands_for(analysis.words[place], meant):
        return long.last_token < place and not rules.outright.isdisjoint(said) and said <= rules.outright | rules.light
    in_brackets = words[0] == "(" and ")" not in words
    return in_brackets or not rules.telling.isdisjoint(said) or (" " in meant and said <= rules.light)
