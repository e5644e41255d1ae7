"""HTML -> drafts.

Tags give the blocks, boxes and the main-content finder tell content from furniture; every character keeps its place in the source.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.cleaning import pages
from pipeline.cleaning.boxes import HIDDEN, BoxRule, box_rule, never_article
from pipeline.cleaning.characters import Reading, Specials
from pipeline.cleaning.drafts import Draft, Scan
from pipeline.cleaning.lines import ends_sentence
from pipeline.cleaning.markers import marker_at
from pipeline.cleaning.markup import Token, tokens
from pipeline.schema import BlockKind

_K = BlockKind


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS = _names(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form frameset "
    "h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol optgroup option p pre section summary table tbody td tfoot "
    "th thead tr ul"
)
_VOID = _names("area base br col embed hr img input link meta param source track wbr")
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_KINDS = {
    "summary": (_K.HEADING, 0),
    "dt": (_K.LEAD_IN, 0),
    "caption": (_K.PARAGRAPH, 0),
    **{name: (_K.HEADING, level) for name, level in _HEADINGS.items()},
}
_BOLD = frozenset({"b", "strong"})
_ENDS_PARAGRAPH = _BLOCKS - {"body", "html", "head", "option", "optgroup", "legend"}
_ENDS_HEADING = _names("p ul ol dl table section article h1 h2 h3 h4 h5 h6")
"""What never stands inside a heading that has text: the page forgot to close it."""
# What an opening tag closes when it is still open, and within which element that is looked for.
_IMPLIED: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), frozenset({"ul", "ol", "menu", "dir"})),
    "dt": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "dd": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "tr": (frozenset({"tr", "td", "th"}), frozenset({"table"})),
    "td": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
    "th": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
    "thead": (frozenset({"thead", "tbody", "tfoot"}), frozenset({"table"})),
    "tbody": (frozenset({"thead", "tbody", "tfoot"}), frozenset({"table"})),
    "tfoot": (frozenset({"thead", "tbody", "tfoot"}), frozenset({"table"})),
    "option": (frozenset({"option"}), frozenset({"select"})),
}
_LOOK_BACK = 40
"""How far up an implied end is looked for: real pages need three, and without a bound deep nonsense would cost quadratic time."""


@dataclass(slots=True)
class Box:
    """A part of the page that may be furniture."""

    rule: BoxRule
    start: int
    end: int
    outer: Box | None
    certain: bool  # furniture however much of the page it holds
    words: int = 0


@dataclass(slots=True)
class Table:
    """A ``<table>``: its rows are counted, so that drafts can say in which cell they lie."""

    number: int
    rows: list[Row] = field(default_factory=list)
    nested: bool = False


@dataclass(slots=True)
class Row:
    """A ``<tr>``: how many cells it has and whether all of them are header cells."""

    cells: int = 0
    header_cells: int = 0
    in_head: bool = False


@dataclass(slots=True)
class Element:
    """An open element, with the state to go back to when it is closed."""

    name: str
    bold: int
    links: int
    box: Box | None
    content: int
    own: Box | None = None  # the box that this element makes
    role: str = ""  # for list items: "item" once its own text was seen, "section" once a heading was
    table: Table | None = None
    scope: tuple[int, ...] = ()
    facts: int = 0  # how many blocks there were when it was opened


@dataclass(slots=True)
class Fact:
    """What the page says of a draft beside its text."""

    draft: Draft
    nodes: list[tuple[int, int]]  # number of the text node, characters of it
    box: Box | None
    content: bool  # inside <main> or <article>
    article: int  # number of the <article> element, 0 outside
    cell: tuple[Table, int, int] | None = None


def scan(source: str) -> Scan:
    """The drafts of a page."""
    page = _Page(source)
    for token in tokens(source):
        page.take(token)
    page.finish()
    return pages.settle(source, page.facts, page.title, page.nodes, page.boxes, page.left_out, page.cut)


class _Page:
    """Reads tokens from top to bottom."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.specials = Specials.of(source)
        self.facts: list[Fact] = []
        self.nodes: list[tuple[int, int]] = []
        self.boxes: list[Box] = []
        self.left_out: list[tuple[int, int, str]] = []
        self.cut: list[tuple[int, int]] = []
        self.title: tuple[int, int] | None = None
        self._stack: list[Element] = [Element("", 0, 0, None, 0)]
        self._open: dict[str, int] = {}
        self._tables = 0
        self._details = 0
        self._articles = 0
        self._article = 0
        self._bold = 0
        self._links = 0
        self._rule = ""
        self._begin()

    # --- tokens ------------------------------------------------------------------------------------------------------------------------

    def take(self, token: Token) -> None:
        """Read one token."""
        if token.kind == "text":
            self._text(token.start, token.end)
        elif token.kind == "open":
            self._open_tag(token)
        elif token.kind == "close":
            self._close_tag(token)
        elif token.kind == "raw":
            self._raw(token)
        elif token.kind == "cdata":
            self._text(token.start + 9, token.end - 3)
        else:
            self.cut.append((token.start, token.end))

    def finish(self) -> None:
        """The page ends: so does all that is open."""
        self._flush()
        for element in self._stack:
            if element.own is not None:
                element.own.end = len(self.source)

    def _raw(self, token: Token) -> None:
        if token.name == "title" and self.title is None and not self._open.get("body"):
            self.title = (token.start, token.end)
        elif self.source[token.start : token.end].strip():
            self.left_out.append(
                (token.start, token.end, "script" if token.name in {"script", "style", "template", "noscript"} else "embedded")
            )
        self.cut.append((token.start, token.end))

    def _open_tag(self, token: Token) -> None:
        name = token.name
        if name == "br":
            self._breaks += 1
            return
        if name == "hr":
            self._flush()
            self._rule = "-"
            return
        if name in _VOID:
            return
        block = name in _BLOCKS or "-" in name
        rule = box_rule(name, token.attributes)
        if not block and rule is None:
            self._bold += name in _BOLD
            self._links += name == "a"
            return
        if block:
            self._flush()
            self._imply_ends(name, token.start)
        self._push(token, rule)

    def _push(self, token: Token, rule: BoxRule | None) -> None:
        top, name = self._stack[-1], token.name
        if len(self._stack) > 5000:  # deeper than any page is on purpose: go on flat
            return
        element = Element(name, self._bold, self._links, top.box, top.content, table=top.table, scope=top.scope, facts=len(self.facts))
        if rule is not None:
            element.box = element.own = Box(rule, token.start, token.end, top.box, name in never_article() or rule.reason == HIDDEN)
            self.boxes.append(element.own)
        if name in {"main", "article"} or 'role="main"' in token.attributes or "articleBody" in token.attributes:
            element.content += 1
        if name == "article":
            self._articles += 1
            self._article = self._articles
        self._enter(element, name)
        self._stack.append(element)
        self._open[name] = self._open.get(name, 0) + 1
        self._bold += name in _BOLD
        self._links += name == "a"

    def _enter(self, element: Element, name: str) -> None:
        if name == "details":
            self._details += 1
            element.scope = (*element.scope, self._details)
        elif name == "table":
            if element.table is not None:
                element.table.nested = True
            self._tables += 1
            element.table = Table(self._tables)
        elif element.table is not None:
            self._enter_table_part(element.table, name)

    def _enter_table_part(self, table: Table, name: str) -> None:
        if name == "tr":
            table.rows.append(Row(in_head=bool(self._open.get("thead"))))
        elif name in {"td", "th"}:
            if not table.rows:
                table.rows.append(Row())
            table.rows[-1].cells += 1
            table.rows[-1].header_cells += name == "th"

    def _imply_ends(self, name: str, at: int) -> None:
        if name in _ENDS_PARAGRAPH and self._open.get("p"):
            self._close_within(frozenset({"p"}), frozenset({"td", "th", "table", "button", "object"}), at)
        if name in _ENDS_HEADING and any(e.name in _HEADINGS and e.facts < len(self.facts) for e in self._stack[-3:]):
            self._close_within(frozenset(_HEADINGS), frozenset(), at)
        if name in _IMPLIED:
            self._close_within(*_IMPLIED[name], at)

    def _close_within(self, names: frozenset[str], border: frozenset[str], at: int) -> None:
        """Close the outermost of the open elements with one of these names, inside the nearest border."""
        found = 0
        for depth in range(len(self._stack) - 1, max(len(self._stack) - 1 - _LOOK_BACK, 0), -1):
            if self._stack[depth].name in border:
                break
            if self._stack[depth].name in names:
                found = depth
        if found:
            self._pop_to(found, at)

    def _close_tag(self, token: Token) -> None:
        name = token.name
        if not self._open.get(name):
            self._bold -= name in _BOLD and self._bold > self._stack[-1].bold
            self._links -= name == "a" and self._links > self._stack[-1].links
            if name in {"p", "br"}:
                self._breaks += 1
            return
        if name in _BLOCKS or "-" in name:
            self._flush()
        depth = len(self._stack) - 1
        while self._stack[depth].name != name:
            depth -= 1
        if name not in _BLOCKS and "-" not in name and depth < len(self._stack) - 1:
            self._flush()
        self._pop_to(depth, token.end)

    def _pop_to(self, depth: int, at: int) -> None:
        """Close the elements from ``depth`` up."""
        for element in reversed(self._stack[depth:]):
            self._open[element.name] -= 1
            if element.name == "article":
                self._article = 0
            if element.own is not None:
                element.own.end = at
        self._bold, self._links = self._stack[depth].bold, self._stack[depth].links
        del self._stack[depth:]

    # --- text --------------------------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._reading = Reading(self.source, self.specials)
        self._start = -1
        self._used_nodes: list[tuple[int, int]] = []
        self._strong = 0
        self._linked = 0
        self._marker = ""
        self._ordered = False
        self._breaks = 0
        self._gap = 1

    def _text(self, start: int, end: int) -> None:
        text = self.source[start:end]
        if text.isspace():
            if self._start >= 0:
                self._reading.space(start, end)
            return
        if self._open.get("head") and not self._open.get("body"):
            return
        if self._open.get("pre"):
            self._preformatted(start, end)
            return
        self._add(start, end)

    def _preformatted(self, start: int, end: int) -> None:
        at = start
        for line in self.source[start:end].splitlines(keepends=True):
            if line.strip():
                self._add(at, at + len(line))
            self._breaks += 1
            at += len(line)

    def _add(self, start: int, end: int) -> None:
        if self._breaks and self._start >= 0:
            self._after_break(start, end)
        self._breaks = 0
        if self._start < 0:
            start = self._first(start, end)
        length = end - start
        self._used_nodes.append((len(self.nodes), length))
        self.nodes.append((start, end))
        if self._bold:
            self._strong += length
        if self._links:
            self._linked += length
        self._reading.add(start, end, entities=True)

    def _after_break(self, start: int, end: int) -> None:
        """Decide whether a ``<br>`` ends the block: it does not in headings and cells, nor in the middle of a sentence."""
        before, after = self._reading.text, self.source[start:end].lstrip()
        top = self._context()
        if top in _HEADINGS or top in {"td", "th", "caption", "summary"}:
            self._reading.space_before(start)
            return
        inside = not ends_sentence(before) and len(before) >= 45 and after[:1].islower() and self._breaks == 1
        if inside:
            self._reading.space_before(start)
            return
        gap = self._breaks - 1
        self._flush()
        self._gap = min(gap, 1)

    def _first(self, start: int, end: int) -> int:
        """The first text of a block: drop a list marker that stands in the text."""
        text = self.source[start:end]
        start += len(text) - len(text.lstrip())
        self._start = start
        if self._context() in _HEADINGS:
            return start
        marker = marker_at(self.source, start, end)
        if marker is not None:
            self._marker, self._ordered = marker.family, marker.number is not None
            return marker.body
        return start

    def _context(self) -> str:
        """The name of the innermost block element that says something."""
        for element in reversed(self._stack[-8:]):
            if element.name in _HEADINGS or element.name in {"li", "dt", "dd", "td", "th", "caption", "summary", "blockquote", "p", "pre"}:
                return element.name
        return ""

    def _flush(self) -> None:
        """The block ends here."""
        if self._start >= 0 and self._reading.pieces:
            self._make(self._stack[-1])
            self._rule = ""
        self._begin()

    def _make(self, top: Element) -> None:
        hint, level = self._kind()
        length = max(sum(n for _, n in self._used_nodes), 1)
        draft = Draft(
            pieces=self._reading.pieces,
            text=self._reading.text,
            start=self._start,
            end=self._reading.pieces[-1][1],
            hint=hint,
            level=level,
            gap=self._gap,
            marker=self._marker or ("" if hint is not _K.LIST_ITEM else "•"),
            ordered=self._ordered,
            bold=self._strong >= 0.95 * length,
            links=self._linked,
            rule_before=self._rule,
            scope=top.scope,
        )
        if top.box is not None:
            top.box.words += draft.words
        cell = None
        if top.table is not None and top.table.rows and any(self._open.get(name) for name in ("td", "th")):
            cell = (top.table, len(top.table.rows) - 1, top.table.rows[-1].cells - 1)
        self.facts.append(Fact(draft, self._used_nodes, top.box, top.content > 0, self._article, cell))

    def _kind(self) -> tuple[BlockKind, int]:
        """Kind and level of the block, from the elements around it."""
        quoted = bool(self._open.get("blockquote"))
        for element in reversed(self._stack[-12:]):
            name = element.name
            if name in _HEADINGS:
                self._mark_item_as_section()
            if name in _KINDS:
                return _KINDS[name]
            if name in {"li", "dd"}:
                return self._item(element)
            if name in {"td", "th", "table"}:
                break
        if self._marker:
            return _K.LIST_ITEM, 0
        return (_K.QUOTE if quoted else _K.PARAGRAPH), 0

    def _item(self, element: Element) -> tuple[BlockKind, int]:
        outer = [e for e in self._stack[-_LOOK_BACK:] if e.role == "item" and e is not element]
        level = len(outer) + 1
        if element.role == "section":
            return _K.PARAGRAPH, 0
        if element.role:
            return (_K.LIST_ITEM, level + 1) if self._marker else (_K.PARAGRAPH, level)
        element.role = "item"
        return _K.LIST_ITEM, level

    def _mark_item_as_section(self) -> None:
        """A list item with a heading is a section of the page, not an item of a list."""
        for element in self._stack[-12:]:
            if element.name in {"li", "dd"}:
                element.role = "section"
