"""HTML -> tokens with their exact places in the source.

A tokenizer of its own instead of the standard library's: that one gives lines and columns, is several times slower, and some malformed
pages make it
quadratic. This one never looks at a character more than a few times, whatever the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Token(NamedTuple):
    """A stretch of the source: ``text`` (with character references), ``cdata``, ``open``, ``close`` or ``skip`` (comments, scripts,
    declarations).
    """

    kind: str
    start: int
    end: int
    name: str = ""
    attributes: str = ""


_MARKUP = re.compile(r"<(?:!--|!\[CDATA\[|!\[|[!?]|/?[A-Za-z])", re.IGNORECASE)
_NAME = re.compile(r"</?([A-Za-z][^\s/><]*)")
_TAG_REST = re.compile(r"(?>[^>\"']+|\"[^\"]*\"|'[^']*')*+>")
_ATTRIBUTE = re.compile(r"([^\s=/>\"']+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")

RAW = frozenset(
    {
        "script",
        "style",
        "textarea",
        "title",
        "xmp",
        "iframe",
        "noembed",
        "noframes",
        "template",
        "noscript",
        "svg",
        "math",
        "select",
        "object",
    }
)
"""Elements whose content is no running text: skipped as a whole (all but ``title``)."""

_MAX_FAILURES = 20
"""How often a tag may have an unclosed quote before quotes are no longer looked at: each time costs a look through the rest of the page."""


def attributes(raw: str) -> dict[str, str]:
    """The attributes of a tag, names in lower case. The first of a name counts."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(raw):
        found.setdefault(match[1].lower(), match[2] or match[3] or match[4] or "")
    return found


class _Tokenizer:
    def __init__(self, source: str) -> None:
        self.source = source
        self.failures = 0
        self.missing: set[str] = set()  # endings that the rest of the page does not have

    def find(self, wanted: str, start: int) -> int:
        """Like ``str.find``, but what was missing once is not looked for again."""
        if wanted in self.missing:
            return -1
        at = self.source.find(wanted, start)
        if at < 0:
            self.missing.add(wanted)
        return at

    def tag_end(self, after_name: int) -> int:
        """Behind the ``>`` of a tag; -1 where the page has none."""
        if self.failures < _MAX_FAILURES:
            match = _TAG_REST.match(self.source, after_name)
            if match:
                return match.end()
            self.failures += 1
        at = self.find(">", after_name)
        return at + 1 if at >= 0 else -1

    def raw_end(self, name: str, start: int) -> int:
        """Where the end tag of a raw element begins, or the end of the page; for unclosed elements with markup inside, where they begin."""
        key = f"</{name}"
        if key in self.missing:
            return start
        match = re.compile(re.escape(key) + r"[\s/>]", re.IGNORECASE).search(self.source, start)
        if match:
            return match.start()
        self.missing.add(key)
        return len(self.source) if name in {"script", "style"} else start

    def special(self, start: int, opening: str) -> tuple[int, str]:
        """The end of a comment, declaration or CDATA section, and its kind."""
        if opening == "<!--":
            at = self.find("-->", start + 2)
            if at >= 0:
                return at + 3, "skip"
        elif opening.upper() == "<![CDATA[":
            at = self.find("]]>", start)
            if at >= 0:
                return at + 3, "cdata"
        at = self.find(">", start)
        return (at + 1 if at >= 0 else len(self.source)), "skip"


def tokens(source: str) -> Iterator[Token]:
    """All tokens of a page, without gaps."""
    tokenizer = _Tokenizer(source)
    at = 0
    while True:
        match = _MARKUP.search(source, at)
        start = match.start() if match else len(source)
        if start > at:
            yield Token("text", at, start)
        if match is None:
            return
        if match[0][1] in "!?":
            at, kind = tokenizer.special(start, match[0])
            yield Token(kind, start, at)
            continue
        name = _NAME.match(source, start)
        assert name is not None
        end = tokenizer.tag_end(name.end())
        if end < 0:  # a lone "<" before a letter at the end of a broken page
            yield Token("text", start, len(source))
            return
        at = end
        lower = name[1].lower()
        if source[start + 1] == "/":
            yield Token("close", start, end, lower)
            continue
        yield Token("open", start, end, lower, source[name.end() : end - 1])
        if lower in RAW and source[end - 2] != "/":
            at = tokenizer.raw_end(lower, end)
            if at > end:
                yield Token("raw", end, at, lower)
