"""The head of a site above an article: its name and slogan, which only their place above a menu gives away."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.cleaning.drafts import Draft
from pipeline.cleaning.structure import MAX_TITLE_WORDS, reads_as_heading
from pipeline.schema import BlockKind

_HEAD = 15
"""How many blocks from the top a menu or breadcrumb may stand to be the head of the page."""

_NAVIGATION = frozenset({"menu", "breadcrumb", "navigation"})


def mark(drafts: Sequence[Draft]) -> None:
    """Leave out short lines above the last menu or breadcrumb at the top, provided that a title follows below it."""
    last = max((i for i, d in enumerate(drafts[:_HEAD]) if d.reason in _NAVIGATION), default=-1)
    below = next((d for d in drafts[last + 1 :] if d.reason is None), None)
    if last < 1 or below is None or not _reads_as_title(below):
        return
    above = [d for d in drafts[:last] if d.reason is None]
    if all(d.hint is None and reads_as_heading(d.text) for d in above):
        for draft in above:
            draft.reason = "navigation"


def _reads_as_title(draft: Draft) -> bool:
    return draft.hint in {BlockKind.HEADING, BlockKind.TITLE} or (draft.hint is None and reads_as_heading(draft.text, MAX_TITLE_WORDS))
