"""What the pipeline found, told in positions of the annotated text; what people marked, told in positions of the reading text.

People annotate a rendering of a web page or the source of a text; the pipeline makes a reading text of its own. The two are laid side by
side token by token, so that neither markup nor line breaks cost points.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

from pipeline.schema import ArticleRecord, EntityRecord, EntityType, Polarity, RelationType

NOWHERE = (-1, -1)
"""The span of what stands in the reading text only; it overlaps nothing."""
RelationKey = tuple[str, RelationType, str, Polarity]
"""A relation between concepts of the gold: head, type, tail, polarity."""
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class PredictedMention:
    """A published entity at its place in the annotated text, with its sentence."""

    type: EntityType
    start: int
    end: int
    text: str = ""
    context: str = ""


@dataclass(frozen=True, slots=True)
class PredictedRelation:
    """A published relation between two such mentions, with its evidence and the rule that made it."""

    type: RelationType
    head: PredictedMention
    tail: PredictedMention
    polarity: Polarity = Polarity.AFFIRMED
    context: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """All that the pipeline found in an article; empty where it was rejected."""

    entities: tuple[PredictedMention, ...] = ()
    relations: tuple[PredictedRelation, ...] = ()
    linked: frozenset[RelationKey] = frozenset()
    """What it found between the gold's mentions, had it those in place of its own."""


@dataclass(frozen=True, slots=True)
class _Token:
    form: str
    start: int
    end: int


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(unicodedata.normalize("NFC", match[0]).casefold().replace("\u00ad", ""), match.start(), match.end())
        for match in _TOKEN.finditer(text)
    ]


class Aligner:
    """Translates spans of one text into spans of another that has mostly the same words."""

    def __init__(self, produced: str, reference: str) -> None:
        self._same = produced == reference
        self._produced = [] if self._same else _tokens(produced)
        self._reference = [] if self._same else _tokens(reference)
        self._starts = [token.start for token in self._produced]
        self._map = self._matched()

    def _matched(self) -> dict[int, int]:
        """Index of a produced token -> index of the same token of the reference."""
        produced, reference = ([token.form for token in tokens] for tokens in (self._produced, self._reference))
        blocks = difflib.SequenceMatcher(None, produced, reference, autojunk=False).get_matching_blocks()
        return {block.a + step: block.b + step for block in blocks for step in range(block.size)}

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the words of ``[start, end)`` stand in the reference; NOWHERE if none of them does."""
        if self._same:
            return start, end
        hits = [self._map[index] for index in self._touched(start, end) if index in self._map]
        return (self._reference[hits[0]].start, self._reference[hits[-1]].end) if hits else NOWHERE

    def _touched(self, start: int, end: int) -> list[int]:
        """Indices of the produced tokens that share a character with ``[start, end)``."""
        touched = []
        index = max(bisect_right(self._starts, start) - 1, 0)
        while index < len(self._produced) and self._produced[index].start < end:
            if self._produced[index].end > start:
                touched.append(index)
            index += 1
        return touched


def linked_keys(record: ArticleRecord) -> frozenset[RelationKey]:
    """The relations of a record whose mentions have the gold's concepts."""
    return frozenset((r.head_concept, r.type, r.tail_concept, r.polarity) for r in record.relations)


def prediction_of(record: ArticleRecord, reference: str, linked: frozenset[RelationKey] = frozenset()) -> Prediction:
    """A record's entities and relations, placed in the annotated text; ``linked`` is handed on."""
    aligner = Aligner(record.text, reference)
    sentences = {sentence.id: record.text[sentence.start : sentence.end] for sentence in record.sentences}
    mentions = {entity.id: _mention(record, entity, aligner) for entity in record.entities}
    relations = tuple(
        PredictedRelation(
            relation.type,
            mentions[relation.head],
            mentions[relation.tail],
            relation.polarity,
            " / ".join(sentences[name] for name in relation.evidence),
            relation.rule,
        )
        for relation in record.relations
    )
    return Prediction(tuple(mentions.values()), relations, linked)


def _mention(record: ArticleRecord, entity: EntityRecord, aligner: Aligner) -> PredictedMention:
    context = next((record.text[s.start : s.end] for s in record.sentences if s.start <= entity.start < s.end), entity.text)
    return PredictedMention(entity.type, *aligner.span(entity.start, entity.end), entity.text, context)
