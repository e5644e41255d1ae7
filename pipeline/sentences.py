"""Sentence boundaries inside blocks.

A small decision over plain strings: a mark that can end a sentence, the word before it, and what follows. Made for articles
(headings and list items are blocks of their own, so a block's end always ends a sentence) and measured on the Dutch UD treebanks
(docs/architecture.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from pipeline.article import Article, Sentence
from pipeline.foreign import mark_foreign
from pipeline.resources import load_toml
from pipeline.values import value

_CLOSING = "\"'\u201d\u2019\u00bb)]"
_OPENING = "\"',\u201c\u201e\u2018\u201a\u00ab(["  # two commas are the typist's opening quotes
_END = re.compile(
    rf"""(?<![.!?\u2026])(?P<mark>[.!?\u2026]++)(?P<close>[{re.escape(_CLOSING)}]*(?:\s\'\'(?=\s|$))?)
         (?:(?P<space>\s+)(?=\S)|(?=[A-Z\u00c0-\u00d6][a-z\u00df-\u00f6]))""",
    re.VERBOSE,
)
_LAST_WORD = re.compile(r"[^\s(\[\"'\u201c\u201e\u2018]+$")
_NEXT = re.compile(rf"[{re.escape(_OPENING)}]*\s?(?P<word>\S+)")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_LONGEST_WORD = 40
_MIN_SLOPPY = 4  # letters of the word before a full stop that a lower-case sentence may follow; shorter words are likely abbreviations


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(load_toml("language/sentences.toml")[name])


@value
class _Following:
    """What stands behind a possible end of a sentence."""

    upper: bool
    new: bool  # something that a sentence may begin with: a capital, a digit, an opening quote or bracket
    lower: bool

    @classmethod
    def read(cls, after: str) -> _Following:
        match = _NEXT.match(after)
        if match is None:
            return cls(False, False, False)
        word = match["word"]
        upper = word[0].isupper() or word.startswith("'s")
        new = upper or word[0].isdigit() or (match.start("word") > 0 and not word[0].islower())
        return cls(upper, new, word[0].islower())


def _is_boundary(before: str, mark: str, close: str, spaced: bool, after: str) -> bool:
    """Whether the ``mark`` between the text ``before`` and ``after`` ends a sentence."""
    following = _Following.read(after)
    if mark[0] in "!?":
        return following.new and (spaced or not close)
    if len(mark) > 1 or mark == "\u2026":
        return following.upper and spaced
    word = match[0] if (match := _LAST_WORD.search(before[-_LONGEST_WORD:])) else ""
    if not spaced:
        return following.upper and word.isalpha() and word[-1:].islower() and len(word) > 1
    if close and word:
        return following.new
    abbreviated = _ends_after_abbreviation(word, before, following)
    if abbreviated is not None:
        return abbreviated
    return following.new or (following.lower and word.isalpha() and word.islower() and len(word) >= _MIN_SLOPPY)


def _ends_after_abbreviation(word: str, before: str, following: _Following) -> bool | None:
    """Whether a full stop behind an abbreviation, an initial or a list number ends the sentence; None for an ordinary word."""
    lower = word.lower()
    if lower in _words("final_abbreviations"):
        return following.upper
    if len(word) == 1 and word.isupper():
        return following.upper and _previous_word(before) in _words("letter_names")
    if lower in _words("abbreviations") or (word.isdigit() and not before[: -len(word)].strip()):
        return False
    if _DOTTED.fullmatch(word):
        return following.upper and word.islower()
    return None


def _previous_word(before: str) -> str:
    words = before[-2 * _LONGEST_WORD :].lower().split()
    return words[-2] if len(words) > 1 else ""


def boundaries(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence of a text that holds no block boundaries."""
    start = 0
    for match in _END.finditer(text):
        end = match.end("close")
        after = match.end()
        if _is_boundary(
            text[max(start, match.start() - 2 * _LONGEST_WORD) : match.start()],
            match["mark"],
            match["close"],
            bool(match["space"]),
            text[after : after + _LONGEST_WORD],
        ):
            yield start, end
            start = after
    if start < len(text):
        yield start, len(text)


def split_sentences(article: Article) -> tuple[Sentence, ...]:
    """All sentences of an article, in order; every block has at least one and none crosses a block. Foreign ones are marked."""
    sentences = [
        Sentence(block.start + start, block.start + end, number)
        for number, block in enumerate(article.blocks)
        for start, end in boundaries(article.text[block.start : block.end])
    ]
    return mark_foreign(article, sentences)
