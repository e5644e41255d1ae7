"""Which concept a mention stands for in its article.

The finders propose a name each; here the article has its say: an abbreviation that it introduces in brackets stands for the long
form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.article import Mention
from pipeline.language import Analysis


def assign_concepts(analysis: Analysis, mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """The mentions with the concepts that this article gives them."""
    introduced = _introduced(analysis, mentions)
    if not introduced:
        return tuple(mentions)
    return tuple(
        replace(m, concept=introduced[text].concept, broader=introduced[text].broader)
        if (text := analysis.article.text[m.start : m.end]) in introduced and m.type is introduced[text].type
        else m
        for m in mentions
    )


def _introduced(analysis: Analysis, mentions: Sequence[Mention]) -> dict[str, Mention]:
    """Abbreviations that the article itself explains, as in ``prikkelbaredarmsyndroom (PDS)``: text -> mention of the long form."""
    text = analysis.article.text
    return {
        text[short.start : short.end]: long
        for long, short in pairwise(mentions)
        if long.type is short.type
        and text[long.end : short.start].strip() == "("
        and text[short.end : short.end + 1] == ")"
        and text[short.start : short.end].isupper()
    }
