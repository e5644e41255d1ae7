"""Markdown -> drafts.

Written for positions: a Markdown library says on which lines a block lies, but not which characters its text is made of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pipeline.cleaning.characters import Reading, Specials
from pipeline.cleaning.drafts import Draft, Scan
from pipeline.cleaning.inline import read_inline
from pipeline.cleaning.lines import ends_sentence
from pipeline.cleaning.markers import Marker, marker_at
from pipeline.cleaning.structure import MAX_HEADING_WORDS
from pipeline.schema import BlockKind

_K = BlockKind

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|$)")
_FRONT_MATTER = re.compile(r"\ufeff?(---|\+\+\+)[ \t]*\r?\n(?:.*\r?\n)*?(?:\1|\.\.\.)[ \t]*(?:\r?\n|$)")
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_QUOTE = re.compile(r" {0,3}(?:> ?)+")
_DEFINITION = re.compile(r" {0,3}\[[^\]]{1,100}\]:[ \t]*\S+.*$")
_IMAGE_LINE = re.compile(r"[ \t]*(?:\[?!\[[^\]]*\]\([^)]*\)(?:\]\([^)]*\))?[ \t]*)+$")
_ALIGNMENT = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_CELL = re.compile(r"(?:\\.|`[^`]*`|[^|\\])+|(?<=\|)(?=\|)")
_HTML_BLOCK = re.compile(r" {0,3}<(?:/?[A-Za-z][^>]*|!--.*?--)>[ \t]*$")
_BOLD_LINE = re.compile(r"[ \t]*(?:\*\*(?:(?!\*\*).)+\*\*|__(?:(?!__).)+__)[ \t]*:?[ \t]*$")
_HARD_BREAK = re.compile(r"(?: {2,}|\\|<br[ \t]*/?>)[ \t]*$", re.IGNORECASE)
_TABLE_WIDTH = re.compile(r"(?<!\\)\|")


@dataclass(slots=True)
class _Line:
    start: int  # of its content: behind white space and quote signs
    end: int
    indent: int
    text: str
    quoted: bool


@dataclass(slots=True)
class _Open:
    """The block that lines are being added to."""

    ranges: list[tuple[int, int]]
    start: int
    hint: BlockKind | None = None
    level: int = 0
    marker: str = ""
    ordered: bool = False
    bold: bool = False
    gap: int = 1


@dataclass(slots=True)
class _State:
    source: str
    specials: Specials
    drafts: list[Draft] = field(default_factory=list)
    left_out: list[tuple[int, int, str]] = field(default_factory=list)
    block: _Open | None = None
    lists: list[tuple[int, int, str]] = field(default_factory=list)  # indent of marker, column of text, family
    gap: int = 1
    rule: str = ""

    def close(self) -> None:
        """Make a draft of the open block."""
        block, self.block = self.block, None
        if block is None:
            return
        reading = Reading(self.source, self.specials)
        links = 0
        for number, (start, end) in enumerate(block.ranges):
            if number:
                reading.space_before(start)
            links += read_inline(reading, self.source, start, end)
        if reading.pieces:
            self.add(reading, block.start, block.ranges[-1][1], block, links)

    def add(self, reading: Reading, start: int, end: int, block: _Open, links: int) -> None:
        """Append a draft."""
        self.drafts.append(
            Draft(
                reading.pieces,
                reading.text,
                start,
                end,
                block.hint,
                block.level,
                gap=block.gap,
                marker=block.marker,
                ordered=block.ordered,
                bold=block.bold,
                links=links,
                rule_before=self.rule,
            )
        )
        self.rule = ""


def scan(source: str) -> Scan:
    """The drafts of a Markdown text."""
    state = _State(source, Specials.of(source))
    at = 0
    if matter := _FRONT_MATTER.match(source):
        state.left_out.append((*matter.span(), "metadata"))
        at = matter.end()
    lines = _lines(source, at)
    number = 0
    while number < len(lines):
        number += _take(state, lines, number)
    state.close()
    _raise_headings(state.drafts)
    return Scan(state.drafts, state.left_out)


def _lines(source: str, at: int) -> list[_Line]:
    lines = []
    while at < len(source):
        match = _LINE.match(source, at)
        assert match is not None
        start, end = match.start(), match.end(1)
        quote = _QUOTE.match(source, start, end)
        if quote:
            start = quote.end()
        text = source[start:end]
        body = text.lstrip(" \t\ufeff\u200b")
        indent = len(text[: len(text) - len(body)].expandtabs(4))
        body = body.rstrip()
        begin = end - len(text) + (len(text) - len(text.lstrip(" \t\ufeff\u200b")))
        lines.append(_Line(begin, begin + len(body), indent, body, quote is not None))
        at = match.end()
    return lines


def _take(state: _State, lines: Sequence[_Line], number: int) -> int:
    """Read one line or more. Returns how many."""
    line = lines[number]
    if not line.text:
        state.close()
        state.gap += 1
        return 1
    gap, state.gap = state.gap, 0
    for reader in (_fence, _heading, _table, _nothing, _underlined):
        taken = reader(state, lines, number, gap)
        if taken:
            return taken
    _paragraph(state, line, gap)
    return 1


def _fence(state: _State, lines: Sequence[_Line], number: int, gap: int) -> int:
    """A fenced block: its lines are text, its fences are not."""
    opening = _FENCE.match(lines[number].text)
    if opening is None:
        return 0
    state.close()
    end = number + 1
    while end < len(lines) and not lines[end].text.startswith(opening[1]):
        end += 1
    for inner in lines[number + 1 : end]:
        if inner.text:
            state.block = _Open([(inner.start, inner.end)], inner.start, _K.PARAGRAPH, gap=gap)
            state.close()
    return end - number + 1


def _heading(state: _State, lines: Sequence[_Line], number: int, gap: int) -> int:
    line = lines[number]
    match = _ATX.match(line.text)
    if match is None or line.indent > 3:
        return 0
    state.close()
    state.lists.clear()
    start, end = line.start + match.start(2), line.start + match.end(2)
    state.block = _Open([(start, end)], line.start, _K.HEADING, len(match[1]), gap=gap)
    state.close()
    return 1


def _table(state: _State, lines: Sequence[_Line], number: int, gap: int) -> int:
    """A row of cells with a row of dashes below it, and the rows that follow."""
    if number + 1 >= len(lines) or "|" not in lines[number].text:
        return 0
    below = lines[number + 1].text
    if "-" not in below or not _ALIGNMENT.match(below) or ("|" not in below and _TABLE_WIDTH.search(lines[number].text) is None):
        return 0
    state.close()
    state.lists.clear()
    end = number + 2
    while end < len(lines) and "|" in lines[end].text:
        end += 1
    for row in (number, *range(number + 2, end)):
        _row(state, lines[row], _K.TABLE_HEADER if row == number else _K.TABLE_ROW, gap)
    return end - number


def _row(state: _State, line: _Line, kind: BlockKind, gap: int) -> None:
    start, end = line.start, line.end
    if line.text.startswith("|"):
        start += 1
    if line.text.endswith("|") and not line.text.endswith("\\|") and end > start:
        end -= 1
    reading = Reading(state.source, state.specials)
    cells = []
    for cell in _CELL.finditer(state.source, start, end):
        token = reading.begin_cell()
        read_inline(reading, state.source, *cell.span())
        cells.append(reading.end_cell(token))
    if reading.pieces:
        state.add(reading, line.start, line.end, _Open([], line.start, kind, gap=gap), 0)
        state.drafts[-1].cells = tuple(cells)


def _nothing(state: _State, lines: Sequence[_Line], number: int, gap: int) -> int:
    """Lines without text: rules, link definitions, images, lone tags."""
    line = lines[number]
    if _RULE.match(line.text) and not (state.block is not None and _SETEXT.match(line.text)):
        state.close()
        state.lists.clear()
        state.rule = line.text[0]
        return 1
    if _DEFINITION.match(line.text) or _HTML_BLOCK.match(line.text):
        state.close()
        return 1
    if _IMAGE_LINE.match(line.text):
        state.close()
        state.left_out.append((line.start, line.end, "image"))
        return 1
    return 0


def _underlined(state: _State, lines: Sequence[_Line], number: int, gap: int) -> int:
    """A line of ``=`` or ``-`` makes the line above it a heading."""
    match = _SETEXT.match(lines[number].text)
    if match is None or gap or state.block is None or state.block.marker or len(state.block.ranges) > 1:
        return 0
    state.block.hint, state.block.level = _K.HEADING, 1 if match[1][0] == "=" else 2
    state.lists.clear()
    state.close()
    return 1


def _paragraph(state: _State, line: _Line, gap: int) -> None:
    """A line of running text or of a list."""
    marker = marker_at(state.source, line.start, line.end)
    if marker is not None and not _LONE_EMPHASIS.match(line.text) and (line.indent <= 3 or state.lists):
        state.close()
        _item(state, line, marker, gap)
        return
    if state.block is not None and not gap and not _breaks(state, line):
        state.block.ranges.append((line.start, line.end))
        state.block.bold = False
        return
    state.close()
    inside = _list_depth(state, line.indent) if gap and state.lists else 0
    if not inside:
        state.lists.clear()
    bold = bool(_BOLD_LINE.match(line.text))
    hint = _K.PARAGRAPH if inside else _K.QUOTE if line.quoted else None
    state.block = _Open([(line.start, line.end)], line.start, hint, inside, bold=bold, gap=gap)


_LONE_EMPHASIS = re.compile(r"\*[^\s*][^*]*\*[ \t]*$|[-–—*+][^\s]")


def _breaks(state: _State, line: _Line) -> bool:
    """Whether a line begins a block of its own although no blank line stands before it."""
    assert state.block is not None
    before = state.source[slice(*state.block.ranges[-1])]
    if _HARD_BREAK.search(before) or state.source[state.block.ranges[-1][1] : line.start].startswith("  "):
        return ends_sentence(before.rstrip(" \\")) or not line.text[0].islower()
    return (
        state.block.bold
        or bool(_BOLD_LINE.match(line.text))
        or (line.quoted != (state.block.hint is _K.QUOTE) and state.block.hint is not _K.LIST_ITEM)
    )


def _item(state: _State, line: _Line, marker: Marker, gap: int) -> None:
    column = line.indent + marker.body - line.start
    while state.lists and line.indent < state.lists[-1][0]:
        state.lists.pop()
    if not state.lists or line.indent >= min(state.lists[-1][1], state.lists[-1][0] + 2):
        state.lists.append((line.indent, column, marker.family))
    else:
        state.lists[-1] = (line.indent, column, marker.family)
    body = marker.body
    box = re.compile(r"\[[ xX]\]\s+").match(state.source, body, line.end)
    start = box.end() if box else body
    state.block = _Open([(start, line.end)], line.start, _K.LIST_ITEM, len(state.lists), marker.family, marker.number is not None, gap=gap)


def _list_depth(state: _State, indent: int) -> int:
    """Of which open list item a paragraph set in this far is a part; 0 for none."""
    return sum(indent >= min(column, outer + 2) and indent > 0 for outer, column, _ in state.lists)


def _raise_headings(drafts: Sequence[Draft]) -> None:
    """The title: the heading of level 1, or a single highest one at the top, unless it is the only one and a line stands above it; several
    of level 1 with parts are several articles.
    """
    headings = [draft for draft in drafts if draft.hint is _K.HEADING]
    if not headings:
        return
    top = min(draft.level for draft in headings)
    highest = [draft for draft in headings if draft.level == top]
    if top > 1:
        begins = next(draft for draft in drafts if draft.hint is _K.HEADING or draft.words > MAX_HEADING_WORDS)
        if len(highest) == 1 and begins is highest[0] and (begins is drafts[0] or len(headings) > 1):
            highest[0].hint = _K.TITLE
        return
    for draft in highest if _has_parts(drafts, highest) else highest[:1]:
        draft.hint = _K.TITLE


def _has_parts(drafts: Sequence[Draft], highest: Sequence[Draft]) -> bool:
    """Whether any part below a highest heading has headings of its own: then the parts are articles, not sections."""
    known = {id(heading) for heading in highest}
    starts = [number for number, draft in enumerate(drafts) if id(draft) in known]
    return any(d.hint is _K.HEADING and d.level > highest[0].level for a, b in pairwise(starts) for d in drafts[a:b])
