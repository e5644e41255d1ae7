"""Mentions that are given from outside, such as those that people annotated, in place of found ones."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from pipeline.article import Mention, TypedSpan
from pipeline.language import Analysis
from pipeline.lexicon import load_lexicon

_FOUND_BY = "given"


def place_mentions(analysis: Analysis, spans: Iterable[TypedSpan]) -> tuple[Mention, ...]:
    """The mentions for some spans of the reading text, in text order.

    Mentions take up whole words of one sentence and share none: a span grows to the words that it touches, ends where its sentence
    does, and begins behind the mention before it. A span that has no word for itself gives no mention.
    """
    placed: list[Mention] = []
    free = 0
    firsts = [first for first, _ in analysis.sentence_words]
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        first = max(bisect_right(analysis.ends, span.start), free)
        last = bisect_left(analysis.starts, span.end) - 1
        sentence = bisect_right(firsts, first) - 1
        if sentence < 0:
            continue
        last = min(last, analysis.sentence_words[sentence][1] - 1)
        if first > last:
            continue
        concept = load_lexicon().concept(span.type, span.concept)
        broader = concept.broader if concept else None
        placed.append(analysis.mention(span.type, (first, last), sentence, span.concept, _FOUND_BY, 1.0, broader))
        free = last + 1
    return tuple(placed)
