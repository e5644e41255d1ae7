"""The ellipsis finder: compounds that leave their head to the last of a coordination (*hoofd-, nek- en rugpijn*)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from pipeline.article import Mention, covered_words
from pipeline.entities.compounds import derive, is_head
from pipeline.language import Analysis
from pipeline.lexicon import load_lexicon
from pipeline.schema import EntityType
from pipeline.wordclasses import joints

_CONFIDENCE = 0.8
_MIN_PART = 3


def find(analysis: Analysis, found: Sequence[Mention]) -> list[Mention]:
    """The shortened members in front of a found compound. A coordination that the lexicon lists as one name is covered already."""
    covered = covered_words(found)
    return [m for mention in found for m in _members(analysis, mention) if m.first_token not in covered]


def _members(analysis: Analysis, mention: Mention) -> Iterator[Mention]:
    """Walk back from the compound over joints and shortened words."""
    first, _ = analysis.sentence_words[mention.sentence]
    whole = analysis.folds[mention.first_token]
    position = mention.first_token - 2
    while position >= first and analysis.folds[position + 1] in joints() and analysis.is_cut(position):
        name = _complete(analysis.folds[position], whole, mention.type)
        if name is None:
            return
        member = analysis.mention(mention.type, (position, position), mention.sentence, name, "ellipsis", _CONFIDENCE)
        yield replace(member, end=member.end + 1)  # the hyphen stands for what is left out
        position -= 2


@lru_cache(maxsize=1 << 12)
def _complete(part: str, whole: str, type_: EntityType) -> str | None:
    """The concept of the shortened word: with the longest end of the whole word that makes it a name of the same type."""
    ends = [whole[cut:] for cut in range(_MIN_PART, len(whole) - _MIN_PART + 1)]
    for name in (part + end for end in ends):
        for entry in load_lexicon().entries(name):
            if entry.concept.type is type_ and entry.case is None and not entry.context:
                return entry.concept.name
    derived = (derive(part + end) for end in ends if is_head(end))
    return next((d.concept for d in derived if d is not None and d.type is type_), None)
