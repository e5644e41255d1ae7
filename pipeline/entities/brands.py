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


def find(analysis: Analysis, found: Sequence[Mention]) -> list[Mention]:
    """All mentions of brands that the article introduces."""
    covered = covered_words(found)
    candidates = {
        word: analysis.word(word)
        for word in range(len(analysis.folds))
        if word not in covered and _may_be_name(analysis.word(word), analysis.folds[word])
    }
    firsts = {first: analysis.sentences[number].block for number, (first, _) in enumerate(analysis.sentence_words)}
    headings = {n for n, block in enumerate(analysis.article.blocks) if block.kind in (BlockKind.TITLE, BlockKind.HEADING)}
    names = {name for word, name in candidates.items() if _introduced(analysis, word, word in firsts, firsts.get(word) in headings)}
    if not names:
        return []
    written = {analysis.word(word) for word in range(len(analysis.folds))}
    names -= {name for name in names if name.lower() in written}  # a word that the article also writes small is no name
    return [
        analysis.mention(EntityType.REMEDY, (word, word), number, name.lower(), "brands", _CONFIDENCE, None, "medicine")
        for number, (first, end) in enumerate(analysis.sentence_words)
        for word in range(first, end)
        if (name := candidates.get(word)) in names and name is not None
    ]


def _may_be_name(word: str, folded: str) -> bool:
    return len(word) >= _MIN_LETTERS and word[0].isupper() and word.isalpha() and not any(load_lexicon().match((folded,), 0, 1))


def _introduced(analysis: Analysis, word: int, first: bool, is_heading: bool) -> bool:
    """Whether what stands behind a word shows that it is a product. A verb may begin a sentence in front of a dose (*Neem 100 g
    blad*), so there a heading or a dosage form has to confirm it.
    """
    units, signs = _signs()
    following = analysis.folds[word + 1 : word + 5]
    if following[:1] and (following[0] in signs or _potency().fullmatch(following[0])):
        return True
    if len(following) < 2 or not following[0].replace(",", "").replace(".", "").isdigit() or following[1] not in units:
        return False
    return not first or is_heading or any(sign in signs for sign in following[2:])
