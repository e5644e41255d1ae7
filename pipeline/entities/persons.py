"""Persons whose names are names of other things: *dr. Salie Bakker* is no herb (``persons.toml``)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from pipeline.article import Mention
from pipeline.entities.resolve import Dropped
from pipeline.entities.statistical import FOUND_BY
from pipeline.language import Analysis
from pipeline.resources import load_toml

_FULL_STOP = "."


@cache
def _titles() -> frozenset[str]:
    titles = load_toml("entities/persons.toml")["titles"]
    return frozenset((*titles, *(f"{title}{_FULL_STOP}" for title in titles)))


@cache
def _particles() -> frozenset[str]:
    return frozenset(load_toml("entities/persons.toml")["particles"])


def without_persons(analysis: Analysis, mentions: Sequence[Mention]) -> tuple[list[Mention], list[Dropped]]:
    """The mentions that name no person, and those that do.

    A title makes a person of the first capitalised word behind it, and of those behind a particle (*van der Linde*). What stands behind
    these may be a product (*Dr. Vogel Echinaforce*), so it stays, and so does a longer name of the lexicon that begins there.
    """
    persons = _persons(analysis)
    kept: list[Mention] = []
    dropped: list[Dropped] = []
    for mention in mentions:
        guessed = mention.found_by == FOUND_BY
        if mention.first_token in persons and (guessed or persons.issuperset(range(mention.first_token, mention.last_token + 1))):
            dropped.append(Dropped(mention, "name of a person"))
        else:
            kept.append(mention)
    return kept, dropped


def _persons(analysis: Analysis) -> set[int]:
    """The words that name a person."""
    persons: set[int] = set()
    for number, title in analysis.places(_titles()):
        _, end = analysis.sentence_words[number]
        word = title + 1
        if word < end and analysis.folds[word] == _FULL_STOP:
            word += 1
        expected = True  # the first word behind a title, or the one behind a particle
        while word < end and expected:
            if analysis.folds[word] in _particles():
                word += 1
            elif analysis.word(word)[:1].isupper():
                persons.add(word)
                word += 1
                expected = word < end and analysis.folds[word] in _particles()
            else:
                break
    return persons
