"""Shares with their intervals as small pictures, drawn here so that a page needs no script for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup

from pipeline.review.estimates import Share
from pipeline.review.statistics import Precision
from pipeline.review.web.marking import short
from pipeline.review.web.words import Words

GROUPS: Final = {"relation": "by_relation", "rule": "by_rule", "types": "by_type", "source": "by_source", "confidence": "by_confidence"}
"""Groupings of the statistics that are shown, with the key of their title."""
_WIDTH: Final = 200
_HEIGHT: Final = 16


def chart(rows: Iterable[Precision], words: Words) -> list[tuple[str, Precision, Markup, str]]:
    """Rows of a table: name, figures, picture and the estimate in words. Those with most judgements come first, then by name."""
    shown = sorted(rows, key=lambda row: (-row.judged, row.name))
    return [(_name(row.name, words), row, picture(row.precision), estimate(row.precision, words)) for row in shown]


def picture(share: Share | None) -> Markup:
    """An interval as a line and the estimate as a dot, on a scale from 0 to 1."""
    scale = Markup(
        '<svg class="interval" viewBox="0 0 {w} {h}" width="{w}" height="{h}" aria-hidden="true" focusable="false">'
        '<line class="scale" x1="4" x2="{right}" y1="{y}" y2="{y}"/>'
    ).format(w=_WIDTH, h=_HEIGHT, right=_WIDTH - 4, y=_HEIGHT / 2)
    if share is not None:
        low, value, high = (f"{4 + (_WIDTH - 8) * x:.1f}" for x in (share.low, share.value, share.high))
        scale += Markup('<line class="range" x1="{}" x2="{}" y1="{y}" y2="{y}"/><circle cx="{}" cy="{y}" r="4"/>').format(
            low, high, value, y=_HEIGHT / 2
        )
    return scale + Markup("</svg>")


def estimate(share: Share | None, words: Words) -> str:
    """An estimate with its interval."""
    if share is None:
        return "–"
    return f"{words.percent(share.value)} ({words.percent(share.low)} – {words.percent(share.high)})"


def _name(name: str, words: Words) -> str:
    """The name of a group in the words of the app, where it is one of its kinds."""
    known = words.get(f"relation.{name}")
    if known:
        return known
    return short(name, 80)
