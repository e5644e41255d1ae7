"""How the rules' candidates and the tagger's guesses become one set of candidates, each with a confidence that was measured.

- Where a rule found something, its name, type and span stay: of mentions that both found, the rules' spans were right as often as the
  tagger's. How sure the tagger is of the same type there decides the confidence (``merge.toml``).
- A mention that it denies (no guess, or a weak one) gets the confidence that such mentions have, and is not published if that is
  below the least. Words of a user's own lexicon and capitals are never denied: the tagger cannot know them.
- A guess where no rule found anything needs a confidence by type.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from pipeline.article import Mention, covered_words
from pipeline.companion import Evidence
from pipeline.entities.resolve import Dropped
from pipeline.entities.statistical import FOUND_BY
from pipeline.language import Analysis
from pipeline.resources import load_toml
from pipeline.schema import EntityType
from pipeline.wordclasses import LETTERS, symbol

_SURE = 0.9  # confidence of what a lexicon lists without a condition


@dataclass(frozen=True, slots=True)
class _Rules:
    least: float
    alone: Mapping[EntityType, float]
    borders: Sequence[float]
    agreement: Mapping[str, Sequence[float]]
    nothing: re.Pattern[str]


@cache
def _rules() -> _Rules:
    table: dict[str, Any] = load_toml("entities/merge.toml")
    alone = {EntityType(name): float(value) for name, value in table["alone"].items()}
    return _Rules(float(table["least"]), alone, table["borders"], table["agreement"], re.compile(table["nothing"]))


def weigh(analysis: Analysis, found: Sequence[Mention], evidence: Evidence | None = None) -> tuple[list[Mention], list[Dropped]]:
    """The candidates that may be published, with measured confidences; and those that may not, with the reason. ``evidence`` is what
    a companion says.
    """
    rules = _rules()
    kept: list[Mention] = []
    dropped: list[Dropped] = []
    guesses = [mention for mention in found if mention.found_by == FOUND_BY]
    by_word = {word: guess for guess in guesses for word in _words(guess)}
    for mention in found:
        if mention.found_by == FOUND_BY:
            continue
        weighed = _weighed(analysis, rules, mention, by_word)
        veto = _veto(mention, evidence) if evidence else None
        if veto:
            dropped.append(Dropped(mention, veto))
        elif weighed.confidence < rules.least:
            dropped.append(Dropped(mention, f"the model denies it (confidence {weighed.confidence:.2f})"))
        else:
            kept.append(weighed)
    taken = covered_words(kept)
    for guess in guesses:
        if not taken.isdisjoint(_words(guess)):
            continue
        reason = _refusal(analysis, rules, guess) or (_veto(guess, evidence) if evidence else None)
        if reason:
            dropped.append(Dropped(guess, reason))
        else:
            kept.append(_with_lemma(guess, evidence) if evidence else guess)
    return kept, dropped


def _refusal(analysis: Analysis, rules: _Rules, guess: Mention) -> str | None:
    """Why a guess where no rule found anything is not believed, if it is not."""
    least = rules.alone[guess.type]
    if guess.confidence < least:
        return f"confidence {guess.confidence:.2f} is below {least}"
    if rules.nothing.fullmatch(f"{LETTERS[guess.type]} {''.join(symbol(analysis.folds[word]) for word in _words(guess))}"):
        return "its words alone name nothing"
    return None


def _veto(mention: Mention, evidence: Evidence) -> str | None:
    """Why the companion does not let a mention stand. Guidelines: no finite verbs; a name of the world is none of ours."""
    if evidence.name_around(mention.first_token, mention.last_token):
        return "the companion: inside a longer name"
    if mention.first_token == mention.last_token and mention.first_token in evidence.finite:
        return "the companion: a finite verb"
    return None


def _with_lemma(guess: Mention, evidence: Evidence) -> Mention:
    """A guess of one word that no lexicon knows is called by its lemma."""
    lemma = evidence.lemmas.get(guess.first_token)
    return replace(guess, concept=lemma) if lemma and guess.first_token == guess.last_token and guess.broader is None else guess


def _words(mention: Mention) -> range:
    return range(mention.first_token, mention.last_token + 1)


def _weighed(analysis: Analysis, rules: _Rules, mention: Mention, guesses: Mapping[int, Mention]) -> Mention:
    """The mention with the confidence that such mentions had on the dev articles."""
    measured = rules.agreement.get(_group(mention.found_by, mention.confidence >= _SURE))
    if measured is None:
        return mention
    support = 0.0
    for word in _words(mention):
        guess = guesses.get(word)
        if guess is not None and guess.type is mention.type and guess.confidence > support:
            support = guess.confidence
    level = bisect_right(rules.borders, support)
    if level == 0 and analysis.text(mention.first_token, mention.last_token).isupper():
        return mention
    return mention if mention.confidence == measured[level] else mention.as_sure_as(measured[level])


@lru_cache
def _group(found_by: str, sure: bool) -> str:
    """What kind of evidence a mention rests on: the finder, and of the lexicon whether its entry had conditions."""
    finder = found_by if found_by.startswith("lexicon") else found_by.partition(":")[0]
    return "conditional" if finder == "lexicon" and not sure else finder
