"""Signs that begin a list item: bullets, dashes, numbers, letters. They are no part of the text."""

from __future__ import annotations

import re

from pipeline.values import value

_SYMBOLS = "•‣⁃●○◦▪▫■□▸►▶▷➢➣➤➔➜➙→⇒✓✔☑✅✗✘✦✧❖◆◇♦·∙⋅»›¤\uf0b7\uf0a7\uf0fc\uf0d8\uf0a8\uf076"
_PATTERN = re.compile(
    rf"""(?:
        (?P<symbol>[{_SYMBOLS}])\ufe0f?\s*
      | (?P<dash>[-–—*+])(?:\s+|(?=[^\W\d_]))
      | (?P<number>\(?\d{{1,3}}(?:\.\)|[.)]))\s+
      | (?P<letter>\(?[a-z]\)|[a-z]\.(?=\s+\S)|\(?[ivx]{{1,4}}\))\s+
      | (?P<circle>o)\s+(?=[^\W\d_])
    )(?=\S)""",
    re.VERBOSE,
)


@value
class Marker:
    """What a list item begins with: its family (items of one list share it), where the item's text begins, and its number if it has one."""

    family: str
    body: int
    number: int | None = None


def marker_at(source: str, start: int, end: int, *, circles: bool = False) -> Marker | None:
    """The marker with which the line ``source[start:end]`` begins, if any. ``circles``: a lone letter *o* counts as one."""
    first = source[start : start + 1]
    if first.isalpha() and first not in "abcdefghijklmnopqrstuvwxyz":
        return None
    match = _PATTERN.match(source, start, end)
    if match is None or (match.lastgroup == "circle" and not circles) or match.end() >= end:
        return None
    found = match[match.lastgroup or 0]
    if match.lastgroup == "number":
        return Marker("1" + found[-1], match.end(), int(re.sub(r"\D", "", found)))
    if match.lastgroup == "letter":
        return Marker("a" + found[-1], match.end())
    return Marker(found, match.end())
