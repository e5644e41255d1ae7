"""Classes of words (``words/classes.toml``): body parts, classifying adjectives, degree words, contentless nouns ...

Every word has one class, written as one symbol, so that grammar over words is a regular expression over a short string.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pipeline.lexicon import fold, load_inflection
from pipeline.remembered import Remembered
from pipeline.resources import load_toml, load_words
from pipeline.schema import EntityType

LETTERS = {EntityType.CONDITION: "C", EntityType.NUTRIENT: "N", EntityType.REMEDY: "R", EntityType.SPECIALIST: "S"}
OTHER = "X"
PUNCTUATION = "."
_MIN_REST = 3  # letters in front of a productive ending


@dataclass(frozen=True, slots=True)
class _Classes:
    words: dict[str, str]
    endings: tuple[tuple[str, str], ...]


@cache
def _classes() -> _Classes:
    inflection = load_inflection()
    words: dict[str, str] = {}
    endings: list[tuple[str, str]] = []
    for row in load_toml("words/classes.toml")["class"]:
        base = [fold(w) for w in (*row.get("words", ()), *(load_words(row["file"]) if "file" in row else ()))]
        forms = base + [form for w in base for form in inflection.word(w)] if row.get("inflect") else base
        for form in forms:
            words.setdefault(form, row["symbol"])
        endings.extend((fold(ending), row["symbol"]) for ending in row.get("endings", ()))
    return _Classes(words, tuple(endings))


@Remembered
def symbol(word: str) -> str:
    """The class symbol of a folded word."""
    classes = _classes()
    if word in classes.words:
        return classes.words[word]
    if not word[0].isalnum():
        return PUNCTUATION
    return next((s for ending, s in classes.endings if word.endswith(ending) and len(word) >= len(ending) + _MIN_REST), OTHER)


@cache
def joints() -> frozenset[str]:
    """What may stand between coordinated names."""
    return frozenset(load_toml("words/classes.toml")["joints"])
