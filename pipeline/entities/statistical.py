"""The statistical finder: what the bundled tagger (:mod:`pipeline.tagger`) takes for mentions, given what the rules found.

It guesses everywhere, also where a rule found the same; :mod:`pipeline.entities.merge` decides what becomes of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from pipeline.article import Mention, covered_words
from pipeline.language import Analysis
from pipeline.lexicon import Concept, load_inflection
from pipeline.resources import load_toml
from pipeline.schema import EntityType
from pipeline.tagger import Guess, Tagger, load_tagger, shared

FOUND_BY = "model"
_LEAST = 0.25  # what is less likely, and known to no rule, is not worth a line of explain


def find(analysis: Analysis, found: Sequence[Mention], tagger: Tagger | None = None) -> list[Mention]:
    """Every guess of the tagger (the bundled one). The confidence is the calibrated one of a guess that no rule supports."""
    tagger = tagger or load_tagger()
    covered = covered_words(found)
    alone: list[Guess] = []
    mentions: list[Mention] = []
    for guess in tagger.guesses(analysis, found):
        if covered.isdisjoint(range(guess.first, guess.last + 1)):
            alone.append(guess)
        else:
            mentions.append(_mention(analysis, guess, tagger.calibrated(guess), analysis.text(guess.first, guess.last), None))
    for guess in shared(alone, analysis.folds):
        confidence = tagger.calibrated(guess)
        if confidence >= _LEAST:
            mentions.append(_mention(analysis, guess, confidence, *_named(analysis, guess)))
    return mentions


def _mention(analysis: Analysis, guess: Guess, confidence: float, name: str, concept: Concept | None) -> Mention:
    broader, subtype = (concept.broader, concept.subtype) if concept else (None, _subtypes()[guess.type])
    return analysis.mention(guess.type, (guess.first, guess.last), guess.sentence, name, FOUND_BY, confidence, broader, subtype)


@cache
def _subtypes() -> dict[EntityType, str]:
    """What a mention is taken for whose concept no lexicon knows."""
    return {EntityType(name): str(subtype) for name, subtype in load_toml("entities/merge.toml")["subtype"].items()}


def _named(analysis: Analysis, guess: Guess) -> tuple[str, Concept | None]:
    """What a guess stands for: the concept of a lexicon that has this name, be it on conditions that do not hold here; or else the words
    in small letters, the last of them as the article has it uninflected, if it does.
    """
    for lexicon in analysis.lexicons:
        for after, entry in lexicon.match(analysis.folds, guess.first, guess.last + 1):
            if after == guess.last + 1 and entry.concept.type is guess.type and entry.case is None:
                return entry.concept.name, entry.concept
    words = analysis.text(guess.first, guess.last).lower().split()
    return " ".join((*words[:-1], _base(analysis, guess.last, words[-1]))), None


def _base(analysis: Analysis, word: int, written: str) -> str:
    """A word of the article that this word is an inflection of, or the word itself."""
    folded = analysis.folds[word]
    inflect = load_inflection().word
    return min(
        (other for other in set(analysis.folds) if other[:2] == folded[:2] and len(other) < len(folded) and folded in inflect(other)),
        key=lambda other: (len(other), other),
        default=written,
    )
