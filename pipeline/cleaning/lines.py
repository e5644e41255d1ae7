"""Lines of a plain text: where they begin and end, whether the text is hard-wrapped, and how broken words are joined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from pipeline.cleaning.characters import Reading
from pipeline.cleaning.markers import Marker, marker_at
from pipeline.resources import load_toml

_LINE = re.compile(r"[^\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+|\x0c")
_BLANK = " \t\u00a0\u200b\ufeff\u2000-\u200a\u202f\u205f\u3000\u00ad"
_STRIP = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*")
_SENTENCE_END = re.compile(r"[.!?…:;][\"'’”»)\]]*$")
_WORD = re.compile(r"\S+")

MAX_WRAP_WIDTH = 110
"""No e-mail, PDF extract or hand-wrapped text has longer lines; web extracts with one line per paragraph have much longer ones."""


@dataclass(slots=True)
class Line:
    """One line that is not blank.

    ``gap`` is the number of blank lines before it, ``page`` whether a page break or its furniture stands between.
    """

    start: int
    end: int
    indent: int
    gap: int
    text: str
    marker: Marker | None = None
    page: bool = False


def split_lines(source: str) -> list[Line]:
    """All lines that are not blank, with outer white space left out of their ranges."""
    lines: list[Line] = []
    previous_end = 0
    form_feed = False
    for match in _LINE.finditer(source):
        if match[0] == "\x0c":
            form_feed = True
            continue
        stripped = _STRIP.match(source, match.start(), match.end())
        start = stripped.end() if stripped else match.start()
        text = source[start : match.end()].rstrip().rstrip("\u200b\ufeff \u00a0\t")
        if not text:
            continue
        breaks = _count_breaks(source, previous_end, match.start()) if lines else 1
        indent = len(source[match.start() : start].expandtabs(4))
        lines.append(Line(start, start + len(text), indent, max(breaks - 1, 0), text, page=form_feed))
        previous_end = match.end()
        form_feed = False
    circles = sum(line.text.startswith("o ") for line in lines) >= 2
    for line in lines:
        line.marker = marker_at(source, line.start, line.end, circles=circles)
    return lines


def _count_breaks(source: str, start: int, end: int) -> int:
    between = source[start:end]
    return between.count("\n") + between.count("\r") - between.count("\r\n") + sum(map(between.count, "\x0b\x85\u2028\u2029"))


def ends_sentence(text: str) -> bool:
    """Whether a line ends as a sentence, a lead-in or a list item does."""
    return bool(_SENTENCE_END.search(text[-4:]))


def _goes_on(before: str, after: str) -> bool:
    """Whether the break between two lines lies inside a sentence, as far as their ends show."""
    return not ends_sentence(before) and (after[0].islower() or before[-1] in ",-\u00ad(" or after[0] in "(")


@dataclass(frozen=True, slots=True)
class Wrapping:
    """How wide the lines of a hard-wrapped text are; 0 where it is not hard-wrapped."""

    width: int

    @classmethod
    def of(cls, lines: Sequence[Line]) -> Wrapping:
        """Judged on all pairs of adjacent lines: in a wrapped text most breaks between full lines lie inside a sentence."""
        lengths = sorted(line.indent + len(line.text) for line in lines)
        if len(lengths) < 2:
            return cls(0)
        width = lengths[int(0.95 * (len(lengths) - 1))]
        if width > MAX_WRAP_WIDTH or width < 30:
            return cls(0)
        pairs = [(a, b) for a, b in pairwise(lines) if not b.gap and not b.marker and len(a.text) + a.indent > 0.6 * width]
        inside = sum(_goes_on(a.text, b.text) for a, b in pairs)
        # Half: the other breaks fall between sentences or before names and numbers.
        return cls(width if inside >= 2 and inside >= 0.35 * len(pairs) else 0)

    def joins(self, before: Line, after: Line) -> bool:
        """Whether ``after`` goes on with the paragraph of ``before``."""
        if after.marker and not (self.width and _number_inside_sentence(before, after)):
            return False
        if after.gap:
            return after.page and _goes_on(before.text, after.text)
        if _goes_on(before.text, after.text):
            broken_word = before.text[-1] in "-\u00ad" and after.text[0].islower()
            if (self.width or before.marker is None) and (len(before.text) >= 45 or (self.width and broken_word)):
                return True
        return bool(self.width) and self._full(before, after) and not before.text.endswith((":", ";"))

    def _full(self, before: Line, after: Line) -> bool:
        """Whether the next word would not have fitted, with some slack for justified and ragged lines."""
        first = _WORD.match(after.text)
        return before.indent + len(before.text) + 1 + len(first[0] if first else "") > 0.9 * self.width


def _number_inside_sentence(before: Line, after: Line) -> bool:
    """A wrapped line may begin with a number and a full stop or a dash that is no marker."""
    assert after.marker is not None
    dash = after.marker.family in "–—" and len(after.marker.family) == 1
    return (
        (after.marker.number is not None or dash)
        and not ends_sentence(before.text)
        and len(before.text) > 45
        and after.indent <= before.indent
    )


@cache
def _hyphen_rules() -> tuple[frozenset[str], re.Pattern[str]]:
    rules = load_toml("cleaning/hyphens.toml")
    return frozenset(rules["suspended"]["before"]), re.compile("|".join(map(re.escape, rules["kept"]["between"])))


def read_lines(reading: Reading, source: str, ranges: Sequence[tuple[int, int]]) -> None:
    """Read lines as one running text: breaks become spaces, and words that were broken at a line end become whole."""
    for (start, end), following in zip(ranges, [*ranges[1:], None], strict=True):
        if following is None:
            reading.add(start, end)
            return
        cut, gap = _line_end(source, start, end, following)
        reading.add(start, cut)
        if gap:
            reading.space(end, following[0])


def _line_end(source: str, start: int, end: int, following: tuple[int, int]) -> tuple[int, bool]:
    """Where the text of a line ends before the next one, and whether a space stands between."""
    last = source[end - 1]
    if last == "\u00ad":
        return end - 1, False
    if last not in "-‐\u2010" or end - start < 2 or not source[end - 2].isalpha():
        return end, True
    word = _WORD.match(source, *following)
    suspended, kept = _hyphen_rules()
    after = word[0].strip(",.;:()").lower() if word else ""
    if after in suspended:
        return end, True
    first = source[following[0]]
    if not first.islower() or kept.fullmatch(source[end - 2].lower() + first):
        return end, False
    return end - 1, False


def runs(lines: Sequence[Line], wrapping: Wrapping) -> Iterator[list[Line]]:
    """Lines in the groups that each make one block."""
    current: list[Line] = []
    for line in lines:
        if current and (_hangs(current, line) or wrapping.joins(current[-1], line)):
            current.append(line)
            continue
        if current:
            yield current
        current = [line]
    if current:
        yield current


def _hangs(current: Sequence[Line], line: Line) -> bool:
    """Whether a line is set in under the text of the list item above it."""
    first = current[0]
    if line.gap or line.marker or first.marker is None:
        return False
    return line.indent > first.indent and line.indent >= first.indent + (first.marker.body - first.start) - 1
