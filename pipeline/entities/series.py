"""The series finder: names counted off by letter or number after the first (*vitamine B6, E en D*), by the rules of ``series.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from pipeline.article import Mention, covered_words
from pipeline.language import Analysis
from pipeline.resources import load_toml
from pipeline.wordclasses import joints

_CONFIDENCE = 0.85


@cache
def _series() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((row["head"], re.compile(row["suffix"])) for row in load_toml("entities/series.toml")["series"])


def find(analysis: Analysis, found: Sequence[Mention]) -> list[Mention]:
    """The further members of every series that a found mention begins."""
    covered = covered_words(found)
    mentions: list[Mention] = []
    for mention in found:
        if mention.first_token == mention.last_token:
            continue
        for head, suffix in _series():
            if analysis.folds[mention.first_token].startswith(head) and suffix.fullmatch(analysis.word(mention.last_token)):
                mentions.extend(m for m in _members(analysis, mention, head, suffix) if m.first_token not in covered)
    return mentions


def _members(analysis: Analysis, mention: Mention, head: str, suffix: re.Pattern[str]) -> Iterator[Mention]:
    _, end = analysis.sentence_words[mention.sentence]
    word = mention.last_token + 1
    while word + 1 < end and analysis.folds[word] in joints() and suffix.fullmatch(analysis.word(word + 1)):
        word += 1
        name = f"{head} {analysis.word(word).lower()}"
        concept = analysis.concept(mention.type, name)
        broader = concept.broader if concept else mention.broader
        subtype = concept.subtype if concept else mention.subtype
        yield analysis.mention(mention.type, (word, word), mention.sentence, name, f"series:{head}", _CONFIDENCE, broader, subtype)
        word += 1
