"""How samples are changed from round to round: findings hidden, mentions replaced, made up, misspelt.

A tagger that sees every mention with the rule that found it learns to copy the rules. What it shall find is what they do not know, so each
round hides another part of what they found, and gives places other names.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.lexicon import Lexicon
from pipeline.schema import EntityType
from pipeline.tagger import Signs, mark_of
from pipeline.tagger.features import KINDS, TYPES
from pipeline.training.ner.samples import Known, Marked, Sample, SampleBlock

_MIN_MADE_UP = 6  # letters of a name that others are made of


@dataclass(frozen=True, slots=True)
class Example:
    """A sample as the tagger reads it, with the tag of every place."""

    signs: Signs
    tags: Sequence[int]
    mentioned: Sequence[bool]
    """Whether a place is part of a mention: only there words may be hidden whole."""


class Names:
    """Names of the lexicon by type and subtype, that may take each other's place."""

    def __init__(self, lexicon: Lexicon, hidden: frozenset[str] = frozenset()) -> None:
        self._of: dict[tuple[EntityType, str], list[tuple[str, ...]]] = {}
        self._kind: dict[str, tuple[EntityType, str]] = {}
        for form, entries in lexicon.forms.items():
            for entry in entries:
                concept = entry.concept
                self._kind[concept.id] = (concept.type, concept.subtype)
                if not (entry.case or entry.context or entry.not_after or concept.id in hidden):
                    self._of.setdefault((concept.type, concept.subtype), []).append(tuple(form.split()))

    def another(self, known: Known, rng: random.Random) -> tuple[str, ...] | None:
        """A name of the same kind as what was found, if its kind is known."""
        kinds = [self._kind[c] for c in sorted(known.concepts) if c in self._kind]
        names = self._of.get(kinds[0]) if kinds else None
        return rng.choice(names) if names else None

    def made_up(self, known: Known, rng: random.Random) -> tuple[str, ...] | None:
        """The beginning of one name and the end of another one of the same kind."""
        first, second = self.another(known, rng), self.another(known, rng)
        if not first or not second or len(first[0]) < _MIN_MADE_UP or len(second[-1]) < _MIN_MADE_UP:
            return None
        left = rng.randint(2, len(first[0]) - 3)
        return (first[0][:left] + second[-1][rng.randint(2, len(second[-1]) - 3) :],)


def changed(sample: Sample, config: Mapping[str, Any], names: Names, rng: random.Random, hidden: frozenset[str] = frozenset()) -> Example:
    """The sample as it is read in one round. ``hidden`` are concepts that the rules never know and whose names are replaced everywhere."""
    masking, changes = config["masking"], config["changes"]
    share = 0.0 if rng.random() < masking["none"] else rng.uniform(masking["least"], masking["most"])
    concepts = sorted({concept for block in sample for known in block.known for concept in known.concepts})
    lost = hidden | {concept for concept in concepts if rng.random() < share}
    small, plain = rng.random() < changes["article_in_small_letters"], rng.random() < changes["article_without_accents"]
    blocks = []
    for block in sample:
        kept = tuple(known for known in block.known if not known.concepts & lost)
        new = _renamed(replace(block, known=kept), block.known, changes, names, rng, hidden)
        words = new.words
        if small:
            words = tuple(word.lower() for word in words)
        if plain:
            words = tuple(without_accents(word) for word in words)
        blocks.append(replace(new, words=words))
    return example_of(tuple(blocks))


def _renamed(
    block: SampleBlock,
    found: Sequence[Known],
    changes: Mapping[str, float],
    names: Names,
    rng: random.Random,
    hidden: frozenset[str],
) -> SampleBlock:
    """The block with some of its mentions replaced or misspelt; the rules know a replacement as surely as they knew the mention."""
    words: list[str] = []
    marked: list[Marked] = []
    known = list(block.known)
    places = list(range(len(block.words) + 1))  # old place of a word -> new place
    end = 0
    for mention in sorted(block.marked, key=lambda m: m.first):
        _copy(block.words[end : mention.first], end, words, places)
        new = _replacement(block, mention, found, changes, names, rng, hidden)
        first = len(words)
        if new is None:
            _copy(block.words[mention.first : mention.last + 1], mention.first, words, places)
        else:
            written, recognised = new
            for place in range(mention.first, mention.last + 1):
                places[place] = min(first + place - mention.first, first + len(written) - 1)
            same = [k for k in known if (k.first, k.last) == (mention.first, mention.last)]
            known = [k for k in known if k.last < mention.first or k.first > mention.last or (recognised and k in same)]
            words.extend(written)
        marked.append(Marked(first, len(words) - 1, mention.type))
        end = mention.last + 1
    _copy(block.words[end:], end, words, places)
    ends = {m.last: n.last for m, n in zip(sorted(block.marked, key=lambda m: m.first), marked, strict=True)}
    moved = tuple(replace(k, first=places[k.first], last=ends.get(k.last, places[k.last])) for k in known)
    return replace(block, words=tuple(words), marked=tuple(marked), known=moved)


def _copy(words: Sequence[str], old: int, into: list[str], places: list[int]) -> None:
    for step, word in enumerate(words):
        places[old + step] = len(into)
        into.append(word)


def _replacement(
    block: SampleBlock,
    mention: Marked,
    found: Sequence[Known],
    changes: Mapping[str, float],
    names: Names,
    rng: random.Random,
    hidden: frozenset[str],
) -> tuple[tuple[str, ...], bool] | None:
    """Other words for a mention, and whether the rules would still find it; None to leave it as it is."""
    draw = rng.random()
    old = block.words[mention.first : mention.last + 1]
    same = next((k for k in found if (k.first, k.last, k.type) == (mention.first, mention.last, mention.type)), None)
    if same is not None and not hidden.isdisjoint(same.concepts):
        name, recognised = names.another(same, rng), False
    elif draw < changes["typo"]:
        place = rng.randrange(len(old))
        return (*old[:place], misspelt(old[place], rng), *old[place + 1 :]), False
    elif same is None:
        return None
    elif draw < changes["typo"] + changes["other_name"]:
        name = names.another(same, rng)
        recognised = same in block.known
    elif draw < changes["typo"] + changes["other_name"] + changes["made_up"]:
        name, recognised = names.made_up(same, rng), False
    else:
        return None
    if name is None:
        return None
    return ((name[0].capitalize(), *name[1:]) if old[0][0].isupper() else name), recognised


def misspelt(word: str, rng: random.Random) -> str:
    """The word with one letter left out, doubled, or swapped with the next one."""
    if len(word) < 5:
        return word
    place = rng.randrange(1, len(word) - 1)
    return rng.choice(
        (
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        )
    )


def without_accents(word: str) -> str:
    """The word in plain letters."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)) if not word.isascii() else word


def example_of(sample: Sample) -> Example:
    """The sample as it is, as the tagger reads it."""
    words: list[str | None] = []
    marks: list[int] = []
    tags: list[int] = []
    places: list[int] = []
    ranges: list[tuple[int, int]] = []
    for block in sample:
        begin = len(words)
        words.extend((None, *block.words))
        marks.extend((0, *_block_marks(block)))
        tags.extend((0, *_block_tags(block)))
        places.extend(range(begin + 1, len(words)))
        ranges.append((begin, len(words)))
    parents = [None if block.parent is None else ranges[block.parent] for block in sample]
    return Example(Signs(words, [KINDS[b.kind] for b in sample], marks, places, ranges, parents), tags, [tag != 0 for tag in tags])


def _block_marks(block: SampleBlock) -> list[int]:
    marks = [0] * len(block.words)
    for known in sorted(block.known, key=lambda k: (sum(map(len, block.words[k.first : k.last + 1])), k.confidence)):
        for place in range(known.first, known.last + 1):
            marks[place] = mark_of(known.type, begins=place == known.first, confidence=known.confidence)
    return marks


def _block_tags(block: SampleBlock) -> Iterator[int]:
    tags = [0] * len(block.words)
    for mention in block.marked:
        for place in range(mention.first, mention.last + 1):
            tags[place] = 1 + 2 * TYPES.index(mention.type) + (place > mention.first)
    yield from tags
