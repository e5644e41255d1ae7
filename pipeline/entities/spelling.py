"""The spelling finder: names with one slip of the pen (*melatonnine*, *misselijkhied*), by the rules of ``spelling.toml``.

Only long words, and only slips that people make: what is one slip away from a name is then hardly ever another word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from pipeline.article import Mention, covered_words
from pipeline.entities.compounds import derive
from pipeline.language import Analysis
from pipeline.lexicon import Concept, fold, load_inflection, load_lexicon
from pipeline.remembered import Remembered
from pipeline.resources import load_table, load_toml

_CONFIDENCE = 0.75
_ENDINGS = ("", "s", "e", "en", "n")


@cache
def _rules() -> tuple[int, tuple[tuple[str, str], ...], frozenset[str]]:
    table = load_toml("entities/spelling.toml")
    words = {fold(word) for word in table["words"]}
    inflected = (form for word in words for form in load_inflection().word(word))
    return int(table["min_letters"]), tuple((a, b) for a, b in table["slips"]), frozenset((*words, *inflected))


@cache
def _names() -> frozenset[str]:
    """The long single words of the lexicon."""
    rows = (row for path in load_toml("entities/spelling.toml")["files"] for row in load_table(path))
    forms = {form for row in rows for form in (row["name"], *row["forms"].split("|")) if form.isalpha()}
    return frozenset(word for form in forms if len(word := fold(form)) >= _rules()[0])


@cache
def _inflected() -> frozenset[str]:
    """The same with the endings that they may have."""
    return frozenset(name + ending for name in _names() for ending in _ENDINGS)


@cache
def _longest() -> int:
    """Letters of the longest word that may be a slip: what is longer has no name near it, and trying its slips takes time by the square."""
    added = max((len(wrong) - len(right) for wrong, right in _rules()[1]), default=0)
    return max(map(len, _names()), default=0) + max(map(len, _ENDINGS)) + max(added, 1)


def _right(word: str) -> Iterator[str]:
    """The words that a misspelled word may stand for."""
    for i in range(1, len(word)):
        yield word[:i] + word[i - 1] + word[i:]  # a letter that should be double
        if word[i] == word[i - 1]:
            yield word[:i] + word[i + 1 :]
        else:
            yield word[: i - 1] + word[i] + word[i - 1] + word[i + 1 :]
    for wrong, right in _rules()[1]:
        at = word.find(wrong)
        while at >= 0:
            yield word[:at] + right + word[at + len(wrong) :]
            at = word.find(wrong, at + 1)


@Remembered
def correct(word: str) -> Concept | None:
    """The concept that the folded word misspells, or None."""
    least, _, words = _rules()
    if not least <= len(word) <= _longest() or not word.isalpha() or word in words:
        return None
    names = _inflected()
    for candidate in _right(word):
        if candidate in names:
            for entry in load_lexicon().entries(candidate):
                if entry.case is None and not entry.context and not entry.literal:
                    return entry.concept
    return None


def find(analysis: Analysis, found: Sequence[Mention]) -> list[Mention]:
    """Misspelled names among the words that no mention covers yet."""
    covered = covered_words(found)
    long = (word for word in analysis.vocabulary if len(word) >= _rules()[0])
    meant = {word: concept for word in long if (concept := correct[word]) is not None and derive(word) is None}
    return [
        analysis.mention(c.type, (word, word), number, c.name, "spelling", _CONFIDENCE, c.broader, c.subtype)
        for number, word in analysis.places(meant)
        if word not in covered and not analysis.is_cut(word)
        for c in (meant[analysis.folds[word]],)
    ]
