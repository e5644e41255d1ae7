"""Frames: what a heading, a lead-in or a table header says of everything under it (``frames.toml``).

Here is only what the words say; where a statement holds in an article is the business of :mod:`~pipeline.relations.structure`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pipeline.errors import ResourceError
from pipeline.resources import load_toml
from pipeline.schema import BlockKind, EntityType, Polarity, RelationType
from pipeline.wordrules import WordRules, whole_words

# Items of these lists name their member first and then explain it; a remedy may stand anywhere in its item.
_LEADING = frozenset({RelationType.CAUSES, RelationType.HAS_SYMPTOM, RelationType.DEFICIENCY_CAUSES, RelationType.CONSULT})
# Broken or hostile input: no heading or lead-in is so long (the longest of our corpus has 30 words), and rules look far ahead in it.
_MOST_WORDS = 200
_CELLS = frozenset({BlockKind.TABLE_HEADER, BlockKind.TABLE_ROW})


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame rule."""

    id: str
    type: RelationType
    match: re.Pattern[str]
    heading: re.Pattern[str] | None
    exclude: re.Pattern[str] | None
    member_is_head: bool
    members: frozenset[EntityType]
    others: frozenset[EntityType]
    needs_subject: frozenset[EntityType]
    kinds: frozenset[BlockKind]
    also: str | None
    leading: bool
    unfit: re.Pattern[str] | None
    polarity: Polarity
    column: bool
    label: re.Pattern[str] | None


@cache
def load_frames() -> tuple[Frame, ...]:
    """All frames in file order. Raises ResourceError for a malformed one."""
    frames: list[Frame] = []
    for row in load_toml("relations/frames.toml")["frame"]:
        try:
            type_ = RelationType(row["type"])
            member_is_head = row["member"] == "head"
            heads, tails = (type_.heads, type_.tails) if member_is_head else (type_.tails, type_.heads)
            frames.append(
                Frame(
                    row["id"],
                    type_,
                    whole_words(row["match"]),
                    re.compile(row["heading"]) if "heading" in row else None,
                    re.compile(row["not"]) if "not" in row else None,
                    member_is_head,
                    frozenset(EntityType(t) for t in row["members"]) if "members" in row else heads,
                    frozenset(EntityType(t) for t in row["others"]) if "others" in row else tails,
                    frozenset(EntityType(t) for t in row.get("needs_subject", ())),
                    frozenset(BlockKind(k) for k in row.get("kinds", ("list_item", "table_row", "paragraph"))),
                    row.get("and"),
                    type_ in _LEADING,
                    whole_words(row["unfit"]) if "unfit" in row else None,
                    Polarity(row.get("polarity", "affirmed")),
                    bool(row.get("column", True)),
                    re.compile(row["label"]) if "label" in row else None,
                )
            )
        except (KeyError, ValueError, re.error) as error:
            raise ResourceError(f"relations/frames.toml, frame {row.get('id', '?')!r}: {error}") from error
    return tuple(frames)


@cache
def _rules() -> WordRules:
    """What the frames match."""
    return WordRules([frame.match for frame in load_frames()])


@cache
def _headings() -> tuple[re.Pattern[str], ...]:
    return tuple(frame.heading for frame in load_frames() if frame.heading is not None)


@cache
def _phrases(key: str, pattern: str = "%s") -> re.Pattern[str]:
    """A list of phrases of ``frames.toml`` as one expression; ``%s`` in the pattern stands for them."""
    return re.compile(pattern % f"(?:{'|'.join(load_toml('relations/frames.toml')[key])})")


@cache
def _phrase_rules(key: str) -> WordRules:
    """A list of phrases of ``frames.toml`` that may stand anywhere."""
    return WordRules([whole_words(_phrases(key).pattern)])


def continues(heading: str) -> bool:
    """Whether a heading only divides what the heading before it speaks of (*Vaak*, *Baby's*)."""
    return _phrases("continuations").match(heading) is not None


def is_neutral(text: str) -> bool:
    """Whether a heading or lead-in says something that is no frame, so that it does not pass on what stands above it (*drie soorten:*)."""
    return bool(_phrase_rules("neutral").fitting(text.split(" ")))


def lists_ingredients(sentence: str) -> bool:
    """Whether a sentence lists what a preparation is made of: the preparation treats, not each ingredient."""
    return _phrases("recipes", r"%s(?!\S)").match(sentence) is not None


def goes_on(sentence: str) -> bool:
    """Whether a sentence goes on with what the one before it lists: *Soms ook een operatie.*"""
    return _phrases("further", r"%s(?!\S)").match(sentence) is not None


def names_option(heading: str) -> bool:
    """Whether a heading is hardly more than the name of a remedy."""
    return any(pattern.search(heading) for pattern in _headings())


def is_prevention(sentence: str) -> bool:
    """Whether a use is prevention: *om een hartinfarct te voorkomen*."""
    return bool(_phrase_rules("preventing").fitting(sentence.split(" ")))


def denies(text: str) -> bool:
    """Whether a heading or lead-in denies what its frame says: *Wat helpt niet tegen verkoudheid?*"""
    words = text.split(" ")
    return bool(_phrase_rules("denying").fitting(words)) and not _phrase_rules("hedging").fitting(words)


def advises_against(sentence: str) -> bool:
    """Whether a sentence advises against what its item names: *Citroen: liever niet.*"""
    return bool(_phrase_rules("against").fitting(sentence.split(" ")))


def denies_item(sentence: str) -> bool:
    """Whether the sentence of an item denies what its heading says of it: *Verslaving treedt niet op.*"""
    return bool(_phrase_rules("not_so").fitting(sentence.split(" ")))


def permits(sentence: str) -> bool:
    """Whether the sentence of an item takes it out of what something is not to be used with: *Een nierziekte is geen probleem.*"""
    return bool(_phrase_rules("no_matter").fitting(sentence.split(" ")))


def is_lack(header: str) -> bool:
    """Whether a table header says that what stands under it is lacking."""
    return bool(_phrase_rules("lacking").fitting(header.split(" ")))


def presence_of(cell: str) -> Polarity | None:
    """Whether a cell says that a symptom is there (*ja*, *vaak*, *++*), that it is not, or nothing."""
    if _phrases("absent").fullmatch(cell) is not None:
        return Polarity.NEGATED
    return Polarity.AFFIRMED if _phrases("present").fullmatch(cell) is not None else None


def asks_whether_suitable(header: str) -> bool:
    """Whether a table header asks if something may be used with what it names: *Geschikt bij lactose-intolerantie?*"""
    return bool(_phrase_rules("suitable").fitting(header.split(" ")))


def amount_of(cell: str) -> Polarity | None:
    """Whether a cell under a nutrient says that the row holds it (an amount), that it does not (zero), or nothing."""
    if _phrases("none").fullmatch(cell) is not None:
        return Polarity.NEGATED
    return Polarity.AFFIRMED if any(c.isdigit() for c in cell) else None


@cache
def _verdicts() -> dict[str, re.Pattern[str]]:
    table = load_toml("relations/frames.toml")["verdicts"]
    return {key: re.compile(rf"^(?:{'|'.join(phrases)})\W*$", re.IGNORECASE) for key, phrases in table.items()}


def verdict_of(cell: str, *, is_header: bool = False) -> Polarity | None:
    """What a table cell such as *wel*, *niet* or *beperken* says of its row's food or remedy: the polarity of CONTRAINDICATED_FOR,
    or None. A header says so of its whole column, unless it tells how often (*vaak*).
    """
    verdicts = _verdicts()
    if verdicts["against"].match(cell):
        return Polarity.AFFIRMED
    permitted = verdicts["permitted"].match(cell) or (not is_header and verdicts["often"].match(cell))
    return Polarity.NEGATED if permitted else None


def frames_of(
    text: str, named: frozenset[EntityType], subject_types: frozenset[EntityType], kind: BlockKind = BlockKind.HEADING
) -> tuple[Frame, ...]:
    """The frames that a heading or lead-in states.

    ``text`` is its skeleton, ``named`` the entity types that it names, ``subject_types`` those of its section's subject, which count
    where it names nothing.

    Of several the first in the file holds, with the frame that goes with it; in a lead-in, a whole sentence, the one nearest to the
    list, relative clauses aside. What is longer than headings and lead-ins are states none.
    """
    if kind is BlockKind.LEAD_IN:
        text = _phrases("asides", ", %s [^,:]*").sub("", text)
    fitting = list(_fitting(text, named or subject_types, kind))
    if not fitting:
        return ()
    chosen = max(fitting, key=lambda item: item[0])[1] if kind is BlockKind.LEAD_IN else fitting[0][1]
    return tuple(frame for _, frame in fitting if frame is chosen or chosen.id == frame.also or frame.id == chosen.also)


def frames_of_cell(text: str, present: frozenset[EntityType], kind: BlockKind) -> tuple[Frame, ...]:
    """All frames that the header of a column (``kind`` is TABLE_HEADER) or the label of a row states, in file order.

    ``text`` is the cell in folded words, ``present`` the types of what the row names.
    """
    return tuple(frame for _, frame in _fitting(text, present, kind))


def _fitting(text: str, types: frozenset[EntityType], kind: BlockKind) -> Iterator[tuple[int, Frame]]:
    """The frames that fit a text, each with where its words end. ``types``: what a frame that needs a subject may find."""
    if text.count(" ") >= _MOST_WORDS:
        return
    matched = {number: match.end() for number, match in _rules().matches(text, most=1)}
    for number, frame in enumerate(load_frames()):
        end = matched.get(number) if frame.column or kind is not BlockKind.TABLE_HEADER else None
        if end is None and frame.heading and kind is BlockKind.HEADING and (option := frame.heading.search(text)):
            end = option.end()
        if end is None and frame.label and kind in _CELLS and frame.label.fullmatch(text):
            end = len(text)
        if end is None or (frame.exclude and frame.exclude.search(text)):
            continue
        if not frame.needs_subject or frame.needs_subject & types:
            yield end, frame
