"""A page's drafts -> a scan: what is content, what is furniture, which tables hold data, and what the title is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.cleaning import main_content
from pipeline.cleaning.characters import CELL_BORDER, Reading
from pipeline.cleaning.drafts import Draft, Piece, Scan
from pipeline.schema import BlockKind

if TYPE_CHECKING:
    from pipeline.cleaning.html import Box, Fact, Table

_K = BlockKind

_TITLE_BORDER = re.compile(r"\s(?:[|–—»«•·›‹-]|::|&(?:raquo|laquo|ndash|mdash|bull|middot|#8211|#8212|#0?38|#124);)\s")
_MAX_CELL_WORDS = 60
"""Cells with more words than this are columns of a page, not data."""
_MOSTLY_LINKS = 0.6


def settle(
    source: str,
    facts: list[Fact],
    title: tuple[int, int] | None,
    nodes: Sequence[tuple[int, int]],
    boxes: Sequence[Box],
    left_out: list[tuple[int, int, str]],
    cut: Sequence[tuple[int, int]],
) -> Scan:
    """The scan of a page."""
    firm, soft = _furniture_boxes(boxes, sum(fact.draft.words for fact in facts))
    outermost = [box for box in boxes if firm.get(id(box)) is box]
    survivors = main_content.surviving(source, nodes, [*cut, *((box.start, box.end) for box in outermost)])
    _judge(facts, survivors, firm, soft)
    left_out.extend((box.start, box.end, box.rule.reason) for box in outermost if box.words)
    drafts = _with_tables(facts)
    _find_title(source, facts, drafts, title, left_out)
    return Scan(drafts, left_out)


# --- content or furniture ----------------------------------------------------------------------------------------------------------------


def _furniture_boxes(boxes: Sequence[Box], total: int) -> tuple[dict[int, Box], dict[int, Box]]:
    """For every box, the outermost firm and the outermost box of any kind around it (itself included) that is furniture."""
    for box in reversed(boxes):  # inner boxes come after their outer ones
        if box.outer is not None:
            box.outer.words += box.words
    firm: dict[int, Box] = {}
    any_kind: dict[int, Box] = {}
    for box in boxes:
        is_furniture = box.certain or 2 * box.words <= total
        outer = id(box.outer) if box.outer is not None else -1
        for kind, fits in ((firm, is_furniture and box.rule.firm), (any_kind, is_furniture)):
            if outer in kind:
                kind[id(box)] = kind[outer]
            elif fits:
                kind[id(box)] = box
    return firm, any_kind


def _judge(facts: Sequence[Fact], survivors: frozenset[int] | None, firm: dict[int, Box], any_kind: dict[int, Box]) -> None:
    """Give furniture its reason. What neither a box nor the content finder decides is decided by its place."""
    kept: list[bool | None] = []
    for fact in facts:
        hard, soft = firm.get(id(fact.box)), any_kind.get(id(fact.box))
        if hard is not None:
            fact.draft.reason = hard.rule.reason
            kept.append(False)
        elif survivors is not None and _share(fact, survivors) >= 0.5:
            kept.append(True)
        elif soft is not None:
            fact.draft.reason = soft.rule.reason
            kept.append(False)
        else:
            kept.append(None)
    if survivors is not None:
        _judge_by_place(facts, kept)


def _share(fact: Fact, survivors: frozenset[int]) -> float:
    """How much of a draft the content finder kept."""
    return sum(n for node, n in fact.nodes if node in survivors) / max(sum(n for _, n in fact.nodes), 1)


def _judge_by_place(facts: Sequence[Fact], kept: list[bool | None]) -> None:
    """Undecided drafts between content are content, unless they are mostly links; so are headings and lead-ins right above, and the
    first heading.
    """
    sure = [number for number, keep in enumerate(kept) if keep]
    if not sure:
        return
    first, last = sure[0], sure[-1]
    for number in reversed(range(len(facts))):
        fact = facts[number]
        if kept[number] is not None:
            continue
        linked = fact.draft.links > _MOSTLY_LINKS * max(sum(n for _, n in fact.nodes), 1)
        if fact.draft.hint is _K.HEADING and fact.draft.level == 1:
            keep = True
        elif first < number < last:
            keep = not linked or fact.draft.hint is _K.HEADING or _inside_kept_list(facts, kept, number)
        elif number > last:
            keep = (
                fact.content
                and not linked
                and (fact.draft.words >= 5 or fact.draft.hint in {_K.HEADING, _K.LIST_ITEM} or fact.cell is not None)
            )
        else:
            keep = not linked and (bool(kept[number + 1]) or (fact.content and fact.draft.words >= 8))
        kept[number] = keep
        if not keep:
            fact.draft.reason = "navigation" if linked else "boilerplate"


def _inside_kept_list(facts: Sequence[Fact], kept: Sequence[bool | None], number: int) -> bool:
    """Whether the next list item is content."""
    after = facts[number + 1]
    return facts[number].draft.hint is _K.LIST_ITEM and after.draft.hint is _K.LIST_ITEM and bool(kept[number + 1])


# --- tables ------------------------------------------------------------------------------------------------------------------------------


def _with_tables(facts: Sequence[Fact]) -> list[Draft]:
    """All drafts, those of data tables joined into rows."""
    drafts: list[Draft] = []
    for table, group in groupby(facts, key=lambda fact: fact.cell[0] if fact.cell else None):
        part = list(group)
        if table is None or not _holds_data(table, part):
            drafts.extend(fact.draft for fact in part)
            continue
        for _, cells in groupby(part, key=lambda fact: fact.cell[1] if fact.cell else 0):
            drafts.append(_row(table, list(cells)))
    return drafts


def _holds_data(table: Table, facts: Sequence[Fact]) -> bool:
    """Whether a table is one: several columns, short cells, nothing in it that makes up a page."""
    if table.nested or any(fact.draft.hint is _K.HEADING for fact in facts):
        return False
    if sum(row.cells >= 2 for row in table.rows) * 2 < len(table.rows):
        return False
    return all(fact.draft.words <= _MAX_CELL_WORDS for fact in facts)


def _row(table: Table, facts: Sequence[Fact]) -> Draft:
    number = facts[0].cell[1] if facts[0].cell else 0
    row = table.rows[number]
    pieces: list[Piece] = []
    parts: list[str] = []
    cells: list[tuple[int, int]] = [(0, 0)] * row.cells
    for column in range(row.cells):
        inside = [fact.draft for fact in facts if fact.cell and fact.cell[2] == column]
        if inside and pieces:
            pieces.append((pieces[-1][1], inside[0].pieces[0][0], CELL_BORDER))
            parts.append(CELL_BORDER)
        first = len(pieces)
        for draft in inside:
            if len(pieces) > first:
                pieces.append((pieces[-1][1], draft.pieces[0][0], " "))
                parts.append(" ")
            pieces.extend(draft.pieces)
            parts.append(draft.text)
        cells[column] = (first, len(pieces))
    header = row.cells == row.header_cells or (row.in_head and number == 0)
    kept = [fact.draft for fact in facts if fact.draft.reason is None]
    return Draft(
        pieces,
        "".join(parts),
        facts[0].draft.start,
        facts[-1].draft.end,
        _K.TABLE_HEADER if header else _K.TABLE_ROW,
        cells=tuple(cells),
        scope=facts[0].draft.scope,
        reason=None if kept else facts[0].draft.reason,
    )


# --- title -------------------------------------------------------------------------------------------------------------------------------


def _find_title(
    source: str, facts: Sequence[Fact], drafts: list[Draft], title: tuple[int, int] | None, left_out: list[tuple[int, int, str]]
) -> None:
    """The first ``<h1>`` is the title, else the heading that says what ``<title>`` says, else ``<title>`` without the site's name."""
    main = [fact for fact in facts if fact.draft.reason is None and fact.draft.hint is _K.HEADING and fact.draft.level == 1]
    head = _head_title(source, title) if title else None
    if main:
        _settle_main_headings(facts, main)
    elif head is not None:
        same = next((d for d in drafts[:40] if d.reason is None and d.hint is _K.HEADING and _says(d.text, head.text)), None)
        if same is None:
            drafts.insert(0, head)
            return
        same.hint = _K.TITLE
    if title:
        left_out.append((*title, "metadata"))


def _settle_main_headings(facts: Sequence[Fact], main: Sequence[Fact]) -> None:
    """Several ``<h1>`` are titles of several articles where each has an ``<article>``, or where they have headings of their own below
    them.
    """
    numbers = {id(fact): number for number, fact in enumerate(facts)}
    starts = [numbers[id(fact)] for fact in main]
    parts = [facts[a:b] for a, b in zip(starts, [*starts[1:], len(facts)], strict=True)]
    nested = any(f.draft.hint is _K.HEADING and f.draft.level > 1 and f.draft.reason is None for part in parts[:-1] for f in part)
    seen: set[int] = set()
    for fact, part in zip(main, parts, strict=True):
        words = sum(f.draft.words for f in part if f.draft.reason is None)
        separate = fact.article and fact.article not in seen
        if fact is main[0] or separate or (nested and words >= 40):
            fact.draft.hint = _K.TITLE
        seen.add(fact.article)


def _head_title(source: str, title: tuple[int, int]) -> Draft | None:
    """The page's ``<title>`` without the name of the site: the longest of its parts."""
    parts: list[tuple[int, int]] = []
    at = title[0]
    for border in _TITLE_BORDER.finditer(source, *title):
        parts.append((at, border.start()))
        at = border.end()
    parts.append((at, title[1]))
    start, end = max(parts, key=lambda part: len(source[part[0] : part[1]].split()))
    reading = Reading(source)
    reading.add(start, end, entities=True)
    return Draft(reading.pieces, reading.text, *title, hint=_K.TITLE) if reading.pieces else None


def _says(heading: str, title: str) -> bool:
    """Whether a heading and a title are the same in other words: most words of the shorter one stand in the other."""
    a, b = set(re.findall(r"\w+", heading.lower())), set(re.findall(r"\w+", title.lower()))
    return bool(a and b) and len(a & b) >= 0.7 * min(len(a), len(b)) and len(a & b) >= 0.4 * max(len(a), len(b))
