"""Rules over words, tried only where one of their matches can begin.

A rule is a regular expression over the folded words of a text, one space between them. Most sentences hold no word that a rule could
begin with, so that searching every rule through every sentence is mostly wasted. What words those are is read off the rule itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

_ANYTHING = r"\S*"
_MOST_WORDS = 2000  # rules that can begin with more are few: how they go on is left open
_CACHED = 1 << 16  # distinct words
_NONE: frozenset[int] = frozenset()

_QUANTIFIER = r"(?:[*+?]|\{\d*,?\d*\})\??"
_TOKEN = re.compile(rf"\w+(?!{_QUANTIFIER})|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P<\w+>|<?[:=!])|{_QUANTIFIER}|.")
_IS_QUANTIFIER = re.compile(_QUANTIFIER)
_IS_NO_WORD = re.compile(r"[$^]|\\[bBAZ]|\(\?<?[=!]")  # anchors and lookarounds: without them a rule fits more
_IS_LIST = re.compile(r"\[\w+\]")
_IS_PLAIN = re.compile(r"[^\\.^$*+?{}\[\]|()]*")


def whole_words(rule: str) -> re.Pattern[str]:
    """A rule that begins and ends where words do."""
    return re.compile(rf"(?<!\S)(?:{rule})(?!\S)")


@dataclass(frozen=True, slots=True)
class _Beginning:
    """The words that a piece of a rule can begin with: those that end inside it, and those that go on behind it.

    Each is plain text or a regular expression.
    """

    ended: frozenset[str] = frozenset()
    going_on: frozenset[str] = frozenset()

    def followed_by(self, other: _Beginning) -> _Beginning:
        """What this piece and the next one can begin with."""
        return _Beginning(self.ended | _joined(self.going_on, other.ended), _joined(self.going_on, other.going_on))

    def quantified(self, quantifier: str) -> _Beginning:
        """The same for a piece that may be repeated or left out."""
        ended, going_on = self.ended, self.going_on
        if not quantifier.startswith("?"):
            going_on = frozenset(word + _ANYTHING for word in going_on)
            ended |= going_on
        return _Beginning(ended, going_on | {""} if quantifier[0] in "?*" or quantifier.startswith(("{0", "{,")) else going_on)


_EMPTY = _Beginning(going_on=frozenset({""}))


def _joined(words: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    if len(words) * len(others) > _MOST_WORDS:
        return frozenset(word + _ANYTHING for word in words)
    return frozenset(map("".join, product(words, others)))


def _beginning(tokens: Iterator[str]) -> _Beginning:
    """What a rule, or a group in it, can begin with; reads up to the end of the group."""
    ended: set[str] = set()
    going_on: set[str] = set()
    read = piece = _EMPTY  # of an alternative: all but its last piece, and that piece
    for token in tokens:
        if token in ("|", ")"):
            read = read.followed_by(piece)
            ended |= read.ended
            going_on |= read.going_on
            if token == ")":
                break
            read = piece = _EMPTY
        elif _IS_QUANTIFIER.fullmatch(token):
            piece = piece.quantified(token)
        else:
            read = read.followed_by(piece)
            piece = _piece(token, tokens, matters=bool(read.going_on))
    return _Beginning(frozenset(ended), frozenset(going_on))


def _piece(token: str, tokens: Iterator[str], matters: bool) -> _Beginning:
    """What the piece of a rule that begins with a token can begin with. That of one behind the first word does not matter."""
    if token[0] == "(" and (_IS_NO_WORD.fullmatch(token) or not matters):
        _skip_group(tokens)
        return _EMPTY
    if token[0] == "(":
        return _beginning(tokens)
    if _IS_NO_WORD.fullmatch(token) or not matters:
        return _EMPTY
    if token == " ":
        return _Beginning(ended=frozenset({""}))
    if _IS_LIST.fullmatch(token):
        return _Beginning(going_on=frozenset(token[1:-1]))
    if token[0] in ".[\\" and re.fullmatch(token, " "):
        return _Beginning(ended=frozenset({_ANYTHING}))
    return _Beginning(going_on=frozenset({token}))


def _skip_group(tokens: Iterator[str]) -> None:
    depth = 1
    while depth:
        token = next(tokens)
        depth += (token[0] == "(") - (token == ")")


def first_words(rule: str) -> frozenset[str]:
    """The words that a match of a rule can begin with, and perhaps others: each plain text or a regular expression."""
    found = _beginning(match[0] for match in _TOKEN.finditer(f"{rule})"))
    return found.ended | found.going_on


class WordRules:
    """Rules of whole words (:func:`whole_words`), looked up by the words that they can begin with. A rule's number is its place."""

    def __init__(self, rules: Sequence[re.Pattern[str]]) -> None:
        self._rules = tuple(rules)
        plain: dict[str, list[int]] = {}
        other: list[tuple[int, re.Pattern[str]]] = []
        for number, rule in enumerate(rules):
            words = first_words(rule.pattern)
            for word in filter(_IS_PLAIN.fullmatch, words):
                plain.setdefault(word, []).append(number)
            rest = sorted(word for word in words if not _IS_PLAIN.fullmatch(word))
            if rest:
                other.append((number, re.compile("|".join(rest))))
        self._plain = plain
        self._other = tuple(other)
        self.begun_by = lru_cache(maxsize=_CACHED)(self._begun_by)

    def _begun_by(self, word: str) -> frozenset[int]:
        """The numbers of the rules that a word can begin; a folded sign may hold a space, and is two words to a rule."""
        if " " in word:
            return frozenset().union(*map(self._begun_by, word.split(" ")))
        return frozenset((*self._plain.get(word, ()), *(number for number, words in self._other if words.fullmatch(word))))

    def matches(self, text: str, among: frozenset[int] | None = None) -> Iterator[tuple[int, Iterator[re.Match[str]]]]:
        """The rules that may fit, or those of them whose numbers are ``among`` some, in order, each with its matches from left to right
        without overlaps.
        """
        places: dict[int, list[int]] = {}
        place = 0
        for word in text.split(" "):
            begun = self.begun_by(word)
            for number in begun if among is None else begun & among:
                places.setdefault(number, []).append(place)
            place += len(word) + 1
        for number in sorted(places):
            yield number, _matches_at(self._rules[number], text, places[number])

    def may_fit(self, words: Iterable[str]) -> bool:
        """Whether any of some words can begin a rule."""
        return any(map(self.begun_by, words))

    def fitting(self, words: Sequence[str]) -> frozenset[int]:
        """The numbers of the rules that fit somewhere in some words."""
        if not self.may_fit(words):
            return _NONE
        found: set[int] = set()
        text = " ".join(words)
        place = 0
        for word in text.split(" "):
            for number in self.begun_by(word):
                if number not in found and self._rules[number].match(text, place):
                    found.add(number)
            place += len(word) + 1
        return frozenset(found)


def _matches_at(rule: re.Pattern[str], text: str, places: Sequence[int]) -> Iterator[re.Match[str]]:
    end = 0
    for place in places:
        match = rule.match(text, place) if place >= end else None
        if match is not None:
            end = match.end()
            yield match
