"""Articles made in a line, for tests of stages behind the cleaning."""

from __future__ import annotations

import hashlib

from pipeline.article import Article, Block, Source
from pipeline.entities import FoundEntities, find_entities
from pipeline.language import Analysis, analyse, tokenise
from pipeline.relations import FoundRelations, link_relations
from pipeline.schema import BlockKind
from pipeline.sentences import split_sentences
from pipeline.spans import OffsetMap


def source_of(text: str) -> Source:
    """A plain text as an input."""
    return Source("test", text, "plain", "utf-8", hashlib.sha256(text.encode()).hexdigest())


def article_of(*blocks: str | tuple[BlockKind, int | None, str]) -> Article:
    """An article of the given blocks: plain strings are paragraphs, tuples give kind, parent index and text."""
    built: list[Block] = []
    parts: list[str] = []
    position = 0
    for block in blocks:
        kind, parent, text = (BlockKind.PARAGRAPH, None, block) if isinstance(block, str) else block
        level = {BlockKind.HEADING: 2, BlockKind.LIST_ITEM: 1}.get(kind, 0)
        built.append(Block(kind, level, parent, position, position + len(text)))
        parts.append(text)
        position += len(text) + 1
    text = "\n".join(parts)
    return Article(source_of(text), None, text, tuple(built), OffsetMap.identity(len(text)), ())


def analysed(article: Article) -> Analysis:
    """Its words and sentences."""
    return analyse(article, tokenise(article), split_sentences(article))


def entities_of(article: Article) -> list[tuple[str, str, str]]:
    """(type, text, concept) of all mentions."""
    found: FoundEntities = find_entities(analysed(article))
    return [(m.type.value, article.text[m.start : m.end], m.concept) for m in found.mentions]


def relations_of(article: Article) -> list[tuple[str, str, str, str]]:
    """(head text, type, tail text, polarity) of all relations that rules state."""
    analysis = analysed(article)
    mentions = find_entities(analysis).mentions
    found: FoundRelations = link_relations(analysis, mentions, rules_only=True)

    def text(number: int) -> str:
        return article.text[mentions[number].start : mentions[number].end]

    return [(text(k.head), k.type.value, text(k.tail), k.polarity.value) for k in found.links]
