"""What a section and an article are about, and what a word such as *deze aandoening* or a bare heading stands for.

Resolution is deliberately shy: where several antecedents compete there is none, since a wrong one makes a wrong triple.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.article import Mention
from pipeline.language import Analysis
from pipeline.resources import load_toml
from pipeline.schema import BlockKind, EntityType

_DOMINANT = 3  # mentions that make a concept the subject of an article whose title names none
_REACH = 2  # sentences that a pronoun looks back
_TOPICAL = frozenset({BlockKind.TITLE, BlockKind.HEADING, BlockKind.LEAD_IN, BlockKind.TABLE_HEADER})


class Subjects:
    """Finds the subject (a mention number) of blocks and sentences, by entity type."""

    def __init__(self, analysis: Analysis, mentions: Sequence[Mention]) -> None:
        self._analysis = analysis
        self._mentions = mentions
        self.by_sentence: dict[int, list[int]] = {}
        for number, mention in enumerate(mentions):
            self.by_sentence.setdefault(mention.sentence, []).append(number)
        self._cache: dict[tuple[int, frozenset[EntityType]], int | None] = {}

    def in_block(self, block: int) -> list[int]:
        """Numbers of the mentions of a block, in text order."""
        first, end = self._analysis.block_sentences[block]
        return [number for sentence in range(first, end) for number in self.by_sentence.get(sentence, ())]

    def of_block(self, block: int, types: frozenset[EntityType]) -> int | None:
        """What the section that block ``block`` stands in is about: a mention of one of these types, or None.

        The nearest heading or lead-in above that names such a thing decides, then the title, then the concept that dominates the article.
        """
        key = (block, types)
        if key not in self._cache:
            self._cache[key] = self._find(block, types)
        return self._cache[key]

    def _find(self, block: int, types: frozenset[EntityType]) -> int | None:
        article = self._analysis.article
        for ancestor in article.ancestors(block):
            kind = article.blocks[ancestor].kind
            numbers = [n for n in self.in_block(ancestor) if self._mentions[n].type in types]
            if not numbers:
                continue
            if kind in _TOPICAL or kind is BlockKind.LIST_ITEM:
                return numbers[0]
        return self._dominant(block, types)

    def _dominant(self, block: int, types: frozenset[EntityType]) -> int | None:
        counts: Counter[str] = Counter()
        first: dict[str, int] = {}
        for number, mention in enumerate(self._mentions):
            if mention.type in types:
                concept = mention.broader or mention.concept
                counts[concept] += 1
                first.setdefault(concept, number)
        ranked = counts.most_common(2)
        if not ranked or ranked[0][1] < _DOMINANT or (len(ranked) > 1 and ranked[0][1] < 1.5 * ranked[1][1]):
            return None
        return first[ranked[0][0]]

    def before(self, sentence: int, types: frozenset[EntityType]) -> int | None:
        """What an unnamed thing in this sentence stands for: the one concept of these types in the sentences just before (same block), else the section's subject."""
        block = self._analysis.sentences[sentence].block
        first, _ = self._analysis.block_sentences[block]
        for earlier in range(sentence - 1, max(first, sentence - _REACH) - 1, -1):
            numbers = [n for n in self.by_sentence.get(earlier, ()) if self._mentions[n].type in types]
            if numbers:
                if len({self._mentions[n].concept for n in numbers}) == 1:
                    return numbers[0]
                break
        return self.of_block(block, types)


@dataclass(frozen=True, slots=True)
class Reference:
    """A phrase that stands for something named before: its range of units (end exclusive), the kinds of thing that it can mean, and how it stands."""

    start: int
    end: int
    types: frozenset[EntityType]
    prep: str | None
    deficient: bool


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], frozenset[EntityType], bool], ...]:
    return tuple(
        (re.compile(rf"(?<!\S)(?:{row['match']})(?!\S)"), frozenset(EntityType(t) for t in row["types"]), bool(row.get("deficient")))
        for row in load_toml("relations/references.toml")["reference"]
    )


def find_references(words: Sequence[str]) -> list[Reference]:
    """The references among the words of a sentence, without overlaps. Mentions are written as single capitals and are never part of one."""
    text = " ".join(words)
    found: list[Reference] = []
    for pattern, types, deficient in _patterns():
        for match in pattern.finditer(text):
            start, end = text.count(" ", 0, match.start()), text.count(" ", 0, match.end()) + 1
            if not any(word.isupper() for word in words[start:end]) and not any(r.start < end and start < r.end for r in found):
                prep = match["prep"] if "prep" in pattern.groupindex else None
                found.append(Reference(start, end, types, prep, deficient))
    return sorted(found, key=lambda r: r.start)
