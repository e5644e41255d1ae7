"""What the app says, in the languages that it speaks. The words are in ``resources/review``, a file a language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Final

from pipeline.resources import load_toml

LANGUAGES: Final = ("nl", "en")
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"


class Words:
    """The words of one language: ``words("card.why")``, with names filled in: ``words("progress.left", n=3)``."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts: Mapping[str, str] = _texts(language)

    def __call__(self, key: str, **names: object) -> str:
        text = self._texts[key]
        return text.format(**names) if names else text

    def get(self, key: str, other: str = "") -> str:
        """The word, or another where the language has none of this key."""
        return self._texts.get(key, other)

    def number(self, value: float, digits: int = 0) -> str:
        """A number as the language writes it."""
        text = f"{value:,.{digits}f}"
        return text.translate(str.maketrans(",.", ".,")) if self.language == "nl" else text

    def percent(self, share: float, digits: int = 0) -> str:
        """A share as a percentage, never as 100 or 0 where it is not."""
        value = share * 100
        if digits == 0 and share not in (0, 1):
            value = min(max(value, 1), 99)
        return self.number(value, digits) + (f"{_NO_BREAK}%" if self.language == "nl" else "%")

    def part(self, name: str) -> dict[str, str]:
        """All words of one part, such as ``reason``."""
        return {key.partition(".")[2]: text for key, text in self._texts.items() if key.startswith(name + ".")}

    def as_json(self, name: str) -> str:
        """All words of one part, for the script."""
        return json.dumps(self.part(name), ensure_ascii=False)


@cache
def _texts(language: str) -> dict[str, str]:
    return {f"{part}.{key}": text for part, texts in load_toml(f"review/{language}.toml").items() for key, text in texts.items()}


@cache
def words_of(language: str) -> Words:
    """The words of a language; those of the first where it is unknown."""
    return Words(language if language in LANGUAGES else LANGUAGES[0])
