"""A second look at the answers of the model, with the whole article in view.

The model judges each candidate alone. Here it is seen what it said of all of them: of the same pair elsewhere, of what else the two are
related to in sentence, section and article, of broader concepts, of other readings. A small network gives the final probability of each
*cell*, which is a reading of a candidate. Nothing here loops over candidates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ResourceError
from pipeline.matrices import Floats, logistic, product
from pipeline.relations.candidates import Candidates
from pipeline.relations.combinations import HOW, Flags
from pipeline.relations.numbering import NONE, Ints
from pipeline.relations.readings import DENIAL, DENIAL_OF, FIRST_IS_HEAD, IS_ALLOWED, READINGS, RELATION_OF, TYPES, Reading, combo_of
from pipeline.schema import RelationType

Column = NDArray[Any]
Named = Iterator[tuple[str, Column]]
"""Features with their names, one value a cell."""

LEAST: Final = 0.02
"""Cells below this first probability, which no rule states, are not looked at again."""
FAINT: Final = 0.005
"""Cells below this one are not even heeded as neighbours of others."""
_EDGE: Final = 2e-3  # probabilities are told apart between this and one less it
_DENIAL_EDGE: Final = 1e-2
_DENIAL_OF: Final = np.asarray(DENIAL_OF)
_ABSENT: Final = -3.0  # log-odds of what is not there
_NEVER: Final = -9.0
_MOST_ALIKE: Final = 6  # places of one pair that are counted
_MOST_APART: Final = 30  # mentions
_MOST_SENTENCES_APART: Final = 20
_SURE: Final = 0.98
_COMPARED: Final = (
    "pair otherwise",
    "head in sentence",
    "tail in sentence",
    "head in section",
    "head in article",
    "tail in article",
    "kinds in section",
)
"""Groupings in which the plausibility of one cell is compared with that of the others."""

_RELATIONS: Final = tuple(RelationType)


class Cells(NamedTuple):
    """The cells that are looked at again: candidate and reading, one row of features each, and the names of the features."""

    row: Ints
    column: Ints
    features: Floats
    names: tuple[str, ...]


def look(candidates: Candidates, first: Floats) -> Cells:
    """What is known of the cells that are looked at again. ``first``: (candidates, readings and denial), what the model said."""
    seen = _Article(candidates, first.astype(np.float64))
    names, values = zip(*seen.features(), strict=True)
    table = np.empty((len(seen.cells.row), len(values)), dtype=np.float32)
    for place, value in enumerate(values):
        table[:, place] = value
    return Cells(seen.cells.row, seen.cells.column, table, names)


class _Cells(NamedTuple):
    """Cells in columns: candidate, reading, its first probability, whether a rule states it; its relation, its ends as mentions and as
    concepts; the sentence; and a number for the relation of the two concepts.
    """

    row: Ints
    column: Ints
    p: Column
    odds: Column
    says: Flags
    relation: Ints
    head_mention: Ints
    tail_mention: Ints
    head: Ints
    tail: Ints
    sentence: Ints
    statement: Ints


class _Article:
    """The cells of an article: ``heeded`` are all that something is said for, ``cells`` those that are looked at again."""

    def __init__(self, candidates: Candidates, first: Column) -> None:
        self.candidates, self.mentions, self.first = candidates, candidates.mentions, first
        self.allowed = IS_ALLOWED[candidates.combo]
        self.rules = _rules(candidates)
        row, column = np.nonzero(self.allowed & (self.rules.stated | (first[:, :DENIAL] >= FAINT)))
        self.heeded = self._cells(row, column, self.rules.stated[row, column])
        self.again = np.flatnonzero((self.heeded.p >= LEAST) | self.heeded.says)
        self.cells = _Cells._make(values[self.again] for values in self.heeded)
        self.related = _Best(self.heeded.statement, self.heeded.p)
        self.groupings = self._groupings()
        self.others = _Others(list(self.groupings.values()))

    def _cells(self, row: Ints, column: Ints, says: Flags) -> _Cells:
        p, relation, concept = self.first[row, column], RELATION_OF[column], self.mentions.concept
        one, other, forth = self.candidates.first[row], self.candidates.second[row], FIRST_IS_HEAD[column]
        head_mention, tail_mention = np.where(forth, one, other), np.where(forth, other, one)
        head, tail = concept[head_mention], concept[tail_mention]
        return _Cells(
            row,
            column,
            p,
            _log_odds(p, _EDGE),
            says,
            relation,
            head_mention,
            tail_mention,
            head,
            tail,
            self.candidates.sentence[row],
            self._statement(head, relation, tail),
        )

    def _statement(self, head: Ints, relation: Ints, tail: Ints) -> Ints:
        return (head * len(_RELATIONS) + relation) * self.mentions.concepts + tail

    def _groupings(self) -> dict[str, tuple[Ints, Ints]]:
        """What heeded cells have in common: by name the group of each, and what tells the things of a group apart."""
        heeded, concepts, type_of = self.heeded, self.mentions.concepts, self.mentions.type
        relation, head, tail, sentence = heeded.relation, heeded.head, heeded.tail, heeded.sentence
        parent = self.candidates.sentences.parent[sentence]
        across = self.candidates.how[heeded.row] != HOW.index("sentence")
        kinds = combo_of(type_of[heeded.head_mention], type_of[heeded.tail_mention])
        way = relation * 2 + (head < tail)
        return {
            "pair elsewhere": (heeded.statement, heeded.row),
            "pair otherwise": (np.minimum(head, tail) * concepts + np.maximum(head, tail), way),
            "head in sentence": (_number(head, relation, sentence), tail),
            "tail in sentence": (_number(tail, relation, sentence), head),
            "head in section": (_number(head, relation, parent, across), tail),
            "head elsewhere in section": (_number(head, relation, parent), sentence),
            "head in article": (_number(head, relation), tail),
            "tail in article": (_number(tail, relation), head),
            "kinds in section": (_number(relation, parent, kinds), heeded.statement),
            "head anyhow in sentence": (_number(head, sentence), way * concepts + tail),
            "tail anyhow in sentence": (_number(tail, sentence), way * concepts + head),
        }

    def features(self) -> Named:
        """All features of the cells."""
        yield from self._itself()
        yield from self._other_readings()
        yield from self._same_pair()
        yield from self._others()
        yield from self._parts()
        yield from self._kin()
        yield from self._plausible()
        yield from self._surroundings()

    def _itself(self) -> Named:
        """The first answer, the relation, the kinds of things and how they stand to each other, and what rules say."""
        cells = self.cells
        yield "odds", cells.odds
        yield "p", cells.p
        for number, relation in enumerate(_RELATIONS):
            yield relation.value, cells.relation == number
        for end, mention in (("head", cells.head_mention), ("tail", cells.tail_mention)):
            kind = self.mentions.type[mention]
            for number, type_ in enumerate(TYPES):
                yield f"{end} {type_.value}", kind == number
        how = self.candidates.how[cells.row]
        for number, name in enumerate(HOW):
            yield f"stands {name}", how == number
        yield "first is head", FIRST_IS_HEAD[cells.column]
        rules = self.rules
        any_stated, any_beaten = (np.logical_or.reduce(flags, axis=1)[cells.row] for flags in (rules.stated, rules.beaten))
        yield "a rule states it", cells.says
        yield "a frame states it", rules.framed[cells.row, cells.column]
        yield "a beaten rule states it", rules.beaten[cells.row, cells.column]
        yield "a rule states another", any_stated & ~cells.says
        yield "a rule speaks of the pair", any_stated | any_beaten

    def _other_readings(self) -> Named:
        """What else the pair may be here."""
        row = self.cells.row
        p = np.where(self.allowed, self.first[:, :DENIAL], 0)
        top = np.sort(np.where(self.allowed, p, -1), axis=1)[row, -2:]
        rival = np.where(self.cells.p >= top[:, 1], top[:, 0], top[:, 1])
        yield "other reading, best", np.where(rival < 0, _ABSENT, _log_odds(rival, _EDGE))
        yield "other readings, sum", p.sum(axis=1)[row] - self.cells.p
        yield "other readings", self.allowed.sum(axis=1)[row] - 1
        yield "denial", _log_odds(self.first[row, _DENIAL_OF[self.cells.column]], _DENIAL_EDGE)

    def _same_pair(self) -> Named:
        """Whether the relation is stated anywhere, and whether this is the first place that may do so."""
        heeded = self.heeded
        order, start, group = _grouped(heeded.statement)
        nowhere = np.add.reduceat(np.log1p(-np.minimum(heeded.p, _SURE))[order], start)[group] if len(start) else heeded.p
        yield "pair, anywhere", _log_odds(1 - np.exp(nowhere), _EDGE)[self.again]
        is_first = np.zeros(len(heeded.row), dtype=np.bool_)
        is_first[np.lexsort((heeded.sentence, heeded.statement))[start]] = True
        yield "pair, here first", is_first[self.again]

    def _others(self) -> Named:
        """What else head and tail are related to, in this reading and in any: each group without the cell's own part of it."""
        others, heeded = self.others, self.heeded
        of_all = (values[:, self.again] for values in (others.count, others.mean(heeded.p), others.best(heeded.odds, _ABSENT)))
        for name, count, mean, best in zip(self.groupings, *of_all, strict=True):
            yield f"{name}, number", np.log1p(np.minimum(count, _MOST_ALIKE) if name.startswith("pair") else count)
            yield f"{name}, mean", mean
            yield f"{name}, best", best
            if name == "pair elsewhere":
                yield f"{name}, here best", self.cells.odds >= best

    def _parts(self) -> Named:
        """The parts that head and tail play in the article: how surely each is head and tail of relations of every type to others."""
        statement, p, concepts = self.related.keys, self.related.best, self.mentions.concepts
        head, relation, tail = statement // (len(_RELATIONS) * concepts), statement // concepts % len(_RELATIONS), statement % concepts
        of_each = np.arange(len(_RELATIONS))[:, None] * concepts
        for end, group, own in (("heads", relation * concepts + head, tail), ("ends", relation * concepts + tail, head)):
            two_best = _TwoBest(group, own, p, len(_RELATIONS) * concepts)
            for thing, concept, but in (("head", self.cells.head, self.cells.tail), ("tail", self.cells.tail, self.cells.head)):
                for type_, surest in zip(_RELATIONS, two_best.but(of_each + concept, but), strict=True):
                    yield f"{thing} {end} {type_.value}", surest

    def _kin(self) -> Named:
        """The same relation of what is above the two, and of what is below them."""
        concepts, heeded, cells = self.mentions.concepts, self.heeded, self.cells
        above = np.full(concepts, NONE)
        above[self.mentions.concept] = self.mentions.above
        spoken = np.zeros(concepts, dtype=np.bool_)
        spoken[self.mentions.concept] = True
        above[(above != NONE) & ~spoken[above]] = NONE
        over_head, over_tail = above[cells.head], above[cells.tail]
        for end, over, head, tail in (("head", over_head, over_head, cells.tail), ("tail", over_tail, cells.head, over_tail)):
            yield f"above {end}", np.where(over == NONE, 0, self.related.of(self._statement(head, cells.relation, tail)))
            yield f"something above {end}", over != NONE
        over_head, over_tail = above[heeded.head], above[heeded.tail]
        keys = self._statement(over_head, heeded.relation, heeded.tail), self._statement(heeded.head, heeded.relation, over_tail)
        is_lower = np.concatenate([over_head, over_tail]) != NONE
        lower = _Best(np.concatenate(keys)[is_lower], np.concatenate([heeded.p, heeded.p])[is_lower])
        yield "below", lower.of(cells.statement)

    def _plausible(self) -> Named:
        """How plausible the relation is by what is commonly said, other relations of the two, and what would be related like it."""
        own = self.candidates.plausible[self.heeded.row, self.heeded.column]
        yield "plausible", own[self.again]
        of_all = (values[:, self.again] for values in (self.others.mean(own), self.others.best(own, 0)))
        for name, mean, best in zip(self.groupings, *of_all, strict=True):
            if name in _COMPARED:
                yield f"plausible, {name}, mean", mean
                yield f"plausible, {name}, best", best

    def _surroundings(self) -> Named:
        """Where the pair stands, and how much there is of everything."""
        mentions, sentences, cells = self.mentions, len(self.candidates.sentences.block), self.cells
        named = np.bincount(mentions.concept, minlength=mentions.concepts)
        type_of = np.zeros(mentions.concepts, dtype=np.int64)
        type_of[mentions.concept] = mentions.type
        most = np.ones(len(TYPES), dtype=np.int64)
        np.maximum.at(most, type_of, named)
        foremost = named / most[type_of]
        yield "place in article", cells.sentence / sentences
        yield "mentions in sentence", np.log1p(np.bincount(mentions.sentence, minlength=sentences))[cells.sentence]
        yield "candidates in sentence", np.log1p(np.bincount(self.candidates.sentence, minlength=sentences))[cells.sentence]
        yield "mentions between", np.sqrt(np.minimum(np.abs(cells.head_mention - cells.tail_mention), _MOST_APART))
        yield "head is before", cells.head_mention < cells.tail_mention
        for end, concept in (("head", cells.head), ("tail", cells.tail)):
            yield f"{end} named", np.log1p(named)[concept]
            yield f"{end} foremost", foremost[concept]
        yield "mentions", np.full(len(cells.row), np.log(max(len(mentions.type), 1)))
        apart = np.abs(mentions.sentence[cells.head_mention] - mentions.sentence[cells.tail_mention])
        yield "sentences between", np.sqrt(np.minimum(apart, _MOST_SENTENCES_APART))


class _Rules(NamedTuple):
    """(candidates, readings): which rules state, which of these by a frame, and which another reading beat."""

    stated: Flags
    framed: Flags
    beaten: Flags


def _rules(candidates: Candidates) -> _Rules:
    rules = _Rules(*(np.zeros((len(candidates), DENIAL), dtype=np.bool_) for _ in range(3)))
    for row, (_, statements) in candidates.heard.items():
        for said in statements:
            column = READINGS.index(Reading(said.type, said.first_is_head))
            (rules.beaten if said.beaten else rules.stated)[row, column] = True
            rules.framed[row, column] |= said.framed and not said.beaten
    return rules


class _Best:
    """The highest value of each key."""

    def __init__(self, keys: Ints, values: Column) -> None:
        order, start, _ = _grouped(keys)
        self.keys = keys[order[start]]
        self.best = np.maximum.reduceat(values[order], start) if len(start) else values

    def of(self, keys: Ints) -> Column:
        """The highest values of some keys; 0 where there is none."""
        if not len(self.keys):
            return np.zeros(len(keys))
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[places] == keys, self.best[places], 0)


class _TwoBest:
    """The highest value in each group, and the highest of all others there: to leave one out."""

    def __init__(self, group: Ints, own: Ints, values: Column, groups: int) -> None:
        """``own`` tells the things of a group apart; each comes once."""
        order = np.lexsort((-values, group))
        ordered = group[order]
        first = _begins(ordered)
        second = np.concatenate([[False], first[:-1]])[: len(order)] & ~first
        self._best, self._next, self._owner = np.zeros(groups), np.zeros(groups), np.full(groups, NONE)
        self._best[ordered[first]] = values[order][first]
        self._owner[ordered[first]] = own[order][first]
        self._next[ordered[second]] = values[order][second]

    def but(self, group: Ints, own: Ints) -> Column:
        """The highest values of groups without what is one's own."""
        return np.where(self._owner[group] == own, self._next[group], self._best[group])


class _Others:
    """Of groups of cells, the other things in the group of each cell. A grouping has a group for each cell, and what tells the things of a
    group apart; each thing counts with its best cell. All groupings are worked on as one, since an article has few cells, and a call takes
    longer than its work. What comes out is (groupings, cells).
    """

    def __init__(self, groupings: Sequence[tuple[Ints, Ints]]) -> None:
        cells = len(groupings[0][0])
        self._shape = len(groupings), cells
        group = _apart([group for group, _ in groupings])
        order, self._start, self._thing = _grouped(_apart([group * (int(own.max(initial=0)) + 1) + own for group, own in groupings]))
        self._cell = order % max(cells, 1)
        self._begin = np.flatnonzero(_begins(group[order[self._start]]))
        self._sizes = np.diff(np.append(self._begin, len(self._start)))
        self._count = np.repeat(self._sizes - 1, self._sizes)
        self.count = self._of_cells(self._count)
        """How many there are."""

    def mean(self, values: Column) -> Column:
        """The mean of their values; 0 where there is none."""
        best = self._best(values)
        mean = (self._of_things(np.add, best) - best) / np.maximum(self._count, 1)
        return self._of_cells(np.where(self._count > 0, mean, 0))

    def best(self, values: Column, absent: float) -> Column:
        """The highest of their values; ``absent`` where there is none."""
        best = self._best(values)
        highest = self._of_things(np.maximum, best)
        is_highest = best == highest
        alone = self._of_things(np.add, is_highest.astype(np.int64)) == 1
        lower = self._of_things(np.maximum, np.where(is_highest, _NEVER, best))
        return self._of_cells(np.where(self._count > 0, np.where(is_highest & alone, lower, highest), absent))

    def _best(self, values: Column) -> Column:
        """By thing."""
        return np.maximum.reduceat(values[self._cell], self._start) if len(self._start) else values

    def _of_things(self, together: np.ufunc, of_things: Column) -> Column:
        """For each thing what all in its group come to."""
        return np.repeat(together.reduceat(of_things, self._begin), self._sizes) if len(self._begin) else of_things

    def _of_cells(self, of_things: Column) -> Column:
        return of_things[self._thing].reshape(self._shape)


def _apart(keys: Sequence[Ints]) -> Ints:
    """Keys one after the other, none the same as one of another array."""
    starts = accumulate((int(key.max(initial=0)) + 1 for key in keys), initial=0)
    return np.concatenate([key + start for key, start in zip(keys, starts, strict=False)])


def _grouped(key: Ints) -> tuple[Ints, Ints, Ints]:
    """An order that brings equal keys together, where each group begins in it, and the group of each key."""
    order = np.argsort(key, kind="stable")
    is_new = _begins(key[order])
    group = np.empty(len(key), dtype=np.int64)
    group[order] = np.cumsum(is_new) - 1
    return order, np.flatnonzero(is_new), group


def _begins(ordered: Ints) -> Flags:
    """Whether each of some keys, equal ones side by side, is the first of its like."""
    begins = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    return begins


def _number(*keys: Column) -> Ints:
    """One number for each combination of keys, which are small numbers from -1."""
    number = keys[0].astype(np.int64) + 1
    for key in keys[1:]:
        number = number * (int(key.max(initial=0)) + 2) + key + 1
    return number


def _log_odds(p: Column, edge: float) -> Column:
    bounded = np.clip(p, edge, 1 - edge)
    odds: Column = np.log(bounded / (1 - bounded))
    return odds


@dataclass(frozen=True, slots=True)
class SecondLook:
    """Learned arrays of the network: (features, hidden), (hidden,) and (features,). Features are bounded to ``low`` .. ``high`` first:
    nothing unheard of carries the answer away.
    """

    hidden: Floats
    hidden_bias: Floats
    output: Floats
    direct: Floats
    bias: Floats
    low: Floats
    high: Floats

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of the arrays."""
        return tuple(field.name for field in fields(cls))

    @classmethod
    def of(cls, arrays: Mapping[str, Floats]) -> Self:
        """From arrays by name."""
        return cls(**{name: arrays[name] for name in cls.names()})

    def log_odds(self, features: Floats) -> Floats:
        """What the network makes of cells."""
        bounded = np.clip(features, self.low, self.high)
        hidden = np.maximum(product(bounded, self.hidden) + self.hidden_bias, 0)
        odds: Floats = hidden @ self.output + bounded @ self.direct + self.bias
        return odds

    def probabilities(self, candidates: Candidates, first: Floats) -> Floats:
        """(candidates, readings and denial): the final probabilities. Cells that are not looked at again keep what the model said, and
        so does denial.
        """
        final = first.copy()
        found = look(candidates, first)
        if found.features.shape[1] != len(self.hidden):
            raise ResourceError("the model of relations was trained with other features; make it anew with: health-triples train relations")
        final[found.row, found.column] = logistic(self.log_odds(found.features))
        return final
