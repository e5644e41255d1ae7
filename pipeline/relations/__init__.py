"""Relation linking: rules propose, a model disposes.

Cues (:mod:`~pipeline.relations.cues`) and frames (:mod:`~pipeline.relations.structure`) say what sentences and structure state; every
pair that might be related is a candidate (:mod:`~pipeline.relations.candidates`), rules being witnesses among other features; the model
(:mod:`~pipeline.relations.model`) says how probable each reading is, first alone and then with the whole article in view
(:mod:`~pipeline.relations.second_look`), and :mod:`~pipeline.relations.judgement` decides. One relation per (head concept, type, tail
concept, polarity), with all its evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.article import Link, Mention
from pipeline.language import Analysis
from pipeline.matrices import Floats
from pipeline.references import Subjects
from pipeline.relations import skeleton
from pipeline.relations.answers import Answer, find_answers, link_question, with_answer
from pipeline.relations.candidates import Candidates
from pipeline.relations.cues import link_sentence
from pipeline.relations.glance import Glance
from pipeline.relations.judgement import Verdict, judge
from pipeline.relations.merge import DroppedLink, compete, merge
from pipeline.relations.model import load_relation_model
from pipeline.relations.numbering import Numbering
from pipeline.relations.pairing import Pairing
from pipeline.relations.qualifiers import qualify
from pipeline.relations.structure import Structure

__all__ = ["DroppedLink", "FoundRelations", "Proposals", "link_relations", "propose"]


@dataclass(frozen=True, slots=True)
class FoundRelations:
    """The links of an article in text order, and the candidates that were dropped with the reason."""

    links: tuple[Link, ...]
    dropped: tuple[DroppedLink, ...]
    verdicts: tuple[Verdict, ...] = ()
    """What the model says of each reading that was weighed."""
    candidates: Candidates | None = None
    first: Floats | None = None
    """What the model said of the candidates at first look."""

    def why(self, link: Link) -> str:
        """What speaks most for and against a link in the eyes of the model: features with what they add to the log-odds at first look, and
        the probability that it had then.
        """
        key = (link.head, link.type, link.tail)
        found = [v for v in self.verdicts if (v.link.head, v.link.type, v.link.tail) == key]
        if not found or self.candidates is None or self.first is None:
            return ""
        surest = max(found, key=lambda verdict: verdict.link.confidence)
        reasons = load_relation_model().reasons(self.candidates.features(surest.candidate), surest.column)
        said = (f"{feature} {weight:+.1f}" for feature, weight in reasons)
        return ", ".join((*said, f"at first look {self.first[surest.candidate, surest.column]:.2f}"))


@dataclass(frozen=True, slots=True)
class _Statements:
    """What rules state of an article, and what they stated it with."""

    subjects: Subjects
    skeletons: tuple[skeleton.Skeleton, ...]
    cued: Mapping[int, Sequence[Link]]
    """By sentence, all that its cues state."""
    lost: tuple[DroppedLink, ...]
    """What another reading of the same pair beat."""
    framed: tuple[Link, ...]
    stated: tuple[Link, ...]
    answers: Mapping[int, Answer]


@dataclass(frozen=True, slots=True)
class Proposals:
    """What rules state of an article, every pair that might be related, and what questions are answered with."""

    stated: tuple[Link, ...]
    lost: tuple[DroppedLink, ...]
    candidates: Candidates
    skeletons: tuple[skeleton.Skeleton, ...]
    answers: Mapping[int, Answer]


def _state(analysis: Analysis, mentions: Sequence[Mention]) -> _Statements:
    """Let the rules speak: cues sentence by sentence, one reading a pair, then frames."""
    subjects = Subjects(analysis, mentions)
    skeletons = tuple(skeleton.build(analysis, s, mentions, subjects) for s in range(len(analysis.sentences)))
    cued: dict[int, list[Link]] = {}
    own_words: dict[int, list[Link]] = {}
    lost: list[DroppedLink] = []
    answers = find_answers(analysis, skeletons)
    for number, one in enumerate(skeletons):
        if number in answers:
            cued[number] = list(link_question(one, answers[number], mentions, subjects, analysis.sentences[number].block))
        else:
            cued[number] = list(link_sentence(one, mentions, subjects))
        own_words[number], beaten = compete(cued[number], mentions)
        lost.extend(beaten)
    framed = tuple(Structure(analysis, mentions, subjects, skeletons, own_words).links())
    stated = (*(link for links in own_words.values() for link in links), *framed)
    return _Statements(subjects, skeletons, cued, tuple(lost), framed, stated, answers)


def propose(analysis: Analysis, mentions: Sequence[Mention], numbering: Numbering, glance: Glance | None = None) -> Proposals:
    """The statements of the rules, and the candidates that are worth a look by ``glance``, with features of ``numbering``."""
    said = _state(analysis, mentions)
    pairing = Pairing(analysis, mentions, said.subjects, said.skeletons, said.cued, said.framed, numbering, glance)
    candidates = pairing.find(beaten=frozenset(id(item.link) for item in said.lost))
    return Proposals(said.stated, said.lost, candidates, said.skeletons, said.answers)


def link_relations(analysis: Analysis, mentions: Sequence[Mention], *, rules_only: bool = False, telling: bool = False) -> FoundRelations:
    """All relations that an article states between its mentions; with ``rules_only`` those that rules state. With ``telling`` also what
    the model came near to state is among the dropped.
    """
    if rules_only:
        said = _state(analysis, mentions)
        stated = [with_answer(link, said.answers) for link in said.stated]
        return FoundRelations(qualify(analysis, mentions, merge(stated, mentions)), said.lost)
    model = load_relation_model()
    proposals = propose(analysis, mentions, model.numbering, model.glance)
    first = model.first_look(proposals.candidates)
    probabilities = model.look_again(proposals.candidates, first)
    verdicts = judge(probabilities, proposals.candidates, proposals.stated, proposals.skeletons, telling=telling)
    held = [with_answer(verdict.link, proposals.answers) for verdict in verdicts if verdict.holds]
    kept = qualify(analysis, mentions, merge(held, mentions))
    dropped = (*proposals.lost, *(DroppedLink(v.link, v.reason) for v in verdicts if not v.holds))
    return FoundRelations(kept, dropped, tuple(verdicts), proposals.candidates, first)
