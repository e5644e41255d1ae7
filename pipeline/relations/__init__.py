"""Relation linking: what sentences state (:mod:`~pipeline.relations.cues`), what structure states
(:mod:`~pipeline.relations.structure`), merged.

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
    skeletons = [skeleton.build(analysis, s, mentions, subjects) for s in range(len(analysis.sentences))]
    stated: list[Link] = []
    dropped: list[DroppedLink] = []
    own_words: dict[int, list[Link]] = {}
    for number, one in enumerate(skeletons):
        kept, lost = compete(list(link_sentence(one, mentions, subjects)), mentions)
        stated.extend(kept)
        dropped.extend(lost)
        own_words[number] = kept
    stated.extend(Structure(analysis, mentions, subjects, skeletons, own_words).links())
    return FoundRelations(merge(stated, mentions), tuple(dropped))
