"""Furniture: parts of a page that are not part of the article, recognised by what they say.

The rules are data: ``cleaning/furniture.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pipeline.cleaning.drafts import Draft
from pipeline.errors import ResourceError
from pipeline.remembered import Remembered
from pipeline.resources import load_toml, load_words
from pipeline.schema import BlockKind
from pipeline.wordrules import edge_words

REACHES = ("line", "wrapped", "block", "section", "rest")
_MAX_WORDS = 40
_LONGEST_KEPT = 40  # letters of a first word that is remembered
_LINK_WORDS = 14
"""A link to another article is a title: rarely longer."""
_ROWS = frozenset({BlockKind.TABLE_ROW, BlockKind.TABLE_HEADER})
_NO_LINKS = _ROWS | {BlockKind.HEADING, BlockKind.TITLE, BlockKind.QUOTE}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the table. ``reach`` says how much is left out; see the head of the data file."""

    id: str
    reason: str
    reach: str
    pattern: re.Pattern[str]
    max_words: int
    cues: tuple[str, ...]
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]

    def matches(self, text: str) -> bool:
        """Whether all of ``text`` is what the rule describes."""
        return text.count(" ") < self.max_words and self.fits(text, text.lower())

    def fits(self, text: str, lower: str) -> bool:
        """The same for a text of no more words than the rule allows, also given in lower case."""
        return (not self.cues or any(map(lower.__contains__, self.cues))) and self.pattern.fullmatch(text) is not None


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, in the order of the file. Raises ResourceError with the rule that is malformed."""
    return tuple(_rule(table) for table in load_toml("cleaning/furniture.toml")["rule"])


def _rule(table: dict[str, Any]) -> Rule:
    try:
        if table["reach"] not in REACHES:
            raise ResourceError(f"cleaning/furniture.toml, rule {table['id']!r}: reach must be one of {', '.join(REACHES)}")
        return Rule(
            table["id"],
            table["reason"],
            table["reach"],
            re.compile(table["pattern"], 0 if table.get("case") else re.IGNORECASE),
            table.get("max_words", _MAX_WORDS),
            tuple(table.get("cues", ())),
            tuple(table["examples"]),
            tuple(table["counterexamples"]),
        )
    except (KeyError, TypeError, re.error) as error:
        raise ResourceError(f"cleaning/furniture.toml, rule {table.get('id', '?')!r}: {error!r}") from error


@cache
def _line_rules(wrapped: bool) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules() if rule.reach == "line" or (wrapped and rule.reach == "wrapped"))


@cache
def _block_rules() -> tuple[Rule, ...]:
    return tuple(rule for rule in rules() if rule.reach != "wrapped")


@cache
def _most_words() -> int:
    return max(rule.max_words for rule in _block_rules())


@cache
def _beginnings() -> tuple[tuple[re.Pattern[str], Rule], ...]:
    """The rules for blocks, each with the words that one may begin with."""
    return tuple((re.compile("|".join(edge_words(rule.pattern.pattern)), rule.pattern.flags), rule) for rule in _block_rules())


@Remembered
def _begun_by(word: str) -> tuple[Rule, ...]:
    """The rules for blocks that begin with a word: of most blocks that says that they are none."""
    return tuple(rule for words, rule in _beginnings() if words.fullmatch(word))


def line_reason(text: str, *, wrapped: bool) -> str | None:
    """Why a line of a plain text is page furniture, if it is."""
    if len(text) > 100:
        return None
    return next((rule.reason for rule in _line_rules(wrapped) if rule.matches(text)), None)


def find_rule(text: str) -> Rule | None:
    """The first rule that describes all of ``text``."""
    words = text.count(" ") + 1
    if words > _most_words():
        return None
    first, lower = "".join(text.split(maxsplit=1)[:1]), text.lower()
    possible = _begun_by(first) if len(first) <= _LONGEST_KEPT else _block_rules()
    return next((rule for rule in possible if words <= rule.max_words and rule.fits(text, lower)), None)


def mark(drafts: Sequence[Draft]) -> None:
    """Give every draft that is furniture its reason. Drafts that have one keep it."""
    total = sum(draft.words for draft in drafts if draft.reason is None)
    seen = 0
    section: _Section | None = None
    rest: str | None = None
    for number, draft in enumerate(drafts):
        if draft.reason is not None:
            continue
        seen += draft.words
        if rest is not None and not _ends_rest(draft):
            draft.reason = rest
            continue
        rest = None
        rule = _rule_for(draft)
        if rule is None:
            draft.reason = _bar_reason(draft, at_top=seen <= _MAX_BAR_WORDS)
            if draft.reason is None and section is not None and section.holds(drafts, number):
                draft.reason = section.reason
            elif draft.reason is None:
                section = None
            continue
        draft.reason = rule.reason
        if rule.reach == "section":
            section = _Section(rule.reason, draft.marker)
        elif rule.reach == "rest" and 2 * seen > total:
            rest = rule.reason


def _rule_for(draft: Draft) -> Rule | None:
    if draft.hint in _ROWS:  # two lines with bars read as a table, and say themselves what they are
        rule = find_rule(draft.text)
        return rule if rule is not None and rule.reason in _ALSO_ROWS else None
    arrow = draft.marker and draft.marker[0] not in "-–—1a*+o•"
    found = find_rule(f"{draft.marker} {draft.text}") if arrow else None
    return found or find_rule(draft.text)


_ALSO_ROWS = frozenset({"related", "author", "date"})
_BAR = re.compile(r"\s*[|•·]\s*")
_MAX_BAR_WORDS = 40
_MAX_LINE_WORDS = 20
"""Longer blocks of several sentences are text."""
_SENTENCES = re.compile(r"(?<=\w\w[.!?])\s+")
_MAX_LINK_WORDS = 5


def _bar_reason(draft: Draft, *, at_top: bool) -> str | None:
    """Why a row of links or buttons on one line is furniture: its parts are, they are usual words of a menu, or it stands at the top. Of a
    line that is no such row, why its sentences are.
    """
    if draft.words > _MAX_BAR_WORDS or draft.hint in _ROWS:
        return None
    parts = draft.bar or tuple(_BAR.split(draft.text.strip("|•· ")))
    if len(parts) < 2:
        return _reason_of_sentences(draft.text)
    found = [rule for part in parts if (rule := find_rule(part)) is not None]
    if 2 * len(found) >= len(parts):
        return found[0].reason
    links = [part for part in parts if part.count(" ") < _MAX_LINK_WORDS and not part.endswith((".", ":", ";", "?"))]
    known = sum(part.lower() in _menu_words() for part in parts)
    return "menu" if len(parts) >= 4 and len(links) == len(parts) and (known >= 2 or at_top) else None


def _reason_of_sentences(text: str) -> str | None:
    """Why several sentences are furniture: each of them is."""
    sentences = _SENTENCES.split(text) if text.count(" ") < _MAX_LINE_WORDS else ()
    if len(sentences) < 2:
        return None
    reasons = []
    for sentence in sentences:
        rule = find_rule(sentence)
        if rule is None:
            return None
        reasons.append(rule.reason)
    return reasons[0]


@cache
def _menu_words() -> frozenset[str]:
    return frozenset(load_words("cleaning/menu.txt"))


@dataclass(frozen=True, slots=True)
class _Section:
    """What a heading such as "read also" takes with it. ``marker``: the sign of the list that it is itself an item of."""

    reason: str
    marker: str

    def holds(self, drafts: Sequence[Draft], number: int) -> bool:
        """Whether a draft is one of its links: a list item, or a short line that no text follows."""
        draft = drafts[number]
        if self.marker and draft.marker != self.marker:
            return False
        return _linklike(draft, drafts, number)


def _ends_rest(draft: Draft) -> bool:
    return bool(draft.rule_before) or (draft.hint is BlockKind.TITLE)


def _linklike(draft: Draft, drafts: Sequence[Draft], number: int) -> bool:
    """Whether a draft reads as a link to another page."""
    if draft.hint in _NO_LINKS:
        return False
    if draft.hint is BlockKind.LIST_ITEM:
        return draft.words <= 2 * _LINK_WORDS
    if draft.links >= 0.8 * len(draft.text):
        return True
    if draft.words > _LINK_WORDS or draft.text.endswith((".", ":", ";")):
        return False
    following = next(_texts_after(drafts, number), None)
    if following is None or (draft.gap == 0 and following.gap > 0):  # the last of a run of lines, which the text stands apart from
        return True
    return following.words <= _LINK_WORDS and not following.text.endswith((".", ":", ";"))


def _texts_after(drafts: Sequence[Draft], number: int) -> Iterator[Draft]:
    return (draft for draft in drafts[number + 1 :] if draft.reason is None)
