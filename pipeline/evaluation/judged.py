"""The triples of a dataset, each with whether people who annotated its article found the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pipeline.evaluation.alignment import prediction_of
from pipeline.evaluation.gold import GoldSet
from pipeline.evaluation.scores import concept_of, gold_keys
from pipeline.schema import ArticleRecord


def judged(records: Iterable[ArticleRecord], gold: GoldSet) -> dict[str, bool]:
    """Triple id -> whether the gold has it, for the articles of ``records`` that are in ``gold`` with the same bytes."""
    articles = {(article.path.name, hashlib.sha256(article.path.read_bytes()).hexdigest()): article for article in gold.articles}
    found: dict[str, bool] = {}
    for record in records:
        article = articles.get((Path(record.source).name, record.source_sha256))
        if not article:
            continue
        wanted, entities = gold_keys(article.document), article.document.entities
        placed = prediction_of(record, article.text).relations
        for relation, place in zip(record.relations, placed, strict=True):
            head, tail = concept_of(place.head, entities), concept_of(place.tail, entities)
            right = head is not None and tail is not None and (head, relation.type, tail, relation.polarity) in wanted
            found[f"{record.article_id}:{relation.id}"] = right
    return found
