"""The skeleton of a sentence: what relation rules look at.

Each mention becomes one unit written as the letter of its type (``C N R S``), every other word stays itself, folded. A rule is then
a regular expression over words and letters. Coordinated mentions form chains; each mention knows the preposition that governs it
and whether it stands in a wrapper such as *tekort aan* or *te veel*.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, takewhile
from typing import NamedTuple

from pipeline.article import Mention
from pipeline.language import Analysis
from pipeline.references import Subjects, find_references
from pipeline.resources import load_toml
from pipeline.schema import EntityType
from pipeline.wordclasses import LETTERS, symbol
from pipeline.wordrules import RuleIndex, word_starts, words_of

_MAX_WALK = 12  # words between a preposition and the noun that it governs
_HOLLOW = frozenset("ZU")  # contentless nouns: in "tekort aan stoffen en sporenelementen" the lack governs both
_MOST_WRAPPING = 5  # words of a wrapper
_AVOIDED_WITHIN = 4  # words from a thing to the verb that says to avoid it
_BREAKS = frozenset(";|")  # begin a clause wherever they stand
_SKIPPED = frozenset("DGAQY")  # determiners, degree words and adjectives stand between a preposition and its noun


class Place(NamedTuple):
    """How a mention stands in its sentence.

    ``prep`` is the preposition that governs it, None for a bare noun phrase. ``deficient``: a lack of it is meant; ``excess``: too
    much of it; ``linked``: coordinated with the mention before it.
    """

    unit: int
    mention: int
    type: EntityType
    prep: str | None
    deficient: bool
    excess: bool
    denied: bool
    linked: bool


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A sentence as units. ``text`` joins them with spaces."""

    sentence: int
    words: tuple[str, ...]
    text: str
    places: tuple[Place, ...]
    clauses: tuple[int, ...]
    relative: frozenset[int]

    def units(self, start: int, end: int) -> tuple[int, int]:
        """The first and the last unit of a span of ``text``."""
        return words_of(word_starts(self.words), start, end)


@dataclass(frozen=True, slots=True)
class _Knowledge:
    prepositions: frozenset[str]
    coordinators: frozenset[str]
    conjunctions: frozenset[str]
    relatives: frozenset[str]
    wrappers: tuple[tuple[str, re.Pattern[str]], ...]
    wrapper_ends: RuleIndex
    dividers: frozenset[str]
    """What may begin a clause of its own."""
    bounds: frozenset[str]
    """What may begin a clause of its own, or go on with the one around it."""
    deniers: frozenset[str]
    lack_nouns: frozenset[str]
    avoiding: frozenset[str]
    than: str
    comparative: re.Pattern[str]
    examples: frozenset[str]
    resuming: frozenset[str]
    conjoining: frozenset[str]
    people_prep: str
    filler: frozenset[str]


@cache
def _knowledge() -> _Knowledge:
    table = load_toml("relations/skeleton.toml")
    return _Knowledge(
        frozenset(table["prepositions"]),
        frozenset(table["coordinators"]),
        frozenset(table["conjunctions"]),
        frozenset(table["relatives"]),
        tuple((row["id"], re.compile(rf"(?:^| )(?:{row['match']})$")) for row in table["wrapper"]),
        RuleIndex((row["match"] for row in table["wrapper"]), last=True),
        frozenset((*_BREAKS, *table["conjunctions"], *table["relatives"])),
        frozenset((*_BREAKS, *table["conjunctions"], *table["relatives"], *table["resuming"])),
        frozenset(table["deniers"]),
        frozenset(table["lack_nouns"]),
        frozenset(table["avoiding"]),
        table["than"],
        re.compile(table["comparative"]),
        frozenset(table["examples"]),
        frozenset(table["resuming"]),
        frozenset(table["conjoining"]),
        table["people_prep"],
        frozenset(table["filler"]),
    )


@cache
def governing_words() -> tuple[str | None, ...]:
    """What can be the preposition of a place."""
    knowledge = _knowledge()
    return None, *sorted({*knowledge.prepositions, knowledge.people_prep})


def build(analysis: Analysis, sentence: int, mentions: Sequence[Mention], subjects: Subjects) -> Skeleton:
    """The skeleton of a sentence, with its mentions and with what its references stand for."""
    words, found = _units(analysis, sentence, mentions, subjects.by_sentence.get(sentence, ()))
    words, found = _with_references(words, found, sentence, mentions, subjects)
    clauses, relative = _clauses(words)
    return Skeleton(sentence, tuple(words), " ".join(words), _places(words, found), clauses, relative)


class _Found(NamedTuple):
    """A unit that stands for mention ``number``; a reference may fix its preposition and say that a lack is meant."""

    unit: int
    number: int
    type: EntityType
    prep: str | None = None
    deficient: bool = False


def _units(analysis: Analysis, sentence: int, mentions: Sequence[Mention], numbers: Sequence[int]) -> tuple[list[str], list[_Found]]:
    """The words of a sentence with letters for its mentions, and where these stand."""
    words: list[str] = []
    found: list[_Found] = []
    position, end = analysis.sentence_words[sentence]
    by_word = {mentions[n].first_token: n for n in numbers}
    for first, number in sorted(by_word.items()):
        if not position <= first < end:
            continue  # inside the mention before it
        mention = mentions[number]
        words += analysis.folds[position:first]
        found.append(_Found(len(words), number, mention.type))
        words.append(LETTERS[mention.type])
        position = mention.last_token + 1
    words += analysis.folds[position:end]
    return words, found


def _with_references(
    words: list[str], found: list[_Found], sentence: int, mentions: Sequence[Mention], subjects: Subjects
) -> tuple[list[str], list[_Found]]:
    """Replace phrases such as *deze aandoening* by the letter of what they stand for."""
    resolved = [(r, *meant) for r in find_references(words) if (meant := subjects.resolve(r, sentence))[0]]
    if not resolved:
        return words, found
    units = list(found)
    for reference, numbers, deficient in reversed(resolved):
        shift = reference.end - reference.start - 1
        words = [*words[: reference.start], LETTERS[mentions[numbers[0]].type], *words[reference.end :]]
        units = [f._replace(unit=f.unit - shift) if f.unit >= reference.end else f for f in units]
        units.extend(_Found(reference.start, n, mentions[n].type, reference.prep, deficient) for n in numbers)
    return words, sorted(units, key=lambda f: f.unit)


def _clauses(words: Sequence[str]) -> tuple[tuple[int, ...], frozenset[int]]:
    """The clause number of every unit, and which clauses are relative (their subject stands in the clause before).

    A relative clause ends at the comma behind which a finite verb resumes the clause around it: *Appels, waarin vezels zitten, zijn
    goed tegen ...*
    """
    knowledge = _knowledge()
    if knowledge.dividers.isdisjoint(words):
        return (0,) * len(words), frozenset()
    clause, highest, around = 0, 0, 0
    numbers: list[int] = []
    relative: set[int] = set()
    for i in [i for i, word in enumerate(words) if word in knowledge.bounds]:
        word, behind_comma = words[i], i > 0 and words[i - 1] == ","
        numbers += [clause] * (i - len(numbers))
        if word in knowledge.resuming and clause in relative and behind_comma:
            clause = around
        elif word in _BREAKS or (i and word in knowledge.conjunctions) or (behind_comma and word in knowledge.relatives):
            is_relative = word != ";" and word not in knowledge.conjunctions
            if is_relative and word != "|" and clause not in relative:
                around = clause
            clause = highest = highest + 1
            if is_relative:
                relative.add(clause)  # what a table cell is about stands in an earlier one, as with a relative clause
    numbers += [clause] * (len(words) - len(numbers))
    return tuple(numbers), frozenset(relative)


def _places(words: Sequence[str], found: Sequence[_Found]) -> tuple[Place, ...]:
    knowledge = _knowledge()
    places: list[Place] = []
    for i, item in enumerate(found):
        before = found[i - 1].unit if i else -1
        linked = i > 0 and (item.unit == before or _coordinated(words[before + 1 : item.unit], places[-1], item.type))
        prep, kinds, denied = _governor(words, item.unit, before if linked else -1)
        previous = places[-1] if linked else None
        lacking = words[item.unit + 1 : item.unit + 2]
        deficient, excess = "deficiency" in kinds or bool(knowledge.lack_nouns.intersection(lacking)), bool(kinds & {"excess", "avoided"})
        if previous is not None:
            prep = prep if prep is not None else previous.prep
            if not (deficient or excess) and previous.type is item.type:
                deficient, excess = previous.deficient, previous.excess
            denied = denied or previous.denied
        prep, deficient = item.prep or prep, deficient or item.deficient
        places.append(Place(item.unit, item.number, item.type, prep, deficient, excess, denied, linked))
    return tuple(places) if knowledge.avoiding.isdisjoint(words) else _avoided(words, places)


def _avoided(words: Sequence[str], places: Sequence[Place]) -> tuple[Place, ...]:
    """The same places, where those that a verb behind them says to avoid are in excess, with what is coordinated with them."""
    told: list[Place] = []
    avoided = coordinated = False  # of the place behind: whether it is avoided, and coordinated with this one
    for place in reversed(places):
        behind = takewhile(_goes_on, words[place.unit + 1 : place.unit + 1 + _AVOIDED_WITHIN])
        avoided = (avoided and coordinated) or not _knowledge().avoiding.isdisjoint(behind)
        coordinated = place.linked
        told.append(place._replace(excess=True) if avoided else place)
    return tuple(reversed(told))


def _goes_on(word: str) -> bool:
    """Whether a word is neither a thing nor the end of a clause."""
    return word[0].isalnum() and not word.isupper()


def _coordinated(gap: Sequence[str], first: Place, type_: EntityType) -> bool:
    """Whether only coordination stands between a place and a mention of the given type; the first one's preposition may be repeated."""
    knowledge = _knowledge()
    if not gap or len(gap) > _MAX_WALK or knowledge.coordinators.isdisjoint(gap):
        return False
    if any(a == "," and b in knowledge.relatives for a, b in pairwise(gap)):
        return False
    if not knowledge.examples.isdisjoint(gap) and not _alike(first.type, type_):
        return False
    rest = " ".join(
        [word for word in gap if word not in knowledge.coordinators and word not in knowledge.filler and symbol(word) not in _SKIPPED]
    )
    while rest:
        wrapper = _wrapper(knowledge.wrapper_ends.of(rest.rpartition(" ")[2]), rest)
        if wrapper is None:
            return rest == first.prep
        rest = rest[: wrapper[1].start()].strip()
    return True


def _wrapper(possible: frozenset[int], text: str) -> tuple[str, re.Match[str]] | None:
    """The wrapper that a text ends with, of those that its last word can end."""
    wrappers = _knowledge().wrappers
    for number in sorted(possible):
        kind, pattern = wrappers[number]
        match = pattern.search(text)
        if match:
            return kind, match
    return None


def _alike(one: EntityType, other: EntityType) -> bool:
    """Whether things of these types can be examples of each other: a food and a remedy can, a condition and a remedy cannot."""
    return one is other or {one, other} == {EntityType.NUTRIENT, EntityType.REMEDY}


def _governor(words: Sequence[str], unit: int, floor: int) -> tuple[str | None, set[str], bool]:
    """Walk left from a mention: its governing preposition, the wrappers it stands in, and whether it is denied (*geen*, *zonder*)."""
    knowledge = _knowledge()
    kinds: set[str] = set()
    denied = False
    i = unit - 1
    while i > floor and unit - i <= _MAX_WALK:
        word = words[i]
        possible = knowledge.wrapper_ends.of(word)
        wrapper = _wrapper(possible, " ".join(words[max(floor + 1, i - _MOST_WRAPPING + 1) : i + 1])) if possible else None
        if wrapper is not None:
            kinds.add(wrapper[0])
            i -= len(wrapper[1][0].split())
            continue
        if word in knowledge.deniers:
            denied = True
        if word in knowledge.prepositions and (word != knowledge.than or (i > 0 and knowledge.comparative.fullmatch(words[i - 1]))):
            return word, kinds, denied
        skipped = (
            word in knowledge.deniers
            or word in knowledge.filler
            or symbol(word) in _SKIPPED
            or (i > 0 and word in knowledge.conjoining and symbol(words[i - 1]) in _HOLLOW)
        )
        if not skipped and not (symbol(word) in _HOLLOW and words[i + 1] in knowledge.conjoining):
            break
        i -= 1
    return (knowledge.people_prep if "person" in kinds else None), kinds, denied
