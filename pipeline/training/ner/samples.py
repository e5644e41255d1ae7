"""What the tagger is trained on: articles as rows of words, with what people marked and what the rules found.

Everything is in words of a block, so that a mention can be replaced by a longer or shorter name without reading the article again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.article import Mention, Source, TypedSpan
from pipeline.entities import RULES, resolve
from pipeline.errors import UncleanableInput
from pipeline.language import Analysis
from pipeline.lexicon import concept_id
from pipeline.schema import BlockKind, EntityType
from pipeline.training import reading


@dataclass(frozen=True, slots=True)
class Marked:
    """Words of a block (first and last, inclusive) that are a mention for whoever annotated it."""

    first: int
    last: int
    type: EntityType


@dataclass(frozen=True, slots=True)
class Known:
    """Words of a block in which a rule found something; ``concepts`` are those without which it would not have (one, and what it was
    derived from).
    """

    first: int
    last: int
    type: EntityType
    confidence: float
    concepts: frozenset[str]


@dataclass(frozen=True, slots=True)
class SampleBlock:
    """One block of an article."""

    kind: BlockKind
    parent: int | None
    words: tuple[str, ...]
    marked: tuple[Marked, ...]
    known: tuple[Known, ...]


Sample = tuple[SampleBlock, ...]


def analysed(source: Source) -> Analysis | None:
    """Words and sentences of a short text; None where cleaning leaves nothing of it."""
    try:
        return reading.analysed(source)
    except UncleanableInput:
        return None


def found_by_rules(analysis: Analysis, hidden: frozenset[str] = frozenset()) -> list[Mention]:
    """All candidates of the rules, overlapping ones as well; without those that rest on a ``hidden`` concept."""
    found: list[Mention] = []
    for find in RULES.values():
        found.extend(mention for mention in find(analysis, found) if hidden.isdisjoint(concepts_of(mention)))
    return found


def concepts_of(mention: Mention) -> frozenset[str]:
    """Ids of the concepts without which a rule would not have found a mention: its own, and what it was derived from."""
    listed = mention.found_by.startswith("lexicon")
    names = (mention.concept,) if listed or mention.broader is None else (mention.concept, mention.broader)
    return frozenset(concept_id(mention.type, name) for name in names)


def without(sample: Sample, hidden: frozenset[str]) -> Sample:
    """The sample as it is where the rules do not know some concepts."""
    return tuple(replace(block, known=tuple(k for k in block.known if hidden.isdisjoint(k.concepts))) for block in sample)


def sample_of(analysis: Analysis, gold: Iterable[TypedSpan] | None) -> Sample:
    """An article with its gold; without gold, what the rules publish is taken for it."""
    found = found_by_rules(analysis)
    spans: Sequence[tuple[int, int, EntityType]]
    if gold is None:
        spans = [(m.first_token, m.last_token, m.type) for m in resolve(found)[0]]
    else:
        spans = [(*words, span.type) for span in gold if (words := _words(analysis, span.start, span.end)) is not None]
    return tuple(_blocks(analysis, spans, found))


def _words(analysis: Analysis, start: int, end: int) -> tuple[int, int] | None:
    """The words that a span touches."""
    first, last = bisect_right(analysis.ends, start), bisect_left(analysis.starts, end) - 1
    return (first, last) if first <= last else None


def _blocks(analysis: Analysis, spans: Sequence[tuple[int, int, EntityType]], found: Sequence[Mention]) -> Iterator[SampleBlock]:
    for number, block in enumerate(analysis.article.blocks):
        sentences = range(*analysis.block_sentences[number])
        first, end = (analysis.sentence_words[sentences[0]][0], analysis.sentence_words[sentences[-1]][1]) if sentences else (0, 0)
        yield SampleBlock(
            block.kind,
            block.parent,
            tuple(analysis.word(word) for word in range(first, end)),
            tuple(Marked(a - first, b - first, type_) for a, b, type_ in spans if first <= a and b < end),
            tuple(_known(m, first) for m in found if first <= m.first_token and m.last_token < end),
        )


def _known(mention: Mention, first: int) -> Known:
    return Known(mention.first_token - first, mention.last_token - first, mention.type, mention.confidence, concepts_of(mention))
