"""Which text nodes of a page are its main content, by trafilatura, with their identity kept.

Trafilatura gives text without positions. So every text node of a copy of the page gets a mark of two rare signs in front; the marks that
are still there
in what trafilatura takes for content say which nodes it chose.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

_FIRST = 0x1D000  # Byzantine musical symbols: printable (others are stripped), assigned, and in no health article
_BASE = 240
_MARK = re.compile(f"([{chr(_FIRST)}-{chr(_FIRST + _BASE - 1)}])([{chr(_FIRST)}-{chr(_FIRST + _BASE - 1)}])")

MAX_NODES = _BASE * _BASE
MAX_CHARACTERS = 1_500_000
"""Larger pages are judged by their boxes alone: they are dumps, not articles, and trafilatura's time grows faster than their size."""

# Without a handler of its own, the library's notes on odd pages would land on the user's screen.
logging.getLogger("trafilatura").addHandler(logging.NullHandler())


def surviving(source: str, nodes: Sequence[tuple[int, int]], cut: Iterable[tuple[int, int]]) -> frozenset[int] | None:
    """Numbers of the nodes (source ranges, in order) that are main content.

    ``cut``: ranges that are not shown to trafilatura. None: it found nothing.
    """
    if not nodes or len(nodes) > MAX_NODES:
        return None
    page = marked(source, nodes, cut)
    if len(page) > MAX_CHARACTERS:
        return None
    found = frozenset(
        (ord(match[1]) - _FIRST) * _BASE + ord(match[2]) - _FIRST for text in _content(page) for match in _MARK.finditer(text)
    )
    return found or None


def marked(source: str, nodes: Sequence[tuple[int, int]], cut: Iterable[tuple[int, int]]) -> str:
    """The page with a mark in front of every node, and without the ranges to cut."""
    edits = [(start, start, f"{chr(_FIRST + n // _BASE)}{chr(_FIRST + n % _BASE)} ") for n, (start, _) in enumerate(nodes)]
    edits.extend((start, end, "") for start, end in cut)
    parts: list[str] = []
    at = 0
    for start, end, text in sorted(edits):
        if start < at:
            continue
        parts += (source[at:start], text)
        at = end
    parts.append(source[at:])
    page = "".join(parts)
    return page if "<html" in page[:2000].lower() else f"<html><body>{page}</body></html>"


def _content(page: str) -> Iterable[str]:
    from trafilatura import bare_extraction

    try:
        document = bare_extraction(page, options=_options())
    except Exception:  # a third-party parser on arbitrary pages: whatever it raises, the boxes still tell content from furniture
        return []
    body: Any = getattr(document, "body", None)
    return list(body.itertext()) if body is not None else []


@cache
def _options() -> Any:
    from trafilatura.settings import Extractor

    return Extractor(
        output_format="python",
        fast=True,
        recall=True,
        comments=False,
        tables=True,
        formatting=False,
        links=False,
        images=False,
        dedup=False,
    )
