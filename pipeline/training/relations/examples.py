"""What the model of relations is trained on, and how: candidates of annotated articles and snippets, each with what is right."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from pipeline.article import Mention, TypedSpan
from pipeline.entities import find_entities, place_mentions
from pipeline.errors import RejectedInput
from pipeline.evaluation.alignment import Aligner, PredictedMention
from pipeline.evaluation.gold import GoldArticle
from pipeline.evaluation.scores import concept_of
from pipeline.matrices import Floats
from pipeline.readers import read
from pipeline.relations import propose
from pipeline.relations.candidates import Candidate, Candidates
from pipeline.relations.glance import Glance, shown_by
from pipeline.relations.numbering import Numbering, Numbers
from pipeline.relations.readings import DENIAL, DENIAL_OF, READINGS, Witnesses
from pipeline.schema import Polarity, RelationType
from pipeline.training.reading import SETTINGS, analysed
from pipeline.training.relations.learner import UNKNOWN, Example
from pipeline.training.snippets import Snippet

_Key = tuple[object, RelationType, object]


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with its features, those that it ``shows`` at a glance, and what people say of it: for every reading right or wrong
    (unknown ones are left out), and by the column of their denial the polarities of those that are right.
    """

    candidate: Candidate
    features: Numbers
    witnesses: Witnesses
    shows: Numbers
    truth: Mapping[int, bool]
    polarities: Mapping[int, Collection[Polarity]]

    def example(self) -> Example:
        """The same as the learner takes it."""
        truth = [(column, float(right)) for column, right in self.truth.items()]
        truth += ((denial, float(Polarity.NEGATED in said)) for denial, said in self.polarities.items() if len(said) == 1)
        return Example(self.features, self.witnesses, tuple(truth))

    def at_a_glance(self) -> Example | None:
        """What the glance learns from it: whether anything is right of it, in the first column. None if that is not known."""
        return Example(self.shows, (), ((0, float(any(self.truth.values()))),)) if self.truth else None


class Read(NamedTuple):
    """The candidates of an article, and what people say of each."""

    candidates: Candidates
    judged: list[Judged]

    def looked_at(self, glance: Glance | None) -> Read:
        """With the candidates that are worth a look, as at run time; all, if there is no glance."""
        if glance is None:
            return self
        odds = glance.log_odds_of([one.shows for one in self.judged])
        kept = [number for number, one in enumerate(self.judged) if odds[number] >= 0 or one.candidate.rules]
        return Read(self.candidates.chosen(np.asarray(kept, dtype=np.int64)), [self.judged[number] for number in kept])

    def truth(self) -> Floats:
        """(candidates, readings): 1 right, 0 wrong, ``UNKNOWN``."""
        truth = np.full((len(self.judged), DENIAL), UNKNOWN, dtype=np.float32)
        for row, one in zip(truth, self.judged, strict=True):
            row[list(one.truth)] = list(one.truth.values())
        return truth


def article_examples(article: GoldArticle, numbering: Numbering) -> tuple[Read, Read]:
    """The candidates between the mentions that the pipeline finds in an article, and those between its gold mentions, with features of
    ``numbering``.
    """
    analysis = analysed(read(article.path, article.path.name, SETTINGS))
    text = analysis.article.text
    found = find_entities(analysis).mentions
    aligner, back = Aligner(text, article.text), Aligner(article.text, text)
    document = article.document

    def concept(mention: Mention) -> str | None:
        return concept_of(PredictedMention(mention.type, *aligner.span(mention.start, mention.end)), document.entities)

    right: dict[_Key, list[tuple[Polarity, tuple[tuple[int, int], ...]]]] = {}
    for relation in document.relations:
        right.setdefault((relation.head, relation.type, relation.tail), []).append((relation.polarity, relation.evidence))
    spans = [aligner.span(s.start, s.end) for s in analysis.sentences]

    def read_with(mentions: Sequence[Mention]) -> Read:
        concepts = [concept(mention) for mention in mentions]
        candidates = propose(analysis, mentions, numbering).candidates
        judged: list[Judged] = []
        for number, candidate in enumerate(candidates):
            judgement: dict[int, Collection[Polarity]] = {}
            lines = [spans[s] for s in {*candidate.evidence, candidate.sentence}]
            for column, key in _keys(candidate, concepts):
                stated = right.get(key)
                if stated is None:
                    judgement[column] = ()
                elif any(a < end and start < b for _, evidence in stated for a, b in evidence for start, end in lines):
                    judgement[column] = [polarity for polarity, _ in stated]
                # stated elsewhere in the article: whether it is stated here as well is not known
            judged.append(_judged(candidates, number, judgement))
        return Read(candidates, judged)

    marked = [TypedSpan(e.type, *back.span(e.start, e.end), e.concept) for e in document.entities]
    placed = _named_alike(place_mentions(analysis, [span for span in marked if span.start >= 0]), found)
    return read_with(found), read_with(placed)


def snippet_examples(snippet: Snippet, numbering: Numbering) -> list[Judged]:
    """The candidates between the marked mentions of a snippet; none where cleaning leaves nothing of it."""
    try:
        analysis = analysed(snippet.source)
    except RejectedInput:
        return []
    aligner = Aligner(snippet.source.text, analysis.article.text)
    given = [TypedSpan(mark.type, *aligner.span(mark.start, mark.end), str(mark.concept)) for mark in snippet.marks]
    placed = place_mentions(analysis, [span for span in given if span.start >= 0])
    concepts = [int(mention.concept) for mention in placed]
    right: dict[_Key, Polarity] = {(head, type_, tail): polarity for head, type_, tail, polarity in snippet.relations}
    judged: list[Judged] = []
    candidates = propose(analysis, _named_alike(placed, find_entities(analysis).mentions), numbering).candidates
    for number, candidate in enumerate(candidates):
        judged.append(
            _judged(candidates, number, {column: [right[key]] if key in right else () for column, key in _keys(candidate, concepts)})
        )
    return judged


def _judged(candidates: Candidates, number: int, stated: Mapping[int, Collection[Polarity]]) -> Judged:
    """``stated``: the polarities in which people state each reading, none if it is wrong."""
    polarities: dict[int, set[Polarity]] = {}
    for column, said in stated.items():
        if said:
            polarities.setdefault(DENIAL_OF[column], set()).update(said)
    return Judged(
        candidates[number],
        candidates.features(number),
        candidates.witnesses(number),
        shown_by(candidates, number),
        {column: bool(said) for column, said in stated.items()},
        polarities,
    )


def _named_alike(placed: Sequence[Mention], found: Sequence[Mention]) -> list[Mention]:
    """Given mentions with the concepts that the pipeline would give them, so that features mean the same; one concept stays one."""
    by_word = {word: mention for mention in found for word in range(mention.first_token, mention.last_token + 1)}
    names: dict[tuple[object, str], Mention] = {}
    for mention in placed:
        like = by_word.get(mention.first_token) or by_word.get(mention.last_token)
        if like is not None and like.type is mention.type:
            names.setdefault((mention.type, mention.concept), like)
    taken: dict[tuple[object, str], tuple[object, str]] = {}
    renamed: list[Mention] = []
    for mention in placed:
        key = (mention.type, mention.concept)
        same = names.get(key)
        if same is not None and taken.setdefault((same.type, same.concept), key) == key:
            renamed.append(replace(mention, concept=same.concept, broader=same.broader, found_by=same.found_by))
        else:
            renamed.append(mention)
    return renamed


def _keys(candidate: Candidate, concepts: Sequence[object]) -> Iterator[tuple[int, _Key]]:
    """The readings of a candidate as relations between concepts."""
    for column in candidate.readings:
        head, tail = candidate.ends(column)
        yield column, (concepts[head], READINGS[column].type, concepts[tail])
