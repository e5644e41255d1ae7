"""Candidate relations: every pair of things that an article might relate, where it might.

A pair is looked at in one sentence; between a thing and what the sentences before it name; between a thing and what stands above it
(lead-in, headings, title, the subject of section and article). Rules (:mod:`~pipeline.relations.cues`,
:mod:`~pipeline.relations.structure`) are witnesses: what they say of a pair goes with it, beside its features
(:mod:`~pipeline.relations.features`). :mod:`~pipeline.relations.model` weighs them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from pipeline.article import Link, Mention
from pipeline.associations import Common
from pipeline.language import Analysis
from pipeline.references import Subjects
from pipeline.relations.features import Features, Group, Pair, is_introducing
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


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a pair: the relation, and whether the first of the two is its head."""

    type: RelationType
    first_is_head: bool


READINGS: tuple[Reading, ...] = tuple(Reading(type_, first) for type_ in RelationType for first in (True, False))
"""The columns of the model."""

WITNESSES = 10
_SAYS, _HOW_SURELY, _FRAME_SAYS, _LOST, _OTHERWISE, _SILENT, _COMMON, _NEARLY, _UNSAID, _UNHEARD = range(WITNESSES)
_RULES_ONLY: Group = ("rules only",)
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
def _without_rules(readings: tuple[int, ...], there: Common, back: Common) -> tuple[tuple[int, int, float], ...]:
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


@dataclass(frozen=True, slots=True)
class Candidate:
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
    groups: tuple[Group, ...]
    """Features that belong to this article; candidates share groups, so that each is weighed once."""
    lasting: tuple[Group, Group, Group]
    """Features that others have too: how the two stand to each other, what kinds of things they are, what is commonly said of them."""
    rules: tuple[Link, ...]
    """What rules make of this pair here."""
    witnesses: tuple[tuple[int, int, float], ...]
    """What rules say for a reading: (column, place of the witness, value)."""

    def ends(self, column: int) -> tuple[int, int]:
        """Head and tail of a reading."""
        return (self.first, self.second) if READINGS[column].first_is_head else (self.second, self.first)

    @property
    def situation(self) -> str | None:
        """How the two stand to each other, in one word, where no rule speaks of them."""
        return None if self.rules else self.lasting[0][-1]

    def features(self) -> Iterator[str]:
        """All that speaks for or against it."""
        return chain.from_iterable((*self.groups, *self.lasting))


@dataclass(frozen=True, slots=True)
class _Other:
    """Something that the things of a sentence may be related to outside it."""

    mention: int
    evidence: tuple[int, ...]
    standing: str
    """Its nearest place, with ``*`` if it is the subject of the section or the article, ``+`` if it is another one of those."""
    stands: str
    """The same for people."""
    rank: str
    """How much of its kind stands nearer, and as near."""


_Outside = tuple[int, str, int | None]
"""A mention outside a sentence, how it stands to it, and the sentence that is evidence beside it."""


@dataclass(frozen=True, slots=True)
class _Stand:
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
        self._features = Features(analysis, mentions, subjects, skeletons, cued)
        self._ids = self._features.ids
        self._foremost = self._find_foremost()
        self._before_list = self._find_before_lists()
        self._found_above: dict[tuple[int | None, int | None], list[_Outside]] = {}

    def all(self) -> Iterator[Candidate]:
        """All candidates, sentence by sentence."""
        for sentence, skeleton in enumerate(self._skeletons):
            if skeleton.places and len(skeleton.places) <= _MOST_PLACES:
                yield from self._of_sentence(sentence, skeleton)

    def _of_sentence(self, sentence: int, skeleton: Skeleton) -> Iterator[Candidate]:
        stated: dict[frozenset[int], list[Link]] = {}
        for link in self._stated.get(sentence, ()):
            stated.setdefault(frozenset((link.head, link.tail)), []).append(link)
        spoken_of: set[frozenset[int]] = set()
        for candidate in (*self._inside(sentence, skeleton, stated), *self._under(sentence, skeleton)):
            spoken_of.update(frozenset((rule.head, rule.tail)) for rule in candidate.rules)
            yield candidate
        for pair, links in stated.items():
            if pair not in spoken_of:
                yield self._of_rules(sentence, min(pair), max(pair), tuple(links))

    def _inside(self, sentence: int, skeleton: Skeleton, stated: Mapping[frozenset[int], Sequence[Link]]) -> Iterator[Candidate]:
        """The pairs of a sentence."""
        features, places = self._features, skeleton.places
        sentence_group, above = features.sentence(sentence), features.above(self._analysis.sentences[sentence].block)
        for i, first in enumerate(places):
            for j in range(i + 1, len(places)):
                second = places[j]
                one, other = first.mention, second.mention
                readings = _ALLOWED[first.type, second.type]
                if not readings or self._ids[one] == self._ids[other]:
                    continue
                rules = tuple(stated.get(frozenset((one, other)), ()))
                distance = features.distance(skeleton, i, j)
                if not rules and distance[-1] in self._hopeless:
                    continue
                groups = (
                    sentence_group,
                    above,
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
        features = self._features
        sentence_group, above = features.sentence(sentence), features.above(self._analysis.sentences[sentence].block)
        here = {self._ids[place.mention] for place in skeleton.places}
        seen: set[tuple[int, str]] = set()
        others = self._others(sentence)
        stated = self._stated.get(sentence, ())
        for number, place in enumerate(skeleton.places):
            one = place.mention
            if self._mentions[one].sentence != sentence:
                continue  # a reference: what it stands for is spoken of elsewhere
            around: dict[EntityType, tuple[Group, ...]] = {}
            for other in others:
                name = self._ids[other.mention]
                kind = self._mentions[other.mention].type
                readings = _ALLOWED[kind, place.type]
                if not readings or (kind, place.type) in _INSIDE_ONLY or name == self._ids[one] or (one, name) in seen:
                    continue
                seen.add((one, name))
                rules = self._speaking_of(one, name, stated) if stated else ()
                standing = features.standing(sentence, number, kind, other.standing, other.rank, name in here)
                if not rules and standing[-1] in self._hopeless:
                    continue
                if kind not in around:
                    around[kind] = (sentence_group, above, features.place(sentence, number, "m"), *features.under(sentence, number, kind))
                groups = (*around[kind], features.rules(rules, other.mention, "u")) if rules else around[kind]
                pair = features.pair(other.mention, one, "u")
                lasting = standing, pair.kinds, pair.said
                witnesses = self._witnesses(rules, other.mention, pair, readings)
                stands, evidence = other.stands, other.evidence
                yield Candidate(other.mention, one, sentence, evidence, stands, place.unit, readings, groups, lasting, rules, witnesses)

    def _speaking_of(self, one: int, name: str, links: Sequence[Link]) -> tuple[Link, ...]:
        """Those of some links that are between a mention and the concept ``name``."""
        ids = self._ids
        return tuple(k for k in links if (k.head == one and ids[k.tail] == name) or (k.tail == one and ids[k.head] == name))

    def _of_rules(self, sentence: int, first: int, second: int, rules: tuple[Link, ...]) -> Candidate:
        """A pair that only rules see here."""
        readings = _ALLOWED[self._mentions[first].type, self._mentions[second].type]
        above = self._features.above(self._analysis.sentences[sentence].block)
        groups = (self._features.sentence(sentence), above, self._features.rules(rules, first, "r"))
        pair = self._features.pair(first, second, "r")
        lasting = _RULES_ONLY, pair.kinds, pair.said
        witnesses = self._witnesses(rules, first, pair, readings)
        return Candidate(first, second, sentence, rules[0].evidence, "rule", None, readings, groups, lasting, rules, witnesses)

    def _witnesses(self, rules: Sequence[Link], first: int, pair: Pair, readings: tuple[int, ...]) -> tuple[tuple[int, int, float], ...]:
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

    def _others(self, sentence: int) -> list[_Other]:
        """What the things of a sentence may be related to outside it."""
        found: dict[str, tuple[int, list[str], tuple[int, ...]]] = {}
        for number, standing, first in (*self._before(sentence), *self._above(self._analysis.sentences[sentence].block)):
            known = found.get(self._ids[number])
            if known is None:
                found[self._ids[number]] = (number, [standing], (sentence,) if first is None else (first, sentence))
            else:
                known[1].append(standing)
        here = {self._ids[n] for n in self._subjects.by_sentence.get(sentence, ())}
        kept = [item for name, item in found.items() if name not in here or self._mentions[item[0]].sentence != sentence]
        kinds = [(_stand(tuple(standings)), self._mentions[number].type) for number, standings, _ in kept]
        others: list[_Other] = []
        for (number, _, evidence), (stand, kind) in zip(kept, kinds, strict=True):
            nearer = sum([other.nearness < stand.nearness and k is kind for other, k in kinds])
            if stand.standing == "far+" and not nearer:
                continue  # of such pairs of the train split one in sixty was stated
            alike = sum([other.nearness == stand.nearness and k is kind for other, k in kinds]) - 1
            rank = f"rank:{min(nearer, 3)}+{min(alike, 2)}"
            others.append(_Other(number, evidence, stand.standing, stand.stands, rank))
        return others

    def _before(self, sentence: int) -> Iterator[_Outside]:
        """What the sentences before one name, in the same block."""
        first, _ = self._analysis.block_sentences[self._analysis.sentences[sentence].block]
        for back in range(1, min(_REACH, sentence - first) + 1):
            for rank, number in enumerate(self._subjects.by_sentence.get(sentence - back, ())[: 2 * _MOST_OTHERS]):
                yield number, f"prev{back}{'' if rank else 'a'}", sentence - back

    def _above(self, block: int) -> list[_Outside]:
        """What stands above a block, and what its section and the article are about. Blocks side by side share it."""
        key = (self._analysis.article.blocks[block].parent, self._before_list.get(block))
        found = self._found_above.get(key)
        if found is None:
            found = self._found_above[key] = list(self._find_above(block))
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
        for type_ in EntityType:
            for standing, place in (("subject", block), ("main", 0)):
                subject = self._subjects.of_block(place, frozenset({type_}))
                if subject is not None:
                    yield subject, standing, heading
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
