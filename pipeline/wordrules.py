"""Rules over words, tried only where one of their matches can begin or end.

A rule is a regular expression over the folded words of a text, one space between them. Most sentences hold no word that a rule could
begin with, so that searching every rule through every sentence is mostly wasted. What words those are is read off the rule itself.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, product

from pipeline.errors import ResourceError
from pipeline.remembered import Remembered

_ANYTHING = r"\S*"
_MOST_WORDS = 2000  # of a rule that could begin with more, only their beginnings are kept
_NONE: frozenset[int] = frozenset()

_QUANTIFIER = r"(?:[*+?]|\{\d*,?\d*\})\??"
_TOKEN = re.compile(rf"\w+(?!{_QUANTIFIER})|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P<\w+>|<?[:=!])?|{_QUANTIFIER}|.")
_IS_QUANTIFIER = re.compile(_QUANTIFIER)
_IS_NO_WORD = re.compile(r"[$^]|\\[bBAZ]|\(\?<?[=!]")  # anchors and lookarounds: without them a rule fits more
_IS_LIST = re.compile(r"\[\w+\]")
_IS_PLAIN = re.compile(r"[^\\.^$*+?{}\[\]|()]*")


def whole_words(rule: str) -> re.Pattern[str]:
    """A rule that begins and ends where words do."""
    return re.compile(rf"(?<!\S)(?:{rule})(?!\S)")


def word_starts(words: Iterable[str]) -> list[int]:
    """Where each of some words begins when they are joined with spaces; last, where a further one would."""
    return list(accumulate((len(word) + 1 for word in words), initial=0))


def words_of(starts: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """The first and the last word of a span of the joined words that begin at ``starts``."""
    return bisect_right(starts, start) - 1, bisect_right(starts, end - 1) - 1


@dataclass(frozen=True, slots=True)
class _Edge:
    """The words that a piece of a rule can begin with: those that end inside it, and those that go on behind it. Of a rule that is read
    backwards, the words that it can end with.

    Each is plain text or a regular expression.
    """

    ended: frozenset[str] = frozenset()
    going_on: frozenset[str] = frozenset()


_EMPTY = _Edge(going_on=frozenset({""}))
_SPACE = _Edge(ended=frozenset({""}))
_SPACED = _Edge(ended=frozenset({_ANYTHING}))


class _Reader:
    """Reads the words at one end of a rule off it."""

    def __init__(self, rule: str, *, backwards: bool) -> None:
        self._backwards = backwards
        self._tokens = (match[0] for match in _TOKEN.finditer(f"{rule})"))

    def words(self) -> frozenset[str]:
        """The words at this end of a match, and perhaps others."""
        found = self._group()
        return found.ended | found.going_on

    def _group(self) -> _Edge:
        """What a rule, or a group in it, can begin with; reads up to its end."""
        ended: set[str] = set()
        going_on: set[str] = set()
        pieces: list[_Edge] = []  # of an alternative
        closed = False  # whether its first word ends before the present token, which then does not matter
        for token in self._tokens:
            if token in ("|", ")"):
                found = self._row(pieces)
                ended |= found.ended
                going_on |= found.going_on
                if token == ")":
                    break
                pieces, closed = [], False
            elif _IS_QUANTIFIER.fullmatch(token):
                if not closed:
                    pieces[-1] = self._quantified(pieces[-1], token)
            else:
                closed = closed or (bool(pieces) and not pieces[-1].going_on and not self._backwards)
                piece = self._piece(token, closed)
                if not closed:
                    pieces.append(piece)
        return _Edge(frozenset(ended), frozenset(going_on))

    def _piece(self, token: str, skipping: bool) -> _Edge:
        """What the piece that begins with a token can begin with; reads a group to its end."""
        if token == "(?":
            raise ValueError("a rule over words may hold no flags, conditions or references to groups")
        if token[0] == "(" and (skipping or _IS_NO_WORD.fullmatch(token)):
            self._skip_group()
            return _EMPTY
        if token[0] == "(":
            return self._group()
        return _EMPTY if skipping else _of_token(token)

    def _skip_group(self) -> None:
        depth = 1
        while depth:
            token = next(self._tokens)
            depth += (token[0] == "(") - (token == ")")

    def _row(self, pieces: Sequence[_Edge]) -> _Edge:
        """What some pieces one behind the other can begin with."""
        if not pieces:
            return _EMPTY
        whole, *others = reversed(pieces) if self._backwards else pieces
        for piece in others:
            whole = _Edge(whole.ended | self._joined(whole.going_on, piece.ended), self._joined(whole.going_on, piece.going_on))
        return whole

    def _joined(self, words: frozenset[str], others: frozenset[str]) -> frozenset[str]:
        if len(words) * len(others) > _MOST_WORDS:
            others = frozenset({_ANYTHING})
        return frozenset(map("".join, product(others, words) if self._backwards else product(words, others)))

    def _quantified(self, piece: _Edge, quantifier: str) -> _Edge:
        """What a piece that may be repeated or left out can begin with."""
        ended, going_on = piece.ended, piece.going_on
        if quantifier[0] != "?":
            going_on = self._joined(going_on, frozenset({_ANYTHING}))
            ended = ended and ended | going_on  # of a piece that may hold a space another round may end the word
        skipped = quantifier[0] in "?*" or quantifier.startswith(("{0", "{,"))
        return _Edge(ended, going_on | {""} if skipped else going_on)


def _of_token(token: str) -> _Edge:
    """What a piece of a rule that is no group can begin with."""
    if token == " ":
        return _SPACE
    if _IS_NO_WORD.fullmatch(token):
        return _EMPTY
    if _IS_LIST.fullmatch(token):
        return _Edge(going_on=frozenset(token[1:-1]))
    return _SPACED if token[0] in ".[\\" and re.fullmatch(token, " ") else _Edge(going_on=frozenset({token}))


def edge_words(rule: str, *, last: bool = False) -> frozenset[str]:
    """The words that a match of a rule can begin with (or end with), and perhaps others. Each is plain text or a regular expression.

    Raises ResourceError for a rule that holds what cannot be read off: flags, conditions, references to groups.
    """
    try:
        return _Reader(rule, backwards=last).words()
    except ValueError as error:
        raise ResourceError(f"rule {rule!r}: {error}") from error


class RuleIndex:
    """Finds rules by the words that they can begin with, or end with. The number of a rule is its place among them."""

    def __init__(self, rules: Iterable[str], *, last: bool = False) -> None:
        plain: dict[str, list[int]] = {}
        other: list[tuple[int, re.Pattern[str]]] = []
        for number, rule in enumerate(rules):
            words = edge_words(rule, last=last)
            rest = [word for word in words if not _IS_PLAIN.fullmatch(word)]
            for word in words.difference(rest):
                plain.setdefault(word, []).append(number)
            if rest:
                other.append((number, re.compile("|".join(rest))))
        self._plain = plain
        self._other = tuple(other)
        self.of = Remembered(self._find)

    def _find(self, word: str) -> frozenset[int]:
        """The rules that a word can begin (or end); a folded sign may hold a space, and is two words to a rule."""
        if " " in word:
            return frozenset().union(*map(self._find, word.split(" ")))
        return frozenset((*self._plain.get(word, ()), *(number for number, words in self._other if words.fullmatch(word))))


class WordRules:
    """Rules of whole words (:func:`whole_words`), tried where they can begin, in texts that hold a word that tells of them."""

    def __init__(self, rules: Sequence[re.Pattern[str]], *, told_by_last: bool = False) -> None:
        """``told_by_last``: the last words of the rules are rarer than the first ones, and tell of them."""
        self._rules = tuple(rules)
        self._begun_by = RuleIndex(rule.pattern for rule in rules).of
        self._told_by = RuleIndex((rule.pattern for rule in rules), last=True).of if told_by_last else self._begun_by

    def may_fit(self, words: Iterable[str]) -> bool:
        """Whether any of some words tells of a rule."""
        return any(map(self._told_by, words))

    def told(self, words: Iterable[str]) -> frozenset[int]:
        """The numbers of the rules that some words tell of."""
        return frozenset().union(*map(self._told_by, words))

    def fitting(self, words: Sequence[str]) -> frozenset[int]:
        """The numbers of the rules that fit somewhere in some words."""
        if not self.may_fit(words):
            return _NONE
        found: set[int] = set()
        text = " ".join(words)
        place = 0
        for word in text.split(" "):
            for number in self._begun_by(word):
                if number not in found and self._rules[number].match(text, place):
                    found.add(number)
            place += len(word) + 1
        return frozenset(found)

    def matches(self, text: str, among: frozenset[int] | None = None, most: int = sys.maxsize) -> Iterator[tuple[int, re.Match[str]]]:
        """The matches of all rules, or of those whose numbers are ``among`` some, with the rule's number: rule by rule, those of one from
        left to right without overlaps, at ``most`` so many.
        """
        places: dict[int, list[int]] = {}
        place = 0
        for word in text.split(" "):
            begun = self._begun_by(word)
            for number in begun if among is None else begun & among:
                places.setdefault(number, []).append(place)
            place += len(word) + 1
        for number in sorted(places):
            fits = self._rules[number].match
            end, left = 0, most
            for place in places[number]:
                if place >= end and (match := fits(text, place)):
                    yield number, match
                    end, left = match.end(), left - 1
                    if not left:
                        break
