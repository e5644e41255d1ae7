"""Finds the candidates of an article: pairs of things in one sentence, of a thing with what the sentences before it name, and of a thing
with what stands above it (lead-in, headings, title, the subject of section and article).

All pairs of an article are looked at in one go, as columns of numbers: most of them stand to each other as articles never relate things,
and go no further.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from pipeline.article import Link, Mention
from pipeline.language import Analysis
from pipeline.matrices import Floats
from pipeline.plausibility import load_plausibility
from pipeline.references import Subjects
from pipeline.relations.candidates import OWN, SIGHTS, Candidates, Combined
from pipeline.relations.columns import columns_of, mention_columns, place_columns, sentence_columns
from pipeline.relations.combinations import (
    ALONE,
    APART,
    COMBOS,
    FURTHEST,
    HOW,
    KINDS,
    MARKS,
    MOST_AHEAD,
    MOST_OVER,
    NAMED,
    NEAR,
    ROLES,
    SAYINGS,
    STANDING_IN_WORDS,
    STANDINGS,
    STANDS,
    STANDS_AT,
    STANDS_IN,
    THINGS,
    TURNS,
    Flags,
    bearing,
    distances,
    governed,
    placements,
)
from pipeline.relations.features import Features
from pipeline.relations.glance import AROUND, LIKELIEST, Glance, Shown, likeliest_of
from pipeline.relations.numbering import NONE, Combinations, Ints, Numbering, Numbers
from pipeline.relations.outside import Others, Outside
from pipeline.relations.readings import ALLOWED, FIRST_IS_HEAD, IS_ALLOWED, READINGS, RELATION_OF, TYPES, Statement, combo_of
from pipeline.relations.sights import Sights
from pipeline.relations.skeleton import Skeleton, governing_words

_FEW: Final = 2  # what is counted up to

# Pairs that articles relate within sentences only: what contains what, who prescribes what. Of 3,100 such pairs with things outside the
# sentence, in the articles of the train split, fewer than one in fifty was stated.
_INSIDE_ONLY: Final = frozenset({"RR", "RN", "NR", "SS", "SN", "NS"})
_RELATABLE: Final = np.asarray([bool(readings) for readings in ALLOWED])
_RELATABLE_UNDER: Final = _RELATABLE & [combo not in _INSIDE_ONLY for combo in COMBOS]


class _Seen(NamedTuple):
    """The pairs that are worth a look, how plausible their readings are, and what they show at a glance, if all are looked at."""

    kept: Ints
    plausible: Floats
    shown: tuple[Shown, ...]


class _Found(NamedTuple):
    """Candidates that were brought together in one way, in the columns of :class:`Candidates`. ``own`` and ``sights``: their groups of
    features and what they see of senses, but for what every candidate has. ``rules``: by candidate.
    """

    first: Ints
    second: Ints
    sentence: Ints
    evidence: Ints
    how: Ints
    unit: Ints
    plausible: Floats
    combined: tuple[tuple[Combinations, Ints], ...]
    shown: tuple[Shown, ...]
    own: tuple[Ints, ...]
    sights: tuple[Ints, ...]
    rules: dict[int, tuple[Link, ...]]


class _Stated(NamedTuple):
    """Of every link that rules state: the sentence, its head and its tail."""

    sentence: Ints
    head: Ints
    tail: Ints


class Pairing:
    """Finds the candidates of an article."""

    def __init__(
        self,
        analysis: Analysis,
        mentions: Sequence[Mention],
        subjects: Subjects,
        skeletons: Sequence[Skeleton],
        cued: Mapping[int, Sequence[Link]],
        framed: Iterable[Link],
        numbering: Numbering,
        glance: Glance | None = None,
    ) -> None:
        """``cued``: what the cues of each sentence state; ``framed``: what structure states; ``glance``: says which pairs to look at; all,
        if it is not there.
        """
        self._numbering = numbering
        self._glance = glance
        self._mentions = mention_columns(analysis, mentions, subjects)
        self._known = load_plausibility().places([(thing.id, thing.above) for thing in self._mentions.things])
        """Where plausibility has the concept of each mention."""
        self._places = place_columns(skeletons)
        self._sights = Sights(skeletons, self._places)
        self._features = Features(analysis, skeletons, self._sights, numbering)
        self._sentences = sentence_columns(analysis)
        self._outside = Outside(analysis, mentions, subjects, self._mentions.concept.tolist())
        stated = [
            *((sentence, link) for sentence, links in cued.items() for link in links),
            *((link.evidence[-1], link) for link in framed),
        ]
        self._links = [link for _, link in stated]
        self._stated = _Stated(*columns_of([(sentence, link.head, link.tail) for sentence, link in stated], 3))
        self._of_pairs = _grouped(self._pair_numbers(*self._stated).tolist(), self._links)
        """What rules state, by :meth:`_pair_numbers`."""
        sentences = self._places.sentence.tolist()
        self._at = list(zip(sentences, self._places.number.tolist(), strict=True))
        self._units = list(zip(sentences, self._places.unit.tolist(), strict=True))
        self._cued = cued
        self._whole = self._of_sentences()
        self._around = glance.of_groups(self._features.groups) if glance else None

    def _of_sentences(self) -> Ints:
        """(2, sentences): the groups of features of the words of each sentence, and of what stands above it."""
        whole = np.full((AROUND, len(self._sentences.kind)), NONE, dtype=np.int64)
        used = np.unique(self._places.sentence)
        whole[:, used] = self._features.column(used, self._features.of_sentence), self._features.above(used)
        return whole

    def find(self, beaten: frozenset[int]) -> Candidates:
        """All candidates. ``beaten``: identities of the links of cues that another reading of their pair beat."""
        inside, under = self._inside(), self._under()
        parts = inside, under, self._alone({id(rule) for part in (inside, under) for rules in part.rules.values() for rule in rules})
        sizes = [len(part.first) for part in parts]
        first, second, sentence, evidence, how, unit, plausible = (np.concatenate([part[n] for part in parts]) for n in range(7))
        combo = self._combo(first, second)
        way = np.repeat(np.arange(len(parts)), sizes)
        starts = np.cumsum([0, *sizes]).tolist()
        rules = {start + row: said for start, part in zip(starts, parts, strict=False) for row, said in part.rules.items()}
        heads = {row: [self._is_concept_of(rule.head, first[row]) for rule in said] for row, said in rules.items()}
        sayings = self._sayings(first, second)
        of_rules = np.full_like(first, NONE)
        for row, said in rules.items():
            mark = MARKS[way[row]].replace(MARKS[0], "")
            of_rules[row] = self._features.add(self._features.of_rules(zip(said, heads[row], strict=True), mark))
        own = _side_by_side((*self._whole[:, sentence], of_rules), [part.own for part in parts], sizes, OWN)
        sights = _side_by_side((self._sights.sentences()[sentence],), [part.sights for part in parts], sizes, SIGHTS)
        runs = (Combined(one, start, numbers) for start, part in zip(starts, parts, strict=False) for one, numbers in part.combined)
        return Candidates(
            first=first,
            second=second,
            combo=combo,
            sentence=sentence,
            evidence=evidence,
            how=how,
            unit=unit,
            sayings=sayings,
            plausible=plausible,
            own=own,
            sights=sights,
            groups=self._features.groups,
            seen=self._sights.seen,
            combined=[*runs, Combined(KINDS, 0, self._kinds(way, combo, first, second))],
            shown=[Combined(one, start, numbers) for start, part in zip(starts, parts, strict=False) for one, numbers in part.shown],
            rules=rules,
            heard={row: (int(sayings[row]), _statements(said, heads[row], beaten)) for row, said in rules.items()},
            numbering=self._numbering,
            mentions=self._mentions,
            sentences=self._sentences,
        )

    def _sayings(self, first: Ints, second: Ints) -> Ints:
        """What is commonly said of pairs. Many are the same two things again."""
        numbers = {thing: number for number, thing in enumerate(dict.fromkeys(self._mentions.things))}
        things, thing = list(numbers), np.asarray([numbers[thing] for thing in self._mentions.things], dtype=np.int64)
        pairs, column = np.unique(thing[first] * len(things) + thing[second], return_inverse=True)
        said = [SAYINGS.of[things[pair // len(things)], things[pair % len(things)]] for pair in pairs.tolist()]
        return np.asarray(said, dtype=np.int64)[column]

    def _is_concept_of(self, mention: int, other: int) -> bool:
        return bool(self._mentions.concept[mention] == self._mentions.concept[other])

    def _combo(self, first: Ints, second: Ints) -> Ints:
        return combo_of(self._mentions.type[first], self._mentions.type[second])

    def _plausible(self, first: Ints, second: Ints, combo: Ints) -> Floats:
        """How plausible all readings are that the schema allows."""
        row, column = np.nonzero(IS_ALLOWED[combo])
        one, other, forth = self._known[first[row]], self._known[second[row]], FIRST_IS_HEAD[column]
        plausible = np.zeros((len(first), len(READINGS)), dtype=np.float32)
        plausible[row, column] = load_plausibility().between(np.where(forth, one, other), RELATION_OF[column], np.where(forth, other, one))
        return plausible

    def _see(
        self, way: int, first: Ints, second: Ints, combo: Ints, sentence: Ints, shown: Iterable[Shown], rules: Mapping[int, object]
    ) -> _Seen:
        """Glance at pairs that were brought together in one way; those of which ``rules`` speak are worth a look."""
        plausible = self._plausible(first, second, combo)
        mentions, kin = self._mentions, self._are_kin(first, second)
        named = (column[end] for column in (mentions.often, mentions.main) for end in (first, second))
        shown = (
            *shown,
            (THINGS, THINGS.numbers(way, mentions.kind[first], mentions.kind[second])),
            (NAMED, NAMED.numbers(way, combo, kin, *named)),
            (LIKELIEST, likeliest_of(plausible)),
        )
        if self._glance is None or self._around is None:
            return _Seen(np.arange(len(first)), plausible, shown)
        worth = self._glance.log_odds(self._around[self._whole[:, sentence]].sum(axis=0), shown) >= 0
        worth[list(rules)] = True
        kept = np.flatnonzero(worth)
        return _Seen(kept, plausible[kept], ())

    def _are_kin(self, first: Ints, second: Ints) -> Flags:
        """Whether two things are of one type, and one concept or beside or below each other."""
        mentions = self._mentions
        concept, other, above, other_above = (
            mentions.concept[first],
            mentions.concept[second],
            mentions.above[first],
            mentions.above[second],
        )
        alike = (concept == other) | (concept == other_above) | (above == other) | ((above != NONE) & (above == other_above))
        kin: Flags = alike & (mentions.type[first] == mentions.type[second])
        return kin

    def _kinds(self, way: Ints, combo: Ints, first: Ints, second: Ints) -> Ints:
        mentions = self._mentions
        described = (column[end] for column in (mentions.kind, mentions.often, mentions.main) for end in (first, second))
        return KINDS.numbers(way, combo, self._are_kin(first, second), *described)

    # --- two things of a sentence

    def _inside(self) -> _Found:
        places, types = self._places, self._mentions.type[self._places.mention]
        i, j = _pairs(places.starts)
        combo = combo_of(types[i], types[j])
        different = self._mentions.concept[places.mention[i]] != self._mentions.concept[places.mention[j]]
        i, j, combo = _where(_RELATABLE[combo] & different, i, j, combo)
        before = _counts_before(types)
        ahead, back = (np.minimum(before[type_, j] - before[type_, i + 1], _FEW) for type_ in (types[j], types[i]))
        chained = np.concatenate([[0], places.linked.cumsum()])
        linked = chained[j + 1] - chained[i + 1] == j - i
        clause = places.clause[i] == places.clause[j]
        words = places.unit[j] - places.unit[i]  # one more than stand between them
        rules = _rules_of(self._of_pairs, self._pair_numbers(places.sentence[i], places.mention[i], places.mention[j]))
        prepositions = places.preposition[i], places.preposition[j]
        shown = (
            (APART, APART.numbers(combo, ahead, back, linked, clause, np.minimum(words, NEAR + 1))),
            (governed(), governed().numbers(combo, *prepositions)),
        )
        seen = self._see(0, places.mention[i], places.mention[j], combo, places.sentence[i], shown, rules)
        kept = seen.kept
        i, j, combo, ahead, back, linked, clause, words = (column[kept] for column in (i, j, combo, ahead, back, linked, clause, words))
        standing = distances().numbers(
            combo,
            np.minimum(words, FURTHEST + 1),
            _types_over(types, i, j),
            clause,
            linked,
            ahead,
            back,
            *(column[kept] for column in prepositions),
        )
        features, at = self._features, self._at
        between = [features.add(features.of_pair(at[one], at[other][1])) for one, other in zip(i.tolist(), j.tolist(), strict=True)]
        nothing = np.full_like(i, NONE)
        own = (self._beside(i, "1"), self._beside(j, "2"), np.asarray(between, dtype=np.int64))
        return _Found(
            first=places.mention[i],
            second=places.mention[j],
            sentence=places.sentence[i],
            evidence=nothing,
            how=np.full_like(nothing, HOW.index("sentence")),
            unit=places.unit[j],
            plausible=seen.plausible,
            combined=((distances(), standing), (placements(), self._placed(i, "1")), (placements(), self._placed(j, "2"))),
            shown=seen.shown,
            own=own,
            sights=(self._sights.around_pairs(i, j),),
            rules=_renumbered(rules, seen.kept),
        )

    def _placed(self, place: Ints, role: str) -> Ints:
        """How things stand in their sentences."""
        places = self._places
        states = (column[place] for column in (places.preposition, places.deficient, places.excess, places.denied))
        return placements().numbers(ROLES.index(role), *states, self._mentions.kind[places.mention[place]])

    def _beside(self, place: Ints, role: str) -> Ints:
        """The words beside things."""
        features, at = self._features, self._units
        return features.column(place, lambda number: features.of_neighbours(*at[number], role))

    # --- a thing of a sentence with something outside it

    def _under(self) -> _Found:
        places, mentions, sentences = self._places, self._mentions, self._sentences
        homes = self._homes()
        place = np.sort(homes[homes != NONE])  # each mention once: of a reference, what it stands for is spoken of elsewhere
        ranges = {sentence: self._outside.of(sentence) for sentence in dict.fromkeys(places.sentence[place].tolist())}
        others = Others(*columns_of(self._outside.others, 5))
        place, other = _crossed(place, columns_of([ranges[sentence] for sentence in places.sentence[place].tolist()], 2))
        combo = self._combo(others.mention[other], places.mention[place])
        different = mentions.concept[others.mention[other]] != mentions.concept[places.mention[place]]
        place, other, combo = _where(_RELATABLE_UNDER[combo] & different, place, other, combo)
        sentence, concept = places.sentence[place], mentions.concept[others.mention[other]]
        types = mentions.type[places.mention]
        rivals = np.zeros((len(sentences.kind), len(TYPES)), dtype=np.int64)
        np.add.at(rivals, (places.sentence, types), 1)
        rival = np.minimum(rivals[sentence, mentions.type[others.mention[other]]], _FEW)
        rules = _rules_of(self._stated_of_things(), self._thing_numbers(sentence, places.mention[place], concept))
        here = places.sentence * mentions.concepts + mentions.concept[places.mention]
        standing, rank, kind = others.standing[other], others.rank[other], sentences.kind[sentence]
        turn, at = np.minimum(sentences.turn[sentence], _FEW), np.minimum(places.number[place], _FEW)
        spoken = np.isin(sentence * mentions.concepts + concept, here)
        shown = (
            (STANDS, STANDS.numbers(combo, standing, rank, rival)),
            (STANDS_IN, STANDS_IN.numbers(combo, standing, kind)),
            (STANDS_AT, STANDS_AT.numbers(combo, kind, turn, at, spoken)),
        )
        seen = self._see(1, others.mention[other], places.mention[place], combo, sentence, shown, rules)
        place, other, combo, sentence = (column[seen.kept] for column in (place, other, combo, sentence))
        standing = STANDINGS.numbers(combo, *(column[seen.kept] for column in (standing, kind, rank, rival, turn, at, spoken)))
        features, combos = self._features, len(COMBOS)
        said, says = self._own_words()
        before = others.how[other] == HOW.index("before")
        home = np.where(before, homes[others.mention[other]], NONE)  # of what stands above, the words above tell
        standings = len(STANDING_IN_WORDS)
        goes_on = np.where(before, sentence * standings + others.standing[other], NONE)
        told = np.where(home == NONE, NONE, (says[home] * len(said) + says[place]) * combos + combo)
        own = (
            self._beside(place, "m"),
            features.column(sentence * combos + combo, lambda both: features.of_heading(*divmod(both, combos))),
            features.column(sentence, features.of_opening),
            features.column(says[place] * combos + combo, lambda both: features.of_own_words(said[both // combos], both % combos)),
            features.column(home, self._of_home),
            features.column(goes_on, lambda both: features.of_going_on(*divmod(both, standings))),
            features.column(
                told, lambda three: features.of_both_words((said[n] for n in divmod(three // combos, len(said))), three % combos)
            ),
        )
        sights = self._sights
        return _Found(
            first=others.mention[other],
            second=places.mention[place],
            sentence=sentence,
            evidence=others.evidence[other],
            how=others.how[other],
            unit=places.unit[place],
            plausible=seen.plausible,
            combined=(
                (STANDINGS, standing),
                (placements(), self._placed(place, "m")),
                (TURNS, TURNS.numbers(np.minimum(places.number[place], MOST_AHEAD), places.linked[place])),
            ),
            shown=seen.shown,
            own=own,
            sights=(
                sights.around_places()[place],
                sights.openings()[sentence],
                sights.with_types(sentence, combo),
                np.where(home == NONE, NONE, sights.around_homes()[home]),
            ),
            rules=_renumbered(rules, seen.kept),
        )

    def _own_words(self) -> tuple[list[tuple[str, ...]], Ints]:
        """What the cues of its sentence say of each thing: all that they say of any, and by place the number of it."""
        said: dict[tuple[int, int], set[str]] = {}
        for sentence, links in self._cued.items():
            for link in links:
                said.setdefault((sentence, link.head), set()).add(f"{link.type}h")
                said.setdefault((sentence, link.tail), set()).add(f"{link.type}t")
        says = {thing: tuple(sorted(words)) for thing, words in said.items()}
        numbers = {words: number for number, words in enumerate(dict.fromkeys([(), *says.values()]))}
        places = zip(self._places.sentence.tolist(), self._places.mention.tolist(), strict=True)
        return list(numbers), np.asarray([numbers[says.get(thing, ())] for thing in places], dtype=np.int64)

    def _homes(self) -> Ints:
        """By mention, the first place where its own sentence names it, or ``NONE``."""
        places = self._places
        named = np.flatnonzero(self._mentions.sentence[places.mention] == places.sentence)
        homes = np.full(len(self._mentions.type), NONE, dtype=np.int64)
        mentions, first = np.unique(places.mention[named], return_index=True)
        homes[mentions] = named[first]
        return homes

    def _of_home(self, place: int) -> Numbers:
        """What is said of something where it is named."""
        places, (sentence, unit) = self._places, self._units[place]
        states = (bool(column[place]) for column in (places.deficient, places.excess, places.denied))
        stands = bearing("", governing_words()[places.preposition[place]], *states)
        return self._features.of_home(sentence, unit, int(places.number[place]), stands)

    # --- what rules say

    def _pair_numbers(self, sentence: Ints, one: Ints, other: Ints) -> Ints:
        """A number for two mentions in a sentence, in either order."""
        size = len(self._mentions.type)
        return (sentence * size + np.minimum(one, other)) * size + np.maximum(one, other)

    def _thing_numbers(self, sentence: Ints, mention: Ints, concept: Ints) -> Ints:
        """A number for a mention in a sentence and a concept that it may be related to."""
        return (sentence * len(self._mentions.type) + mention) * self._mentions.concepts + concept

    def _stated_of_things(self) -> dict[int, list[Link]]:
        """What rules state, by :meth:`_thing_numbers` of either end."""
        sentence, head, tail = self._stated
        ends = (
            self._thing_numbers(sentence, head, self._mentions.concept[tail]),
            self._thing_numbers(sentence, tail, self._mentions.concept[head]),
        )
        return _grouped(np.concatenate(ends).tolist(), self._links * 2)

    def _alone(self, heard: set[int]) -> _Found:
        """The pairs that only rules see. ``heard``: identities of the rules that speak of the others."""
        usable = np.diff(self._places.starts) > 0
        size = len(self._mentions.type)
        found = {
            number: tuple(links)
            for number, links in self._of_pairs.items()
            if usable[number // size**2] and heard.isdisjoint(map(id, links))
        }
        numbers = np.asarray([*found], dtype=np.int64)
        sentence, first, second = numbers // size**2, numbers // size % size, numbers % size
        nothing = np.full_like(first, NONE)
        how = np.full_like(first, HOW.index("rule"))
        rules = dict(enumerate(found.values()))
        seen = self._see(2, first, second, self._combo(first, second), sentence, (), rules)
        combined = ((ALONE, np.zeros_like(first)),)
        return _Found(first, second, sentence, nothing, how, nothing, seen.plausible, combined, seen.shown, (), (), rules)


def _statements(rules: Sequence[Link], heads: Sequence[bool], beaten: frozenset[int]) -> tuple[Statement, ...]:
    """Rules as witnesses hear them. ``heads``: of each, whether its head is the first of the pair."""
    return tuple(
        Statement(rule.type, is_head, rule.polarity, rule.confidence, rule.rule.startswith("frame"), id(rule) in beaten)
        for rule, is_head in zip(rules, heads, strict=True)
    )


def _side_by_side(first: Sequence[Ints], parts: Sequence[Sequence[Ints]], sizes: Sequence[int], width: int) -> Ints:
    """(candidates, width): columns that all candidates have, and then those that some have, of which ``parts`` are the rows."""
    table = np.full((sum(sizes), width), NONE, dtype=np.int64)
    for number, column in enumerate(first):
        table[:, number] = column
    start = 0
    for columns, size in zip(parts, sizes, strict=True):
        for number, column in enumerate(columns, len(first)):
            table[start : start + size, number] = column
        start += size
    return table


def _grouped(numbers: Sequence[int], links: Sequence[Link]) -> dict[int, list[Link]]:
    found: dict[int, list[Link]] = {}
    for number, link in zip(numbers, links, strict=True):
        found.setdefault(number, []).append(link)
    return found


def _rules_of(stated: Mapping[int, Sequence[Link]], numbers: Ints) -> dict[int, tuple[Link, ...]]:
    """What rules state of pairs with these numbers, by their place."""
    if not stated:
        return {}
    rows = np.flatnonzero(np.isin(numbers, list(stated)))
    return {row: tuple(stated[number]) for row, number in zip(rows.tolist(), numbers[rows].tolist(), strict=True)}


def _renumbered(rules: Mapping[int, tuple[Link, ...]], kept: Ints) -> dict[int, tuple[Link, ...]]:
    """Rules by place, where only some places were kept."""
    return {new: rules[old] for new, old in enumerate(kept.tolist()) if old in rules} if rules else {}


def _where(condition: Flags, *columns: Ints) -> tuple[Ints, ...]:
    """What meets a condition."""
    rows = np.flatnonzero(condition)
    return tuple(column[rows] for column in columns)


@cache
def _pairs_of(things: int) -> Ints:
    """(2, n): every pair of some things, by number."""
    return np.stack(np.triu_indices(things, 1)).astype(np.int64)


def _pairs(starts: Ints) -> Ints:
    """(2, n): every pair of places of one sentence. ``starts``: the first place of each sentence, and one more."""
    sizes = np.diff(starts).tolist()
    return np.concatenate(
        [_pairs_of(0), *(_pairs_of(size) + start for start, size in zip(starts.tolist(), sizes, strict=False) if size > 1)], axis=1
    )


def _crossed(things: Ints, ranges: Ints) -> tuple[Ints, Ints]:
    """Each thing with every number of its range: where this starts and ends (2, n)."""
    starts, ends = ranges
    sizes = ends - starts
    return np.repeat(things, sizes), np.arange(sizes.sum()) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)


def _counts_before(types: Ints) -> Ints:
    """(types, places + 1): how many of a type stand before a place."""
    counts = np.zeros((len(TYPES), len(types) + 1), dtype=np.int64)
    np.cumsum(types == np.arange(len(TYPES))[:, None], axis=1, out=counts[:, 1:])
    return counts


def _types_over(types: Ints, i: Ints, j: Ints) -> Ints:
    """The types of the first things between two places, as a number."""
    padded = np.concatenate([types + 1, np.zeros(MOST_OVER, dtype=np.int64)])
    over = np.zeros_like(i)
    for step in range(1, MOST_OVER + 1):
        over = over * (len(TYPES) + 1) + np.where(i + step < j, padded[i + step], 0)
    return over
