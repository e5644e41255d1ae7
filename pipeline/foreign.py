"""Which sentences of a Dutch article are in another language: quotations, names of studies, a paragraph that nobody translated.

Only words that tell the languages apart are counted, so that Dutch with English or Latin terms in it stays Dutch: a term has no *the* and
*and*. What is too short to be sure is taken for Dutch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from pipeline.article import Article, Sentence
from pipeline.resources import load_toml

_WORD = re.compile(r"[^\W\d_]+")
_LEAST = 3
"""So many function words of the other language are needed; in the annotated articles no Dutch sentence has as many."""
_SHARE = 0.2
"""Of all words. Running text of any of the languages has 0.3 to 0.5."""
_TIMES = 2
"""So many times the Dutch ones: French shares *de* and *en* with Dutch."""


@cache
def _languages() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(words) for words in load_toml("language/foreign.toml")["languages"].values())


@cache
def _any() -> frozenset[str]:
    return frozenset().union(*_languages())


@cache
def _dutch() -> frozenset[str]:
    return frozenset(load_toml("language/foreign.toml")["dutch"])


def is_foreign(sentence: str) -> bool:
    """Whether a sentence is clearly in another language than Dutch."""
    words = _WORD.findall(sentence.lower())
    dutch = sum(word in _dutch() for word in words)
    least = max(_LEAST, _SHARE * len(words), _TIMES * dutch)
    return any(sum(word in language for word in words) >= least for language in _languages())


def mark_foreign(article: Article, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentences, with those marked that are in another language. Most articles hold so few foreign words that none is looked at."""
    if len(_any().intersection(article.text.lower().split())) < _LEAST:
        return tuple(sentences)
    return tuple(replace(s, foreign=True) if is_foreign(article.text[s.start : s.end]) else s for s in sentences)
