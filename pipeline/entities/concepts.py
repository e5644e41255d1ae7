"""Which concept a mention stands for in its article.

The finders propose a name each; here the article has its say, on mentions of one type:

- an abbreviation in brackets stands for the long form beside it, wherever it stands;
- a brand and its substance, one in brackets behind the other, are one thing (*cetirizine (Zyrtec)*);
- a shortened name stands for the longer one (*de kramp* after *nachtelijke kuitkramp*), if there is only one that it can be short for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

from pipeline.article import Mention
from pipeline.entities.abbreviations import stands_for
from pipeline.language import Analysis
from pipeline.lexicon import concept_id, fold
from pipeline.resources import load_toml
from pipeline.schema import BlockKind, EntityType

_Key = tuple[EntityType, str]


def assign_concepts(analysis: Analysis, mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """The mentions with the concepts that this article gives them."""
    found = _renamed(mentions, _abbreviated(analysis, mentions))
    found = _renamed(found, _branded(analysis, found))
    return _renamed(found, _shortened(analysis, found))


def _renamed(mentions: Sequence[Mention], meant: Mapping[int, Mention]) -> tuple[Mention, ...]:
    """Mentions, some of which (by number) stand for what another one stands for."""
    renamed = list(mentions)
    for n, other in meant.items():
        renamed[n] = replace(mentions[n], concept=other.concept, broader=other.broader, subtype=other.subtype)
    return tuple(renamed)


def _abbreviated(analysis: Analysis, mentions: Sequence[Mention]) -> dict[int, Mention]:
    """Abbreviations that the article itself explains, as in ``prikkelbaredarmsyndroom (PDS)`` or ``PDS (prikkelbaredarmsyndroom)``."""
    text = analysis.article.text
    explained: dict[tuple[EntityType, str], Mention] = {}
    for before, inside in _bracketed(analysis, mentions):
        first, second = text[before.start : before.end], text[inside.start : inside.end]
        if second.isupper():
            explained[inside.type, second] = before
        elif first.isupper() and stands_for(first, second):
            explained.setdefault((before.type, first), inside)
    if not explained:
        return {}
    return {n: explained[key] for n, m in enumerate(mentions) if (key := (m.type, text[m.start : m.end])) in explained}


def _bracketed(analysis: Analysis, mentions: Sequence[Mention]) -> Iterator[tuple[Mention, Mention]]:
    """Pairs of mentions of one type, of which the second stands in brackets behind the first, and nothing else does."""
    text = analysis.article.text
    for before, inside in pairwise(mentions):
        if text[inside.end : inside.end + 1] == ")" and before.type is inside.type and text[before.end : inside.start].strip() == "(":
            yield before, inside


def _branded(analysis: Analysis, mentions: Sequence[Mention]) -> dict[int, Mention]:
    """Brands that stand in brackets behind their substance, or it behind them: the article takes the two for one."""
    substances: dict[str, Mention] = {}
    for outside, inside in _bracketed(analysis, mentions):
        for brand, substance in ((outside, inside), (inside, outside)):
            if _substance(analysis, brand) == concept_id(substance.type, substance.concept):
                substances.setdefault(brand.concept, substance)
    if not substances:
        return {}
    return {n: substances[m.concept] for n, m in enumerate(mentions) if m.type is EntityType.REMEDY and m.concept in substances}


def _substance(analysis: Analysis, mention: Mention) -> str | None:
    """Id of the substance of a brand."""
    known = analysis.concept(mention.type, mention.concept)
    return dict(known.attributes).get("substance") if known else None


@cache
def _definite() -> frozenset[str]:
    return frozenset(map(fold, load_toml("entities/concepts.toml")["definite"]))


def _shortened(analysis: Analysis, mentions: Sequence[Mention]) -> dict[int, Mention]:
    """Mentions of conditions that are short for a longer name of the article.

    The longer name must be that of the only concept of the article that stands below theirs, end in (or begin with) the shorter one, and
    come first: what the article speaks of by its bare name before, or in a heading, is a subject of its own. What then follows is short for
    the longer name where an article or a pronoun points back at it, and throughout where the title is about the longer name.
    """
    places: dict[_Key, list[int]] = {}
    for n, mention in enumerate(mentions):
        if mention.type is EntityType.CONDITION:
            places.setdefault((mention.type, mention.concept), []).append(n)
    beneath: dict[str, list[_Key]] = {}
    for key, numbers in places.items():
        for above in _above(analysis, mentions[numbers[0]]):
            beneath.setdefault(above, []).append(key)
    meant: dict[int, Mention] = {}
    for key, numbers in places.items():
        below = beneath.get(key[1], ())
        if len(below) != 1 or places[below[0]][0] > numbers[0]:
            continue
        if not {BlockKind.TITLE, BlockKind.HEADING}.isdisjoint(_kinds(analysis, mentions, numbers)):
            continue
        titled = BlockKind.TITLE in _kinds(analysis, mentions, places[below[0]])
        longer = {name for n in places[below[0]] for name in _names(analysis, mentions[n])}
        for n in numbers:
            called = any(whole.endswith(name) or whole.startswith(f"{name} ") for name in _names(analysis, mentions[n]) for whole in longer)
            if called and (titled or _points_back(analysis, mentions[n])):
                meant[n] = mentions[places[below[0]][0]]
    return meant


def _kinds(analysis: Analysis, mentions: Sequence[Mention], numbers: Iterable[int]) -> set[BlockKind]:
    """The kinds of the blocks that mentions stand in."""
    return {analysis.article.blocks[analysis.sentences[mentions[n].sentence].block].kind for n in numbers}


def _names(analysis: Analysis, mention: Mention) -> tuple[str, str]:
    """What a mention is called: its concept, and as the article has it."""
    return fold(mention.concept), fold(analysis.article.text[mention.start : mention.end])


def _above(analysis: Analysis, mention: Mention) -> Iterator[str]:
    """The concepts above that of a mention, nearest first."""
    seen = {mention.concept}
    broader = mention.broader
    while broader is not None and broader not in seen:
        yield broader
        seen.add(broader)
        known = analysis.concept(mention.type, broader)
        broader = known.broader if known else None


def _points_back(analysis: Analysis, mention: Mention) -> bool:
    before = mention.first_token - 1
    return before >= analysis.sentence_words[mention.sentence][0] and analysis.folds[before] in _definite()
