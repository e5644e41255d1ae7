"""Markup inside a line of Markdown: emphasis, links, code, tags, escapes. All of it vanishes; the words stay where they are."""

from __future__ import annotations

import re

from pipeline.cleaning.characters import Reading

# Every repetition is bounded: without a limit a line of thousands of brackets would cost quadratic time.
_MARKUP = re.compile(
    r"""
      \\(?P<escaped>[!-/:-@\[-`{-~])
    | (?P<footnote>\[\^[^\]\[]{1,40}\]:?)
    | (?P<image>!\[[^\]\[]{0,500}\]
        (?:\([^()\s]{0,2000}(?:\([^()]{0,500}\)[^()]{0,500})?(?:\s+["'(][^"')]{0,500}["')])?\)|\[[^\]\[]{0,200}\]))
    | (?P<open>\[)(?=[^\]\[]{0,400}(?:\[[^\]\[]{0,200}\](?:\([^()\s]{0,500}\))?[^\]\[]{0,400}){0,3}\](?:\(|\[))
    | (?P<close>\]
        (?:\(\s*(?:<[^<>]{0,2000}>|[^()\s]{0,2000}(?:\([^()]{0,500}\)[^()\s]{0,500}){0,3})(?:\s+(?:"[^"]{0,500}"|'[^']{0,500}'))?\s*\)
        |\[[^\]\[]{0,200}\]))
    | (?P<auto><(?:https?://|mailto:)[^>\s]*>)
    | (?P<tag></?[A-Za-z][^<>]*>|<!--.*?-->)
    | (?P<code>`+)
    | (?P<strike>~~)
    | (?P<stars>\*{1,3})
    | (?P<lines>_{1,3})
    """,
    re.VERBOSE,
)


def read_inline(reading: Reading, source: str, start: int, end: int) -> int:
    """Read ``source[start:end]`` without its markup. Returns how many characters of text lie inside links."""
    at = start
    links = 0
    link_start: list[int] = []
    for match in _MARKUP.finditer(source, start, end):
        low, high = match.span()
        kind = match.lastgroup
        if kind in {"stars", "lines"} and not _is_emphasis(source, low, high, start, end):
            continue
        if kind == "open":
            link_start.append(high)
        elif kind == "close":
            if not link_start:
                continue
            links += low - link_start.pop()
        if low > at:
            reading.add(at, low, entities=True)
        if kind == "escaped":
            reading.add(low + 1, high)
        elif kind == "auto":
            reading.add(low + 1, high - 1)
        elif kind == "tag" and match[0].lower().startswith("<br"):
            reading.space(low, high)
        at = high
    if at < end:
        reading.add(at, end, entities=True)
    return links


def _is_emphasis(source: str, low: int, high: int, start: int, end: int) -> bool:
    """Stars and underscores are markup where they touch a word on one side; between two spaces, or between figures, they are signs."""
    before = source[low - 1] if low > start else " "
    after = source[high] if high < end else " "
    if before.isspace() and after.isspace():
        return False
    if source[low] == "_":
        return not (before.isalnum() and after.isalnum())
    return not (before.isdigit() and after.isdigit())
