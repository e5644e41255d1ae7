"""What a section and an article are about, and what a word such as *deze aandoening* or a bare heading stands for.

Resolution is deliberately shy: where several antecedents compete there is none, since a wrong one makes a wrong triple.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

from pipeline.article import Mention
from pipeline.language import Analysis
from pipeline.resources import load_toml
from pipeline.schema import BlockKind, EntityType
from pipeline.wordclasses import joints
from pipeline.wordrules import WordRules, whole_words, word_starts, words_of

# Of an article whose title names none, the subject is a concept with this weight, so many times the weight of the next one of its
# kind, and this share of the weight of the article's foremost concept of any kind.
_DOMINANT = 3
_LEAD = 1.3
_SHARE = 0.8
_OPENING = 3  # blocks with which an article begins
_ARTICLE = 2  # words between coordinated names: the conjunction and an article
_REACH = 2  # sentences that a pronoun looks back
_EACH = {type_: frozenset({type_}) for type_ in EntityType}
_TOPICAL = frozenset({BlockKind.TITLE, BlockKind.HEADING, BlockKind.LEAD_IN, BlockKind.TABLE_HEADER})


class Subjects:
    """Finds the subject (a mention number) of blocks and sentences, by entity type."""

    def __init__(self, analysis: Analysis, mentions: Sequence[Mention]) -> None:
        self._analysis = analysis
        self._mentions = mentions
        self.by_sentence: dict[int, list[int]] = {}
        for number, mention in enumerate(mentions):
            self.by_sentence.setdefault(mention.sentence, []).append(number)
        self._cache: dict[tuple[int | None, frozenset[EntityType]], int | None] = {}
        self._blocks: dict[int, list[int]] = {}

    def in_block(self, block: int) -> list[int]:
        """Numbers of the mentions of a block, in text order."""
        found = self._blocks.get(block)
        if found is None:
            first, end = self._analysis.block_sentences[block]
            found = self._blocks[block] = [number for sentence in range(first, end) for number in self.by_sentence.get(sentence, ())]
        return found

    def of_block(self, block: int, types: frozenset[EntityType]) -> int | None:
        """What the section that block ``block`` stands in is about: a mention of one of these types, or None.

        The nearest heading or lead-in above that names such a thing decides, then the title, then the concept that dominates the
        article.
        """
        key = (self._analysis.article.blocks[block].parent, types)
        if key not in self._cache:
            self._cache[key] = self._find(block, types)
        return self._cache[key]

    def of_each_type(self, block: int) -> Iterator[tuple[EntityType, int]]:
        """The same type by type, where there is such a thing."""
        for type_, alone in _EACH.items():
            subject = self.of_block(block, alone)
            if subject is not None:
                yield type_, subject

    def _find(self, block: int, types: frozenset[EntityType]) -> int | None:
        article = self._analysis.article
        for ancestor in article.ancestors(block):
            kind = article.blocks[ancestor].kind
            numbers = [n for n in self.in_block(ancestor) if self._mentions[n].type in types]
            if not numbers:
                continue
            if kind in _TOPICAL or kind is BlockKind.LIST_ITEM:
                return numbers[0]
        opening = self._opening(types)
        return self._dominant(types) if opening is None else opening

    def _opening(self, types: frozenset[EntityType]) -> int | None:
        """What the headings with which an article begins name, where its title names nothing at all: the title of a leaflet is
        often *Bijsluiter*.
        """
        if self._mentions and self._mentions[0].sentence in range(*self._analysis.block_sentences[0]):
            return None
        for block in range(1, min(_OPENING, len(self._analysis.article.blocks))):
            numbers = [n for n in self.in_block(block) if self._mentions[n].type in types]
            if numbers and self._analysis.article.blocks[block].kind in _TOPICAL:
                return numbers[0]
        return None

    @cached_property
    def weights(self) -> list[tuple[int, EntityType, int]]:
        """(weight, type, first mention) of every concept, heaviest first; what the article begins with and what its headings name
        weighs double.
        """
        weights: Counter[tuple[EntityType, str]] = Counter()
        first: dict[tuple[EntityType, str], int] = {}
        for number, mention in enumerate(self._mentions):
            block = self._analysis.sentences[mention.sentence].block
            prominent = block < _OPENING or self._analysis.article.blocks[block].kind in _TOPICAL
            key = (mention.type, mention.broader or mention.concept)
            weights[key] += 1 + prominent
            first.setdefault(key, number)
        return [(weight, key[0], first[key]) for key, weight in weights.most_common()]

    def _dominant(self, types: frozenset[EntityType]) -> int | None:
        """The concept that the article speaks of most, if one stands out."""
        ranked = [(weight, number) for weight, type_, number in self.weights if type_ in types]
        if not ranked or ranked[0][0] < max(_DOMINANT, _SHARE * self.weights[0][0]):
            return None
        if len(ranked) > 1 and ranked[0][0] < _LEAD * ranked[1][0]:
            return None
        return ranked[0][1]

    def before(self, sentence: int, types: frozenset[EntityType]) -> tuple[int, ...]:
        """What an unnamed thing in this sentence stands for (mention numbers).

        The one concept of these types in the sentences just before (same block), all that a question just before asks after (*Hebt
        u koorts of pijn? Bel dan ...*) or that is coordinated there (*Drink water of thee. Zo voorkomt u ...*), else the section's
        subject.
        """
        block = self._analysis.sentences[sentence].block
        first, _ = self._analysis.block_sentences[block]
        topic = self._topic(sentence - 1, types) if sentence - 1 >= first else ()
        if topic:
            return topic
        for earlier in range(sentence - 1, max(first, sentence - _REACH) - 1, -1):
            numbers = tuple(n for n in self.by_sentence.get(earlier, ()) if self._mentions[n].type in types)
            if numbers:
                if len({self._mentions[n].concept for n in numbers}) == 1:
                    return numbers[:1]
                if earlier == sentence - 1 and (self._is_question(earlier) or len(self._coordinated(numbers)) == len(numbers)):
                    return numbers
                break
        subject = self.of_block(block, types)
        return () if subject is None else (subject,)

    def _topic(self, sentence: int, types: frozenset[EntityType]) -> tuple[int, ...]:
        """What a sentence begins with, if it is of these types: its first mention with those coordinated with it (the preferred
        centre, Grosz et al. 1995).
        """
        numbers = self.by_sentence.get(sentence, [])
        if not numbers or self._mentions[numbers[0]].type not in types or self._is_question(sentence):
            return ()
        first_word, _ = self._analysis.sentence_words[sentence]
        if self._mentions[numbers[0]].first_token > first_word + 1:
            return ()
        return tuple(n for n in self._coordinated(numbers) if self._mentions[n].type in types)

    def _coordinated(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """The first of some mentions with those right behind it that are coordinated with it."""
        text = self._analysis.article.text
        chain = list(numbers[:1])
        for before, number in pairwise(numbers):
            between = text[self._mentions[before].end : self._mentions[number].start].split()
            if not between or between[0] not in joints() or len(between) > _ARTICLE:
                break
            chain.append(number)
        return tuple(chain)

    def _is_question(self, sentence: int) -> bool:
        _, end = self._analysis.sentence_words[sentence]
        return self._analysis.folds[end - 1] == "?"

    def list_before(self, sentence: int, types: frozenset[EntityType]) -> tuple[int, ...]:
        """The first mention of each item of the list that ends just before this sentence's block."""
        block = self._analysis.sentences[sentence].block
        blocks = self._analysis.article.blocks
        items: list[int] = []
        for earlier in range(block - 1, -1, -1):
            if blocks[earlier].kind is not BlockKind.LIST_ITEM:
                break
            numbers = [n for n in self.in_block(earlier) if self._mentions[n].type in types]
            items.extend(numbers[:1])
        return tuple(reversed(items))

    @cached_property
    def _deficiencies(self) -> dict[str, int]:
        """The deficiencies that the article names, with the first mention of each."""
        found: dict[str, int] = {}
        for number, mention in enumerate(self._mentions):
            for name in (mention.concept, mention.broader):
                concept = self._analysis.concept(mention.type, name) if name else None
                if concept is not None and concept.subtype == "deficiency":
                    found.setdefault(concept.name, number)
        return found

    def _lack(self, sentence: int, nutrients: frozenset[EntityType]) -> tuple[tuple[int, ...], bool]:
        """The deficiency that the section is about, or that the article names elsewhere of the nutrient that it is about; else that
        nutrient, a lack of which is meant.
        """
        for number in self.before(sentence, frozenset({EntityType.CONDITION})):
            if self._mentions[number].concept in self._deficiencies:
                return (number,), False
        lacking = self.before(sentence, nutrients)[:1]
        for number in lacking:
            name = self._mentions[number].concept.removeprefix("vitamine ")
            for deficiency in (f"{name}tekort", f"{name}-tekort"):
                if deficiency in self._deficiencies:
                    return (self._deficiencies[deficiency],), False
        return lacking, True

    def resolve(self, reference: Reference, sentence: int) -> tuple[tuple[int, ...], bool]:
        """What a reference stands for (mention numbers; none where that is open), and whether a lack of it is meant.

        *Een tekort* is the deficiency that the section is about (ijzertekort), or else a lack of its nutrient. *Deze klachten*
        after a list are its items.
        """
        if reference.deficient:
            return self._lack(sentence, reference.types)
        if reference.plural and sentence == self._analysis.block_sentences[self._analysis.sentences[sentence].block][0]:
            items = self.list_before(sentence, reference.types)
            if items:
                return items, False
        if reference.ending:
            named = next(
                (n for n, m in enumerate(self._mentions) if m.type in reference.types and m.concept.endswith(reference.ending)), None
            )
            if named is not None:
                return (named,), False
        if reference.subject:
            subject = self.of_block(self._analysis.sentences[sentence].block, reference.types)
            return () if subject is None else (subject,), False
        return self.before(sentence, reference.types)[:1], False


@dataclass(frozen=True, slots=True)
class Reference:
    """A phrase that stands for something named before: its range of units (end exclusive), the kinds of thing that it can mean, and
    how it stands.
    """

    start: int
    end: int
    types: frozenset[EntityType]
    prep: str | None
    deficient: bool
    plural: bool
    subject: bool
    ending: str


@dataclass(frozen=True, slots=True)
class _Meant:
    """What a reference rule says of the phrases that it fits."""

    types: frozenset[EntityType]
    deficient: bool
    plural: bool
    subject: bool
    ending: str


@cache
def _rules() -> tuple[WordRules, tuple[_Meant, ...]]:
    """The rules, and what each means. Their first words are articles, which most sentences hold."""
    rows = load_toml("relations/references.toml")["reference"]
    meant = (
        _Meant(
            frozenset(EntityType(t) for t in row["types"]),
            bool(row.get("deficient")),
            bool(row.get("plural")),
            bool(row.get("subject")),
            str(row.get("ending", "")),
        )
        for row in rows
    )
    return WordRules([whole_words(row["match"]) for row in rows], told_by_last=True), tuple(meant)


def find_references(words: Sequence[str]) -> list[Reference]:
    """The references among the words of a sentence, without overlaps. Mentions are written as single capitals and are never part of one."""
    rules, meant = _rules()
    if not rules.may_fit(words):
        return []
    starts = word_starts(words)
    taken = [word.isupper() for word in words]
    found: list[Reference] = []
    for number, match in rules.matches(" ".join(words), rules.told(words)):
        start, last = words_of(starts, *match.span())
        end = last + 1
        if not any(taken[start:end]):
            taken[start:end] = [True] * (end - start)
            rule = meant[number]
            prep = match.groupdict().get("prep")
            found.append(Reference(start, end, rule.types, prep, rule.deficient, rule.plural, rule.subject, rule.ending))
    return sorted(found, key=lambda r: r.start)
