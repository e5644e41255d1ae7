"""Relations that tables state, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipeline.article import Link, Mention
from pipeline.language import Analysis
from pipeline.references import Subjects
from pipeline.relations.frames import Frame, frames_of, is_lack, is_prevention, verdict_of
from pipeline.schema import BlockKind, Certainty, EntityType, Polarity, RelationType

_HEADER_CONFIDENCE = 0.8
_TYPES_CONFIDENCE = 0.7

_LACKING = frozenset({EntityType.NUTRIENT})

_Fact = tuple[int, RelationType, int, Polarity]


class Tables:
    """Reads rows under a header: each cell by the header of its column, with the cell of the row that fits as the other side."""

    def __init__(
        self, analysis: Analysis, mentions: Sequence[Mention], subjects: Subjects, own_words: Mapping[int, Sequence[Link]]
    ) -> None:
        """``own_words``: what each sentence states by itself; a cell that says something itself is not read by its header."""
        self._own_words = own_words
        self._analysis = analysis
        self._mentions = mentions
        self._subjects = subjects

    def header(self, block: int) -> int | None:
        """The header row of a table row, if its table has one."""
        blocks = self._analysis.article.blocks
        parent = blocks[block].parent
        if blocks[block].kind is not BlockKind.TABLE_ROW or parent is None or blocks[parent].kind is not BlockKind.TABLE_HEADER:
            return None
        return parent

    def links(self, block: int, header_block: int) -> Iterator[Link]:
        """All links of a row; ``header_block`` is its header row."""
        article = self._analysis.article
        row, header = article.blocks[block], article.blocks[header_block]
        if len(row.cells) < 2 or len(row.cells) != len(header.cells):
            return
        cells, named = self._by_cell(block), self._by_cell(header_block)
        first_sentences = (self._analysis.block_sentences[header_block][0], self._analysis.block_sentences[block][0])
        stated: set[frozenset[int]] = set()
        spoken = {n for s in range(*self._analysis.block_sentences[block]) for k in self._own_words.get(s, ()) for n in (k.head, k.tail)}
        cells = [cells[0], *([n for n in cell if n not in spoken] for cell in cells[1:])]
        for column, cell in enumerate(header.cells):
            text = " ".join(article.text[cell.start : cell.end].casefold().split())
            for head, type_, tail, polarity in self._by_header(block, column, text, named[column], cells):
                stated.add(frozenset((head, tail)))
                yield Link(type_, head, tail, polarity, Certainty.STATED, _HEADER_CONFIDENCE, first_sentences, "frame:table")
        for head, type_, tail, polarity in self._by_types(cells):
            if frozenset((head, tail)) not in stated:
                yield Link(type_, head, tail, polarity, Certainty.STATED, _TYPES_CONFIDENCE, first_sentences, "frame:table-types")

    def _by_cell(self, block: int) -> list[list[int]]:
        """The mentions of each cell of a row."""
        numbers = self._subjects.in_block(block)
        return [
            [n for n in numbers if cell.start <= self._mentions[n].start < cell.end] for cell in self._analysis.article.blocks[block].cells
        ]

    def _by_header(self, block: int, column: int, header: str, named: list[int], cells: list[list[int]]) -> Iterator[_Fact]:
        """What a column states of a row: an amount of the nutrient that its header names, a verdict (*wel*, *niet*), or the
        relation of its header.
        """
        mentions = self._mentions
        quantity = [n for n in named if mentions[n].type is EntityType.NUTRIENT]
        cell = self._analysis.article.blocks[block].cells[column]
        text = self._analysis.article.text[cell.start : cell.end].strip()
        if quantity and not cells[column]:
            polarity = Polarity.NEGATED if text in ("0", "-", "–") else Polarity.AFFIRMED
            yield from (
                (n, RelationType.CONTAINS, quantity[0], polarity) for n in cells[0] if mentions[n].type in RelationType.CONTAINS.heads
            )
            return
        verdict = None if cells[column] else verdict_of(text)
        effects = [n for n in named if mentions[n].type is EntityType.CONDITION and header.endswith("?")]
        if verdict is not None and effects:  # Wordt u er suf van? | Nee
            polarity = Polarity.AFFIRMED if verdict is Polarity.NEGATED else Polarity.NEGATED
            yield from ((n, RelationType.CAUSES, effects[0], polarity) for n in cells[0] if mentions[n].type in RelationType.CAUSES.heads)
            return
        subject = self._subjects.of_block(block, RelationType.CONTRAINDICATED_FOR.tails)
        if verdict is not None and subject is not None:
            heads = [n for n in cells[0] if mentions[n].type in RelationType.CONTRAINDICATED_FOR.heads]
            yield from ((n, RelationType.CONTRAINDICATED_FOR, subject, verdict) for n in heads)
            return
        if column == 0:
            return  # what the row is about
        judged = verdict_of(header)
        if judged is not None and subject is not None:  # Mag wel | Mag niet
            heads = [n for n in cells[column] if mentions[n].type in RelationType.CONTRAINDICATED_FOR.heads]
            yield from ((n, RelationType.CONTRAINDICATED_FOR, subject, judged) for n in heads)
            return
        lacking = self._is_lack(block)
        present = frozenset(mentions[n].type for other in cells for n in other)
        for frame in frames_of(header, frozenset(), present, BlockKind.TABLE_HEADER)[:1]:
            partner = self._partner(block, column, frame, cells)
            for other in partner:
                for member in cells[column]:
                    head, tail = (member, other) if frame.member_is_head else (other, member)
                    prevention = frame.type is RelationType.TREATS and is_prevention(" ".join(text.casefold().split()))
                    type_ = RelationType.PREVENTS if prevention else frame.type
                    if lacking and self._allowed(head, RelationType.DEFICIENCY_CAUSES, tail):
                        type_ = RelationType.DEFICIENCY_CAUSES
                    if self._allowed(head, type_, tail):
                        yield head, type_, tail, Polarity.AFFIRMED

    def _partner(self, block: int, column: int, frame: Frame, cells: list[list[int]]) -> list[int]:
        """The other side of what a column states: a cell of the row that fits, or what the section is about."""
        fitting = frame.others | (_LACKING if self._is_lack(block) else frozenset())
        for number, cell in enumerate(cells):
            found = [n for n in cell if self._mentions[n].type in fitting]
            if number != column and found:
                return found
        subject = self._subjects.of_block(block, frame.others)
        return [] if subject is None else [subject]

    def _is_lack(self, block: int) -> bool:
        """Whether the first column lists what is lacking: *Tekort aan | Kan leiden tot*."""
        header = self.header(block)
        cells = self._analysis.article.blocks[header].cells if header is not None else ()
        return bool(cells) and is_lack(" ".join(self._analysis.article.text[cells[0].start : cells[0].end].casefold().split()))

    def _allowed(self, head: int, type_: RelationType, tail: int) -> bool:
        one, other = self._mentions[head], self._mentions[tail]
        return one.type in type_.heads and other.type in type_.tails and one.concept != other.concept

    def _by_types(self, cells: list[list[int]]) -> Iterator[_Fact]:
        """What the kinds of things in a row say where a specialist stands among them: who is seen for what, and what he prescribes."""
        everything = [n for cell in cells for n in cell]
        for specialist in (n for n in everything if self._mentions[n].type is EntityType.SPECIALIST):
            for other in everything:
                if self._allowed(specialist, RelationType.PRESCRIBES, other):
                    yield specialist, RelationType.PRESCRIBES, other, Polarity.AFFIRMED
                elif self._allowed(other, RelationType.CONSULT, specialist):
                    yield other, RelationType.CONSULT, specialist, Polarity.AFFIRMED
        if any(self._mentions[n].type is EntityType.SPECIALIST for n in everything):
            for remedy in everything:
                for condition in everything:
                    if self._allowed(remedy, RelationType.TREATS, condition):
                        yield remedy, RelationType.TREATS, condition, Polarity.AFFIRMED
