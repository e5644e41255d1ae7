"""How the rules' candidates and the tagger's guesses become one set of candidates, each with a confidence that was measured.

- Where a rule found something, its name, type and span stay: of mentions that both found, the rules' spans were right as often as the
  tagger's. How sure the tagger is of the same type there decides the confidence (``merge.toml``).
- A mention that it denies (no guess, or a weak one) gets the confidence that such mentions have, and is not published if that is
  below the least. Words of a user's own lexicon and capitals are never denied: the tagger cannot know them.
- A guess where no rule found anything needs a confidence by type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pipeline.article import Mention
from pipeline.entities.resolve import Dropped
from pipeline.entities.statistical import FOUND_BY
from pipeline.language import Analysis
from pipeline.resources import load_toml
from pipeline.schema import EntityType

_SURE = 0.9  # confidence of what a lexicon lists without a condition


@dataclass(frozen=True, slots=True)
class _Rules:
    least: float
    alone: Mapping[EntityType, float]
    borders: Sequence[float]
    agreement: Mapping[str, Sequence[float]]


@cache
def _rules() -> _Rules:
    table: dict[str, Any] = load_toml("entities/merge.toml")
    alone = {EntityType(name): float(value) for name, value in table["alone"].items()}
    return _Rules(float(table["least"]), alone, table["borders"], table["agreement"])


def weigh(analysis: Analysis, found: Sequence[Mention]) -> tuple[list[Mention], list[Dropped]]:
    """The candidates that may be published, with measured confidences; and those that may not, with the reason."""
    guesses = [mention for mention in found if mention.found_by == FOUND_BY]
    kept: list[Mention] = []
    dropped: list[Dropped] = []
    by_word = {word: guess for guess in guesses for word in _words(guess)}
    for mention in found:
        if mention.found_by == FOUND_BY:
            continue
        weighed = _weighed(analysis, mention, _on(mention, by_word))
        if weighed.confidence < _rules().least:
            dropped.append(Dropped(mention, f"the model denies it (confidence {weighed.confidence:.2f})"))
        else:
            kept.append(weighed)
    taken = {word for mention in kept for word in _words(mention)}
    for guess in guesses:
        least = _rules().alone[guess.type]
        if taken.intersection(_words(guess)):
            continue
        if guess.confidence >= least:
            kept.append(guess)
        else:
            dropped.append(Dropped(guess, f"confidence {guess.confidence:.2f} is below {least}"))
    return kept, dropped


def _words(mention: Mention) -> range:
    return range(mention.first_token, mention.last_token + 1)


def _on(mention: Mention, by_word: Mapping[int, Mention]) -> Iterator[Mention]:
    return (by_word[word] for word in _words(mention) if word in by_word)


def _weighed(analysis: Analysis, mention: Mention, guesses: Iterable[Mention]) -> Mention:
    """The mention with the confidence that such mentions had on the dev articles."""
    group = _group(mention)
    support = max((guess.confidence for guess in guesses if guess.type is mention.type), default=0.0)
    level = sum(support >= border for border in _rules().borders)
    measured = _rules().agreement.get(group)
    if measured is None or (level == 0 and analysis.text(mention.first_token, mention.last_token).isupper()):
        return mention
    return replace(mention, confidence=measured[level])


def _group(mention: Mention) -> str:
    """What kind of evidence a mention rests on: the finder, and of the lexicon whether its entry had conditions."""
    finder = mention.found_by if mention.found_by.startswith("lexicon") else mention.found_by.partition(":")[0]
    return "conditional" if finder == "lexicon" and mention.confidence < _SURE else finder
