"""From many stated links to the relations of an article: competition inside a sentence, then one relation per fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.article import Link, Mention
from pipeline.lexicon import concept_id
from pipeline.schema import RelationType

# Of two relations that one sentence seems to state of the same pair, the one with the narrower meaning is meant: *voorkomen* over *helpen*.
_PRECEDENCE = {RelationType.CONTRAINDICATED_FOR: 3, RelationType.PREVENTS: 2, RelationType.DEFICIENCY_CAUSES: 1}

# What causes a complaint is often advised against in the same breath: both are stated.
_COMPATIBLE = {RelationType.CONTRAINDICATED_FOR, RelationType.CAUSES}


@dataclass(frozen=True, slots=True)
class DroppedLink:
    """A candidate relation that is not published, and why."""

    link: Link
    reason: str


def compete(links: Sequence[Link], mentions: Sequence[Mention]) -> tuple[list[Link], list[DroppedLink]]:
    """The links of one sentence with one reading per pair of concepts."""
    best: dict[frozenset[str], list[Link]] = {}
    dropped: list[DroppedLink] = []
    for link in sorted(links, key=lambda item: (-_PRECEDENCE.get(item.type, 0), -item.confidence)):
        chosen = best.setdefault(frozenset((mentions[link.head].concept, mentions[link.tail].concept)), [])
        rival = next((other for other in chosen if {link.type, other.type} != _COMPATIBLE), None)
        if rival is None:
            chosen.append(link)
        else:
            dropped.append(DroppedLink(link, f"the sentence states {rival.type} by {rival.rule}"))
    kept = (link for chosen in best.values() for link in chosen)
    return sorted(kept, key=lambda item: (item.head, item.tail, item.type)), dropped


def merge(links: Sequence[Link], mentions: Sequence[Mention]) -> tuple[Link, ...]:
    """One link per (head concept, type, tail concept, polarity): the surest, with the evidence of all."""
    ids = [concept_id(mention.type, mention.concept) for mention in mentions]
    groups: dict[tuple[str, str, str, str], list[Link]] = {}
    for link in links:
        groups.setdefault((ids[link.head], link.type, ids[link.tail], link.polarity), []).append(link)
    merged: list[Link] = []
    for group in groups.values():
        surest = max(group, key=lambda item: (item.confidence, -item.evidence[-1])) if len(group) > 1 else group[0]
        evidence = tuple(sorted({s for item in group for s in item.evidence}))
        merged.append(surest if evidence == surest.evidence else surest._replace(evidence=evidence))
    return tuple(sorted(merged, key=lambda item: (item.evidence[0], item.head, item.tail, item.type)))
