"""What speaks for and against a relation between two things where they stand: the features that the model weighs.

Features are strings, so that a model can be read. They come in groups (tuples); what holds for a whole sentence, a place or a block is
one group that many candidates share, and is weighed once. A feature says by its beginning where it was seen: ``b`` between two things,
``P`` and ``F`` before and behind them, ``l``, ``h0``, ``h1`` and ``t`` in the lead-in, the nearest headings and the title above, ``w``
anywhere in the sentence, ``m`` around a thing that is related to something above. Upper case and ``S`` stand for senses
(:mod:`~pipeline.relations.senses`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from pipeline.article import Link, Mention
from pipeline.associations import Common, load_associations
from pipeline.language import Analysis
from pipeline.lexicon import concept_id
from pipeline.references import Subjects
from pipeline.relations.senses import senses_of
from pipeline.relations.skeleton import Place, Skeleton
from pipeline.schema import BlockKind, EntityType
from pipeline.wordclasses import LETTERS

Group = tuple[str, ...]

# How far features look, in words; bounds against hostile text, and beyond them words say little.
_ABOVE = 14
_SENTENCE = 30
_SENSES = 50
_BETWEEN = 28
_ENDS = 5
_BEFORE = 8
_BEHIND = 12

_NEAREST = ("l", "h0")  # what stands right above: its words are features, of what stands higher only the senses
_INTRODUCING = frozenset({BlockKind.LEAD_IN, BlockKind.LIST_ITEM, BlockKind.TABLE_HEADER})


def is_introducing(kind: BlockKind) -> bool:
    """Whether a block of this kind introduces what stands under it, other than a heading."""
    return kind in _INTRODUCING


@dataclass(frozen=True, slots=True)
class Pair:
    """What holds for two things wherever they stand: features of their kinds, how often the article speaks of them and whether it is about
    them; and what is commonly said of them, from the first to the second and back, as features and as it is.
    """

    kinds: Group
    said: Group
    there: Common
    back: Common


class Features:
    """The features of an article's pairs, each group made once."""

    def __init__(
        self,
        analysis: Analysis,
        mentions: Sequence[Mention],
        subjects: Subjects,
        skeletons: Sequence[Skeleton],
        cued: Mapping[int, Sequence[Link]],
    ) -> None:
        """``cued``: what the cues of each sentence state."""
        self._analysis = analysis
        self._mentions = mentions
        self._skeletons = skeletons
        self._cued = cued
        self.ids = [concept_id(m.type, m.concept) for m in mentions]
        self._said: dict[int, tuple[Group, ...]] = {}
        self._subtypes = [self._subtype(mention) for mention in mentions]
        counts = Counter(self.ids)
        self._often = [_bucket(counts[name]) for name in self.ids]
        self._main = {t: self._id(subjects.of_block(0, frozenset({t}))) for t in EntityType}
        self._above: dict[tuple[int | None, BlockKind], tuple[Group, Group]] = {}
        self._pairs: dict[tuple[str, str, str], Pair] = {}
        self._shared: dict[tuple[object, ...], Group] = {}

    def _id(self, number: int | None) -> str | None:
        return None if number is None else self.ids[number]

    def _subtype(self, mention: Mention) -> str:
        concept = self._analysis.concept(mention.type, mention.concept)
        if concept is None and mention.broader:
            concept = self._analysis.concept(mention.type, mention.broader)
        return concept.subtype if concept is not None else f"new-{LETTERS[mention.type]}"

    def _senses(self, sentence: int) -> tuple[Group, ...]:
        """The senses of every word of a sentence."""
        found = self._said.get(sentence)
        if found is None:
            found = self._said[sentence] = senses_of(self._skeletons[sentence].words)
        return found

    # --- what holds for a sentence

    def sentence(self, sentence: int) -> Group:
        """The words and senses of a sentence."""
        return self._once(("sentence", sentence), self._bag(sentence))

    def _bag(self, sentence: int) -> Iterator[str]:
        skeleton = self._skeletons[sentence]
        yield from (f"w:{w}" for w in dict.fromkeys(w for w in skeleton.words[:_SENTENCE] if not w.isupper()))
        yield from (f"W:{s}" for s in self._all_senses(sentence))
        if skeleton.words[-1] == "?":
            yield "question"
        yield f"n:{min(len(skeleton.places), 6)}"

    def _all_senses(self, sentence: int) -> dict[str, None]:
        return _distinct(self._senses(sentence)[:_SENSES])

    def above(self, block: int) -> Group:
        """What stands above a block: words of lead-in and heading, senses of all headings, and the kinds of blocks."""
        return self._read_above(block)[0]

    def _read_above(self, block: int) -> tuple[Group, Group]:
        """All features of what stands above a block, and the senses of what stands nearest. Blocks of one kind side by side share them."""
        key = (self._analysis.article.blocks[block].parent, self._kind(block))
        found = self._above.get(key)
        if found is None:
            words: list[str] = []
            senses: list[str] = []
            kinds = [f"kind:{key[1]}"]
            for mark, ancestor in self.ancestors(block):
                self._read_ancestor(mark, ancestor, key[1], words, senses, kinds)
            nearest = tuple(dict.fromkeys(sense for sense in senses if sense.startswith(_NEAREST)))
            found = self._above[key] = tuple(dict.fromkeys((*words, *senses, *kinds))), nearest
        return found

    def ancestors(self, block: int) -> Iterator[tuple[str, int]]:
        """The blocks above a block, nearest first, each with how it stands: ``l`` lead-in, ``h0``, ``h1`` headings, ``t`` title."""
        headings = 0
        for ancestor in self._analysis.article.ancestors(block):
            kind = self._kind(ancestor)
            yield "l" if is_introducing(kind) else "t" if kind is BlockKind.TITLE else f"h{min(headings, 1)}", ancestor
            headings += kind is BlockKind.HEADING

    def _read_ancestor(self, mark: str, ancestor: int, kind: BlockKind, words: list[str], senses: list[str], kinds: list[str]) -> None:
        first, end = self._analysis.block_sentences[ancestor]
        if mark == "l":
            first = max(first, end - 1)  # the last sentence is what introduces
        said = [w for s in range(first, end) for w in self._skeletons[s].words]
        said = said[-_ABOVE:] if mark == "l" else said[:_ABOVE]
        if mark in _NEAREST:
            words += (f"{mark}:{w}" for w in dict.fromkeys(said))
        kinds.append(f"{mark}{kind}")
        for sense in _distinct(group for s in range(first, end) for group in self._senses(s)):
            senses += (f"{mark}S:{sense}", f"{mark}S:{sense}|{kind}")
        if len(said) <= 3:
            senses.append(f"{mark}={' '.join(said)}")

    def _kind(self, block: int) -> BlockKind:
        return self._analysis.article.blocks[block].kind

    def _once(self, key: tuple[object, ...], features: Iterable[str]) -> Group:
        """The group of a key, made at the first call."""
        found = self._shared.get(key)
        if found is None:
            found = self._shared[key] = tuple(dict.fromkeys(features))
        return found

    # --- what holds for a place

    def place(self, sentence: int, number: int, role: str) -> Group:
        """How a thing stands in its sentence; ``role``: ``1`` and ``2``, the first and the second of a pair, or ``m``, under something."""
        return self._once(("place", sentence, number, role), self._place(sentence, number, role))

    def _place(self, sentence: int, number: int, role: str) -> Iterator[str]:
        skeleton = self._skeletons[sentence]
        place, words = skeleton.places[number], skeleton.words
        left, right = words[max(0, place.unit - 2) : place.unit], words[place.unit + 1 : place.unit + 3]
        yield f"{role}prep:{place.prep}"
        yield from (f"{role}{name}" for name in _states(place))
        yield f"{role}L1:{left[-1]}" if left else f"{role}L1:^"
        yield f"{role}R1:{right[0]}" if right else f"{role}R1:$"
        yield f"{role}L2:{' '.join(left)}"
        yield f"{role}R2:{' '.join(right)}"
        yield f"{role}sub:{self._subtypes[place.mention]}"
        if role == "m":
            yield f"at:{min(number, 3)}"
            yield f"linked:{place.linked}"
            yield from (f"own:{says}" for says in self._own_words(sentence, place))
            before, behind = self._sides(sentence, number)
            yield from (f"mP:{s}" for s in before)
            yield from (f"mF:{s}" for s in behind)

    def _own_words(self, sentence: int, place: Place) -> list[str]:
        """What the sentence's cues say of a thing: a relation, and whether it is its head or its tail."""
        links = [k for k in self._cued.get(sentence, ()) if place.mention in (k.head, k.tail)]
        return sorted({f"{k.type}{'h' if k.head == place.mention else 't'}" for k in links})

    def _sides(self, sentence: int, number: int) -> tuple[dict[str, None], dict[str, None]]:
        """The senses between a thing and those on either side."""
        places, senses = self._skeletons[sentence].places, self._senses(sentence)
        unit = places[number].unit
        low = places[number - 1].unit + 1 if number else 0
        high = places[number + 1].unit if number + 1 < len(places) else len(senses)
        return _distinct(senses[max(low, unit - _BEFORE) : unit]), _distinct(senses[unit + 1 : min(high, unit + _BEFORE)])

    # --- what holds for a pair in a sentence

    def between(self, skeleton: Skeleton, i: int, j: int) -> Group:
        """What stands between, before and behind two things of a sentence."""
        return tuple(dict.fromkeys(self._between(skeleton, i, j)))

    def _between(self, skeleton: Skeleton, i: int, j: int) -> Iterator[str]:
        places, senses = skeleton.places, self._senses(skeleton.sentence)
        first, second = places[i], places[j]
        combo = LETTERS[first.type] + LETTERS[second.type]
        low, high = _chain_ends(places, i, j)
        yield f"far:{high - low}"
        yield f"order:{''.join([LETTERS[p.type] for p in places[:6]])}"
        words = skeleton.words[first.unit + 1 : second.unit]
        if len(words) > _BETWEEN:
            words = (*words[:_ENDS], *words[-_ENDS:])
        yield from (f"b:{w}" for w in words)
        yield from (f"b:{a}_{b}" for a, b in pairwise(words))
        if len(words) <= 4:
            yield f"b={' '.join(words)}"
        core = skeleton.words[places[low].unit + 1 : places[high].unit]
        if len(core) <= 5:
            yield f"c={' '.join(core)}"
        inner = _distinct(senses[first.unit + 1 : second.unit])
        ahead = _distinct(senses[max(0, first.unit - _BEFORE) : first.unit])
        behind = _distinct(senses[second.unit + 1 : second.unit + _BEHIND])
        stop = places[j + 1].unit if j + 1 < len(places) else len(senses)
        near = _distinct(senses[second.unit + 1 : min(stop, second.unit + _BEFORE)])
        for mark, group in (("B", inner), ("P", ahead), ("F", behind), ("N", near)):
            for sense in group:
                yield f"{mark}:{sense}"
                yield f"{combo}|{mark}:{sense}"
        said = _distinct(senses[places[low].unit + 1 : places[high].unit])
        if 0 < len(said) <= 3:
            yield f"C={'+'.join(sorted(said))}"

    def distance(self, skeleton: Skeleton, i: int, j: int) -> Group:
        """Distance, order and coordination of two things of a sentence. The last feature says most of it in one."""
        places = skeleton.places
        first, second = places[i], places[j]
        between = places[i + 1 : j]
        return _distance(
            LETTERS[first.type] + LETTERS[second.type],
            min(second.unit - first.unit - 1, 12),
            "".join([LETTERS[p.type] for p in between[:4]]),
            skeleton.clauses[first.unit] == skeleton.clauses[second.unit],
            all(p.linked for p in places[i + 1 : j + 1]),
            min(sum([p.type is second.type for p in between]), 2),
            min(sum([p.type is first.type for p in between]), 2),
            f"{first.prep}>{second.prep}",
        )

    # --- what holds for a pair of a thing with something above or before it

    def under(self, sentence: int, number: int, other: EntityType) -> tuple[Group, Group, Group]:
        """How a thing of a sentence, what is said around it and what stands above go with something of a kind outside the sentence."""
        place = self._skeletons[sentence].places[number]
        block = self._analysis.sentences[sentence].block
        combo = LETTERS[other] + LETTERS[place.type]
        nearest = self._read_above(block)[1]
        return (
            self._once(("heading", id(nearest), combo), (f"{combo}{f}" for f in nearest)),
            self._once(("whole", sentence, combo), self._whole(sentence, combo)),
            self._once(("sides", sentence, number, combo), self._sided(sentence, number, combo)),
        )

    def _whole(self, sentence: int, combo: str) -> Iterator[str]:
        skeleton = self._skeletons[sentence]
        for sense in self._all_senses(sentence):
            yield f"{combo}|W:{sense}"
        yield from (f"mB:{s}" for s in _distinct(self._senses(sentence)[:3]))
        yield f"open:{skeleton.words[0]}"
        yield f"open2:{' '.join(skeleton.words[:2])}"

    def _sided(self, sentence: int, number: int, combo: str) -> Iterator[str]:
        says = {said[:-1] for said in self._own_words(sentence, self._skeletons[sentence].places[number])}
        yield from (f"{combo}|says:{t}" for t in sorted(says))
        if not says:
            yield f"{combo}|silent"

    def standing(self, sentence: int, number: int, other: EntityType, standing: str, rank: str, spoken: bool) -> Group:
        """How something of a kind outside a sentence stands to a thing in it; ``rank``: what stands nearer; ``spoken``: the sentence
        names it as well. The last feature says all of it but the place in the block.
        """
        places = self._skeletons[sentence].places
        block = self._analysis.sentences[sentence].block
        rivals = min(sum([p.type is other for p in places]), 2)
        turn = min(sentence - self._analysis.block_sentences[block][0], 2)
        return _standing(
            LETTERS[other] + LETTERS[places[number].type], standing, self._kind(block), rank, rivals, turn, min(number, 2), spoken
        )

    # --- what holds for two things wherever they stand

    def pair(self, first: int, second: int, mark: str) -> Pair:
        """What holds for two things wherever they stand. ``mark``: ``s`` in a sentence, ``u`` with one outside it, ``r`` for rules."""
        key = (self.ids[first], self.ids[second], mark)
        found = self._pairs.get(key)
        if found is None:
            found = self._pairs[key] = self._make_pair(first, second, mark)
        return found

    def _make_pair(self, first: int, second: int, mark: str) -> Pair:
        one, other = self._mentions[first], self._mentions[second]
        combo = LETTERS[one.type] + LETTERS[other.type]
        kin = one.type is other.type and bool({one.concept, one.broader} & {other.concept, other.broader} - {None})
        there, back = _common(self.ids[first], _parent(one), self.ids[second], _parent(other))
        kinds = _kinds(
            mark,
            combo,
            f"{self._subtypes[first]}>{self._subtypes[second]}",
            kin,
            self._often[first],
            self._often[second],
            self._main[one.type] == self.ids[first],
            self._main[other.type] == self.ids[second],
        )
        return Pair(kinds, _said(combo, there, back), there, back)

    def rules(self, links: Sequence[Link], first: int, mark: str) -> Group:
        """Which rules say what of two things."""
        found: dict[str, None] = {}
        for link in links:
            way = ">" if self.ids[link.head] == self.ids[first] else "<"
            found[f"{mark}rule:{link.rule}{way}"] = None
            found[f"{mark}rule:{link.type}{way}{link.rule.partition(':')[0]}"] = None
        return tuple(found)


def _states(place: Place) -> list[str]:
    return [name for name, holds in (("lack", place.deficient), ("excess", place.excess), ("denied", place.denied)) if holds]


def _distinct(groups: Iterable[Sequence[str]]) -> dict[str, None]:
    """The senses of some words, each once, in order."""
    return dict.fromkeys(sense for group in groups for sense in group)


def _bucket(count: int) -> int:
    return 1 if count == 1 else 2 if count < 4 else 3 if count < 9 else 4


def _chain_ends(places: Sequence[Place], i: int, j: int) -> tuple[int, int]:
    """The last thing that is coordinated with the first of a pair, and the first that is with the second."""
    low, high = i, j
    while low + 1 < j and places[low + 1].linked:
        low += 1
    while high - 1 > low and places[high].linked:
        high -= 1
    return low, high


@lru_cache(maxsize=1 << 15)
def _distance(combo: str, words: int, over: str, clause: bool, linked: bool, ahead: int, back: int, preps: str) -> Group:
    return (
        f"d:{words}",
        f"gap:{len(over)}",
        f"clause:{clause}",
        f"linked:{linked}",
        f"ahead:{ahead}",
        f"back:{back}",
        f"near:{ahead}{back}{combo}",
        f"over:{over}",
        f"pp:{preps}",
        f"{combo}|pp:{preps}",
        f"s|{combo}|{ahead}{back}|{linked}|{clause}|{min(words, 4)}",
    )


@lru_cache(maxsize=1 << 15)
def _standing(combo: str, standing: str, kind: str, rank: str, rivals: int, turn: int, at: int, spoken: bool) -> Group:
    near, subject = standing.rstrip("*+"), standing.lstrip("abcdefghijklmnopqrstuvwxyz0123456789")
    return (
        f"k={near}",
        f"k:{standing}",
        f"k={standing}|{kind}",
        f"{combo}|k={standing}",
        f"{combo}|k={standing}|{kind}",
        f"{combo}|subject:{subject}",
        f"rivals:{rivals}",
        f"{combo}|{kind}|rivals:{rivals}",
        f"turn:{turn}",
        f"{combo}|at:{at}|{kind}",
        *(("spoken",) if spoken else ()),
        rank,
        f"{combo}|{rank}",
        f"{standing}|{rank}",
        f"{combo}|{standing}|{rank}",
        f"{rank}|rivals:{rivals}",
        f"{combo}|{standing}|{rank}|rivals:{rivals}",
    )


def _parent(mention: Mention) -> str | None:
    return concept_id(mention.type, mention.broader) if mention.broader else None


@lru_cache(maxsize=1 << 15)
def _common(first: str, first_above: str | None, second: str, second_above: str | None) -> tuple[Common, Common]:
    between = load_associations().between
    return between(first, second, first_above, second_above), between(second, first, second_above, first_above)


@lru_cache(maxsize=1 << 15)
def _said(combo: str, there: Common, back: Common) -> Group:
    """Features of what is commonly said of a pair."""
    exact = [f"{t}>" for t in sorted(there.exact)] + [f"{t}<" for t in sorted(back.exact)]
    near = [f"{t}>" for t in sorted(there.near)] + [f"{t}<" for t in sorted(back.near)]
    found = [*(f"K:{s}" for s in exact), *(f"k~{s}" for s in near), f"K={'+'.join(exact)}"]
    if not exact and not near:
        found.append(f"{combo}|{'unsaid' if there.known else 'unknown'}")
    return tuple(found)


@lru_cache(maxsize=1 << 15)
def _kinds(mark: str, combo: str, subtypes: str, kin: bool, often: int, often_second: int, main: bool, main_second: bool) -> Group:
    return (
        f"{mark}{combo}",
        f"{mark}{subtypes}",
        *(("kin",) if kin else ()),
        f"{mark}fcnt:{often}",
        f"{mark}scnt:{often_second}",
        *((f"{mark}ftitle",) if main else ()),
        *((f"{mark}stitle",) if main_second else ()),
    )
