"""Relation linking: what sentences state (:mod:`~pipeline.relations.cues`), what structure states (:mod:`~pipeline.relations.structure`), merged.

One relation per (head concept, type, tail concept, polarity), with all its evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.article import Link, Mention
from pipeline.language import Analysis
from pipeline.references import Subjects
from pipeline.relations import skeleton
from pipeline.relations.cues import link_sentence
from pipeline.relations.merge import DroppedLink, compete, merge
from pipeline.relations.structure import Structure


@dataclass(frozen=True, slots=True)
class FoundRelations:
    """The links of an article in text order, and the candidates that were dropped with the reason."""

    links: tuple[Link, ...]
    dropped: tuple[DroppedLink, ...]


def link_relations(analysis: Analysis, mentions: Sequence[Mention]) -> FoundRelations:
    """All relations that an article states between its mentions."""
    subjects = Subjects(analysis, mentions)
    skeletons = [skeleton.build(analysis, s, mentions, subjects.by_sentence.get(s, ())) for s in range(len(analysis.sentences))]
    stated: list[Link] = []
    dropped: list[DroppedLink] = []
    used: dict[int, set[int]] = {}
    for number, one in enumerate(skeletons):
        kept, lost = compete(list(link_sentence(one, mentions, subjects)), mentions)
        stated.extend(kept)
        dropped.extend(lost)
        subject_concepts = _subject_concepts(analysis, number, mentions, subjects)
        for link in kept:
            if mentions[link.tail].concept not in subject_concepts and mentions[link.head].concept not in subject_concepts:
                used.setdefault(number, set()).add(link.head)
    stated.extend(Structure(analysis, mentions, subjects, skeletons).links(used))
    return FoundRelations(merge(stated, mentions), tuple(dropped))


def _subject_concepts(analysis: Analysis, sentence: int, mentions: Sequence[Mention], subjects: Subjects) -> set[str]:
    block = analysis.sentences[sentence].block
    found = set()
    for type_ in {m.type for m in mentions}:
        number = subjects.of_block(block, frozenset({type_}))
        if number is not None:
            found.add(mentions[number].concept)
    return found
