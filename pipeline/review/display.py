"""A triple in its article, for reading: the blocks that matter, with head, tail, cue and other mentions marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final

from pipeline.lexicon import fold
from pipeline.relations.cues import load_cues
from pipeline.relations.frames import load_frames
from pipeline.relations.senses import names_of, senses_of
from pipeline.resources import list_toml, load_toml
from pipeline.review.reading import Reading
from pipeline.review.views import Mark, MarkKind, Passage
from pipeline.schema import BlockKind, BlockRecord, EntityRecord, RelationRecord, RelationType

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


def passages_of(article: Reading, relation: RelationRecord, added: Sequence[Mark] = ()) -> tuple[Passage, ...]:
    """The blocks that state a relation, with those of its ends and all that stand above them.

    ``added`` are marks with positions in the article.
    """
    evidence = article.evidence_of(relation)
    head, tail = article.entities[relation.head], article.entities[relation.tail]
    places = [*evidence, (head.start, head.end), (tail.start, tail.end)]
    kinds = {tail.concept_id: MarkKind.TAIL, head.concept_id: MarkKind.HEAD}

    def kind_of(entity: EntityRecord) -> MarkKind:
        """Besides the ends themselves, other mentions of their concepts in the evidence are marked like them."""
        stated = entity in (head, tail) or any(start <= entity.start < end for start, end in evidence)
        return kinds.get(entity.concept_id, MarkKind.MENTION) if stated else MarkKind.MENTION

    cues = [mark for start, end in evidence for mark in cue_marks(article.record.text[start:end], start, relation)]
    found, before = [], -1
    for place in _shown(article, [start for start, _ in places]):
        block = article.record.blocks[place]
        start, end = _window(block, places)
        marks = _apart([*(_mark(entity, kind_of(entity)) for entity in article.entities_in(start, end)), *added, *cues])
        found.append(_passage(article, block, (start, end), marks, evidence, gap=place != before + 1))
        before = place
    return tuple(found)


def pieces_of(article: Reading) -> list[tuple[BlockRecord, int, int]]:
    """The blocks of an article, long ones in pieces that end between words."""
    found = []
    for block in article.record.blocks:
        start = block.start
        while block.end - start > _BLOCK_LENGTH:
            stop = article.record.text.rfind(" ", start + 1, start + _BLOCK_LENGTH) + 1 or start + _BLOCK_LENGTH
            cut = article.entities_in(stop - _BLOCK_LENGTH, stop)
            stop = cut[-1].start if cut and cut[-1].end > stop and cut[-1].start > start else stop
            found.append((block, start, stop))
            start = stop
        found.append((block, start, block.end))
    return found


def whole(article: Reading, pieces: Sequence[tuple[BlockRecord, int, int]], added: Sequence[Mark] = ()) -> tuple[Passage, ...]:
    """Some pieces of an article with all mentions; ``added`` are marks in positions of the article."""
    found = []
    for block, start, end in pieces:
        marks = _apart([*added, *(_mark(entity, MarkKind.MENTION) for entity in article.entities_in(start, end))])
        found.append(_passage(article, block, (start, end), marks, (), gap=False))
    return tuple(found)


def _shown(article: Reading, positions: Iterable[int]) -> list[int]:
    """Places of the blocks that hold a position, and of those above them."""
    found: set[int] = set()
    for position in positions:
        place = article.block_at(position)
        while place is not None and place not in found:
            found.add(place)
            place = article.above(article.record.blocks[place])
    return sorted(found)


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
    article: Reading,
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
    text = article.record.text[start:end]
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
        places = [place for place, senses in enumerate(senses_of(folded)) if not wanted.isdisjoint(names_of(senses))]
    for place in places:
        yield Mark(offset + words[place].start(), offset + words[place].end(), MarkKind.CUE)


@cache
def _triggers(name: str) -> tuple[re.Pattern[str], ...]:
    answer = load_toml("relations/answers.toml")["rule"]
    if name == answer["id"]:
        return (re.compile(answer["trigger"]),)
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
    tables.append(("cue", load_toml("relations/answers.toml")["rule"]))
    tables += [("frame", table) for table in load_toml("relations/frames.toml")["frame"]]
    found: dict[str, str] = {}
    for kind, table in tables:
        for example in table.get("examples", ())[:1]:
            found.setdefault(f"{kind}:{table['id']}", example if isinstance(example, str) else str(example[0]))
    return found


def example_of(rule: str) -> str | None:
    """A sentence that a rule is meant for; a model has none."""
    return _examples().get(rule)
