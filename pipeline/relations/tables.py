"""Relations that tables state, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipeline.article import Link, Mention
from pipeline.language import Analysis
from pipeline.lexicon import concept_id, fold_words
from pipeline.references import Subjects
from pipeline.relations.frames import Frame, amount_of, asks_whether_suitable, frames_of, is_lack, is_prevention, verdict_of
from pipeline.schema import BlockKind, Certainty, EntityType, Polarity, RelationType
from pipeline.spans import Span

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
        headers = [self._folded(cell) for cell in header.cells]
        evidence = (self._analysis.block_sentences[header_block][0], self._analysis.block_sentences[block][0])
        spoken = {n for s in range(*self._analysis.block_sentences[block]) for k in self._own_words.get(s, ()) for n in (k.head, k.tail)}
        silent = [cells[0], *([n for n in cell if n not in spoken] for cell in cells[1:])]
        stated: set[frozenset[int]] = set()
        verdicts = [verdict_of(header) for header in headers]  # Mag | Mag niet: the first column says no more than the others
        for column in range(0 if any(verdicts) else 1, len(cells)):
            facts = tuple(self._by_verdict(block, column, headers[column], named[column], cells[0])) if column and not cells[column] else ()
            for head, type_, tail, polarity in facts or self._by_header(block, column, headers, verdicts[column], silent):
                stated.add(frozenset((head, tail)))
                yield Link(type_, head, tail, polarity, Certainty.STATED, _HEADER_CONFIDENCE, evidence, "frame:table")
        for head, type_, tail, polarity in self._by_types(silent):
            if frozenset((head, tail)) not in stated:
                yield Link(type_, head, tail, polarity, Certainty.STATED, _TYPES_CONFIDENCE, evidence, "frame:table-types")

    def _by_cell(self, block: int) -> list[list[int]]:
        """The mentions of each cell of a row."""
        numbers = self._subjects.in_block(block)
        return [
            [n for n in numbers if cell.start <= self._mentions[n].start < cell.end] for cell in self._analysis.article.blocks[block].cells
        ]

    def _folded(self, cell: Span) -> str:
        """The words of a cell as rules are written over them."""
        return " ".join(fold_words(self._analysis.article.text[cell.start : cell.end]))

    def _by_verdict(self, block: int, column: int, header: str, named: list[int], first: list[int]) -> Iterator[_Fact]:
        """What a cell without a name of its own states: an amount of the nutrient that its header names, or a verdict (*wel*, *niet*)."""
        text = self._folded(self._analysis.article.blocks[block].cells[column])
        mentions = self._mentions
        nutrients = [n for n in named if mentions[n].type is EntityType.NUTRIENT]
        if nutrients:
            amount = amount_of(text)
            if amount is not None:
                yield from (
                    (n, RelationType.CONTAINS, nutrients[0], amount) for n in first if self._allowed(n, RelationType.CONTAINS, nutrients[0])
                )
            return
        verdict = verdict_of(text)
        if verdict is None:
            return
        effects = [n for n in named if mentions[n].type is EntityType.CONDITION and header.endswith("?")]
        if effects and not asks_whether_suitable(header):  # Wordt u er suf van? | Nee
            polarity = Polarity.AFFIRMED if verdict is Polarity.NEGATED else Polarity.NEGATED
            yield from ((n, RelationType.CAUSES, effects[0], polarity) for n in first if self._allowed(n, RelationType.CAUSES, effects[0]))
            return
        yield from self._judged(block, first, effects[:1], verdict)

    def _judged(self, block: int, things: Sequence[int], conditions: Sequence[int], verdict: Polarity) -> Iterator[_Fact]:
        """What a verdict on some things states, for conditions or, where there are none, for what the section is about."""
        type_ = RelationType.CONTRAINDICATED_FOR
        subject = self._subjects.of_block(block, type_.tails)
        for tail in conditions or ([] if subject is None else [subject]):
            yield from ((n, type_, tail, verdict) for n in things if self._allowed(n, type_, tail))

    def _by_header(self, block: int, column: int, headers: list[str], verdict: Polarity | None, cells: list[list[int]]) -> Iterator[_Fact]:
        """What the header of a column states of the things in its cell. ``verdict``: the header's own, for what the row begins with."""
        if verdict is not None:  # Mag wel | Mag niet
            conditions = [n for n in cells[0] if column and self._mentions[n].type is EntityType.CONDITION]
            yield from self._judged(block, cells[column], conditions, verdict)
            return
        lacking = is_lack(headers[0])
        present = frozenset(self._mentions[n].type for other in cells for n in other)
        for frame in frames_of(headers[column], frozenset(), present, BlockKind.TABLE_HEADER)[:1]:
            type_ = frame.type
            if type_ is RelationType.TREATS and is_prevention(self._folded(self._analysis.article.blocks[block].cells[column])):
                type_ = RelationType.PREVENTS
            for other in self._partner(block, column, frame, cells, lacking):
                for member in cells[column]:
                    head, tail = (member, other) if frame.member_is_head else (other, member)
                    if lacking and self._allowed(head, RelationType.DEFICIENCY_CAUSES, tail):
                        yield head, RelationType.DEFICIENCY_CAUSES, tail, Polarity.AFFIRMED
                    elif self._allowed(head, type_, tail):
                        yield head, type_, tail, Polarity.AFFIRMED

    def _partner(self, block: int, column: int, frame: Frame, cells: list[list[int]], lacking: bool) -> list[int]:
        """The other side of what a column states: a cell of the row that fits, or what the section is about."""
        fitting = frame.others | (_LACKING if lacking else frozenset())
        for number, cell in enumerate(cells):
            found = [n for n in cell if self._mentions[n].type in fitting]
            if number != column and found:
                return found
        subject = self._subjects.of_block(block, frame.others)
        return [] if subject is None else [subject]

    def _allowed(self, head: int, type_: RelationType, tail: int) -> bool:
        one, other = self._mentions[head], self._mentions[tail]
        return (
            one.type in type_.heads
            and other.type in type_.tails
            and concept_id(one.type, one.concept) != concept_id(other.type, other.concept)
        )

    def _by_types(self, cells: list[list[int]]) -> Iterator[_Fact]:
        """What the kinds of things in a row say where a specialist stands among them: who is seen for what, and what he prescribes."""
        everything = [n for cell in cells for n in cell]
        if not any(self._mentions[n].type is EntityType.SPECIALIST for n in everything):
            return
        for type_ in (RelationType.PRESCRIBES, RelationType.CONSULT, RelationType.TREATS):
            for head in everything:
                for tail in everything:
                    if self._allowed(head, type_, tail):
                        yield head, type_, tail, Polarity.AFFIRMED
