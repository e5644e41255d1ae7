"""An article in columns of numbers: what :mod:`~pipeline.relations.pairing` needs to know of its mentions, of the places where they stand,
and of its sentences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from pipeline.article import Mention
from pipeline.language import Analysis
from pipeline.lexicon import concept_id
from pipeline.references import Subjects
from pipeline.relations.combinations import KINDS_OF_BLOCKS, KINDS_OF_THINGS, OFTEN, Thing
from pipeline.relations.numbering import NONE, Ints
from pipeline.relations.readings import TYPES
from pipeline.relations.skeleton import Skeleton, governing_words
from pipeline.wordclasses import LETTERS

# A bound against hostile text; real sentences stay below it, and more would be noise.
_MOST_PLACES: Final = 40

_TYPE: Final = {type_: number for number, type_ in enumerate(TYPES)}
_KIND_OF_BLOCK: Final = {kind: number for number, kind in enumerate(KINDS_OF_BLOCKS)}
_KIND_OF_THING: Final = {kind: number for number, kind in enumerate(KINDS_OF_THINGS)}


class Mentions(NamedTuple):
    """Of every mention: its type, its sentence, its concept and the one above that, what kind of its type it is, how often its concept is
    named, and whether the article is about it.
    """

    type: Ints
    sentence: Ints
    concept: Ints
    above: Ints
    kind: Ints
    often: Ints
    main: Ints
    things: list[Thing]
    """The same for common knowledge."""
    concepts: int
    """How many concepts there are, with those above."""


class Places(NamedTuple):
    """Of every place of a mention in the skeletons, sentence by sentence: the sentence, its number in the sentence, its unit, the mention,
    its preposition, whether a lack or too much of it is meant, whether it is denied, whether it is coordinated with the place before it,
    and its clause.
    """

    sentence: Ints
    number: Ints
    unit: Ints
    mention: Ints
    preposition: Ints
    deficient: Ints
    excess: Ints
    denied: Ints
    linked: Ints
    clause: Ints
    starts: Ints
    """By sentence, and one more: its first place."""


class Sentences(NamedTuple):
    """Of every sentence: its block, the block that this stands under or ``NONE``, the kind of its block, and how many of the block stand
    before it.
    """

    block: Ints
    parent: Ints
    kind: Ints
    turn: Ints


def mention_columns(analysis: Analysis, mentions: Sequence[Mention], subjects: Subjects) -> Mentions:
    """The columns of the mentions."""
    ids = [concept_id(m.type, m.concept) for m in mentions]
    above = [concept_id(m.type, m.broader) if m.broader else None for m in mentions]
    numbers: dict[str | None, int] = {id_: number for number, id_ in enumerate(dict.fromkeys((*ids, *above)))}
    numbers[None] = NONE
    counts = Counter(ids)
    main = {type_: ids[number] for type_, number in subjects.of_each_type(0)}
    examples = dict(zip(zip(ids, above, strict=True), mentions, strict=True))
    kinds = {concept: _KIND_OF_THING[_kind_of(analysis, mention)] for concept, mention in examples.items()}
    often = {id_: sum([count >= least for least in OFTEN]) - 1 for id_, count in counts.items()}
    rows = [
        (
            _TYPE[m.type],
            m.sentence,
            numbers[id_],
            numbers[one_above],
            kinds[id_, one_above],
            often[id_],
            main.get(m.type) == id_,
        )
        for m, id_, one_above in zip(mentions, ids, above, strict=True)
    ]
    type_, sentence, concept, higher, kind, count, is_main = columns_of(rows, 7)
    things = [Thing(row[0], id_, one_above) for row, id_, one_above in zip(rows, ids, above, strict=True)]
    return Mentions(type_, sentence, concept, higher, kind, count, is_main, things, len(numbers))


def _kind_of(analysis: Analysis, mention: Mention) -> str:
    concept = analysis.concept(mention.type, mention.concept)
    if concept is None and mention.broader:
        concept = analysis.concept(mention.type, mention.broader)
    return concept.subtype if concept is not None else f"new-{LETTERS[mention.type]}"


def place_columns(skeletons: Sequence[Skeleton]) -> Places:
    """The columns of the places; sentences with too many have none."""
    prepositions = _prepositions()
    used = [skeleton.places if len(skeleton.places) <= _MOST_PLACES else () for skeleton in skeletons]
    rows = [
        (
            skeleton.sentence,
            number,
            place.unit,
            place.mention,
            prepositions[place.prep],
            place.deficient,
            place.excess,
            place.denied,
            place.linked,
            skeleton.clauses[place.unit],
        )
        for skeleton, places in zip(skeletons, used, strict=True)
        for number, place in enumerate(places)
    ]
    starts = np.cumsum([0, *map(len, used)])
    sentence, number, unit, mention, preposition, deficient, excess, denied, linked, clause = columns_of(rows, 10)
    return Places(sentence, number, unit, mention, preposition, deficient, excess, denied, linked, clause, starts)


@cache
def _prepositions() -> Mapping[str | None, int]:
    return {word: number for number, word in enumerate(governing_words())}


def sentence_columns(analysis: Analysis) -> Sentences:
    """The columns of the sentences."""
    blocks = analysis.article.blocks
    parents = [NONE if block.parent is None else block.parent for block in blocks]
    kinds = [_KIND_OF_BLOCK[block.kind] for block in blocks]
    rows = [
        (sentence.block, parents[sentence.block], kinds[sentence.block], number - analysis.block_sentences[sentence.block][0])
        for number, sentence in enumerate(analysis.sentences)
    ]
    return Sentences(*columns_of(rows, 4))


def columns_of(rows: Iterable[Sequence[int]], width: int) -> Ints:
    return np.asarray([*rows], dtype=np.int64).reshape(-1, width).T
