"""Relations that tables state, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.article import Link, Mention
from pipeline.language import Analysis
from pipeline.lexicon import concept_id, fold_words
from pipeline.references import Subjects
from pipeline.relations.frames import (
    Frame,
    amount_of,
    asks_whether_suitable,
    frames_of_cell,
    is_lack,
    is_prevention,
    presence_of,
    verdict_of,
)
from pipeline.relations.skeleton import Skeleton
from pipeline.schema import BlockKind, Certainty, EntityType, Polarity, RelationType
from pipeline.spans import Span

_HEADER_CONFIDENCE = 0.8
_TYPES_CONFIDENCE = 0.7

_LACKING = frozenset({EntityType.NUTRIENT})

_Fact = tuple[int, RelationType, int, Polarity]


class _Row(NamedTuple):
    """A row under a header, cell by cell: the words of its headers, the mentions in these, and those in its own cells of which nothing
    else is said there (in the first cell: all).
    """

    block: int
    headers: tuple[str, ...]
    named: tuple[tuple[int, ...], ...]
    cells: tuple[tuple[int, ...], ...]

    def others(self, column: int) -> Iterator[tuple[int, ...]]:
        """The cells besides that of a column."""
        return (cell for number, cell in enumerate(self.cells) if number != column)


@dataclass(frozen=True, slots=True)
class Tables:
    """Reads rows under a header: each cell by the header of its column, with the cell of the row that fits as the other side; or by what
    the row begins with, where columns stand for conditions or say nothing (*Oorzaken | stress | kou*).
    """

    analysis: Analysis
    mentions: Sequence[Mention]
    subjects: Subjects
    skeletons: Sequence[Skeleton]
    own_words: Mapping[int, Sequence[Link]]
    """What each sentence states by itself; a cell that says something itself is not read by its header."""

    def header(self, block: int) -> int | None:
        """The header row of a table row, if its table has one."""
        blocks = self.analysis.article.blocks
        parent = blocks[block].parent
        if blocks[block].kind is not BlockKind.TABLE_ROW or parent is None or blocks[parent].kind is not BlockKind.TABLE_HEADER:
            return None
        return parent

    def links(self, block: int, header_block: int) -> Iterator[Link]:
        """All links of a row; ``header_block`` is its header row."""
        row = self._row(block, header_block)
        if len(row.cells) < 2:
            return
        evidence = (self.analysis.block_sentences[header_block][0], self.analysis.block_sentences[block][0])
        sentences = range(*self.analysis.block_sentences[block])
        denied = {place.mention for sentence in sentences for place in self.skeletons[sentence].places if place.denied}
        stated: set[frozenset[int]] = set()
        for head, type_, tail, polarity in self._facts(row):
            stated.add(frozenset((head, tail)))
            said = Polarity.NEGATED if denied & {head, tail} else polarity  # geen koorts
            yield Link(type_, head, tail, said, Certainty.STATED, _HEADER_CONFIDENCE, evidence, "frame:table")
        for head, type_, tail, polarity in self._by_types(row):
            if frozenset((head, tail)) not in stated:
                yield Link(type_, head, tail, polarity, Certainty.STATED, _TYPES_CONFIDENCE, evidence, "frame:table-types")

    def _row(self, block: int, header_block: int) -> _Row:
        """A row with its headers, of which the one over the first column may be left out."""
        spoken = {n for s in range(*self.analysis.block_sentences[block]) for k in self.own_words.get(s, ()) for n in (k.head, k.tail)}
        cells = self._by_cell(block)
        silent = (*cells[:1], *(tuple(n for n in cell if n not in spoken) for cell in cells[1:]))
        headers = tuple(map(self._folded, self.analysis.article.blocks[header_block].cells))
        named = self._by_cell(header_block)
        if len(headers) == len(cells) - 1:
            headers, named = ("", *headers), ((), *named)
        width = min(len(headers), len(cells))
        return _Row(block, headers[:width], named[:width], silent[:width])

    def _by_cell(self, block: int) -> tuple[tuple[int, ...], ...]:
        """The mentions of each cell of a row."""
        numbers = self.subjects.in_block(block)
        cells = self.analysis.article.blocks[block].cells
        return tuple(tuple(n for n in numbers if cell.start <= self.mentions[n].start < cell.end) for cell in cells)

    def _folded(self, cell: Span) -> str:
        """The words of a cell as rules are written over them."""
        return " ".join(fold_words(self.analysis.article.text[cell.start : cell.end]))

    def _words(self, row: _Row, column: int) -> str:
        return self._folded(self.analysis.article.blocks[row.block].cells[column])

    def _facts(self, row: _Row) -> Iterator[_Fact]:
        """What a row states, each column in its own way."""
        verdicts = [verdict_of(header, is_header=True) for header in row.headers]
        labels = () if any(verdicts) else self._labels(row)
        if verdicts[0] is not None:  # Mag | Mag niet: the first column says no more than the others
            yield from self._judged(row.block, row.cells[0], [], verdicts[0])
        for column in range(1, len(row.cells)):
            verdict = verdicts[column]
            if labels:
                yield from self._by_label(row, column, labels)
            elif verdict is not None:
                conditions = self._of_type(row.cells[0], EntityType.CONDITION)
                yield from self._judged(row.block, row.cells[column], conditions, verdict)
            elif row.cells[column]:
                yield from self._by_header(row, column)
            else:
                yield from self._by_verdict(row, column)

    def _labels(self, row: _Row) -> tuple[Frame, ...]:
        """What a row begins with, if that is no name but says what stands in the cells, and no column does (*Oorzaken | stress | kou*)."""
        if len(row.cells[0]) > len(self._of_type(row.cells[0], EntityType.SPECIALIST)):
            return ()
        if any(frames_of_cell(header, frozenset(EntityType), BlockKind.TABLE_HEADER) for header in row.headers[1:]):
            return ()
        types = {self.mentions[n].type for names in row.named for n in names} or {t for t, _ in self.subjects.of_each_type(row.block)}
        return frames_of_cell(self._words(row, 0), frozenset(types), BlockKind.TABLE_ROW)

    def _by_label(self, row: _Row, column: int, frames: Sequence[Frame]) -> Iterator[_Fact]:
        """What the first cell of its row states of the things in a cell, for what the header of the column names, or the section is
        about.
        """
        named = row.named[column]
        for frame in frames:
            others = [n for n in named if self.mentions[n].type in frame.others] or (
                [] if named else self._subject(row.block, frame.others)
            )
            if others:
                yield from self._of_cell(row.cells[column], frame, frame.type, others[0])
                return

    def _by_header(self, row: _Row, column: int) -> Iterator[_Fact]:
        """What the header of a column states of the things in its cell."""
        lacking = is_lack(row.headers[0])
        present = frozenset(self.mentions[n].type for cell in row.cells for n in cell)
        frames = frames_of_cell(row.headers[column], present, BlockKind.TABLE_HEADER)
        if not frames:
            return
        partners = {frame.id: self._partners(row, column, frame, lacking) for frame in frames}
        frame = min(frames, key=lambda frame: partners[frame.id][0])
        type_ = frame.type
        if type_ is RelationType.TREATS and is_prevention(self._words(row, column)):
            type_ = RelationType.PREVENTS
        for other in partners[frame.id][1]:
            lack = list(self._of_cell(row.cells[column], frame, RelationType.DEFICIENCY_CAUSES, other)) if lacking else []
            yield from lack or self._of_cell(row.cells[column], frame, type_, other)

    def _partners(self, row: _Row, column: int, frame: Frame, lacking: bool) -> tuple[int, list[int]]:
        """The other side of what a column states, and how far it is: the first cell of the row that fits, or what the section is about."""
        fitting = frame.others | (_LACKING if lacking else frozenset())
        for distance, cell in enumerate(row.others(column)):
            found = [n for n in cell if self.mentions[n].type in fitting]
            if found:
                return distance, found
        return len(row.cells), self._subject(row.block, frame.others)

    def _subject(self, block: int, types: frozenset[EntityType]) -> list[int]:
        """What the section is about, of some types."""
        subject = self.subjects.of_block(block, types)
        return [] if subject is None else [subject]

    def _by_verdict(self, row: _Row, column: int) -> Iterator[_Fact]:
        """What a cell without a name of its own states: an amount of the nutrient that its header names, whether what the row begins with
        is a symptom of the header's condition, or a verdict (*wel*, *niet*).
        """
        text, first, is_question = self._words(row, column), row.cells[0], row.headers[column].endswith("?")
        nutrients = self._of_type(row.named[column], EntityType.NUTRIENT)
        conditions = self._of_type(row.named[column], EntityType.CONDITION)
        verdict, presence = verdict_of(text), presence_of(text)
        if nutrients:
            amount = amount_of(text)
            if amount is not None:
                yield from self._of_all(first, RelationType.CONTAINS, nutrients[:1], amount)
        elif conditions and presence is not None and not is_question and self._of_type(first, EntityType.CONDITION):
            yield from self._of_all(conditions[:1], RelationType.HAS_SYMPTOM, first, presence)  # Klacht | Griep | Verkoudheid
        elif verdict is not None and is_question and conditions and not asks_whether_suitable(row.headers[column]):
            polarity = Polarity.AFFIRMED if verdict is Polarity.NEGATED else Polarity.NEGATED  # Wordt u er suf van? | Nee
            yield from self._of_all(first, RelationType.CAUSES, conditions[:1], polarity)
        elif verdict is not None:
            yield from self._judged(row.block, first, conditions[:1] if is_question else [], verdict)

    def _judged(self, block: int, things: Sequence[int], conditions: Sequence[int], verdict: Polarity) -> Iterator[_Fact]:
        """What a verdict on some things states, for conditions or, where there are none, for what the section is about."""
        type_ = RelationType.CONTRAINDICATED_FOR
        yield from self._of_all(things, type_, conditions or self._subject(block, type_.tails), verdict)

    def _by_types(self, row: _Row) -> Iterator[_Fact]:
        """What the kinds of things in a row say where a specialist stands among them: who is seen for what, and what he prescribes."""
        everything = [n for cell in row.cells for n in cell]
        if self._of_type(everything, EntityType.SPECIALIST):
            for type_ in (RelationType.PRESCRIBES, RelationType.CONSULT, RelationType.TREATS):
                yield from self._of_all(everything, type_, everything, Polarity.AFFIRMED)

    def _of_type(self, things: Sequence[int], type_: EntityType) -> list[int]:
        return [n for n in things if self.mentions[n].type is type_]

    def _of_cell(self, members: Sequence[int], frame: Frame, type_: RelationType, other: int) -> Iterator[_Fact]:
        """A relation of what stands in a cell with something else, on the sides that a frame gives them."""
        if frame.member_is_head:
            return self._of_all(members, type_, [other], frame.polarity)
        return self._of_all([other], type_, members, frame.polarity)

    def _of_all(self, heads: Sequence[int], type_: RelationType, tails: Sequence[int], polarity: Polarity) -> Iterator[_Fact]:
        """A relation of all heads with all tails that may have it."""
        return ((head, type_, tail, polarity) for head in heads for tail in tails if self._allowed(head, type_, tail))

    def _allowed(self, head: int, type_: RelationType, tail: int) -> bool:
        one, other = self.mentions[head], self.mentions[tail]
        return (
            one.type in type_.heads
            and other.type in type_.tails
            and concept_id(one.type, one.concept) != concept_id(other.type, other.concept)
        )
