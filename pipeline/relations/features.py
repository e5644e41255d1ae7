"""What speaks for and against a relation between two things where they stand: the features that the model weighs.

Features have names, so that a model can be read, and are handled by number (:mod:`~pipeline.relations.numbering`). They come in groups;
what holds for a whole sentence, a place or a block is one group that many candidates share, and is weighed once. A feature says by its
beginning where it was seen: ``b`` between two things, ``P`` and ``F`` before and behind them, ``l``, ``h0``, ``h1`` and ``t`` in the
lead-in, the nearest headings and the title above, ``w`` anywhere in the sentence, ``m`` around a thing that is related to something above.
Upper case and ``S`` stand for senses (:mod:`~pipeline.relations.senses`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from pipeline.article import Link, Mention
from pipeline.associations import Common, load_associations
from pipeline.language import Analysis
from pipeline.lexicon import concept_id
from pipeline.references import Subjects
from pipeline.relations.numbering import Family, Group, Numbering, Numbers, known
from pipeline.relations.senses import senses_of
from pipeline.relations.skeleton import Place, Skeleton
from pipeline.schema import BlockKind, EntityType
from pipeline.wordclasses import LETTERS

# How far features look, in words; bounds against hostile text, and beyond them words say little. Senses between two things are read whole.
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


class Pair(NamedTuple):
    """What holds for two things wherever they stand: features of their kinds, how often the article speaks of them and whether it is about
    them; and what is commonly said of them, from the first to the second and back, as features and as it is.
    """

    kinds: Group
    said: Group
    there: Common
    back: Common


class _Thing(NamedTuple):
    """What pairs need to know of a mention: its kind, how often its concept is named, whether it is what the article is about, and the
    concept above it.
    """

    letter: str
    subtype: str
    often: int
    main: bool
    above: str | None


class _Context(NamedTuple):
    """What stands above a block: the numbers of all features, and the names of the senses of what stands nearest."""

    numbers: Numbers
    nearest: tuple[str, ...]


class _PlaceFamilies:
    """The features of a place in one role."""

    def __init__(self, numbering: Numbering, role: str) -> None:
        def family(name: str) -> Family:
            return numbering.family(role + name)

        self.prep, self.subtype = family("prep:"), family("sub:")
        self.left, self.right = family("L1:"), family("R1:")
        self.two_left, self.two_right = family("L2:"), family("R2:")
        self.state = numbering.family(role)


class _Families:
    """The families of features, looked up once for a numbering."""

    def __init__(self, numbering: Numbering) -> None:
        family = numbering.family
        self.places = {role: _PlaceFamilies(numbering, role) for role in "12m"}
        self.word, self.sense, self.things = family("w:"), family("W:"), family("n:")
        self.question = numbering.number("question")
        self.turn, self.linked, self.own = family("at:"), family("linked:"), family("own:")
        self.left_of_it, self.right_of_it = family("mP:"), family("mF:")
        self.first_senses, self.first_word, self.first_words = family("mB:"), family("open:"), family("open2:")
        self.far, self.order = family("far:"), family("order:")
        self.between, self.all_between, self.core, self.core_senses = family("b:"), family("b="), family("c="), family("C=")
        self.inner, self.ahead, self.behind, self.next = family("B:"), family("P:"), family("F:"), family("N:")


@lru_cache(maxsize=8)
def _families(numbering: Numbering) -> _Families:
    return _Families(numbering)


class Features:
    """The features of an article's pairs, each group made once."""

    def __init__(
        self,
        analysis: Analysis,
        mentions: Sequence[Mention],
        subjects: Subjects,
        skeletons: Sequence[Skeleton],
        cued: Mapping[int, Sequence[Link]],
        numbering: Numbering,
    ) -> None:
        """``cued``: what the cues of each sentence state."""
        self._analysis = analysis
        self._skeletons = skeletons
        self._cued = cued
        self.ids = [concept_id(m.type, m.concept) for m in mentions]
        self._numbering = numbering
        self._families = _families(numbering)
        self._distances, self._standings = numbering.groups(_distance), numbering.groups(_standing)
        self._kinds, self._sayings = numbering.groups(_kinds), numbering.groups(_said)
        self._things = self._describe(mentions, subjects)
        self._words: dict[int, tuple[tuple[str, ...], ...]] = {}
        self._senses_once: dict[int, dict[str, None]] = {}
        self._sentences: dict[int, Numbers] = {}
        self._contexts: dict[tuple[int | None, BlockKind], _Context] = {}
        self._turns: dict[int, tuple[BlockKind, int, Mapping[str, int]]] = {}
        self._pairs: dict[tuple[str, str, str], Pair] = {}
        self._places: dict[tuple[int, int, str], Numbers] = {}
        self._shared: dict[tuple[object, ...], Numbers] = {}

    def _describe(self, mentions: Sequence[Mention], subjects: Subjects) -> list[_Thing]:
        ids, counts = self.ids, Counter(self.ids)
        main = {type_: ids[number] for type_, number in subjects.of_each_type(0)}
        return [
            _Thing(LETTERS[m.type], self._subtype(m), _bucket(counts[id_]), main.get(m.type) == id_, _parent(m))
            for m, id_ in zip(mentions, ids, strict=True)
        ]

    def _subtype(self, mention: Mention) -> str:
        concept = self._analysis.concept(mention.type, mention.concept)
        if concept is None and mention.broader:
            concept = self._analysis.concept(mention.type, mention.broader)
        return concept.subtype if concept is not None else f"new-{LETTERS[mention.type]}"

    def _senses(self, sentence: int) -> tuple[tuple[str, ...], ...]:
        """The senses of every word of a sentence."""
        found = self._words.get(sentence)
        if found is None:
            found = self._words[sentence] = senses_of(self._skeletons[sentence].words)
        return found

    def _all_senses(self, sentence: int) -> dict[str, None]:
        """The senses of a sentence, each once."""
        found = self._senses_once.get(sentence)
        if found is None:
            found = self._senses_once[sentence] = _distinct(self._senses(sentence)[:_SENSES])
        return found

    # --- what holds for a sentence

    def sentence(self, sentence: int) -> Numbers:
        """The words and senses of a sentence."""
        found = self._sentences.get(sentence)
        if found is None:
            found = self._sentences[sentence] = self._bag(sentence)
        return found

    def _bag(self, sentence: int) -> Numbers:
        skeleton, families = self._skeletons[sentence], self._families
        numbers = [families.word[word] for word in skeleton.words[:_SENTENCE] if not word.isupper()]
        numbers += [families.sense[sense] for sense in self._all_senses(sentence)]
        if skeleton.words[-1] == "?":
            numbers.append(families.question)
        numbers.append(families.things[min(len(skeleton.places), 6)])
        return known(numbers)

    def above(self, block: int) -> Numbers:
        """What stands above a block: words of lead-in and heading, senses of all headings, and the kinds of blocks."""
        return self._read_above(block).numbers

    def _read_above(self, block: int) -> _Context:
        """Blocks of one kind side by side share what stands above them."""
        key = self._place_of(block)
        found = self._contexts.get(key)
        if found is None:
            words: list[str] = []
            senses: list[str] = []
            kinds = [f"kind:{key[1]}"]
            for mark, ancestor in self.ancestors(block):
                self._read_ancestor(mark, ancestor, key[1], words, senses, kinds)
            nearest = tuple(dict.fromkeys(sense for sense in senses if sense.startswith(_NEAREST)))
            found = self._contexts[key] = _Context(self._numbering.numbers((*words, *senses, *kinds)), nearest)
        return found

    def _place_of(self, block: int) -> tuple[int | None, BlockKind]:
        """What a block stands under, and its kind: blocks that share both share their context."""
        return self._analysis.article.blocks[block].parent, self._kind(block)

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

    # --- what holds for a place

    def place(self, sentence: int, number: int, role: str) -> Numbers:
        """How a thing stands in its sentence; ``role``: ``1`` and ``2``, the first and the second of a pair, or ``m``, under something."""
        key = sentence, number, role
        found = self._places.get(key)
        if found is None:
            numbers = self._place(sentence, number, role)
            found = self._places[key] = known(numbers + self._place_under(sentence, number) if role == "m" else numbers)
        return found

    def _place(self, sentence: int, number: int, role: str) -> list[int]:
        skeleton, families = self._skeletons[sentence], self._families.places[role]
        place, words = skeleton.places[number], skeleton.words
        left, right = words[max(0, place.unit - 2) : place.unit], words[place.unit + 1 : place.unit + 3]
        return [
            families.prep[place.prep],
            *[families.state[name] for name in _states(place)],
            families.left[left[-1] if left else "^"],
            families.right[right[0] if right else "$"],
            families.two_left[" ".join(left)],
            families.two_right[" ".join(right)],
            families.subtype[self._things[place.mention].subtype],
        ]

    def _place_under(self, sentence: int, number: int) -> list[int]:
        """What is said around a thing that is looked at under something."""
        families = self._families
        place = self._skeletons[sentence].places[number]
        before, behind = self._sides(sentence, number)
        return [
            families.turn[min(number, 3)],
            families.linked[place.linked],
            *[families.own[says] for says in self._own_words(sentence, place)],
            *[families.left_of_it[sense] for sense in before],
            *[families.right_of_it[sense] for sense in behind],
        ]

    def _own_words(self, sentence: int, place: Place) -> list[str]:
        """What the sentence's cues say of a thing: a relation, and whether it is its head or its tail."""
        links = [k for k in self._cued.get(sentence, ()) if place.mention in (k.head, k.tail)]
        return sorted({f"{k.type}{'h' if k.head == place.mention else 't'}" for k in links}) if links else []

    def _sides(self, sentence: int, number: int) -> tuple[dict[str, None], dict[str, None]]:
        """The senses between a thing and those on either side."""
        places, senses = self._skeletons[sentence].places, self._senses(sentence)
        unit = places[number].unit
        low = places[number - 1].unit + 1 if number else 0
        high = places[number + 1].unit if number + 1 < len(places) else len(senses)
        return _distinct(senses[max(low, unit - _BEFORE) : unit]), _distinct(senses[unit + 1 : min(high, unit + _BEFORE)])

    # --- what holds for a pair in a sentence

    def between(self, skeleton: Skeleton, i: int, j: int) -> Numbers:
        """What stands between, before and behind two things of a sentence."""
        families, places = self._families, skeleton.places
        first, second = places[i].unit, places[j].unit
        low, high = _chain_ends(places, i, j)
        words = skeleton.words[first + 1 : second]
        if len(words) > _BETWEEN:
            words = (*words[:_ENDS], *words[-_ENDS:])
        numbers = [
            families.far[high - low],
            families.order["".join([LETTERS[p.type] for p in places[:6]])],
            *[families.between[word] for word in words],
            *[families.between[f"{a}_{b}"] for a, b in pairwise(words)],
        ]
        if len(words) <= 4:
            numbers.append(families.all_between[" ".join(words)])
        core = skeleton.words[places[low].unit + 1 : places[high].unit]
        if len(core) <= 5:
            numbers.append(families.core[" ".join(core)])
        return known(numbers + self._senses_around(skeleton, i, j, low, high))

    def _senses_around(self, skeleton: Skeleton, i: int, j: int, low: int, high: int) -> list[int]:
        """The senses between (``B``), before (``P``) and behind (``F``, ``N``: up to the next thing) two things, and between the chains
        that they are part of (``C``).
        """
        families, places, senses = self._families, skeleton.places, self._senses(skeleton.sentence)
        first, second = places[i].unit, places[j].unit
        stop = places[j + 1].unit if j + 1 < len(places) else len(senses)
        numbers = [
            *[families.inner[sense] for sense in _distinct(senses[first + 1 : second])],
            *[families.ahead[sense] for sense in _distinct(senses[max(0, first - _BEFORE) : first])],
            *[families.behind[sense] for sense in _distinct(senses[second + 1 : second + _BEHIND])],
            *[families.next[sense] for sense in _distinct(senses[second + 1 : min(stop, second + _BEFORE)])],
        ]
        said = _distinct(senses[places[low].unit + 1 : places[high].unit])
        if 0 < len(said) <= 3:
            numbers.append(families.core_senses["+".join(sorted(said))])
        return numbers

    def distance(self, skeleton: Skeleton, i: int, j: int) -> Group:
        """Distance, order and coordination of two things of a sentence. The last feature says most of it in one."""
        places = skeleton.places
        first, second = places[i], places[j]
        between = [LETTERS[place.type] for place in places[i + 1 : j]]
        one, other = LETTERS[first.type], LETTERS[second.type]
        return self._distances[
            one + other,
            min(second.unit - first.unit - 1, 12),
            "".join(between[:4]),
            skeleton.clauses[first.unit] == skeleton.clauses[second.unit],
            all(place.linked for place in places[i + 1 : j + 1]),
            min(between.count(other), 2),
            min(between.count(one), 2),
            first.prep,
            second.prep,
        ]

    # --- what holds for a pair of a thing with something above or before it

    def under(self, sentence: int, number: int, other: EntityType) -> tuple[Numbers, Numbers, Numbers]:
        """How a thing of a sentence, what is said around it and what stands above go with something of a kind outside the sentence."""
        place = self._skeletons[sentence].places[number]
        combo = LETTERS[other] + LETTERS[place.type]
        block = self._analysis.sentences[sentence].block
        key = "heading", self._place_of(block), combo
        heading = self._shared.get(key)
        if heading is None:
            family = self._numbering.family(combo)
            heading = self._shared[key] = known([family[name] for name in self._read_above(block).nearest])
        whole = self._shared.get(("whole", sentence, combo))
        if whole is None:
            whole = self._shared["whole", sentence, combo] = self._whole(sentence, combo)
        return heading, whole, self._sided(sentence, number, combo)

    def _whole(self, sentence: int, combo: str) -> Numbers:
        families, words = self._families, self._skeletons[sentence].words
        of_kinds = self._numbering.family(f"{combo}|W:")
        return known(
            [
                *[of_kinds[sense] for sense in self._all_senses(sentence)],
                *[families.first_senses[sense] for sense in _distinct(self._senses(sentence)[:3])],
                families.first_word[words[0]],
                families.first_words[" ".join(words[:2])],
            ]
        )

    def _sided(self, sentence: int, number: int, combo: str) -> Numbers:
        says = self._own_words(sentence, self._skeletons[sentence].places[number])
        key = "sided", combo, *says
        found = self._shared.get(key)
        if found is None:
            said = sorted({one[:-1] for one in says})
            names = [f"{combo}|says:{type_}" for type_ in said] or [f"{combo}|silent"]
            found = self._shared[key] = self._numbering.numbers(names)
        return found

    def standing(self, sentence: int, number: int, other: EntityType, standing: str, rank: str, spoken: bool) -> Group:
        """How something of a kind outside a sentence stands to a thing in it; ``rank``: what stands nearer; ``spoken``: the sentence
        names it as well. The last feature says all of it but the place in the block.
        """
        turn = self._turns.get(sentence)
        if turn is None:
            block = self._analysis.sentences[sentence].block
            here = Counter([LETTERS[place.type] for place in self._skeletons[sentence].places])
            turn = self._turns[sentence] = (
                self._kind(block),
                min(sentence - self._analysis.block_sentences[block][0], 2),
                {letter: min(here[letter], 2) for letter in LETTERS.values()},
            )
        kind, place_in_block, rivals = turn
        letter = LETTERS[other]
        combo = letter + LETTERS[self._skeletons[sentence].places[number].type]
        return self._standings[combo, standing, kind, rank, rivals[letter], place_in_block, min(number, 2), spoken]

    # --- what holds for two things wherever they stand

    def pair(self, first: int, second: int, mark: str) -> Pair:
        """What holds for two things wherever they stand. ``mark``: ``s`` in a sentence, ``u`` with one outside it, ``r`` for rules."""
        key = self.ids[first], self.ids[second], mark
        found = self._pairs.get(key)
        if found is None:
            found = self._pairs[key] = self._make_pair(first, second, mark)
        return found

    def _make_pair(self, first: int, second: int, mark: str) -> Pair:
        one, other = self._things[first], self._things[second]
        id_, other_id = self.ids[first], self.ids[second]
        combo = one.letter + other.letter
        kin = one.letter == other.letter and (
            id_ in (other_id, other.above) or one.above == other_id or (one.above is not None and one.above == other.above)
        )
        there, back = _common(id_, one.above, other_id, other.above)
        kinds = self._kinds[mark, combo, one.subtype, other.subtype, kin, one.often, other.often, one.main, other.main]
        return Pair(kinds, self._sayings[combo, there, back], there, back)

    def rules(self, links: Sequence[Link], first: int, mark: str) -> Numbers:
        """Which rules say what of two things."""
        if not links:
            return ()
        names: list[str] = []
        for link in links:
            way = ">" if self.ids[link.head] == self.ids[first] else "<"
            names += (f"{mark}rule:{link.rule}{way}", f"{mark}rule:{link.type}{way}{link.rule.partition(':')[0]}")
        return self._numbering.numbers(names)


def _states(place: Place) -> list[str]:
    return [name for name, holds in (("lack", place.deficient), ("excess", place.excess), ("denied", place.denied)) if holds]


def _distinct(groups: Iterable[Sequence[str]]) -> dict[str, None]:
    """The senses of some words, each once, in order."""
    return dict.fromkeys([sense for group in groups if group for sense in group])


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


def _distance(
    combo: str, words: int, over: str, clause: bool, linked: bool, ahead: int, back: int, prep: str | None, second_prep: str | None
) -> tuple[str, ...]:
    preps = f"{prep}>{second_prep}"
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


def _standing(combo: str, standing: str, kind: str, rank: str, rivals: int, turn: int, at: int, spoken: bool) -> tuple[str, ...]:
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


def _said(combo: str, there: Common, back: Common) -> tuple[str, ...]:
    """Features of what is commonly said of a pair."""
    exact = [f"{t}>" for t in sorted(there.exact)] + [f"{t}<" for t in sorted(back.exact)]
    near = [f"{t}>" for t in sorted(there.near)] + [f"{t}<" for t in sorted(back.near)]
    found = [*(f"K:{s}" for s in exact), *(f"k~{s}" for s in near), f"K={'+'.join(exact)}"]
    if not exact and not near:
        found.append(f"{combo}|{'unsaid' if there.known else 'unknown'}")
    return tuple(found)


def _kinds(
    mark: str, combo: str, subtype: str, second_subtype: str, kin: bool, often: int, often_second: int, main: bool, main_second: bool
) -> tuple[str, ...]:
    return (
        f"{mark}{combo}",
        f"{mark}{subtype}>{second_subtype}",
        *(("kin",) if kin else ()),
        f"{mark}fcnt:{often}",
        f"{mark}scnt:{often_second}",
        *((f"{mark}ftitle",) if main else ()),
        *((f"{mark}stitle",) if main_second else ()),
    )
