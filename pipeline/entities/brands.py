"""The brand finder: products that the article itself introduces, as leaflets do (*Pijnovex 400 mg, filmomhulde tabletten*).

An unknown capitalised word with a dose, a trade mark or a dosage form behind it (``brands.toml``) is a remedy wherever the article
names it again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pipeline.article import Mention, covered_words
from pipeline.language import Analysis
from pipeline.lexicon import fold, load_lexicon
from pipeline.remembered import Remembered
from pipeline.resources import load_toml
from pipeline.schema import BlockKind, EntityType

_MIN_LETTERS = 4
_CONFIDENCE = 0.8


@cache
def _signs() -> tuple[frozenset[str], frozenset[str]]:
    table = load_toml("entities/brands.toml")
    return frozenset(fold(w) for w in table["units"]), frozenset(fold(w) for w in (*table["marks"], *table["forms"]))


@cache
def _potency() -> re.Pattern[str]:
    return re.compile(load_toml("entities/brands.toml")["potency"])


@Remembered
def _before(word: str) -> tuple[int, ...]:
    """How many words before the folded word a product may stand that it shows: a mark or dosage form is right behind one, a unit behind
    its dose.
    """
    units, signs = _signs()
    return (1,) * bool(word in signs or _potency().fullmatch(word)) + (2,) * (word in units)


def find(analysis: Analysis, found: Sequence[Mention]) -> list[Mention]:
    """All mentions of brands that the article introduces."""
    signs = {word: before for word in analysis.vocabulary if (before := _before[word])}
    places = {sign - before for _, sign in analysis.places(signs) for before in signs[analysis.folds[sign]]}
    candidates = [place for place in places if place >= 0 and _may_be_name(analysis.word(place), analysis.folds[place])]
    if not candidates:
        return []
    covered = covered_words(found)
    firsts = {first: analysis.sentences[number].block for number, (first, _) in enumerate(analysis.sentence_words)}
    headings = {n for n, block in enumerate(analysis.article.blocks) if block.kind in (BlockKind.TITLE, BlockKind.HEADING)}
    names = {
        analysis.word(place)
        for place in candidates
        if place not in covered and _introduced(analysis, place, place in firsts, firsts.get(place) in headings)
    }
    if not names:
        return []
    written = set(analysis.words)
    names -= {name for name in names if name.lower() in written}  # a word that the article also writes small is no name
    return [
        analysis.mention(EntityType.REMEDY, (word, word), number, name.lower(), "brands", _CONFIDENCE, None, "medicine")
        for number, word in analysis.places({fold(name) for name in names})
        if word not in covered and (name := analysis.word(word)) in names
    ]


def _may_be_name(word: str, folded: str) -> bool:
    return len(word) >= _MIN_LETTERS and word[0].isupper() and word.isalpha() and not load_lexicon().entries(folded)


def _introduced(analysis: Analysis, word: int, first: bool, is_heading: bool) -> bool:
    """Whether what stands behind a word shows that it is a product. A verb may begin a sentence in front of a dose (*Neem 100 g
    blad*), so there a heading or a dosage form has to confirm it.
    """
    units, signs = _signs()
    following = analysis.folds[word + 1 : word + 5]
    if following[:1] and 1 in _before[following[0]]:
        return True
    if len(following) < 2 or not following[0].replace(",", "").replace(".", "").isdigit() or following[1] not in units:
        return False
    return not first or is_heading or any(sign in signs for sign in following[2:])
