"""Run the pipeline over annotated articles and say how right it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Protocol

from pipeline.article import Source, TypedSpan
from pipeline.errors import RejectedInput
from pipeline.evaluation.alignment import NOWHERE, Aligner, Prediction, linked_keys, prediction_of
from pipeline.evaluation.bootstrap import Intervals, bootstrap
from pipeline.evaluation.gold import GoldArticle, GoldSet
from pipeline.evaluation.mistakes import Mistake, mistakes_of
from pipeline.evaluation.scores import METRICS, Counts, score
from pipeline.readers import read
from pipeline.schema import ArticleRecord
from pipeline.settings import Settings


class Extracts(Protocol):
    """The part of :class:`pipeline.extractor.Extractor` that an evaluation needs."""

    def extract(self, source: Source) -> ArticleRecord: ...

    def link(self, source: Source, spans: Iterable[TypedSpan]) -> ArticleRecord: ...


@dataclass(frozen=True, slots=True)
class ArticleResult:
    """How one article came out."""

    name: str
    counts: Mapping[str, Counts]
    mistakes: tuple[Mistake, ...]
    prediction: Prediction
    rejected: str = ""
    """Why there is no record, if there is none; then all of the gold is missed."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a split came out."""

    gold: GoldSet
    articles: tuple[ArticleResult, ...]
    totals: Mapping[str, Counts] = field(init=False)
    """Every metric over all articles."""
    intervals: Mapping[str, Intervals] = field(init=False)

    def __post_init__(self) -> None:
        totals = {name: reduce(Counts.__add__, (article.counts[name] for article in self.articles)) for name in METRICS}
        object.__setattr__(self, "totals", totals)
        object.__setattr__(self, "intervals", bootstrap([article.counts for article in self.articles]))

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """The mistakes of all articles."""
        return tuple(mistake for article in self.articles for mistake in article.mistakes)


def evaluate(gold: GoldSet, extractor: Extracts, settings: Settings | None = None) -> Evaluation:
    """Extract every article of ``gold`` and score it. An article that is rejected counts as one in which nothing was found."""
    settings = settings or Settings()
    return Evaluation(gold, tuple(_evaluate(article, extractor, settings) for article in gold.articles))


def _evaluate(article: GoldArticle, extractor: Extracts, settings: Settings) -> ArticleResult:
    rejected = ""
    try:
        source = read(article.path, article.path.name, settings)
        record = extractor.extract(source)
        linked = linked_keys(extractor.link(source, _gold_spans(article, record.text)))
        prediction = prediction_of(record, article.text, linked)
    except RejectedInput as error:
        prediction, rejected = Prediction(), str(error)
    return ArticleResult(article.name, score(prediction, article.document), mistakes_of(article, prediction), prediction, rejected)


def _gold_spans(article: GoldArticle, reading: str) -> Iterator[TypedSpan]:
    """The gold's mentions in the reading text; without those that it has left out."""
    aligner = Aligner(article.text, reading)
    for entity in article.document.entities:
        span = aligner.span(entity.start, entity.end)
        if span != NOWHERE:
            yield TypedSpan(entity.type, *span, entity.concept)
