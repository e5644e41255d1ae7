"""What each part of entity extraction is worth, and what the tagger finds that no lexicon knows.

The ablation runs the whole extractor with some of the finders. *Unseen terms* hides a share of the lexicon's concepts, at training (where
their names are replaced by others as well) and at run time, and asks for the gold mentions of exactly these: every concept is hidden once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.article import Mention, TypedSpan
from pipeline.cleaning import clean
from pipeline.entities import RULES, FoundEntities, find_by, find_entities, resolve, statistical, weigh
from pipeline.evaluation import evaluate, load_gold
from pipeline.evaluation.gold import GoldArticle, Split
from pipeline.evaluation.scores import Counts
from pipeline.extractor import Extractor
from pipeline.language import Analysis
from pipeline.lexicon import load_lexicon
from pipeline.readers import read
from pipeline.schema import EntityType
from pipeline.settings import Settings
from pipeline.tagger import Network, Tagger
from pipeline.training.ner.calibration import fit, judged
from pipeline.training.ner.corpora import load_corpora, load_dev, spans_of
from pipeline.training.ner.samples import concepts_of, found_by_rules, without
from pipeline.training.ner.train import learn
from pipeline.training.progress import Report, Reporter
from pipeline.training.reading import analysed_article

PARTS: Mapping[str, tuple[str, ...]] = {
    "lexicon": ("lexical",),
    "+ series, abbreviations": ("lexical", "series", "abbreviations"),
    "+ compounds, brands": ("lexical", "series", "abbreviations", "compounds", "brands"),
    "+ patterns (all rules)": tuple(RULES),
}
WHOLE = "+ model"
METRICS = ("entities relaxed", "entities exact", "relations")


def ablation(gold: Path, corpus: Path, split: Split) -> dict[str, dict[str, Counts]]:
    """Scores of the extractor with more and more of its finders."""
    articles = load_gold(gold, corpus, split)
    finders: dict[str, Callable[[Analysis], FoundEntities]] = {name: partial(_found_by, part) for name, part in PARTS.items()}
    finders[WHOLE] = find_entities
    settings = Settings(model="none")
    return {
        name: {metric: result.totals[metric] for metric in METRICS}
        for name, find in finders.items()
        for result in [evaluate(articles, Extractor(settings, find=find))]
    }


def _found_by(part: Sequence[str], analysis: Analysis) -> FoundEntities:
    return find_by(analysis, [find for name, find in RULES.items() if name in part])


@dataclass(frozen=True, slots=True)
class Unseen:
    """How gold mentions of hidden terms came out, over all parts of the lexicon."""

    terms: int = 0
    by_rules: int = 0
    """Mentions that other rules found: a compound by its head, a pattern."""
    found: int = 0
    exact: int = 0
    model: int = 0
    """Mentions that only the model proposed, in these runs."""
    model_right: int = 0

    def __add__(self, other: Unseen) -> Unseen:
        return Unseen(*(getattr(self, name) + getattr(other, name) for name in Unseen.__slots__))


def unseen(
    gold: Path, corpus: Path, treebank: Path | None, config: Mapping[str, Any], parts: int, report: Reporter = lambda report: None
) -> Unseen:
    """Hide each of ``parts`` parts of the lexicon in turn, and find its terms in the dev articles."""
    corpora = load_corpora(gold, corpus, treebank, lambda step: report(Report(step)))
    dev = load_dev(gold, corpus)
    articles = [_Placed(article) for article in load_gold(gold, corpus, "dev").articles]
    concepts = sorted(load_lexicon().concepts)
    random.Random(config["seed"]).shuffle(concepts)
    total = Unseen()
    for part in range(parts):
        report(Report("hiding terms", part, parts))
        hidden = frozenset(concepts[part::parts])
        network = learn(corpora, config, hidden=hidden)
        plain = Tagger(network)
        tagger = Tagger(
            Network(network.shape, network.arrays, {"calibration": fit(judged(plain, [without(sample, hidden) for sample in dev]))})
        )
        total = sum((_unseen(article, hidden, tagger) for article in articles), total)
    report(Report("hiding terms", parts, parts))
    return total


class _Placed:
    """A gold article with its gold in words."""

    def __init__(self, article: GoldArticle) -> None:
        cleaned = clean(read(article.path, article.path.name, Settings()), Settings())
        self.analysis = analysed_article(cleaned)
        self.gold: list[tuple[TypedSpan, frozenset[EntityType]]] = list(spans_of(article, cleaned.text))


def _unseen(article: _Placed, hidden: frozenset[str], tagger: Tagger) -> Unseen:
    analysis = article.analysis
    terms = [
        span
        for span in article.gold
        if any(not hidden.isdisjoint(concepts_of(m)) and _hits(m, span) for m in RULES["lexical"](analysis, ()))
    ]
    rules = found_by_rules(analysis, hidden)
    kept, _ = weigh(analysis, [*rules, *statistical.find(analysis, rules, tagger)])
    published, _ = resolve(kept)
    alone = [mention for mention in published if mention.found_by == statistical.FOUND_BY]
    return Unseen(
        len(terms),
        sum(any(_hits(m, span) for m in published if m not in alone) for span in terms),
        sum(any(_hits(m, span) for m in published) for span in terms),
        sum(any(_hits(m, span) and (m.start, m.end) == (span[0].start, span[0].end) for m in published) for span in terms),
        len(alone),
        sum(any(_hits(m, span) for span in article.gold) for m in alone),
    )


def _hits(mention: Mention, span: tuple[TypedSpan, frozenset[EntityType]]) -> bool:
    return mention.start < span[0].end and span[0].start < mention.end and mention.type in span[1]


def ablation_lines(scores: Mapping[str, Mapping[str, Counts]]) -> Iterator[str]:
    """The ablation as lines of a Markdown table."""
    yield f"| finders | {' | '.join(f'{metric} P | R | F1' for metric in METRICS)} |"
    yield f"| --- |{' --- |' * 3 * len(METRICS)}"
    for name, counts in scores.items():
        cells = (f"{value:.3f}" for metric in METRICS for c in [counts[metric]] for value in (c.precision, c.recall, c.f1))
        yield f"| {name} | {' | '.join(cells)} |"


def unseen_lines(result: Unseen) -> Iterator[str]:
    """What was found of hidden terms, as lines of a Markdown table."""
    terms, model = max(result.terms, 1), max(result.model, 1)
    yield "| mentions of hidden terms | found by other rules | found | with exact span | precision of the model's own mentions |"
    yield "| --- | --- | --- | --- | --- |"
    yield (
        f"| {result.terms:,} | {result.by_rules / terms:.3f} | {result.found / terms:.3f} | {result.exact / terms:.3f} "
        f"| {result.model_right / model:.3f} ({result.model_right:,} of {result.model:,}) |"
    )
