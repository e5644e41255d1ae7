"""From what the stages found to the published, validated record with deterministic ids."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from pipeline.article import Article, Link, Mention, Sentence
from pipeline.errors import InvalidRecord
from pipeline.facts import concept_of, hypernym
from pipeline.lexicon import Lexicon, concept_id
from pipeline.schema import ArticleRecord

Fields = dict[str, Any]
"""The fields of a record, by name, that are not yet validated."""

_ID_LENGTH = 16
_RELATION_ID_LENGTH = 10
LANGUAGE = "nl"


def article_id(name: str, sha256: str) -> str:
    """Stable id of an article: a digest of the input's name and content."""
    return hashlib.sha256(f"{name}\0{sha256}".encode()).hexdigest()[:_ID_LENGTH]


def relation_id(head: str, relation: str, tail: str, polarity: str) -> str:
    """Stable id of a relation in its article: a digest of the ids of its concepts, its type and its polarity."""
    key = "\0".join((head, relation, tail, polarity))
    return f"r{hashlib.sha256(key.encode()).hexdigest()[:_RELATION_ID_LENGTH]}"


def build_record(
    article: Article, sentences: Sequence[Sentence], mentions: Sequence[Mention], links: Sequence[Link], lexicons: Sequence[Lexicon]
) -> ArticleRecord:
    """The record of an article. Raises InvalidRecord, naming the broken rules, if it does not validate."""
    source = article.source
    entities = _entities(article, mentions, lexicons)
    fields = {
        "article_id": article_id(source.name, source.sha256),
        "source": source.name,
        "source_sha256": source.sha256,
        "source_format": source.format,
        "encoding": source.encoding,
        "url": source.url,
        "title": article.title,
        "language": LANGUAGE,
        "text": article.text,
        "blocks": tuple(
            {
                "id": _block_id(n),
                "kind": b.kind,
                "level": b.level,
                "parent": None if b.parent is None else _block_id(b.parent),
                "start": b.start,
                "end": b.end,
            }
            for n, b in enumerate(article.blocks)
        ),
        "sentences": tuple(
            {"id": _sentence_id(n), "start": s.start, "end": s.end, "block": _block_id(s.block), "foreign": s.foreign}
            for n, s in enumerate(sentences)
        ),
        "entities": entities,
        "relations": tuple(_relation(article, link, entities[link.head], entities[link.tail]) for link in links),
        "furniture": tuple({"source_start": f.source_start, "source_end": f.source_end, "reason": f.reason} for f in article.furniture),
    }
    try:
        return ArticleRecord.model_validate(fields)  # all at once: record by record takes half as long again
    except ValidationError as error:
        details = "; ".join(f"{_place(e['loc'])}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()[:3])
        raise InvalidRecord(
            "invalid-record", f"the record breaks the schema ({details}); this is a fault of the pipeline, please report it"
        ) from error


def _place(steps: tuple[str | int, ...]) -> str:
    """Where a mistake is, in the innermost record that has it."""
    while len(steps) > 2 and isinstance(steps[1], int):
        steps = steps[2:]
    return ".".join(map(str, steps)) or "record"


def _block_id(number: int) -> str:
    return f"b{number + 1}"


def _sentence_id(number: int) -> str:
    return f"s{number + 1}"


def _entities(article: Article, mentions: Sequence[Mention], lexicons: Sequence[Lexicon]) -> tuple[Fields, ...]:
    """The fields of the entities. What mentions of the same thing share is found once."""
    shared: dict[tuple[object, ...], Fields] = {}
    entities: list[Fields] = []
    for mention in mentions:
        key = (mention.type, mention.concept, mention.broader, mention.subtype, mention.found_by)
        facts = shared.get(key)
        if facts is None:
            facts = shared[key] = _facts(mention, lexicons)
        start, end = mention.start, mention.end
        source = article.offsets.to_source(start, end)
        entities.append(
            {
                "id": f"e{start}",
                "start": start,
                "end": end,
                "text": article.text[start:end],
                "source_start": source.start,
                "source_end": source.end,
                "confidence": mention.confidence,
                **facts,
            }
        )
    return tuple(entities)


def _facts(mention: Mention, lexicons: Sequence[Lexicon]) -> Fields:
    """What an entity has of its concept and its finder."""
    concept = concept_of(mention, lexicons)
    return {
        "type": mention.type,
        "concept": mention.concept,
        "concept_id": concept.id,
        "subtype": concept.subtype,
        "broader": concept_id(concept.type, concept.broader) if concept.broader else None,
        "hypernym": hypernym(concept),
        "found_by": mention.found_by,
    }


def _relation(article: Article, link: Link, head: Fields, tail: Fields) -> Fields:
    return {
        "id": relation_id(head["concept_id"], link.type, tail["concept_id"], link.polarity),
        "type": link.type,
        "head": head["id"],
        "tail": tail["id"],
        "head_concept": head["concept"],
        "tail_concept": tail["concept"],
        "polarity": link.polarity,
        "certainty": link.certainty,
        "confidence": link.confidence,
        "evidence": tuple(map(_sentence_id, link.evidence)),
        "rule": link.rule,
        "qualifiers": tuple(
            {"kind": q.kind, "text": article.text[q.start : q.end], "start": q.start, "end": q.end} for q in link.qualifiers
        ),
    }
