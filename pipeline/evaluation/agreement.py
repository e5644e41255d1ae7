"""How far two people who annotated the same articles agree; A is taken as the gold, B as what was found.

They name concepts each in their own way. So a concept of B stands for the concept of A whose mention its first overlapping mention overlaps
most, as in :mod:`pipeline.evaluation.scores`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from itertools import permutations
from pathlib import Path
from typing import Any, Final, TypeVar

from pipeline.errors import ResourceError, UsageError
from pipeline.evaluation.alignment import PredictedMention, PredictedRelation, Prediction
from pipeline.evaluation.gold import GoldArticle, GoldDocument, GoldEntity, check_gold, find_text, gold_paths, parse_gold, texts_of
from pipeline.evaluation.mistakes import Cause, Mistake, mistakes_of, sentence_at
from pipeline.evaluation.report import title_of
from pipeline.evaluation.scores import EXACT, LINKING, METRICS, POLARITY, RELATIONS, RELAXED, Counts, concept_of, score
from pipeline.schema import EntityType, RelationType

AGREED: Final = tuple(name for name in METRICS if not name.startswith(LINKING) and name != POLARITY)
"""What is counted, in the order of the table."""
_NONE: Final = "none"
_WORDS: Final = {
    Cause.MISSED: "only A",
    Cause.SPURIOUS: "only B",
    Cause.WRONG_TYPE: "other type",
    Cause.WRONG_SPAN: "other span",
    Cause.WRONG_DIRECTION: "other direction",
    Cause.WRONG_POLARITY: "other polarity",
}
"""What the causes of mistakes are called where neither side is right."""

Label = TypeVar("Label", bound=Hashable)
Labels = Counter[tuple[str, str]]
"""How often A said the one of a pair of concepts, and B the other."""


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How far the two agree on one article."""

    name: str
    counts: Mapping[str, Counts]
    labels: Labels
    disagreements: tuple[Mistake, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the two agree, and what only one of them annotated."""

    articles: tuple[PairAgreement, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]

    @property
    def totals(self) -> dict[str, Counts]:
        """Every metric over all articles."""
        return {name: reduce(Counts.__add__, (article.counts[name] for article in self.articles)) for name in AGREED}

    @property
    def labels(self) -> Labels:
        """What both said of all pairs of concepts of all articles."""
        return sum((article.labels for article in self.articles), Labels())


def agree(a: Path, b: Path, corpus: Path | None = None) -> Agreement:
    """Compare the gold files of the same name in two folders.

    Texts are looked for beside the gold files and in ``corpus``; without them all figures are the same, and only the sentences around the
    disagreements are missing. Raises UsageError where no name is in both, ResourceError where two files are not of the same text.
    """
    paths_a, paths_b = gold_paths(a), gold_paths(b)
    both = [name for name in paths_a if name in paths_b]
    if not both:
        raise UsageError(f"no gold file of {a} has the name of one of {b}: there is nothing to compare")
    texts = texts_of(corpus)
    articles = tuple(_agree(name, paths_a[name], paths_b[name], texts) for name in both)
    return Agreement(articles, tuple(n for n in paths_a if n not in paths_b), tuple(n for n in paths_b if n not in paths_a))


def _agree(name: str, a: Path, b: Path, texts: Mapping[str, Sequence[Path]]) -> PairAgreement:
    one, other = parse_gold(a.read_bytes(), a), parse_gold(b.read_bytes(), b)
    if one.sha256 != other.sha256:
        raise ResourceError(f"{a} and {b} were not made on the same text (sha256 differs)")
    text = find_text(one, a, texts) or find_text(other, b, texts)
    for document, path in ((one, a), (other, b)):
        check_gold(document, text, path)
    return compare(name, one, other, text.decode() if text else "")


def compare(name: str, a: GoldDocument, b: GoldDocument, text: str = "") -> PairAgreement:
    """How far two annotations of one text agree."""
    prediction = _as_prediction(b, a.entities, text)
    counts = score(prediction, a)
    mistakes = mistakes_of(GoldArticle(name, a, text, Path(), ""), prediction)
    return PairAgreement(name, {metric: counts[metric] for metric in AGREED}, _labels(a, b), mistakes)


def _representatives(b: GoldDocument, a: Sequence[GoldEntity]) -> dict[str, GoldEntity]:
    """For each concept of B the mention that says which concept of A it is: the first that overlaps one of A, or else its first."""
    chosen: dict[str, GoldEntity] = {}
    aligned: set[str] = set()
    for entity in b.entities:
        if entity.concept not in aligned and concept_of(entity, a) is not None:
            aligned.add(entity.concept)
            chosen[entity.concept] = entity
        chosen.setdefault(entity.concept, entity)
    return chosen


def _as_prediction(b: GoldDocument, a: Sequence[GoldEntity], text: str) -> Prediction:
    """B's annotation seen as the output of a program."""

    def mention(entity: GoldEntity) -> PredictedMention:
        return PredictedMention(entity.type, entity.start, entity.end, entity.text, sentence_at(text, entity.start, entity.end))

    ends = {concept: mention(entity) for concept, entity in _representatives(b, a).items()}
    relations = tuple(
        PredictedRelation(r.type, ends[r.head], ends[r.tail], r.polarity, " / ".join(text[start:end] for start, end in r.evidence))
        for r in b.relations
    )
    return Prediction(tuple(mention(entity) for entity in b.entities), relations)


# kappa


def _labels(a: GoldDocument, b: GoldDocument) -> Labels:
    """What both say of every ordered pair of concepts that both have and that some relation may link.

    The label is the relation's type (several, joined, where one pair has several; polarity is left out), or ``none``.
    """
    concepts = {name: concept_of(entity, a.entities) for name, entity in _representatives(b, a.entities).items()}
    types: dict[str, set[EntityType]] = {}
    for entity in a.entities:
        types.setdefault(entity.concept, set()).update(entity.types)
    said_a = _types_by_pair((r.head, r.type, r.tail) for r in a.relations)
    said_b = _types_by_pair((concepts[r.head], r.type, concepts[r.tail]) for r in b.relations)
    shared = sorted({concept for concept in concepts.values() if concept is not None})
    labels = Labels()
    for pair in permutations(shared, 2):
        linkable = any(types[pair[0]] & kind.heads and types[pair[1]] & kind.tails for kind in RelationType)
        if linkable or pair in said_a or pair in said_b:
            labels["+".join(sorted(said_a.get(pair, ()))) or _NONE, "+".join(sorted(said_b.get(pair, ()))) or _NONE] += 1
    return labels


def _types_by_pair(
    relations: Iterable[tuple[str | None, RelationType, str | None]],
) -> dict[tuple[str | None, str | None], set[RelationType]]:
    found: dict[tuple[str | None, str | None], set[RelationType]] = {}
    for head, kind, tail in relations:
        found.setdefault((head, tail), set()).add(kind)
    return found


def kappa(labels: Mapping[tuple[Label, Label], int]) -> float | None:
    """Cohen's kappa (J. Cohen, 1960) of how often two people gave which two labels: agreement beyond that of two who use the labels as
    often, but at random. None where chance alone makes them agree, or of nothing.
    """
    total = sum(labels.values())
    rows, columns = Counter[Label](), Counter[Label]()
    for (one, other), count in labels.items():
        rows[one] += count
        columns[other] += count
    chance = sum(rows[label] * columns[label] for label in rows)
    if chance == total * total:
        return None
    agreed = sum(count for (one, other), count in labels.items() if one == other)
    return (agreed * total - chance) / (total * total - chance)


def related(labels: Labels) -> Labels:
    """The pairs that both relate somehow: where kappa judges the type alone."""
    return Labels({pair: count for pair, count in labels.items() if _NONE not in pair})


# for reading


def agreement_table(agreement: Agreement) -> str:
    """The figures in total and by article."""
    return "\n".join(_table(agreement))


def _table(agreement: Agreement) -> Iterator[str]:
    count = len(agreement.articles)
    yield f"{count} article{'' if count == 1 else 's'} in both"
    yield ""
    yield f"{'':24}{'F1':>7}{'both':>8}{'only A':>8}{'only B':>8}"
    for name, counts in agreement.totals.items():
        if counts != Counts():
            yield f"{title_of(name):24}{counts.f1:7.3f}{counts.tp:8,}{counts.fn:8,}{counts.fp:8,}"
    labels = agreement.labels
    yield f"{'kappa':24}{_number(kappa(labels))}   {sum(labels.values()):,} pairs of concepts, without a relation too"
    both = related(labels)
    yield f"{'kappa of types':24}{_number(kappa(both))}   {sum(both.values()):,} pairs that both relate"
    yield ""
    yield f"{'article':32}{'relaxed':>9}{'exact':>8}{'relations':>11}{'kappa':>8}"
    for article in agreement.articles:
        scores = (article.counts[name].f1 for name in (RELAXED, EXACT, RELATIONS))
        relaxed, exact, relations = (f"{score:.3f}" for score in scores)
        yield f"{article.name:32}{relaxed:>9}{exact:>8}{relations:>11}{_number(kappa(article.labels)):>8}"


def _number(value: float | None) -> str:
    return f"{'-' if value is None else f'{value:.3f}':>7}"


def disagreements_text(agreement: Agreement) -> str:
    """All disagreements by article, each with its sentence."""
    return "\n".join(_disagreement_lines(agreement)) + "\n"


def _disagreement_lines(agreement: Agreement) -> Iterator[str]:
    yield f"{sum(len(article.disagreements) for article in agreement.articles):,} disagreements"
    for article in agreement.articles:
        if article.disagreements:
            yield f"\n== {article.name} ({len(article.disagreements):,})"
        for one in article.disagreements:
            yield f"\n{one.kind}, {_WORDS[one.cause]}"
            yield from (f"  {side}  {said}" for side, said in (("A", one.gold), ("B", one.found)) if said)
            if one.context:
                yield f"  in {one.context}"


def agreement_json(agreement: Agreement) -> dict[str, Any]:
    """Everything that the table and the list say, as plain values."""
    return {
        "metrics": {name: _values(counts) for name, counts in agreement.totals.items()},
        **_kappas(agreement.labels),
        "only_a": list(agreement.only_a),
        "only_b": list(agreement.only_b),
        "articles": [
            {
                "name": article.name,
                "metrics": {name: _values(counts) for name, counts in article.counts.items()},
                **_kappas(article.labels),
                "disagreements": [
                    {"kind": one.kind, "cause": _WORDS[one.cause], "a": one.gold, "b": one.found, "context": one.context}
                    for one in article.disagreements
                ],
            }
            for article in agreement.articles
        ],
    }


def _values(counts: Counts) -> dict[str, Any]:
    return {**asdict(counts), "precision": counts.precision, "recall": counts.recall, "f1": counts.f1}


def _kappas(labels: Labels) -> dict[str, Any]:
    both = related(labels)
    return {"kappa": kappa(labels), "pairs": sum(labels.values()), "kappa_types": kappa(both), "pairs_related": sum(both.values())}
