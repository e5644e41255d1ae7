"""For whom and when a relation holds: *bij kinderen onder de 12 jaar*, *tijdens de zwangerschap*, *in hoge doses* (``qualifiers.toml``).

A condition that people have, or are in, says so too (*bij astma*, *voor mensen met diabetes*), unless it is itself an end of what the
sentence states.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.article import Link, Mention, Qualifier
from pipeline.language import Analysis
from pipeline.resources import load_toml
from pipeline.schema import BlockKind, EntityType, QualifierKind
from pipeline.spans import overlaps
from pipeline.wordrules import RuleIndex, edge_words

_ABOVE = frozenset({BlockKind.HEADING, BlockKind.LEAD_IN, BlockKind.TABLE_HEADER})
_PART = re.compile(r"[^,;:()]+")  # what a phrase inside a sentence speaks of is in the same part as it, or in the next if it stands alone


@dataclass(frozen=True, slots=True)
class _Phrases:
    """The phrases of each kind, the first words that they can have, and the place of such a word."""

    kinds: tuple[tuple[QualifierKind, re.Pattern[str]], ...]
    begun_by: RuleIndex
    beginning: re.Pattern[str]


@cache
def _phrases() -> _Phrases:
    table = load_toml("relations/qualifiers.toml")
    lists = table["lists"]

    def filled(pattern: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda match: str(lists[match[1]]), pattern)

    rules = [(QualifierKind(row["kind"]), filled(row["pattern"])) for row in table["qualifier"]]
    first_words = sorted({word for _, rule in rules for word in edge_words(rule)})
    return _Phrases(
        tuple((kind, re.compile(rf"(?:{rule})(?!\w)")) for kind, rule in rules),
        RuleIndex(rule for _, rule in rules),
        re.compile(rf"(?<!\w)(?:{'|'.join(first_words)})(?!\w)"),
    )


@cache
def _before_condition() -> re.Pattern[str]:
    """What stands before a condition that people have, or are in."""
    return re.compile(rf"(?:{'|'.join(load_toml('relations/qualifiers.toml')['before_condition'])})$")


def find_qualifiers(text: str) -> list[tuple[int, int, QualifierKind]]:
    """The phrases of a sentence that say for whom or when, without overlap, in text order; the longest where they compete."""
    lower = text.lower()
    if len(lower) != len(text):
        return []  # a letter whose small form is two letters long
    phrases = _phrases()
    found: list[tuple[int, int, QualifierKind]] = []
    ends = [0] * len(phrases.kinds)
    for word in phrases.beginning.finditer(lower):
        for number in sorted(phrases.begun_by.of(word[0])):
            kind, pattern = phrases.kinds[number]
            match = pattern.match(lower, word.start()) if word.start() >= ends[number] else None
            if match:
                ends[number] = match.end()
                found.append((match.start(), match.end(), kind))
    kept: list[tuple[int, int, QualifierKind]] = []
    taken = bytearray(len(text))
    for start, end, kind in sorted(found, key=lambda item: (item[0] - item[1], item[0])):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            kept.append((start, end, kind))
    return sorted(kept)


def qualify(analysis: Analysis, mentions: Sequence[Mention], links: Sequence[Link]) -> tuple[Link, ...]:
    """The links, each with the qualifiers of the sentences that state it."""
    by_sentence: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_sentence.setdefault(mention.sentence, []).append(mention)
    concepts = [(mention.type, mention.concept) for mention in mentions]
    ends: dict[int, set[tuple[EntityType, str]]] = {}
    for link in links:
        for sentence in link.evidence:
            ends.setdefault(sentence, set()).update((concepts[link.head], concepts[link.tail]))
    phrases = {s: tuple(_in_sentence(analysis, s, by_sentence.get(s, ()), related)) for s, related in ends.items()}
    return tuple(_qualified(analysis, mentions, link, phrases) if any(phrases[s] for s in link.evidence) else link for link in links)


def _in_sentence(analysis: Analysis, sentence: int, mentions: Sequence[Mention], ends: set[tuple[EntityType, str]]) -> Iterator[Qualifier]:
    """The qualifiers of a sentence with these mentions. ``ends``: concepts that it relates, which qualify nothing."""
    place = analysis.sentences[sentence]
    text = analysis.article.text[place.start : place.end]
    found = find_qualifiers(text)
    related = [(m.start, m.end) for m in mentions if (m.type, m.concept) in ends] if found else []
    taken: list[tuple[int, int]] = []
    for start, end, kind in found:
        span = (place.start + start, place.start + end)
        if not any(overlaps(span, other) for other in related):
            taken.append(span)
            yield Qualifier(kind, *span)
    for mention in mentions:
        if mention.type is not EntityType.CONDITION or (mention.type, mention.concept) in ends:
            continue
        match = _before_condition().search(analysis.article.text[place.start : mention.start].lower())
        if match:
            span = (place.start + match.start(), mention.end)
            if not any(overlaps(span, other) for other in taken):
                yield Qualifier(QualifierKind.POPULATION, *span)


def _qualified(analysis: Analysis, mentions: Sequence[Mention], link: Link, phrases: Mapping[int, Sequence[Qualifier]]) -> Link:
    own = (mentions[link.head], mentions[link.tail])
    found = [q for sentence in link.evidence for q in phrases[sentence] if _belongs(analysis, own, sentence, q)]
    return link._replace(qualifiers=tuple(sorted(found, key=lambda q: (q.start, q.end)))) if found else link


def _belongs(analysis: Analysis, ends: Sequence[Mention], sentence: int, qualifier: Qualifier) -> bool:
    """Whether a phrase speaks of a relation: it stands above what it holds for, at the beginning of the sentence, or in one part of it
    with an end of the relation.
    """
    place = analysis.sentences[sentence]
    here = [mention for mention in ends if mention.sentence == sentence]
    if not here:
        return analysis.article.blocks[place.block].kind in _ABOVE
    text = analysis.article.text[place.start : place.end]
    if not text[: qualifier.start - place.start].strip():
        return True
    parts = [(place.start + m.start(), place.start + m.end(), m[0].strip()) for m in _PART.finditer(text)]
    number = next(n for n, (_, end, _) in enumerate(parts) if qualifier.start < end)
    alone = len(parts[number][2]) == qualifier.end - qualifier.start
    start, end, _ = parts[min(number + alone, len(parts) - 1)]
    return any(start <= mention.start < end for mention in here)
