"""The abbreviation finder: abbreviations that the article explains and no lexicon knows.

*Amyotrofische laterale sclerose (ALS)* and *ALS (amyotrofische laterale sclerose)* make *ALS* a name, here and wherever the article has it
again. The letters decide: they stand in the long form in this order, and begin its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from pipeline.article import Mention, covered_words
from pipeline.language import Analysis
from pipeline.lexicon import fold
from pipeline.resources import load_toml

_CONFIDENCE = 0.85


@cache
def _rules() -> tuple[re.Pattern[str], int]:
    table = load_toml("entities/concepts.toml")
    return re.compile(table["abbreviation"]), int(table["initial_from"])


def stands_for(short: str, long: str) -> bool:
    """Whether the abbreviation is made of letters of the long form: in order, the first letter first, and the first letters of its longer
    words among them.
    """
    letters, words = fold(short), fold(long).replace("-", " ").split()
    initials = [word[0] for n, word in enumerate(words) if n == 0 or len(word) >= _rules()[1]]
    return bool(words) and letters[0] == words[0][0] and _in_order(letters, "".join(words)) and _in_order("".join(initials), letters)


def _in_order(letters: str, text: str) -> bool:
    """Whether all letters stand in the text, one after the other."""
    rest = iter(text)
    return all(letter in rest for letter in letters)


def find(analysis: Analysis, found: Sequence[Mention]) -> list[Mention]:
    """Every place of an abbreviation that the article explains, where nothing was found yet."""
    names: dict[str, Mention] = {}
    covered = covered_words(found)
    for short, long in _explained(analysis, found):
        names.setdefault(short, long)
    if not names:
        return []
    mentions = []
    for number, (first, end) in enumerate(analysis.sentence_words):
        for word in range(first, end):
            meant = names.get(analysis.word(word))
            if meant is not None and word not in covered:
                mentions.append(
                    analysis.mention(
                        meant.type, (word, word), number, meant.concept, "abbreviations", _CONFIDENCE, meant.broader, meant.subtype
                    )
                )
    return mentions


def _explained(analysis: Analysis, found: Sequence[Mention]) -> Iterator[tuple[str, Mention]]:
    """Pairs of an abbreviation and the mention of its long form, on either side of an opening bracket."""
    folds, count = analysis.folds, len(analysis.folds)
    for long in sorted(found, key=lambda mention: (mention.first_token, -mention.last_token)):
        first, after = long.first_token, long.last_token + 1
        places = []
        if after + 2 < count and folds[after] == "(" and folds[after + 2] == ")":
            places.append(after + 1)
        if first >= 2 and after < count and folds[first - 1] == "(" and folds[after] == ")":
            places.append(first - 2)
        for place in places:
            short = analysis.word(place)
            if _rules()[0].fullmatch(short) and stands_for(short, analysis.article.text[long.start : long.end]):
                yield short, long
