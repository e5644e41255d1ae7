"""What the stages hand to each other: source, article, blocks, sentences, mentions, links.

Plain frozen values. Positions lie in the reading text (``Article.text``) unless their name says source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.schema import BlockKind, Certainty, EntityType, Polarity, QualifierKind, RelationType, SourceFormat
from pipeline.spans import OffsetMap, Span
from pipeline.values import value


@dataclass(frozen=True, slots=True)
class Source:
    """One decoded input, code point for code point: nothing is normalised, so positions in ``text`` are positions in the user's file."""

    name: str
    text: str
    format: SourceFormat
    encoding: str
    sha256: str
    url: str | None = None
    """The web address that it came from, where the input says so."""


@value
class Furniture:
    """A source range that is not part of the article, with the reason why."""

    source_start: int
    source_end: int
    reason: str


@value
class Block:
    """One block of the reading text; see :class:`pipeline.schema.BlockKind`.

    ``parent`` is the index of the block that it stands under: the heading of its section, its lead-in, the header row of its table,
    or the list item that it is nested in. Titles have none. ``cells`` are the spans of the cells of a table row, else empty.
    """

    kind: BlockKind
    level: int
    parent: int | None
    start: int
    end: int
    cells: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """A cleaned source: what a person reads of it, in blocks, with the way back to the source."""

    source: Source
    title: str | None
    text: str
    blocks: tuple[Block, ...]
    offsets: OffsetMap
    furniture: tuple[Furniture, ...]

    def ancestors(self, index: int) -> Iterator[int]:
        """Indices of the blocks that block ``index`` stands under, nearest first."""
        parent = self.blocks[index].parent
        while parent is not None:
            yield parent
            parent = self.blocks[parent].parent


@value
class Sentence:
    """One sentence of block number ``block``. Nothing is extracted from one that is ``foreign``: in another language than Dutch."""

    start: int
    end: int
    block: int
    foreign: bool = False


@value
class Mention:
    """A found entity. Token positions index the tokens of the analysis; ``sentence`` is the sentence's number.

    ``concept`` is the name that the finder proposes (lexicon name or derived lemma); ``broader`` the concept that it was derived
    from, and ``subtype`` what kind of its type it is, if the finder knows.
    """

    type: EntityType
    start: int
    end: int
    first_token: int
    last_token: int
    sentence: int
    concept: str
    found_by: str
    confidence: float
    broader: str | None = None
    subtype: str | None = None

    def as_sure_as(self, confidence: float) -> Mention:
        """The same mention with another confidence. Nearly every mention is weighed, and ``replace`` takes twice as long."""
        return Mention(
            self.type,
            self.start,
            self.end,
            self.first_token,
            self.last_token,
            self.sentence,
            self.concept,
            self.found_by,
            confidence,
            self.broader,
            self.subtype,
        )


@value
class TypedSpan:
    """A mention as somebody outside the pipeline knows it: what stands at a place of the reading text, and for which concept."""

    type: EntityType
    start: int
    end: int
    concept: str


def covered_words(mentions: Iterable[Mention]) -> set[int]:
    """The words (token numbers of the analysis) that the mentions take up."""
    return {word for mention in mentions for word in range(mention.first_token, mention.last_token + 1)}


@value
class Qualifier:
    """A phrase that says for whom or when a relation holds."""

    kind: QualifierKind
    start: int
    end: int


class Link(NamedTuple):
    """A found relation between two mentions (by number), stated in ``evidence`` (sentence numbers)."""

    type: RelationType
    head: int
    tail: int
    polarity: Polarity
    certainty: Certainty
    confidence: float
    evidence: tuple[int, ...]
    rule: str
    qualifiers: tuple[Qualifier, ...] = ()
