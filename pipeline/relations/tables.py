"""Relations that tables state, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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


class Tables:
    """Reads rows under a header: each cell by the header of its column, with the cell of the row that fits as the other side; or by what
    the row begins with, where columns stand for conditions or say nothing (*Oorzaken | stress | kou*).
    """

    def __init__(
        self,
        analysis: Analysis,
        mentions: Sequence[Mention],
        subjects: Subjects,
        skeletons: Sequence[Skeleton],
        own_words: Mapping[int, Sequence[Link]],
    ) -> None:
        """``own_words``: what each sentence states by itself; a cell that says something itself is not read by its header."""
        self._own_words = own_words
        self._analysis = analysis
        self._mentions = mentions
        self._subjects = subjects
        self._skeletons = skeletons

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
        verdicts = [
            verdict_of(header, is_header=True) for header in headers
        ]  # Mag | Mag niet: the first column says no more than the others
        labels = () if any(verdicts) else self._labels(block, headers, named, cells)
        denied = {
            place.mention for s in range(*self._analysis.block_sentences[block]) for place in self._skeletons[s].places if place.denied
        }
        for column in range(1 if verdicts[0] is None else 0, len(cells)):
            if labels:
                facts = self._by_label(block, labels, silent[column], named[column])
            elif column and not cells[column] and verdicts[column] is None:
                facts = self._by_verdict(block, column, headers[column], named[column], cells[0])
            else:
                facts = self._by_header(block, column, headers, verdicts[column], silent)
            for head, type_, tail, polarity in facts:
                stated.add(frozenset((head, tail)))
                said = Polarity.NEGATED if denied & {head, tail} else polarity  # geen koorts
                yield Link(type_, head, tail, said, Certainty.STATED, _HEADER_CONFIDENCE, evidence, "frame:table")
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
        """What a cell without a name of its own states: an amount of the nutrient that its header names, whether what the row begins with
        is a symptom of the header's condition, or a verdict (*wel*, *niet*).
        """
        text = self._folded(self._analysis.article.blocks[block].cells[column])
        nutrients, conditions = self._of_type(named, EntityType.NUTRIENT), self._of_type(named, EntityType.CONDITION)
        if nutrients:
            amount = amount_of(text)
            if amount is not None:
                yield from self._of_all(first, RelationType.CONTAINS, nutrients[0], amount)
            return
        presence = presence_of(text)
        if presence is not None and conditions and not header.endswith("?"):  # Klacht | Griep | Verkoudheid
            yield from ((h, t, n, p) for n in first for h, t, _, p in self._of_all(conditions[:1], RelationType.HAS_SYMPTOM, n, presence))
        verdict = verdict_of(text)
        if verdict is None:
            return
        effects = conditions if header.endswith("?") else []
        if effects and not asks_whether_suitable(header):  # Wordt u er suf van? | Nee
            polarity = Polarity.AFFIRMED if verdict is Polarity.NEGATED else Polarity.NEGATED
            yield from self._of_all(first, RelationType.CAUSES, effects[0], polarity)
            return
        yield from self._judged(block, first, effects[:1], verdict)

    def _of_type(self, things: Sequence[int], type_: EntityType) -> list[int]:
        return [n for n in things if self._mentions[n].type is type_]

    def _of_all(self, heads: Sequence[int], type_: RelationType, tail: int, polarity: Polarity) -> Iterator[_Fact]:
        return ((head, type_, tail, polarity) for head in heads if self._allowed(head, type_, tail))

    def _judged(self, block: int, things: Sequence[int], conditions: Sequence[int], verdict: Polarity) -> Iterator[_Fact]:
        """What a verdict on some things states, for conditions or, where there are none, for what the section is about."""
        type_ = RelationType.CONTRAINDICATED_FOR
        subject = self._subjects.of_block(block, type_.tails)
        for tail in conditions or ([] if subject is None else [subject]):
            yield from self._of_all(things, type_, tail, verdict)

    def _by_header(self, block: int, column: int, headers: list[str], verdict: Polarity | None, cells: list[list[int]]) -> Iterator[_Fact]:
        """What the header of a column states of the things in its cell. ``verdict``: the header's own, for what the row begins with."""
        if verdict is not None:  # Mag wel | Mag niet
            yield from self._judged(block, cells[column], self._of_type(cells[0], EntityType.CONDITION) if column else [], verdict)
            return
        if not cells[column]:
            return
        lacking = is_lack(headers[0])
        present = frozenset(self._mentions[n].type for other in cells for n in other)
        frames = frames_of_cell(headers[column], present, BlockKind.TABLE_HEADER)
        chosen = min(frames, key=lambda frame: self._partner_cell(column, frame, cells, lacking), default=None)
        if chosen is None:
            return
        type_ = chosen.type
        if type_ is RelationType.TREATS and is_prevention(self._folded(self._analysis.article.blocks[block].cells[column])):
            type_ = RelationType.PREVENTS
        for other in self._partner(block, column, chosen, cells, lacking):
            for member in cells[column]:
                head, tail = (member, other) if chosen.member_is_head else (other, member)
                if lacking and self._allowed(head, RelationType.DEFICIENCY_CAUSES, tail):
                    yield head, RelationType.DEFICIENCY_CAUSES, tail, Polarity.AFFIRMED
                elif self._allowed(head, type_, tail):
                    yield head, type_, tail, Polarity.AFFIRMED

    def _partner_cell(self, column: int, frame: Frame, cells: list[list[int]], lacking: bool) -> int:
        """The first cell of a row, besides that of the column, that fits as the other side of a frame; their number if there is none."""
        fitting = frame.others | (_LACKING if lacking else frozenset())
        others = (number for number in range(len(cells)) if number != column)
        return next((number for number in others if any(self._mentions[n].type in fitting for n in cells[number])), len(cells))

    def _partner(self, block: int, column: int, frame: Frame, cells: list[list[int]], lacking: bool) -> list[int]:
        """The other side of what a column states: a cell of the row that fits, or what the section is about."""
        number = self._partner_cell(column, frame, cells, lacking)
        if number < len(cells):
            fitting = frame.others | (_LACKING if lacking else frozenset())
            return [n for n in cells[number] if self._mentions[n].type in fitting]
        return self._subject(block, frame)

    def _subject(self, block: int, frame: Frame) -> list[int]:
        """What the section is about, as the other side of a frame."""
        subject = self._subjects.of_block(block, frame.others)
        return [] if subject is None else [subject]

    def _labels(
        self, block: int, headers: Sequence[str], named: Sequence[Sequence[int]], cells: Sequence[Sequence[int]]
    ) -> tuple[Frame, ...]:
        """What a row begins with, if that is no name but says what stands in the cells, and no column does (*Oorzaken | stress | kou*)."""
        if len(cells[0]) > len(self._of_type(cells[0], EntityType.SPECIALIST)) or any(
            frames_of_cell(header, frozenset(EntityType), BlockKind.TABLE_HEADER) for header in headers[1:]
        ):
            return ()
        types = {self._mentions[n].type for names in named for n in names} or {t for t, _ in self._subjects.of_each_type(block)}
        return frames_of_cell(self._folded(self._analysis.article.blocks[block].cells[0]), frozenset(types), BlockKind.TABLE_ROW)

    def _by_label(self, block: int, frames: Sequence[Frame], members: Sequence[int], named: Sequence[int]) -> Iterator[_Fact]:
        """What the first cell of its row states of the things in a cell: for what the header of the column names, or the section is about."""
        for frame in frames:
            others = [n for n in named if self._mentions[n].type in frame.others] or ([] if named else self._subject(block, frame))
            if others:
                for member in members:
                    head, tail = (member, others[0]) if frame.member_is_head else (others[0], member)
                    yield from self._of_all([head], frame.type, tail, frame.polarity)
                return

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
