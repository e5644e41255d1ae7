"""Candidate relations: every pair of things that an article might relate, where it might.

A pair is looked at in one sentence; between a thing and what the sentences before it name; between a thing and what stands above it
(lead-in, headings, title, the subject of section and article). Rules (:mod:`~pipeline.relations.cues`,
:mod:`~pipeline.relations.structure`) are witnesses: what they say of a pair goes with it, beside its features
(:mod:`~pipeline.relations.features`). :mod:`~pipeline.relations.model` weighs them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from pipeline.article import Link, Mention
from pipeline.associations import Common
from pipeline.language import Analysis
from pipeline.references import Subjects
from pipeline.relations.features import Features, Pair, is_introducing
from pipeline.relations.numbering import Group, Numbering, Numbers
from pipeline.relations.skeleton import Skeleton
from pipeline.schema import BlockKind, EntityType, Polarity, RelationType

# Bounds against hostile text; real sentences stay below the first, and more would be noise.
_MOST_PLACES = 40
_MOST_OTHERS = 3
_REACH = 3  # sentences that something may have been named before

# What a concept needs to be a subject of the article though no title says so: mentions (prominent ones count twice), and the share of
# those that the foremost condition has.
_LEAST_WEIGHT = 3
_LEAST_SHARE = 0.4

_LISTED = frozenset({BlockKind.LIST_ITEM, BlockKind.TABLE_ROW, BlockKind.TABLE_HEADER})
_AGENTS = frozenset({EntityType.REMEDY, EntityType.NUTRIENT})

# How something stands to a sentence, nearest first; a name may go on (``prev1a``: what the sentence before begins with).
_STANDINGS = ("prev1", "lead", "intro", "prev2", "prev3", "h0", "h1", "title", "subject", "main", "dom")
_LOCAL = _STANDINGS[:7]
_SUBJECT = frozenset({"title", "main", "subject", "dom0"})
_SECOND_SUBJECT = frozenset({"dom1", "doma"})


class Reading(NamedTuple):
    """One way to read a pair: the relation, and whether the first of the two is its head."""

    type: RelationType
    first_is_head: bool


READINGS: tuple[Reading, ...] = tuple(Reading(type_, first) for type_ in RelationType for first in (True, False))
"""The columns of the model."""

WITNESSES = 10
_SAYS, _HOW_SURELY, _FRAME_SAYS, _LOST, _OTHERWISE, _SILENT, _COMMON, _NEARLY, _UNSAID, _UNHEARD = range(WITNESSES)
_SAYS_NO, _SAYS_YES = 0, 1  # of the model's last column, denial


def _readings(first: EntityType, second: EntityType) -> tuple[int, ...]:
    """Indices of the readings that the schema allows for a pair of types."""
    return tuple(
        n
        for n, reading in enumerate(READINGS)
        if (first if reading.first_is_head else second) in reading.type.heads
        and (second if reading.first_is_head else first) in reading.type.tails
    )


def _common_says(readings: tuple[int, ...], there: Common, back: Common) -> Iterator[tuple[int, int, float]]:
    """What common knowledge says for the readings of a pair."""
    for column in readings:
        reading = READINGS[column]
        said = there if reading.first_is_head else back
        if reading.type in said.exact:
            yield column, _COMMON, 1.0
        elif reading.type in said.near:
            yield column, _NEARLY, 1.0
        else:
            yield column, _UNSAID if said.known else _UNHEARD, 1.0


@lru_cache(maxsize=1 << 12)
def _without_rules(readings: tuple[int, ...], there: Common, back: Common) -> Witnesses:
    """The witnesses of a pair of which no rule speaks."""
    return (*_common_says(readings, there, back), *((column, _SILENT, 1.0) for column in readings))


_ALLOWED = {(a, b): _readings(a, b) for a in EntityType for b in EntityType}

# Pairs that articles relate within sentences only: what contains what, who prescribes what. Of 3,100 such pairs with things outside the
# sentence, in the articles of the train split, fewer than one in fifty was stated.
_INSIDE_ONLY = frozenset(
    (a, b)
    for a in (*_AGENTS, EntityType.SPECIALIST)
    for b in (*_AGENTS, EntityType.SPECIALIST)
    if (a, b) != (EntityType.NUTRIENT, EntityType.NUTRIENT)
) - {(EntityType.SPECIALIST, EntityType.REMEDY), (EntityType.REMEDY, EntityType.SPECIALIST)}
_UNDER = {pair: () if pair in _INSIDE_ONLY else readings for pair, readings in _ALLOWED.items()}


Witnesses = tuple[tuple[int, int, float], ...]
"""What witnesses say for readings: (column, place of the witness, value)."""


class Candidate(NamedTuple):
    """A pair of mentions (by number) where it may be related, with all that is known of it there."""

    first: int
    second: int
    sentence: int
    evidence: tuple[int, ...]
    stands: str
    """How the first stands to the second: in its ``sentence``, ``before`` or ``above`` it, as the ``subject``, or as a ``rule`` says."""
    unit: int | None
    """The second's place in the skeleton of the sentence."""
    readings: tuple[int, ...]
    groups: tuple[Numbers, ...]
    """Features that belong to this article; candidates share groups, so that each is weighed once."""
    lasting: tuple[Group, ...]
    """Features that others have too: how the two stand to each other, what kinds of things they are, what is commonly said of them."""
    rules: tuple[Link, ...]
    """What rules make of this pair here."""
    witnesses: Witnesses
    """What rules and common knowledge say for its readings."""

    def ends(self, column: int) -> tuple[int, int]:
        """Head and tail of a reading."""
        return (self.first, self.second) if READINGS[column].first_is_head else (self.second, self.first)

    @property
    def situation(self) -> str | None:
        """How the two stand to each other, in one word, where no rule speaks of them."""
        return None if self.rules else self.lasting[0].last

    def features(self) -> Iterator[int]:
        """The numbers of all that speaks for or against it."""
        return chain(*self.groups, *(group.numbers for group in self.lasting))


class _Other(NamedTuple):
    """Something that the things of a sentence may be related to outside it."""

    mention: int
    type: EntityType
    evidence: int | None
    """A sentence that is evidence beside that of the thing."""
    standing: str
    """Its nearest place, with ``*`` if it is the subject of the section or the article, ``+`` if it is another one of those."""
    stands: str
    """The same for people."""
    rank: str
    """How much of its kind stands nearer, and as near."""


_Outside = tuple[int, str, int | None]
"""A mention outside a sentence, how it stands to it, and the sentence that is evidence beside it."""


class _Above(NamedTuple):
    """What stands above a block: as it was found, as what may be related to the things of its sentences, and the sentences that name it."""

    outside: list[_Outside]
    others: list[_Other]
    sentences: frozenset[int]


class _Stand(NamedTuple):
    """How something stands to a sentence, of all its standings: ``nearness`` counts from the nearest; the other two are those of
    :class:`_Other`.
    """

    nearness: int
    standing: str
    stands: str


@lru_cache(maxsize=1 << 12)
def _stand(standings: tuple[str, ...]) -> _Stand:
    nearness = min(next(n for n, mark in enumerate(_STANDINGS) if standing.startswith(mark)) for standing in standings)
    near = next((mark for mark in _LOCAL if any(s.startswith(mark) for s in standings)), "far")
    subject = "*" if _SUBJECT.intersection(standings) else "+" if _SECOND_SUBJECT.intersection(standings) else ""
    before = any(s.startswith("prev") for s in standings)
    return _Stand(nearness, near + subject, "before" if before else "subject" if near == "far" else "above")


def _rules_only() -> tuple[str, ...]:
    """The features of how two things stand to each other that only rules see together."""
    return ("rules only",)


class Candidates:
    """Enumerates the candidates of an article."""

    def __init__(
        self,
        analysis: Analysis,
        mentions: Sequence[Mention],
        subjects: Subjects,
        skeletons: Sequence[Skeleton],
        cued: Mapping[int, Sequence[Link]],
        lost: Collection[Link],
        framed: Sequence[Link],
        numbering: Numbering,
        hopeless: Collection[str] = (),
    ) -> None:
        """``cued``: what the cues of each sentence state, ``lost`` those of them that another reading of the pair beat; ``framed``: what
        structure states; ``hopeless``: how things stand to each other that articles never relate (:attr:`Candidate.situation`).
        """
        self._hopeless = hopeless
        self._analysis = analysis
        self._mentions = mentions
        self._subjects = subjects
        self._skeletons = skeletons
        self._stated: dict[int, list[Link]] = {sentence: list(links) for sentence, links in cued.items()}
        for link in framed:
            self._stated.setdefault(link.evidence[-1], []).append(link)
        self._lost = {id(link) for link in lost}
        self._features = Features(analysis, mentions, subjects, skeletons, cued, numbering)
        self._rules_only = numbering.groups(_rules_only)[()]
        self._ids = self._features.ids
        self._foremost = self._find_foremost()
        self._before_list = self._find_before_lists()
        self._found_above: dict[tuple[int | None, int | None], _Above] = {}

    def all(self) -> Iterator[Candidate]:
        """All candidates, sentence by sentence."""
        for sentence, skeleton in enumerate(self._skeletons):
            if skeleton.places and len(skeleton.places) <= _MOST_PLACES:
                yield from self._of_sentence(sentence, skeleton)

    def _of_sentence(self, sentence: int, skeleton: Skeleton) -> Iterator[Candidate]:
        stated: dict[frozenset[int], list[Link]] = {}
        for link in self._stated.get(sentence, ()):
            stated.setdefault(frozenset((link.head, link.tail)), []).append(link)
        found = [*self._inside(sentence, skeleton, stated), *self._under(sentence, skeleton)]
        yield from found
        if stated:
            spoken_of = {frozenset((rule.head, rule.tail)) for candidate in found for rule in candidate.rules}
            for pair, links in stated.items():
                if pair not in spoken_of:
                    yield self._of_rules(sentence, min(pair), max(pair), tuple(links))

    def _around(self, sentence: int) -> tuple[Numbers, Numbers]:
        """The features of a sentence and of what stands above it."""
        return self._features.sentence(sentence), self._features.above(self._analysis.sentences[sentence].block)

    def _inside(self, sentence: int, skeleton: Skeleton, stated: Mapping[frozenset[int], Sequence[Link]]) -> Iterator[Candidate]:
        """The pairs of a sentence."""
        features, places, ids = self._features, skeleton.places, self._ids
        for i, first in enumerate(places):
            one = first.mention
            for j in range(i + 1, len(places)):
                second = places[j]
                other = second.mention
                readings = _ALLOWED[first.type, second.type]
                if not readings or ids[one] == ids[other]:
                    continue
                rules = tuple(stated.get(frozenset((one, other)), ())) if stated else ()
                distance = features.distance(skeleton, i, j)
                if not rules and distance.last in self._hopeless:
                    continue
                groups = (
                    *self._around(sentence),
                    features.between(skeleton, i, j),
                    features.rules(rules, one, ""),
                    features.place(sentence, i, "1"),
                    features.place(sentence, j, "2"),
                )
                pair = features.pair(one, other, "s")
                lasting = distance, pair.kinds, pair.said
                witnesses = self._witnesses(rules, one, pair, readings)
                yield Candidate(one, other, sentence, (sentence,), "sentence", second.unit, readings, groups, lasting, rules, witnesses)

    def _under(self, sentence: int, skeleton: Skeleton) -> Iterator[Candidate]:
        """The things of a sentence with those outside it."""
        others = self._others(sentence)
        if not others:
            return
        features, ids = self._features, self._ids
        here = {ids[place.mention] for place in skeleton.places}
        seen: set[int] = set()
        stated = self._stated.get(sentence, ())
        for number, place in enumerate(skeleton.places):
            one = place.mention
            if self._mentions[one].sentence != sentence or one in seen:
                continue  # a reference: what it stands for is spoken of elsewhere
            seen.add(one)
            own = [link for link in stated if one in (link.head, link.tail)]
            with_kind: dict[EntityType, tuple[Numbers, ...]] = {}
            for other in others:
                name, kind = ids[other.mention], other.type
                readings = _UNDER[kind, place.type]
                if not readings or name == ids[one]:
                    continue
                rules = tuple([link for link in own if ids[link.tail if link.head == one else link.head] == name]) if own else ()
                standing = features.standing(sentence, number, kind, other.standing, other.rank, name in here)
                if not rules and standing.last in self._hopeless:
                    continue
                groups = with_kind.get(kind)
                if groups is None:
                    groups = *self._around(sentence), features.place(sentence, number, "m"), *features.under(sentence, number, kind)
                    with_kind[kind] = groups
                if rules:
                    groups = *groups, features.rules(rules, other.mention, "u")
                pair = features.pair(other.mention, one, "u")
                lasting = standing, pair.kinds, pair.said
                witnesses = self._witnesses(rules, other.mention, pair, readings)
                evidence = (sentence,) if other.evidence is None else (other.evidence, sentence)
                yield Candidate(
                    other.mention, one, sentence, evidence, other.stands, place.unit, readings, groups, lasting, rules, witnesses
                )

    def _of_rules(self, sentence: int, first: int, second: int, rules: tuple[Link, ...]) -> Candidate:
        """A pair that only rules see here."""
        readings = _ALLOWED[self._mentions[first].type, self._mentions[second].type]
        groups = (*self._around(sentence), self._features.rules(rules, first, "r"))
        pair = self._features.pair(first, second, "r")
        lasting = self._rules_only, pair.kinds, pair.said
        witnesses = self._witnesses(rules, first, pair, readings)
        return Candidate(first, second, sentence, rules[0].evidence, "rule", None, readings, groups, lasting, rules, witnesses)

    def _witnesses(self, rules: Sequence[Link], first: int, pair: Pair, readings: tuple[int, ...]) -> Witnesses:
        """What common knowledge and the rules that speak of a pair say for each of its readings."""
        if not rules:
            return _without_rules(readings, pair.there, pair.back)
        found: list[tuple[int, int, float]] = list(_common_says(readings, pair.there, pair.back))
        for column in readings:
            reading = READINGS[column]
            own = [r for r in rules if r.type is reading.type and (self._ids[r.head] == self._ids[first]) is reading.first_is_head]
            kept = [r for r in own if id(r) not in self._lost]
            if kept:
                found += [(column, _SAYS, 1.0), (column, _HOW_SURELY, max(r.confidence for r in kept))]
                if any(r.rule.startswith("frame") for r in kept):
                    found.append((column, _FRAME_SAYS, 0.5))
            elif own:
                found.append((column, _LOST, 0.5))
            if len(own) < len(rules):
                found.append((column, _OTHERWISE, 0.5))
        polarities = {r.polarity for r in rules}
        denial = len(READINGS)
        if Polarity.NEGATED in polarities:
            found.append((denial, _SAYS_NO, 1.0))
        if Polarity.AFFIRMED in polarities:
            found.append((denial, _SAYS_YES, 1.0))
        return tuple(found)

    # --- what stands outside a sentence

    def _others(self, sentence: int) -> Sequence[_Other]:
        """What the things of a sentence may be related to outside it."""
        above = self._above(self._analysis.sentences[sentence].block)
        before = self._before(sentence)
        if not before and sentence not in above.sentences:
            return above.others
        outside = [one for one in (*before, *above.outside) if self._mentions[one[0]].sentence != sentence]
        return self._rank(outside)

    def _rank(self, outside: Iterable[_Outside]) -> list[_Other]:
        """Each concept once, with all its standings; the mention and the evidence are those of the first."""
        found: dict[str, tuple[int, list[str], int | None]] = {}
        for number, standing, evidence in outside:
            known = found.get(self._ids[number])
            if known is None:
                found[self._ids[number]] = number, [standing], evidence
            else:
                known[1].append(standing)
        stands = [(_stand(tuple(standings)), self._mentions[number].type) for number, standings, _ in found.values()]
        others: list[_Other] = []
        for (number, _, evidence), (stand, kind) in zip(found.values(), stands, strict=True):
            near = [other.nearness for other, k in stands if k is kind]
            nearer = sum([nearness < stand.nearness for nearness in near])
            if stand.standing == "far+" and not nearer:
                continue  # of such pairs of the train split one in sixty was stated
            rank = f"rank:{min(nearer, 3)}+{min(near.count(stand.nearness) - 1, 2)}"
            others.append(_Other(number, kind, evidence, stand.standing, stand.stands, rank))
        return others

    def _before(self, sentence: int) -> list[_Outside]:
        """What the sentences before one name, in the same block."""
        first, _ = self._analysis.block_sentences[self._analysis.sentences[sentence].block]
        return [
            (number, f"prev{back}{'' if rank else 'a'}", sentence - back)
            for back in range(1, min(_REACH, sentence - first) + 1)
            for rank, number in enumerate(self._subjects.by_sentence.get(sentence - back, ())[: 2 * _MOST_OTHERS])
        ]

    def _above(self, block: int) -> _Above:
        """What stands above a block, and what its section and the article are about. Blocks side by side share it."""
        key = (self._analysis.article.blocks[block].parent, self._before_list.get(block))
        found = self._found_above.get(key)
        if found is None:
            outside = list(self._find_above(block))
            sentences = frozenset(self._mentions[number].sentence for number, _, _ in outside)
            found = self._found_above[key] = _Above(outside, self._rank(outside), sentences)
        return found

    def _find_above(self, block: int) -> Iterator[_Outside]:
        for mark, ancestor in self._features.ancestors(block):
            numbers = self._subjects.in_block(ancestor)
            introducing = is_introducing(self._analysis.article.blocks[ancestor].kind)
            standing = {"l": "lead", "t": "title"}.get(mark, mark)
            for number in self._ends(numbers) if introducing else numbers[:_MOST_OTHERS]:
                yield number, standing, self._mentions[number].sentence
        before = self._before_list.get(block)
        if before is not None:
            for number in self._ends(self._subjects.in_block(before)):
                yield number, "intro", self._mentions[number].sentence
        heading = self._heading_of(block)
        about = {standing: dict(self._subjects.of_each_type(place)) for standing, place in (("subject", block), ("main", 0))}
        for type_ in EntityType:
            for standing, subjects in about.items():
                if type_ in subjects:
                    yield subjects[type_], standing, heading
        for number, standing in self._foremost:
            yield number, standing, heading

    @staticmethod
    def _ends(numbers: Sequence[int]) -> list[int]:
        """The first of some mentions and the last ones."""
        return [*numbers[:1], *numbers[1:][-_MOST_OTHERS:]]

    def _heading_of(self, block: int) -> int | None:
        """The first sentence of what stands right above a block."""
        parent = self._analysis.article.blocks[block].parent
        if parent is None:
            return None
        first, end = self._analysis.block_sentences[parent]
        return first if first < end else None

    def _find_before_lists(self) -> dict[int, int]:
        """The paragraph right before the list or table that a block is part of: it may introduce it without a colon."""
        found: dict[int, int] = {}
        blocks = self._analysis.article.blocks
        for block, before in zip(range(1, len(blocks)), blocks, strict=False):
            if blocks[block].kind in _LISTED:
                if before.kind is BlockKind.PARAGRAPH:
                    found[block] = block - 1
                elif before.kind in _LISTED and block - 1 in found:
                    found[block] = found[block - 1]
        return found

    def _find_foremost(self) -> list[tuple[int, str]]:
        """What the article speaks of most: up to two conditions, and a remedy or nutrient."""
        weights = self._subjects.weights
        conditions = [(weight, number) for weight, type_, number in weights if type_ is EntityType.CONDITION][:2]
        agents = [(weight, number) for weight, type_, number in weights if type_ in _AGENTS][:1]
        least = max(_LEAST_WEIGHT, _LEAST_SHARE * conditions[0][0]) if conditions else _LEAST_WEIGHT
        found = [(number, f"dom{rank}") for rank, (weight, number) in enumerate(conditions) if weight >= least]
        return found + [(number, "doma") for weight, number in agents if weight >= _LEAST_WEIGHT]
