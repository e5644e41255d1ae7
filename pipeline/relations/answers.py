"""Questions with their answers: *Helpt honing tegen hoest? Nee.* denies it, and *Mag u koffie drinken? Liever niet.* advises against it
(``answers.toml``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise, product
from typing import Final, NamedTuple

from pipeline.article import Link, Mention
from pipeline.language import Analysis
from pipeline.references import Subjects
from pipeline.relations.cues import MOST_PLACES, link_sentence
from pipeline.relations.skeleton import Place, Skeleton
from pipeline.resources import load_toml
from pipeline.schema import BlockKind, Certainty, EntityType, Polarity, RelationType
from pipeline.wordrules import whole_words

_CONFIDENCE: Final = 0.7
_THINGS: Final = RelationType.CONTRAINDICATED_FOR.heads
_CONDITIONS: Final = frozenset({EntityType.CONDITION})
_NO_ANSWERS: Final = frozenset({BlockKind.TITLE, BlockKind.HEADING})


class Answer(NamedTuple):
    """The answer to a question: its sentence, and the polarity that it gives to a contraindication and to any other relation that the
    question asks after; None where it leaves that open.
    """

    sentence: int
    contraindication: Polarity | None
    other: Polarity | None

    def polarity(self, type_: RelationType) -> Polarity | None:
        """What it makes of a relation of its question; None for one that it leaves open."""
        return self.contraindication if type_ is RelationType.CONTRAINDICATED_FOR else self.other

    def settle(self, link: Link) -> Link:
        """A link of its question with that polarity."""
        polarity = self.polarity(link.type)
        return link if polarity is None else link._replace(polarity=polarity)


@cache
def _begins(key: str) -> re.Pattern[str]:
    """A list of ``answers.toml`` at the beginning of a sentence."""
    table = load_toml("relations/answers.toml")
    return re.compile(rf"(?:(?:{'|'.join(table['opening'])}) )?(?:{'|'.join(table[key])})(?!\S)")


@cache
def _holds(key: str) -> re.Pattern[str]:
    """A list of ``answers.toml`` anywhere in a sentence."""
    return whole_words("|".join(load_toml("relations/answers.toml")[key]))


def find_answers(analysis: Analysis, skeletons: Sequence[Skeleton]) -> dict[int, Answer]:
    """The answers to the questions of an article that can be answered with yes or no, by the sentence of the question."""
    answers: dict[int, Answer] = {}
    for number, (question, following) in enumerate(pairwise(skeletons)):
        if not question.words or question.words[-1] != "?" or _begins("asking").match(question.text):
            continue
        if analysis.article.blocks[analysis.sentences[number + 1].block].kind in _NO_ANSWERS or following.words[-1:] == ("?",):
            continue
        said = next((key for key in ("open", "against", "no", "yes") if _begins(key).match(following.text)), "open")
        if said == "open":
            continue
        says, denies = (Polarity.AFFIRMED, Polarity.NEGATED) if said == "yes" else (Polarity.NEGATED, Polarity.AFFIRMED)
        if said != "against" and _holds("harm").search(question.text):
            answers[number] = Answer(number + 1, says, says)
        elif said == "against" or _holds("permission").search(question.text):
            answers[number] = Answer(number + 1, denies, None)
        else:
            answers[number] = Answer(number + 1, None, says)
    return answers


def link_question(skeleton: Skeleton, answer: Answer, mentions: Sequence[Mention], subjects: Subjects, block: int) -> Iterator[Link]:
    """What a question with its answer states: what its cues do, and contraindications where it asks for permission."""
    yield from map(answer.settle, link_sentence(skeleton, mentions, subjects, is_answered=True))
    yield from _permissions(skeleton, answer, subjects, block)


def _permissions(skeleton: Skeleton, answer: Answer, subjects: Subjects, block: int) -> Iterator[Link]:
    """What the answer to a question whether something may be used states: of a condition that it names, or of the section's subject."""
    polarity = answer.contraindication
    things = [place for place in skeleton.places if place.type in _THINGS]
    conditions = [place.mention for place in skeleton.places if place.type is EntityType.CONDITION]
    if polarity is None or not things or len(skeleton.places) > MOST_PLACES:
        return
    if not conditions:
        subject = subjects.of_block(block, _CONDITIONS)
        conditions = [] if subject is None else [subject]
    for thing, condition in product(things, conditions):
        yield _link(thing, condition, polarity, skeleton)


def _link(thing: Place, condition: int, polarity: Polarity, skeleton: Skeleton) -> Link:
    rule = f"cue:{load_toml('relations/answers.toml')['rule']['id']}"
    evidence = (skeleton.sentence,)
    return Link(RelationType.CONTRAINDICATED_FOR, thing.mention, condition, polarity, Certainty.STATED, _CONFIDENCE, evidence, rule)


def with_answer(link: Link, answers: Mapping[int, Answer]) -> Link:
    """A link as the answer makes it, which is evidence too, if a question states it."""
    answer = answers.get(link.evidence[-1])
    if answer is None or answer.polarity(link.type) is None:
        return link
    return answer.settle(link)._replace(evidence=(*link.evidence, answer.sentence))
