"""Whether a text is Dutch. Lenient: only what is clearly another language is refused.

Two steps, because the language model takes 0.8 s to load: words that no neighbouring language shares settle nearly every Dutch text at
once;
only texts with few of them are put to py3langid.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from pipeline.resources import load_words

_WORD = re.compile(r"[^\W\d_]+")
_PLACES = 4
_CHARACTERS = 1000
_ENOUGH = 0.05
"""Share of such words that settles the question: running Dutch has 0.08 to 0.25, Afrikaans, German and English have less than 0.02."""
_SHORT = 12
"""Texts of fewer words are not judged: too little to be sure."""
_SURE = 0.90
"""How sure the model must be of another language."""

_LANGUAGES = (
    "nl",
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "af",
    "da",
    "sv",
    "no",
    "pl",
    "tr",
    "fi",
    "ro",
    "cs",
    "hu",
    "id",
    "ru",
    "uk",
    "ar",
    "zh",
    "el",
    "lb",
    "fy",
    "la",
)


def other_language(text: str) -> str | None:
    """The code of the language that ``text`` is in, None where it may be Dutch."""
    sample = _sample(text)
    words = _WORD.findall(sample.lower())
    if len(words) < _SHORT:
        return None
    known = _words()
    share = sum(word in known for word in words) / len(words)
    if share >= _ENOUGH:
        return None
    language, certainty = _identifier().classify(sample)
    return None if language in {"nl", "fy", "la"} or float(certainty) < _SURE else str(language)


def is_dutch(text: str) -> bool:
    """Whether ``text`` may be Dutch."""
    return other_language(text) is None


def _sample(text: str) -> str:
    """A few places spread over the text."""
    if len(text) <= _CHARACTERS:
        return text
    size = _CHARACTERS // _PLACES
    step = (len(text) - size) // (_PLACES - 1)
    return " ".join(text[i * step : i * step + size] for i in range(_PLACES))


@cache
def _words() -> frozenset[str]:
    return frozenset(load_words("cleaning/dutch.txt"))


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(set(_LANGUAGES) & set(identifier.nb_classes))
    return identifier
