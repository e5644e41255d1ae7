"""Passages of articles as HTML, in which every character of the article is text and nothing else."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from markupsafe import Markup, escape

from pipeline.review.views import Mark, Passage
from pipeline.review.web.words import Words

# A browser drops or joins these; each becomes one other character, so that positions on the page stay those of the article.
_SHOWN: Final = {0: 0xFFFD, 0x0D: 0x20, 0x0C: 0x20}
_SHOWN.update(dict.fromkeys((*range(1, 9), 0x0B, *range(0x0E, 0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)), 0xFFFD))
# Marks that turn the direction of writing would show words in another order than the program read them.
_SHOWN.update(dict.fromkeys((0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069), 0xFFFD))


def shown(text: str) -> str:
    """The text with every character that a browser would not show, or would obey, replaced by one that it shows."""
    return text.translate(_SHOWN)


def short(text: str, size: int = 160) -> str:
    """The text in one line of at most so many characters."""
    if len(text) <= size and "\n" not in text:
        return shown(text)
    line = " ".join(text[: 4 * size].split())
    return shown(line if len(line) <= size else line[: size - 1].rstrip() + "…")


def marked(passage: Passage, words: Words) -> Markup:
    """The text of a passage with its marks and evidence, split wherever one of them begins or ends."""
    ends = {0, len(passage.text)}
    for mark in passage.marks:
        ends.update((mark.start, mark.end))
    for start, end in passage.evidence:
        ends.update((start, end))
    places = sorted(place for place in ends if 0 <= place <= len(passage.text))
    pieces: list[Markup] = []
    pending = list(passage.marks)
    proof = False
    for start, end in pairwise(places):
        stated = any(first <= start < last for first, last in passage.evidence)
        if stated != proof:
            pieces.append(Markup('<span class="evidence">') if stated else Markup("</span>"))
            proof = stated
        while pending and pending[0].end <= start:
            pending.pop(0)
        text = escape(shown(passage.text[start:end]))
        pieces.append(_mark(pending[0], text, words) if pending and pending[0].start <= start else text)
    if proof:
        pieces.append(Markup("</span>"))
    return Markup("").join(pieces)


def _mark(mark: Mark, text: Markup, words: Words) -> Markup:
    if mark.entity is None or mark.type is None:
        return Markup('<mark class="{}">{}</mark>').format(mark.kind, text)
    title = f"{short(mark.concept or '')} · {words(f'type.{mark.type}')}"
    return Markup('<mark class="{} {}" data-entity="{}" data-type="{}" title="{}">{}</mark>').format(
        mark.kind, mark.type.lower(), mark.entity, mark.type, title, text
    )
