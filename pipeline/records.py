"""From what the stages found to the published, validated record with deterministic ids."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pydantic import ValidationError

from pipeline.article import Article, Link, Mention, Sentence
from pipeline.errors import InvalidRecord
from pipeline.facts import concept_of, hypernym
from pipeline.lexicon import Lexicon, concept_id
from pipeline.schema import (
    ArticleRecord,
    BlockRecord,
    EntityRecord,
    FurnitureRecord,
    RelationRecord,
    SentenceRecord,
)

_ID_LENGTH = 16
_RELATION_ID_LENGTH = 10
LANGUAGE = "nl"


def article_id(name: str, sha256: str) -> str:
    """Stable id of an article: a digest of the input's name and content."""
    return hashlib.sha256(f"{name}\0{sha256}".encode()).hexdigest()[:_ID_LENGTH]


def build_record(
    article: Article, sentences: Sequence[Sentence], mentions: Sequence[Mention], links: Sequence[Link], lexicons: Sequence[Lexicon]
) -> ArticleRecord:
    """The record of an article. Raises InvalidRecord, naming the broken rules, if it does not validate."""
    source = article.source
    try:
        return ArticleRecord(
            article_id=article_id(source.name, source.sha256),
            source=source.name,
            source_sha256=source.sha256,
            source_format=source.format,
            encoding=source.encoding,
            url=source.url,
            title=article.title,
            language=LANGUAGE,
            text=article.text,
            blocks=tuple(
                BlockRecord(
                    id=_block_id(n),
                    kind=b.kind,
                    level=b.level,
                    parent=None if b.parent is None else _block_id(b.parent),
                    start=b.start,
                    end=b.end,
                )
                for n, b in enumerate(article.blocks)
            ),
            sentences=tuple(
                SentenceRecord(id=_sentence_id(n), start=s.start, end=s.end, block=_block_id(s.block), foreign=s.foreign)
                for n, s in enumerate(sentences)
            ),
            entities=tuple(_entity(article, mention, lexicons) for mention in mentions),
            relations=tuple(_relation(link, mentions) for link in links),
            furniture=tuple(
                FurnitureRecord(source_start=f.source_start, source_end=f.source_end, reason=f.reason) for f in article.furniture
            ),
        )
    except ValidationError as error:
        details = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'record'}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()[:3]
        )
        raise InvalidRecord(
            "invalid-record", f"the record breaks the schema ({details}); this is a fault of the pipeline, please report it"
        ) from error


def _block_id(number: int) -> str:
    return f"b{number + 1}"


def _sentence_id(number: int) -> str:
    return f"s{number + 1}"


def _entity_id(mention: Mention) -> str:
    return f"e{mention.start}"


def _entity(article: Article, mention: Mention, lexicons: Sequence[Lexicon]) -> EntityRecord:
    concept = concept_of(mention, lexicons)
    source = article.offsets.to_source(mention.start, mention.end)
    return EntityRecord(
        id=_entity_id(mention),
        type=mention.type,
        start=mention.start,
        end=mention.end,
        text=article.text[mention.start : mention.end],
        source_start=source.start,
        source_end=source.end,
        concept=mention.concept,
        concept_id=concept.id,
        subtype=concept.subtype,
        broader=concept_id(concept.type, concept.broader) if concept.broader else None,
        hypernym=hypernym(concept),
        found_by=mention.found_by,
        confidence=mention.confidence,
    )


def _relation(link: Link, mentions: Sequence[Mention]) -> RelationRecord:
    head, tail = mentions[link.head], mentions[link.tail]
    key = "\0".join((concept_id(head.type, head.concept), link.type, concept_id(tail.type, tail.concept), link.polarity))
    return RelationRecord(
        id=f"r{hashlib.sha256(key.encode()).hexdigest()[:_RELATION_ID_LENGTH]}",
        type=link.type,
        head=_entity_id(head),
        tail=_entity_id(tail),
        head_concept=head.concept,
        tail_concept=tail.concept,
        polarity=link.polarity,
        certainty=link.certainty,
        confidence=link.confidence,
        evidence=tuple(_sentence_id(s) for s in link.evidence),
        rule=link.rule,
    )
