"""The statistical finder: what the bundled tagger (:mod:`pipeline.tagger`) takes for mentions, given what the rules found.

It guesses everywhere, also where a rule found the same; :mod:`pipeline.entities.merge` decides what becomes of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    guesses = tagger.guesses(analysis, found)
    for guess, confidence in zip(guesses, tagger.calibrated(guesses), strict=True):
        if covered.isdisjoint(range(guess.first, guess.last + 1)):
            alone.append(guess)
        else:
            mentions.append(_mention(analysis, guess, confidence, analysis.text(guess.first, guess.last), None))
    alone = shared(alone, analysis.folds)
    unsupported = [pair for pair in zip(alone, tagger.calibrated(alone), strict=True) if pair[1] >= _LEAST]
    bases = _Bases(analysis, {analysis.folds[guess.last] for guess, _ in unsupported})
    mentions.extend(_mention(analysis, guess, confidence, *_named(analysis, guess, bases)) for guess, confidence in unsupported)
    return mentions


def _mention(analysis: Analysis, guess: Guess, confidence: float, name: str, concept: Concept | None) -> Mention:
    broader, subtype = (concept.broader, concept.subtype) if concept else (None, _subtypes()[guess.type])
    return analysis.mention(guess.type, (guess.first, guess.last), guess.sentence, name, FOUND_BY, confidence, broader, subtype)


@cache
def _subtypes() -> dict[EntityType, str]:
    """What a mention is taken for whose concept no lexicon knows."""
    return {EntityType(name): str(subtype) for name, subtype in load_toml("entities/merge.toml")["subtype"].items()}


def _named(analysis: Analysis, guess: Guess, bases: _Bases) -> tuple[str, Concept | None]:
    """What a guess stands for: the concept of a lexicon that has this name, be it on conditions that do not hold here; or else the words
    in small letters, the last of them as the article has it uninflected, if it does.
    """
    for lexicon in analysis.lexicons:
        for after, entry in lexicon.match(analysis.folds, guess.first, guess.last + 1):
            if after == guess.last + 1 and entry.concept.type is guess.type and entry.case is None:
                return entry.concept.name, entry.concept
    words = analysis.text(guess.first, guess.last).lower().split()
    return " ".join((*words[:-1], bases.of(analysis.folds[guess.last], words[-1]))), None


class _Bases:
    """The words of an article by their inflected forms, as far as they begin like one of ``asked``, and each inflected only then."""

    def __init__(self, analysis: Analysis, asked: Iterable[str]) -> None:
        self._alike: dict[str, list[str]] = {word[:2]: [] for word in asked}
        for word in analysis.vocabulary:
            if word[:2] in self._alike:
                self._alike[word[:2]].append(word)
        self._forms: dict[str, dict[str, str]] = {}

    def of(self, folded: str, written: str) -> str:
        """The shortest word of the article that a word is an inflection of, or the word itself as it is written."""
        begin = folded[:2]
        if begin not in self._forms:
            forms = self._forms[begin] = {}
            inflect = load_inflection().word
            for word in sorted(self._alike[begin], key=lambda word: (len(word), word)):
                for form in inflect(word):
                    if len(word) < len(form):
                        forms.setdefault(form, word)
        return self._forms[begin].get(folded, written)
