"""Which block is what: titles, headings without markup, lead-ins, lists without bullets, nesting, and what stands under what.

Markup is believed where the format has it (``Draft.hint``); where it has none, the form of a line and its place among its neighbours
decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pipeline.cleaning.characters import CELL_BORDER
from pipeline.cleaning.drafts import Draft
from pipeline.resources import load_toml
from pipeline.schema import BlockKind

_K = BlockKind
_TABLE = frozenset({_K.TABLE_ROW, _K.TABLE_HEADER})

MAX_HEADING_WORDS = 14
MAX_TITLE_WORDS = 26
_MAX_ITEM_WORDS = 30
_MAX_COLUMN_HEADER_WORDS = 7
_PLAIN_LEVEL = 2
"""The level of headings without markup: below the title, above nothing that is known."""

_LETTER = re.compile(r"[^\W\d_]")
_RUNNING_ON = re.compile(r"[.;,:…|](?:[\"'’”»)\]]*)$")
_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Ý])")


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(load_toml("cleaning/structure.toml")[name]["pattern"], re.IGNORECASE)


def settle(drafts: Sequence[Draft]) -> None:
    """Give every draft its kind, level and parent."""
    for draft in drafts:
        draft.kind = draft.hint or _K.PARAGRAPH
    _find_table_headers(drafts)
    _find_numbered_headings(drafts)
    _nest_plain_items(drafts)
    _find_unmarked_items(drafts)
    _find_headings(drafts)
    _find_titles(drafts)
    _find_lead_ins(drafts)
    _set_levels(drafts)
    _set_parents(drafts)


def reads_as_heading(text: str, max_words: int = MAX_HEADING_WORDS) -> bool:
    """Whether a line has the form of a heading: short, with letters, and not ending as running text does."""
    if text.count(" ") >= max_words or len(text) > 9 * max_words or not _LETTER.search(text):
        return False
    return not _RUNNING_ON.search(text) and len(_SENTENCES.split(text)) <= 2


def _follows(drafts: Sequence[Draft], number: int) -> Draft | None:
    return drafts[number + 1] if number + 1 < len(drafts) else None


# --- tables ------------------------------------------------------------------------------------------------------------------------------


def _find_table_headers(drafts: Sequence[Draft]) -> None:
    """The first rows of tables that read as a header, where nothing else says which row is: most pages have no markup for it."""
    for number, draft in enumerate(drafts):
        if _begins_table(drafts, number) and _reads_as_table_header(draft.text):
            draft.kind = _K.TABLE_HEADER


def _begins_table(drafts: Sequence[Draft], number: int) -> bool:
    """Whether a row is the first of several, and none of them is a header."""
    after = _follows(drafts, number)
    if drafts[number].kind is not _K.TABLE_ROW or after is None or after.kind is not _K.TABLE_ROW:
        return False
    return number == 0 or drafts[number - 1].kind not in _TABLE


def _reads_as_table_header(row: str) -> bool:
    """Whether at least half of the cells of a row, and two of them, are what heads a column."""
    cells = row.split(CELL_BORDER)
    heads = sum(cell.count(" ") < _MAX_COLUMN_HEADER_WORDS and bool(_pattern("column_header").fullmatch(cell)) for cell in cells)
    return heads >= 2 and 2 * heads >= len(cells)


# --- lists -------------------------------------------------------------------------------------------------------------------------------


def _find_numbered_headings(drafts: Sequence[Draft]) -> None:
    """Numbered lines that each have running text under them are headings, not items of a list."""
    found = [draft for number, draft in enumerate(drafts) if _is_numbered_heading(drafts, number)]
    if len(found) >= 2:
        for draft in found:
            draft.kind, draft.level = _K.HEADING, _PLAIN_LEVEL


def _is_numbered_heading(drafts: Sequence[Draft], number: int) -> bool:
    draft, after = drafts[number], _follows(drafts, number)
    if draft.hint is not _K.LIST_ITEM or not draft.ordered or draft.level or not draft.gap or after is None:
        return False
    before = drafts[number - 1] if number else None
    if before is not None and before.hint is _K.LIST_ITEM and before.ordered:
        return False
    return after.hint in {None, _K.PARAGRAPH} and reads_as_heading(draft.text, MAX_HEADING_WORDS + 2)


def _nest_plain_items(drafts: Sequence[Draft]) -> None:
    """Nesting depth of items that only show it by indentation and by the kind of their markers."""
    stack: list[tuple[int, str]] = []
    before: Draft | None = None
    for draft in drafts:
        if draft.kind is not _K.LIST_ITEM:
            stack = []
        elif draft.level == 0:
            _push(stack, draft, before)
            draft.level = len(stack)
        before = draft


def _push(stack: list[tuple[int, str]], draft: Draft, before: Draft | None) -> None:
    """Bring the stack of open lists to the one that this item belongs to."""
    while stack and draft.indent + 1 < stack[-1][0]:
        stack.pop()
    if not stack or draft.indent > stack[-1][0] + 1:
        stack.append((draft.indent, draft.marker))
        return
    same = next((i for i in reversed(range(len(stack))) if stack[i][1] == draft.marker and abs(stack[i][0] - draft.indent) <= 1), None)
    if same is not None:
        del stack[same + 1 :]
    elif _opens_inner_list(stack[-1][1], draft, before):
        stack.append((draft.indent, draft.marker))
    else:
        stack[-1] = (draft.indent, draft.marker)


def _opens_inner_list(outer: str, draft: Draft, before: Draft | None) -> bool:
    """Whether another kind of marker at the same indentation goes one level down."""
    if before is not None and before.text.endswith(":"):
        return True
    return outer[0] == "1" and draft.marker[0] != "1"


def _find_unmarked_items(drafts: Sequence[Draft]) -> None:
    """Items of a list without bullets: short lines, or lines that end in a semicolon, below a line that ends in a colon."""
    number = 0
    while number < len(drafts):
        draft = drafts[number]
        number += 1
        if (
            draft.kind not in {_K.PARAGRAPH, _K.HEADING}
            or not draft.text.endswith((":", ": "))
            or (draft.level and draft.kind is _K.PARAGRAPH)
        ):
            continue
        items = _items_below(drafts, number)
        if len(items) >= 2:
            for item in items:
                item.kind, item.level = _K.LIST_ITEM, 1
            number += len(items)


def _items_below(drafts: Sequence[Draft], first: int) -> list[Draft]:
    items: list[Draft] = []
    for number in range(first, len(drafts)):
        draft = drafts[number]
        if draft.kind is not _K.PARAGRAPH or draft.rule_before or draft.words > _MAX_ITEM_WORDS or draft.text.endswith((":", "?")):
            break
        if items and (draft.gap > items[0].gap or (draft.gap == 0 and items[0].gap)) and number > first + 1:
            break
        if not _is_item(drafts, number, items):
            break
        items.append(draft)
        if items[0].text.endswith(";") and not draft.text.endswith((";", ",")):
            break
    return items


def _is_item(drafts: Sequence[Draft], number: int, items: Sequence[Draft]) -> bool:
    draft = drafts[number]
    if draft.text.endswith(";") or (items and items[-1].text.endswith(";")):
        return True
    if draft.hint is not None or draft.bold:
        return False
    if draft.gap == 0:  # lines right below each other: an address-like stack of short lines, sentences too
        return draft.words <= MAX_HEADING_WORDS or bool(items)
    if draft.text.endswith((".", "!")) or draft.words > MAX_HEADING_WORDS:
        return False
    after = _follows(drafts, number)
    return not (draft.text[0].isupper() and after is not None and after.words > MAX_HEADING_WORDS)


# --- headings ----------------------------------------------------------------------------------------------------------------------------


def _find_headings(drafts: Sequence[Draft]) -> None:
    """Headings that no markup shows."""
    number = 0
    while number < len(drafts):
        run = _run_of_short_lines(drafts, number)
        if not run:
            number += 1
            continue
        _settle_run(drafts, number, run)
        number += run
    for number, draft in enumerate(drafts):
        if draft.kind is _K.PARAGRAPH and _is_label(drafts, number):
            draft.kind = _K.HEADING


def _could_be_heading(drafts: Sequence[Draft], number: int) -> bool:
    draft = drafts[number]
    if draft.kind is not _K.PARAGRAPH or draft.level:
        return False
    if draft.hint is None or draft.bold:
        return reads_as_heading(draft.text, MAX_TITLE_WORDS if number == 0 else MAX_HEADING_WORDS)
    return False


def _run_of_short_lines(drafts: Sequence[Draft], number: int) -> int:
    end = number
    while end < len(drafts) and _could_be_heading(drafts, end):
        end += 1
    return end - number


def _settle_run(drafts: Sequence[Draft], first: int, length: int) -> None:
    """Decide on short lines that stand below each other: the last has the text under it; three or more in the middle are a bare list."""
    run = drafts[first : first + length]
    after = drafts[first + length] if first + length < len(drafts) else None
    tight = [draft for draft in run[1:] if draft.gap == 0]
    if first == 0 and length >= 3 and run[0].hint is None:
        _settle_top(run, after)
        return
    if length >= 3 and len(tight) >= 2:
        _settle_stack(run, after)
        return
    if length >= 4 and not any(draft.bold or draft.text.isupper() for draft in run):
        _settle_stack(run, after)
        return
    for draft, below in zip(run, [*run[1:], None], strict=True):
        # A question right above a heading is put to the reader; it heads nothing.
        asks = below is not None and draft.text.endswith("?") and first > 0
        draft.kind = _K.PARAGRAPH if asks else _K.HEADING
    if after is None and not run[-1].bold:
        # Nothing stands under the last line: it heads nothing.
        run[-1].kind = _K.PARAGRAPH


def _settle_top(run: Sequence[Draft], after: Draft | None) -> None:
    """Short lines at the very top: the title, what stands under it, and perhaps the first heading."""
    run[0].kind = _K.HEADING
    if after is not None and run[-1].gap:
        run[-1].kind = _K.HEADING
        if len(run) == 3 and run[1].gap:
            run[1].kind = _K.HEADING


def _settle_stack(run: Sequence[Draft], after: Draft | None) -> None:
    """A heading with a list without bullets below it; the last line may head what follows."""
    items = list(run)
    if items[0].gap:
        items.pop(0).kind = _K.HEADING
    if after is not None and items and items[-1].gap and not (after.kind is _K.LIST_ITEM and len(items) == 1):
        items.pop().kind = _K.HEADING
    for item in items:
        if item.gap and item is not items[0] and items[0].gap == 0:
            item.kind = _K.HEADING
        else:
            item.kind, item.level = _K.LIST_ITEM, 1


def _is_label(drafts: Sequence[Draft], number: int) -> bool:
    """Whether a short line with a colon heads the paragraph below it."""
    draft, after = drafts[number], _follows(drafts, number)
    if not draft.text.endswith(":") or draft.words > 6 or draft.level or (draft.hint is not None and not draft.bold):
        return False
    return after is not None and after.kind is _K.PARAGRAPH and not after.level and draft.gap > 0


def _find_titles(drafts: Sequence[Draft]) -> None:
    """The title of the article, and of each further article in the same source."""
    if not drafts or any(draft.kind is _K.TITLE for draft in drafts):
        return
    first = drafts[0]
    if first.kind is _K.HEADING and (first.hint is None or first.level <= 2):
        first.kind = _K.TITLE
    for number, draft in enumerate(drafts[1:], 1):
        if draft.kind is _K.HEADING and draft.hint is None and _begins_article(drafts, number):
            draft.kind = _K.TITLE
    if any(draft.kind is _K.HEADING and draft.hint is _K.HEADING and draft.level == 1 for draft in drafts):
        for draft in drafts[1:]:
            if draft.hint is _K.HEADING and draft.level == 1 and draft.rule_before:
                draft.kind = _K.TITLE


def _begins_article(drafts: Sequence[Draft], number: int) -> bool:
    """Whether an unmarked heading is the title of another article: after a separator, or after a wide gap behind a closing part."""
    draft = drafts[number]
    if draft.rule_before:
        inner = any(d.kind is _K.HEADING and not d.rule_before for d in drafts[1:])
        return draft.rule_before in "=#" or inner or sum(d.words for d in drafts[:number]) >= 100
    if draft.gap < 2 or draft.gap <= sorted(d.gap for d in drafts)[len(drafts) // 2]:
        return False
    headings = [d for d in drafts[:number] if d.kind in {_K.HEADING, _K.TITLE}]
    after = _follows(drafts, number)
    return bool(headings) and bool(_pattern("closing").fullmatch(headings[-1].text)) and after is not None and after.kind is _K.PARAGRAPH


# --- lead-ins ----------------------------------------------------------------------------------------------------------------------------


def _find_lead_ins(drafts: Sequence[Draft]) -> None:
    for number, draft in enumerate(drafts):
        after = _follows(drafts, number)
        if after is None or not _could_lead_in(draft) or not _introduces(draft):
            continue
        if after.kind in {_K.LIST_ITEM, *_TABLE}:
            draft.kind, draft.level = _K.LEAD_IN, 0
        elif after.hint is _K.LEAD_IN and draft.text.endswith(":"):
            draft.kind, draft.level = _K.LEAD_IN, 0
            _lower_definitions(drafts, number + 1)


def _could_lead_in(draft: Draft) -> bool:
    if draft.kind is _K.PARAGRAPH:
        return not draft.level
    return draft.kind is _K.HEADING and draft.hint is not _K.HEADING and draft.text.endswith(":")


def _lower_definitions(drafts: Sequence[Draft], first: int) -> None:
    """Terms of a definition list that a lead-in announces are its items, and their definitions the inner items; else each term is a
    lead-in.
    """
    for draft in drafts[first:]:
        if draft.hint is _K.LEAD_IN:
            draft.kind, draft.level = _K.LIST_ITEM, 1
        elif draft.kind is _K.LIST_ITEM or (draft.kind is _K.PARAGRAPH and draft.level):
            draft.level += 1
        else:
            return


def _introduces(draft: Draft) -> bool:
    """Whether a paragraph right before a list or table announces it."""
    text = draft.text.rstrip("\"'’”»)")
    if text.endswith(":"):
        return True
    if not text.endswith((".", "!", "?", ";")):
        return True
    return bool(_pattern("lead_in").search(_SENTENCES.split(draft.text)[-1]))


# --- levels and parents ------------------------------------------------------------------------------------------------------------------


def _set_levels(drafts: Sequence[Draft]) -> None:
    """Levels of unmarked headings: one below the marked heading above them, capitals above others where a text has both."""
    plain = [d for d in drafts if d.kind is _K.HEADING and d.hint is None]
    capitals = sum(_in_capitals(d.text) for d in plain)
    mixed = capitals >= 2 and any(not _in_capitals(d.text) for d in plain)
    marked = 1
    inner: Draft | None = None
    for number, draft in enumerate(drafts):
        if draft.kind is _K.TITLE:
            draft.level, marked, inner = 0, 1, None
        elif draft.kind is _K.HEADING and draft.hint is _K.HEADING and draft.level:
            marked = draft.level
        elif draft.kind is _K.HEADING and draft.hint is _K.HEADING:
            draft.level = min(marked + 1, 6)
        elif draft.kind is _K.HEADING:
            below = _PLAIN_LEVEL + 1 if mixed and not _in_capitals(draft.text) else _PLAIN_LEVEL
            inner = _inner_heading(drafts, number, inner)
            draft.level = min(max(below, marked + 1) + (inner is not None and not mixed), 6)
        elif draft.kind not in {_K.LIST_ITEM, _K.PARAGRAPH}:
            draft.level = 0


def _inner_heading(drafts: Sequence[Draft], number: int, inner: Draft | None) -> Draft | None:
    """The heading that opened a row of inner headings, if heading ``number`` belongs to one.

    A heading right above another has nothing else to head: it is the outer one. Headings that follow in the same form stand beside
    the inner one.
    """
    draft = drafts[number]
    before = drafts[number - 1] if number else None
    if before is not None and before.kind is _K.HEADING and before.hint is None and inner is not before:
        return draft
    if inner is None or _form(inner) != _form(draft):
        return None
    return inner


def _form(draft: Draft) -> tuple[bool, ...]:
    """What headings of one row have in common."""
    if draft.ordered:
        return (True,)
    asks = draft.text.endswith("?")
    return False, asks, draft.text[0].isupper(), draft.text.isupper(), asks or draft.text.count(" ") < 4


def _in_capitals(text: str) -> bool:
    return text.isupper() and sum(c.isalpha() for c in text) >= 4


class _Tree:
    """The open blocks while the drafts are read from top to bottom."""

    def __init__(self) -> None:
        self.title: int | None = None
        self.headings: list[tuple[int, int, tuple[int, ...]]] = []  # level, number, scope
        self.lead: int | None = None
        self.items: dict[int, int] = {}
        self.header: int | None = None

    def heading(self) -> int | None:
        return self.headings[-1][1] if self.headings else self.title

    def leave(self, scope: tuple[int, ...]) -> None:
        """Close headings of boxes that the text has left."""
        while self.headings and self.headings[-1][2] != scope[: len(self.headings[-1][2])]:
            self.headings.pop()

    def close_list(self) -> None:
        self.lead, self.header = None, None
        self.items.clear()


def _set_parents(drafts: Sequence[Draft]) -> None:
    tree = _Tree()
    for number, draft in enumerate(drafts):
        tree.leave(draft.scope)
        draft.parent = _parent(tree, number, draft)
        if draft.kind is _K.PARAGRAPH:
            draft.level = 0


def _parent(tree: _Tree, number: int, draft: Draft) -> int | None:
    if draft.kind is _K.TITLE:
        tree.close_list()
        tree.headings.clear()
        tree.title = number
        return None
    if draft.kind is _K.HEADING:
        tree.close_list()
        while tree.headings and tree.headings[-1][0] >= draft.level:
            tree.headings.pop()
        parent = tree.heading()
        tree.headings.append((draft.level, number, draft.scope))
        return parent
    if draft.kind is _K.LIST_ITEM:
        return _item_parent(tree, number, draft)
    if draft.kind in _TABLE:
        return _row_parent(tree, number, draft)
    if draft.level and draft.kind is _K.PARAGRAPH:  # a further paragraph of a list item
        return next((tree.items[level] for level in range(draft.level, 0, -1) if level in tree.items), tree.heading())
    tree.close_list()
    if draft.kind is _K.LEAD_IN:
        tree.lead = number
    return tree.heading()


def _item_parent(tree: _Tree, number: int, draft: Draft) -> int | None:
    tree.header = None
    outer = [tree.items[level] for level in sorted(tree.items) if level < draft.level]
    for level in [level for level in tree.items if level >= draft.level]:
        del tree.items[level]
    tree.items[draft.level] = number
    if outer:
        return outer[-1]
    return tree.lead if tree.lead is not None else tree.heading()


def _row_parent(tree: _Tree, number: int, draft: Draft) -> int | None:
    tree.items.clear()
    above = tree.lead if tree.lead is not None else tree.heading()
    if draft.kind is _K.TABLE_HEADER:
        tree.header = number
        return above
    return tree.header if tree.header is not None else above
