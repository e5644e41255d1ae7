"""The head of a site above an article: its name, slogan and menu, which only their place above the title gives away."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.cleaning.drafts import Draft
from pipeline.cleaning.structure import MAX_TITLE_WORDS, reads_as_heading
from pipeline.schema import BlockKind

_HEAD = 60
"""How many blocks from the top a menu or breadcrumb may stand to be the head of the page."""
_MENU_WORDS = 6
"""Links of a menu are shorter than titles."""
_STACK = 4
"""So many short lines at the top are more than a title with what belongs to it."""
_FOLLOWING = 40
"""How many blocks below the short lines are searched for their words."""

_BELOW_TITLE = frozenset({"date", "author", "navigation", "video", "related", "comments", "copyright"})
_TELLING_WORD = re.compile(r"[^\W\d_]{5,}")


def mark(drafts: Sequence[Draft]) -> None:
    """Leave out the head of the site, where there is one."""
    _mark_above_navigation(drafts)
    _mark_stack([draft for draft in drafts if draft.reason is None])


def _mark_above_navigation(drafts: Sequence[Draft]) -> None:
    """Short lines above the last menu or breadcrumb at the top, provided that a title follows below it."""
    top = drafts[: _end_of_head(drafts)]
    for reason in ("breadcrumb", "menu"):  # the trail may also stand below the title
        last = max((i for i, d in enumerate(top) if d.reason == reason), default=-1)
        below = next((d for d in drafts[last + 1 :] if d.reason is None), None)
        if last >= 0 and below is not None and _reads_as_title(below):
            for draft in drafts[:last]:
                draft.reason = draft.reason or "navigation"
            return


def _end_of_head(drafts: Sequence[Draft]) -> int:
    """Where the head of the page ends at the latest: at running text, or at the date, author or contents that stand below a title."""
    for number, draft in enumerate(drafts[:_HEAD]):
        if draft.reason is None:
            if not _reads_as_link(draft):
                return number
        elif draft.reason in _BELOW_TITLE:
            return number
    return min(len(drafts), _HEAD)


def _mark_stack(drafts: Sequence[Draft]) -> None:
    """Short lines at the top without a word that the text below uses, above one that has such words: the title."""
    size = next((i for i, d in enumerate(drafts) if not (d.hint is None and reads_as_heading(d.text, MAX_TITLE_WORDS))), len(drafts))
    if size < _STACK or size == len(drafts):
        return
    below = " ".join(d.text.lower() for d in drafts[size : size + _FOLLOWING])
    title = next((i for i, d in enumerate(drafts[:size]) if any(word in below for word in _TELLING_WORD.findall(d.text.lower()))), 0)
    for draft in drafts[:title]:
        draft.reason = "navigation"


def _reads_as_title(draft: Draft) -> bool:
    return draft.hint in {BlockKind.HEADING, BlockKind.TITLE} or (draft.hint is None and reads_as_heading(draft.text, MAX_TITLE_WORDS))


def _reads_as_link(draft: Draft) -> bool:
    if draft.hint is BlockKind.LIST_ITEM:
        return draft.words <= _MENU_WORDS and not draft.text.endswith((".", ";", ":"))
    return draft.hint is None and reads_as_heading(draft.text)
