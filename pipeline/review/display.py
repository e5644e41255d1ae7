"""A triple in its article, for reading: the blocks that matter, with head, tail, cue and other mentions marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final

from pipeline.lexicon import fold
from pipeline.relations.cues import load_cues
from pipeline.relations.frames import load_frames
from pipeline.relations.senses import senses_of
from pipeline.resources import list_toml, load_toml
from pipeline.review.views import Mark, MarkKind, Passage
from pipeline.schema import ArticleRecord, BlockKind, BlockRecord, EntityRecord, RelationRecord, RelationType

AROUND: Final = 1500
"""Characters of a long block that are shown before and after what matters in it."""
_BLOCK_LENGTH: Final = 4000
"""Longer blocks are cut; the longest paragraph of the corpus has 2,000 characters."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STANDS_ABOVE: Final = frozenset({BlockKind.TITLE, BlockKind.HEADING, BlockKind.LEAD_IN, BlockKind.TABLE_HEADER})
_SENSES: Final[dict[RelationType, frozenset[str]]] = {
    RelationType.TREATS: frozenset(
        {"relieve", "cure", "help", "treat", "use", "advise-use", "benefit", "recover", "treatment-noun", "no-effect"}
    ),
    RelationType.PREVENTS: frozenset({"prevent", "protect", "lower-risk", "prevention-noun"}),
    RelationType.CAUSES: frozenset(
        {"cause", "caused-by", "trigger", "worsen", "raise-risk", "consequence-noun", "side-effect", "cause-noun", "get-from", "associate"}
    ),
    RelationType.DEFICIENCY_CAUSES: frozenset({"lack"}),
    RelationType.HAS_SYMPTOM: frozenset({"symptom-noun", "manifest", "suffer", "indicate"}),
    RelationType.CONTAINS: frozenset({"contain", "source", "made-of", "supply"}),
    RelationType.CONSULT: frozenset({"see-specialist", "refer", "diagnose", "treated-by"}),
    RelationType.PRESCRIBES: frozenset({"prescribe", "advise", "perform", "treated-by"}),
    RelationType.CONTRAINDICATED_FOR: frozenset({"avoid", "forbid", "caution", "limit", "allow", "interact"}),
}
"""Which senses of words (``senses.toml``) speak of which relation: what is marked where only the model states it."""


def passages_of(record: ArticleRecord, relation: RelationRecord) -> tuple[Passage, ...]:
    """The blocks that state a relation, with those of its ends and all that stand above them."""
    sentences = {sentence.id: sentence for sentence in record.sentences}
    evidence = [(sentences[name].start, sentences[name].end) for name in relation.evidence]
    entities = {entity.id: entity for entity in record.entities}
    ends = [entities[relation.head], entities[relation.tail]]
    shown = _shown(record.blocks, [*(start for start, _ in evidence), *(end.start for end in ends)])
    kinds = dict.fromkeys((entity.id for entity in record.entities), MarkKind.MENTION)
    kinds |= {relation.tail: MarkKind.TAIL, relation.head: MarkKind.HEAD}
    for entity in record.entities:
        if entity.id not in (relation.head, relation.tail) and any(start <= entity.start < end for start, end in evidence):
            same = {end.concept_id: kinds[end.id] for end in ends}.get(entity.concept_id)
            kinds[entity.id] = same or MarkKind.MENTION
    marks = [_mark(entity, kinds[entity.id]) for entity in record.entities]
    cues = [mark for start, end in evidence for mark in cue_marks(record.text[start:end], start, relation)]
    return tuple(_passages(record, shown, _apart([*marks, *cues]), evidence, [*evidence, *((end.start, end.end) for end in ends)]))


def whole(record: ArticleRecord, blocks: Sequence[BlockRecord], added: Iterable[Mark] = ()) -> tuple[Passage, ...]:
    """Some blocks of an article, in full, with all mentions; ``added`` are marks in positions of the article."""
    marks = _apart([*(_mark(entity, MarkKind.MENTION) for entity in record.entities), *added])
    return tuple(_passage(record, block, (block.start, block.end), marks, (), gap=False) for block in blocks)


def _shown(blocks: Sequence[BlockRecord], positions: Iterable[int]) -> list[int]:
    """Places of the blocks that hold a position, and of those above them."""
    places = {block.id: place for place, block in enumerate(blocks)}
    found: set[int] = set()
    for position in positions:
        place = next((place for place, block in enumerate(blocks) if block.start <= position < block.end), None)
        while place is not None and place not in found:
            found.add(place)
            parent = blocks[place].parent
            place = places[parent] if parent is not None else None
    return sorted(found)


def _passages(
    record: ArticleRecord,
    shown: Sequence[int],
    marks: Sequence[Mark],
    evidence: Sequence[tuple[int, int]],
    matters: Sequence[tuple[int, int]],
) -> Iterator[Passage]:
    before = -1
    for place in shown:
        block = record.blocks[place]
        yield _passage(record, block, _window(block, matters), marks, evidence, gap=place != before + 1)
        before = place


def _window(block: BlockRecord, matters: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The part of a block that is shown: all, or of a long one what matters and some text around it."""
    if block.end - block.start <= _BLOCK_LENGTH:
        return block.start, block.end
    inside = [(start, end) for start, end in matters if block.start <= start < block.end]
    if not inside:
        return block.start, block.start + 2 * AROUND
    first = max(block.start, min(start for start, _ in inside) - AROUND)
    last = min(block.end, max(end for _, end in inside) + AROUND)
    return first, min(last, first + 4 * _BLOCK_LENGTH)


def _passage(
    record: ArticleRecord,
    block: BlockRecord,
    window: tuple[int, int],
    marks: Sequence[Mark],
    evidence: Sequence[tuple[int, int]],
    *,
    gap: bool,
) -> Passage:
    start, end = window
    inside = tuple(
        Mark(mark.start - start, mark.end - start, mark.kind, mark.entity, mark.type, mark.concept)
        for mark in marks
        if start <= mark.start and mark.end <= end
    )
    stated = tuple((max(first, start) - start, min(last, end) - start) for first, last in evidence if first < end and last > start)
    text = record.text[start:end]
    return Passage(block.id, block.kind, block.level, start, text, inside, stated, gap, (start > block.start, end < block.end))


def _mark(entity: EntityRecord, kind: MarkKind) -> Mark:
    return Mark(entity.start, entity.end, kind, entity.id, entity.type, entity.concept)


def _apart(marks: Iterable[Mark]) -> list[Mark]:
    """Marks in order, without those that overlap an earlier given one."""
    found: list[Mark] = []
    taken: set[int] = set()
    for mark in marks:
        places = range(mark.start, mark.end)
        if taken.isdisjoint(places):
            taken.update(places)
            found.append(mark)
    return sorted(found, key=lambda mark: mark.start)


# cues


def cue_marks(text: str, offset: int, relation: RelationRecord) -> Iterator[Mark]:
    """The words of a sentence that speak of a relation: cue of the rule, match of the frame, or for the model words of its senses."""
    kind, _, name = relation.rule.partition(":")
    words = list(_WORD.finditer(text))
    folded = [fold(word[0]) for word in words]
    if kind == "cue":
        places = [place for place, word in enumerate(folded) if any(trigger.fullmatch(word) for trigger in _triggers(name))]
    elif kind == "frame":
        places = _matched(" ".join(folded), _frames(name))
    else:
        wanted = _SENSES[relation.type]
        places = [place for place, senses in enumerate(senses_of(folded)) if not wanted.isdisjoint(senses)]
    for place in places:
        yield Mark(offset + words[place].start(), offset + words[place].end(), MarkKind.CUE)


@cache
def _triggers(name: str) -> tuple[re.Pattern[str], ...]:
    return tuple(cue.trigger for cue in load_cues() if cue.id == name)


@cache
def _frames(name: str) -> tuple[re.Pattern[str], ...]:
    return tuple(frame.match for frame in load_frames() if frame.id == name)


def _matched(sentence: str, patterns: Iterable[re.Pattern[str]]) -> list[int]:
    """Places of the words of a folded sentence that the patterns match."""
    for pattern in patterns:
        match = pattern.search(sentence)
        if match and match.end() > match.start():
            first = sentence.count(" ", 0, match.start())
            return list(range(first, first + match[0].strip().count(" ") + 1))
    return []


@cache
def _examples() -> dict[str, str]:
    """Rule -> a sentence that it is meant for."""
    tables = [("cue", table) for name in list_toml("relations/cues") for table in load_toml(name)["cue"]]
    tables += [("frame", table) for table in load_toml("relations/frames.toml")["frame"]]
    found: dict[str, str] = {}
    for kind, table in tables:
        for example in table.get("examples", ())[:1]:
            found.setdefault(f"{kind}:{table['id']}", example if isinstance(example, str) else str(example[0]))
    return found


def example_of(rule: str) -> str | None:
    """A sentence that a rule is meant for; a model has none."""
    return _examples().get(rule)
