"""What the model of relations is trained on, and how: candidates of annotated articles and snippets, each with what is right."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.article import Mention, TypedSpan
from pipeline.entities import find_entities, place_mentions
from pipeline.errors import RejectedInput
from pipeline.evaluation.alignment import Aligner, PredictedMention
from pipeline.evaluation.gold import GoldArticle
from pipeline.evaluation.scores import concept_of
from pipeline.readers import read
from pipeline.relations import propose
from pipeline.relations.candidates import Candidate, Candidates
from pipeline.relations.numbering import Numbering, Numbers
from pipeline.relations.readings import DENIAL, READINGS, Witnesses
from pipeline.schema import Polarity, RelationType
from pipeline.training.reading import SETTINGS, analysed
from pipeline.training.relations.learner import Example
from pipeline.training.snippets import Snippet

_Key = tuple[object, RelationType, object]


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with what people say of it: for every reading right or wrong (unknown ones are left out), and the polarity."""

    candidate: Candidate
    features: Numbers
    witnesses: Witnesses
    situation: str | None
    truth: Mapping[int, bool]
    polarities: frozenset[Polarity]

    def example(self) -> Example:
        """The same as the learner takes it."""
        truth = [(column, float(right)) for column, right in self.truth.items()]
        if len(self.polarities) == 1:
            truth.append((DENIAL, float(Polarity.NEGATED in self.polarities)))
        return Example(self.features, self.witnesses, tuple(truth))


def article_examples(article: GoldArticle, numbering: Numbering) -> tuple[list[Judged], list[Judged]]:
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

    def judged(mentions: Sequence[Mention]) -> Iterator[Judged]:
        concepts = [concept(mention) for mention in mentions]
        candidates = propose(analysis, mentions, numbering).candidates
        for number, candidate in enumerate(candidates):
            truth: dict[int, bool] = {}
            polarities: set[Polarity] = set()
            lines = [spans[s] for s in {*candidate.evidence, candidate.sentence}]
            for column, key in _keys(candidate, concepts):
                stated = right.get(key)
                if stated is None:
                    truth[column] = False
                elif any(a < end and start < b for _, evidence in stated for a, b in evidence for start, end in lines):
                    truth[column] = True
                    polarities.update(polarity for polarity, _ in stated)
                # stated elsewhere in the article: whether it is stated here as well is not known
            yield _judged(candidates, number, truth, polarities)

    marked = [TypedSpan(e.type, *back.span(e.start, e.end), e.concept) for e in document.entities]
    placed = _named_alike(place_mentions(analysis, [span for span in marked if span.start >= 0]), found)
    return list(judged(found)), list(judged(placed))


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
        stated = {column: right.get(key) for column, key in _keys(candidate, concepts)}
        truth = {column: polarity is not None for column, polarity in stated.items()}
        judged.append(_judged(candidates, number, truth, {polarity for polarity in stated.values() if polarity is not None}))
    return judged


def _judged(candidates: Candidates, number: int, truth: Mapping[int, bool], polarities: Collection[Polarity]) -> Judged:
    return Judged(
        candidates[number],
        candidates.features(number),
        candidates.witnesses(number),
        candidates.situation(number),
        truth,
        frozenset(polarities),
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
