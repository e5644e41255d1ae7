"""Characters: what stands in the source and how it is read, without ever moving a position.

A run of white space becomes one space; soft hyphens, zero-width characters and stray controls are dropped; ligatures, decomposed accents
and
mojibake become the letters that a person reads.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html import unescape

from pipeline.cleaning.drafts import Piece
from pipeline.cleaning.mojibake import MOJIBAKE

_DROPPED = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls, without those that are white space
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_OTHER_SPACE = "\t-\r\x1c-\x1f\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_X = f"{_OTHER_SPACE}{_DROPPED}"
_GAP = rf"(?P<gap> [ {_X}]+|[{_X}][ {_X}]*)"
_LETTERS = r"[\ufb00-\ufb06]|[A-Za-z][\u0300-\u036f]+"
_ENTITY = r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});?"

_RARE = re.compile(f"[\u0300-\u036f\ufb00-\ufb06]|{MOJIBAKE.pattern}")
"""Texts without any of these need not be searched for them letter by letter."""

_COMMON = re.compile(_GAP)
_COMMON_IN_HTML = re.compile(f"{_GAP}|{_ENTITY}")
_ALL = re.compile(f"{_GAP}|{_LETTERS}|{MOJIBAKE.pattern}")
_ALL_IN_HTML = re.compile(f"{_GAP}|{_ENTITY}|{_LETTERS}|{MOJIBAKE.pattern}")
_SPACE = re.compile(rf"[ {_OTHER_SPACE}]")
_BROKEN_WORD = re.compile(rf"\u00ad[ {_X}]*[\r\n\u2028][ {_X}]*")


@dataclass(frozen=True, slots=True)
class Specials:
    """What to look for in one source."""

    plain: re.Pattern[str]
    in_html: re.Pattern[str]

    @classmethod
    def of(cls, source: str) -> Specials:
        """Chosen once per source: most hold no mojibake, ligatures or combining accents."""
        rare = not source.isascii() and _RARE.search(source)
        return cls(_ALL, _ALL_IN_HTML) if rare else cls(_COMMON, _COMMON_IN_HTML)


CELL_BORDER = " | "
"""What stands between the cells of a table row in the reading text."""


class Reading:
    """The normalised reading of a row of pieces: white space is settled across their borders."""

    def __init__(self, source: str, specials: Specials | None = None) -> None:
        self._source = source
        self._specials = specials or Specials.of(source)
        self._pending: tuple[int, int] | None = None
        self._border = False
        self.pieces: list[Piece] = []
        self.parts: list[str] = []

    def add(self, start: int, end: int, *, entities: bool = False) -> None:
        """Read ``source[start:end]``."""
        at = start
        for match in (self._specials.in_html if entities else self._specials.plain).finditer(self._source, start, end):
            low, high = match.span()
            if low > at:
                self._keep(at, low)
            at = high
            if match.lastgroup == "gap":
                self._gap(low, high, match[0])
            else:
                self.put(low, high, _read(match[0]))
        if at < end:
            self._keep(at, end)

    def put(self, start: int, end: int, text: str) -> None:
        """Read ``source[start:end]`` as ``text``, which may hold white space and dropped characters itself (a decoded reference)."""
        if text == self._source[start:end] and text not in {"", " "}:
            self._keep(start, end)
            return
        clean = _ALL.sub(lambda m: (" " if _SPACE.search(m[0]) else "") if m.lastgroup == "gap" else _read(m[0]), text)
        if clean.startswith(" "):
            self._space(start, end if clean == " " else start)
        if body := clean.strip(" "):
            self._flush(start)
            self.pieces.append((start, end, body))
            self.parts.append(body)
            if clean.endswith(" "):
                self._space(end, end)

    def space(self, start: int, end: int) -> None:
        """Read ``source[start:end]`` (which may be empty) as white space."""
        self._space(start, end)

    def begin_cell(self) -> int:
        """What follows is a cell of a table row. Returns a token for :meth:`end_cell`."""
        self._pending = None
        self._border = bool(self.pieces)
        return len(self.pieces)

    def end_cell(self, token: int) -> tuple[int, int]:
        """The numbers of the first and after the last piece of the cell; equal where the cell is empty."""
        end = len(self.pieces)
        return (token + 1 if token and end > token else token, end)

    def space_before(self, at: int) -> None:
        """Read what stands between the last piece and ``at`` as white space."""
        if self.pieces:
            self._space(self.pieces[-1][1], at)

    @property
    def text(self) -> str:
        """The text so far, without outer white space."""
        return "".join(self.parts)

    def _keep(self, start: int, end: int) -> None:
        if self._source[start] == " ":
            self._space(start, start + 1)
            start += 1
        trailing = end > start and self._source[end - 1] == " "
        if trailing:
            end -= 1
        if start < end:
            self._flush(start)
            self.pieces.append((start, end, None))
            self.parts.append(self._source[start:end])
        if trailing:
            self._space(end, end + 1)

    def _gap(self, start: int, end: int, run: str) -> None:
        if _SPACE.search(run) and not _BROKEN_WORD.fullmatch(run):
            self._space(start, end)

    def _space(self, start: int, end: int) -> None:
        if self._pending is None:
            self._pending = (start, end)
        else:
            self._pending = (self._pending[0], max(end, self._pending[1]))

    def _flush(self, before: int) -> None:
        if self._border:
            self.pieces.append((self.pieces[-1][1], before, CELL_BORDER))
            self.parts.append(CELL_BORDER)
            self._border = False
        elif self._pending is not None and self.pieces:
            start, end = self._pending
            self.pieces.append((start, max(start, min(end, before)), " "))
            self.parts.append(" ")
        self._pending = None


def _read(run: str) -> str:
    """How a special run is read: a character reference, a ligature, letters with combining accents, or mojibake."""
    if run[0] == "&":
        return unescape(run)
    return MOJIBAKE.table.get(run) or unicodedata.normalize("NFKC" if "\ufb00" <= run[0] <= "\ufb06" else "NFC", run)
