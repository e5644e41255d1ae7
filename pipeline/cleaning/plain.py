"""Plain text -> drafts: lines are grouped into blocks; separators, page numbers and running heads are left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pipeline.cleaning.characters import Reading, Specials
from pipeline.cleaning.drafts import Draft, Scan
from pipeline.cleaning.furniture import line_reason
from pipeline.cleaning.lines import Line, Wrapping, ends_sentence, read_lines, runs, split_lines
from pipeline.schema import BlockKind

_RULE = re.compile(r"([=\-_*#~·.—–+])(?:[ \t]*\1){2,}")
_BOXED = re.compile(r"[+|][-=+| ]{3,}[+|]|\|?(?:\s*:?-{2,}:?\s*\|)+(?:\s*:?-{2,}:?\s*)?")
_WIDE_GAP = re.compile(r"[ \u00a0]{3,}|\t+")
_CELL = re.compile(r"[^|\t]+|(?<=[|\t])(?=[|\t])")


def scan(source: str) -> Scan:
    """The drafts of a plain text."""
    lines = split_lines(source)
    left_out: list[tuple[int, int, str]] = []
    wrapping = Wrapping.of(lines)
    lines = _without_page_furniture(lines, wrapping, left_out)
    lines, rules = _without_rules(lines)
    specials = Specials.of(source)
    drafts: list[Draft] = []
    for part, is_table in _tables(lines):
        if is_table:
            drafts.extend(_rows(source, specials, part, rules))
            continue
        drafts.extend(draft for group in runs(part, wrapping) if (draft := _draft(source, specials, group, rules)))
    return Scan(drafts, left_out)


def _draft(source: str, specials: Specials, group: Sequence[Line], rules: dict[int, str]) -> Draft | None:
    first, last = group[0], group[-1]
    reading = Reading(source, specials)
    body = first.marker.body if first.marker else first.start
    read_lines(reading, source, [(body, first.end), *((line.start, line.end) for line in group[1:])])
    if not reading.pieces:
        return None
    underline = rules.get(-first.start - 1, "")
    return Draft(
        pieces=reading.pieces,
        text=reading.text,
        start=first.start,
        end=last.end,
        hint=BlockKind.LIST_ITEM if first.marker else BlockKind.HEADING if underline else None,
        level={"=": 1, "#": 1, "*": 1}.get(underline, 2) if underline else 0,
        gap=first.gap,
        marker=first.marker.family if first.marker else "",
        indent=first.indent,
        ordered=bool(first.marker and first.marker.number is not None),
        rule_before=rules.get(first.start, ""),
        bar=_bar(first.text) if first is last else (),
    )


def _bar(text: str) -> tuple[str, ...]:
    """The parts of a line that wide gaps divide."""
    return tuple(_WIDE_GAP.split(text)) if "   " in text or "\t" in text else ()


def _without_page_furniture(lines: list[Line], wrapping: Wrapping, left_out: list[tuple[int, int, str]]) -> list[Line]:
    """Drop page numbers and heads that are repeated on the pages of an extract, so that paragraphs go on across pages."""
    heads = _running_heads(lines, wrapping)
    kept: list[Line] = []
    page = False
    gap = 0
    for line in lines:
        reason = "running-head" if line.start in heads else line_reason(line.text, wrapped=wrapping.width > 0)
        if reason:
            left_out.append((line.start, line.end, reason))
            page = True
            gap = max(gap, line.gap)
            continue
        kept.append(replace(line, page=line.page or page, gap=max(line.gap, gap)) if page else line)
        page, gap = False, 0
    return kept


def _running_heads(lines: Sequence[Line], wrapping: Wrapping) -> frozenset[int]:
    """Starts of short lines that stand three times or more in a paged text, but for the first where it is the text's title."""
    if not wrapping.width and not any(line.page for line in lines):
        return frozenset()
    keys = [re.sub(r"\d+", "0", line.text) if len(line.text) <= 80 and not line.marker else "" for line in lines]
    often = {key for key, count in Counter(keys).items() if key and count >= 3}
    found = [i for i, key in enumerate(keys) if key in often and (lines[i].gap or lines[i].page or i == 0)]
    return frozenset(lines[i].start for i in found if not (i == 0 and not _titled_below(lines)))


def _titled_below(lines: Sequence[Line]) -> bool:
    """Whether the line below the first one reads as a title too, so that the first is only the head of the page."""
    return len(lines) > 2 and lines[1].gap > 0 and lines[2].gap > 0 and len(lines[1].text) <= 80 and not ends_sentence(lines[1].text)


def _without_rules(lines: Sequence[Line]) -> tuple[list[Line], dict[int, str]]:
    """Drop separator lines. Says of the line after each which sign it had, and, under a negative number, of a line that one underlines."""
    kept: list[Line] = []
    rules: dict[int, str] = {}
    pending = ""
    for line in lines:
        if match := _RULE.fullmatch(line.text):
            underlines = kept and not line.gap and not pending and len(kept[-1].text) <= 100 and not kept[-1].marker and match[1] in "=-*#~"
            if underlines and _alone(kept):
                rules[-kept[-1].start - 1] = match[1]
            else:
                pending = match[1]
            continue
        if pending:
            rules[line.start] = pending
            kept.append(replace(line, gap=max(line.gap, 1)))
            pending = ""
            continue
        kept.append(replace(line, gap=max(line.gap, 1)) if kept and -kept[-1].start - 1 in rules else line)
    return kept, rules


def _alone(lines: Sequence[Line]) -> bool:
    """Whether the last line stands alone, so that a line of signs under it makes it a heading."""
    return len(lines) == 1 or lines[-1].gap > 0


def _tables(lines: Sequence[Line]) -> list[tuple[list[Line], bool]]:
    """Stretches of lines, and whether each is a table: two lines or more with the same number of cells."""
    parts: list[tuple[list[Line], bool]] = []
    i = 0
    while i < len(lines):
        count = _cells(lines[i].text)
        end = i + 1
        while (
            count > 1
            and end < len(lines)
            and not lines[end].gap
            and (_cells(lines[end].text) == count or _BOXED.fullmatch(lines[end].text))
        ):
            end += 1
        is_table = end - i >= 2
        if is_table or not parts or parts[-1][1]:
            parts.append((list(lines[i:end]), is_table))
        else:
            parts[-1][0].extend(lines[i:end])
        i = end
    return parts


def _cells(text: str) -> int:
    if "\t" not in text and "|" not in text:
        return 1
    return sum(bool(cell.strip()) for cell in _CELL.findall(text))


def _rows(source: str, specials: Specials, lines: Sequence[Line], rules: dict[int, str]) -> list[Draft]:
    """The rows of a table; the first is its header where a line of dashes follows, or where it holds no figures and others do."""
    rows = [line for line in lines if not _BOXED.fullmatch(line.text)]
    ruled = len(rows) < len(lines)
    figures = [any(c.isdigit() for c in line.text) for line in rows]
    header = ruled or (len(rows) > 2 and not figures[0] and all(figures[1:]))
    drafts = []
    for number, line in enumerate(rows):
        reading = Reading(source, specials)
        cells: list[tuple[int, int]] = []
        for cell in _CELL.finditer(source, line.start, line.end):
            token = reading.begin_cell()
            reading.add(*cell.span())
            cells.append(reading.end_cell(token))
        kind = BlockKind.TABLE_HEADER if header and number == 0 else BlockKind.TABLE_ROW
        if reading.pieces:
            drafts.append(
                Draft(
                    reading.pieces,
                    reading.text,
                    line.start,
                    line.end,
                    kind,
                    cells=tuple(cells),
                    gap=line.gap,
                    rule_before=rules.get(line.start, ""),
                )
            )
    return drafts
