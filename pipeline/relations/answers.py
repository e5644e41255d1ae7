"""Questions with their answers: *Helpt honing tegen hoest? Nee.* denies it, and *Mag u koffie drinken? Liever niet.* advises against it
(``answers.toml``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise, product
from typing import Final, NamedTuple

from pipeline.article import Link
from pipeline.language import Analysis
from pipeline.references import Subjects
from pipeline.relations.cues import MOST_PLACES
from pipeline.relations.skeleton import Place, Skeleton
from pipeline.resources import load_toml
from pipeline.schema import BlockKind, Certainty, EntityType, Polarity, RelationType

_CONFIDENCE: Final = 0.7
_THINGS: Final = RelationType.CONTRAINDICATED_FOR.heads
_CONDITIONS: Final = frozenset({EntityType.CONDITION})
_NO_ANSWERS: Final = frozenset({BlockKind.TITLE, BlockKind.HEADING})


class Answer(NamedTuple):
    """The answer to a question: its sentence, whether it says yes, and whether the question was if something may be done or does harm."""

    sentence: int
    yes: bool
    permission: bool
    harm: bool

    def polarity(self, type_: RelationType) -> Polarity | None:
        """What it makes of a relation that its question asks after; None for one that it leaves open."""
        if type_ is RelationType.CONTRAINDICATED_FOR:
            if not (self.permission or self.harm):
                return None
            return Polarity.AFFIRMED if self.yes is self.harm else Polarity.NEGATED
        if self.permission:
            return None
        return Polarity.AFFIRMED if self.yes else Polarity.NEGATED


@cache
def _phrases(key: str, *, beginning: bool) -> re.Pattern[str]:
    """A list of ``answers.toml`` as one expression: at the beginning of a sentence, or anywhere."""
    table = load_toml("relations/answers.toml")
    opening = f"(?:(?:{'|'.join(table['opening'])}) )?" if beginning else ""
    return re.compile(rf"{'^' if beginning else '(?:^|(?<= ))'}{opening}(?:{'|'.join(table[key])})(?!\S)")


def find_answers(analysis: Analysis, skeletons: Sequence[Skeleton]) -> dict[int, Answer]:
    """The answers to the questions of an article that can be answered with yes or no, by the sentence of the question."""
    answers: dict[int, Answer] = {}
    for number, (question, following) in enumerate(pairwise(skeletons)):
        if not question.words or question.words[-1] != "?" or _phrases("asking", beginning=True).match(question.text):
            continue
        if analysis.article.blocks[analysis.sentences[number + 1].block].kind in _NO_ANSWERS or following.words[-1:] == ("?",):
            continue
        said = next((key for key in ("open", "against", "no", "yes") if _phrases(key, beginning=True).match(following.text)), "open")
        if said == "open":
            continue
        permission, harm = (_phrases(key, beginning=False).search(question.text) is not None for key in ("permission", "harm"))
        answers[number] = Answer(number + 1, said == "yes", said == "against" or (permission and not harm), harm and said != "against")
    return answers


def permissions(skeleton: Skeleton, answer: Answer, subjects: Subjects, block: int) -> Iterator[Link]:
    """What the answer to a question whether something may be used states: of a condition that it names, or of the section's subject."""
    polarity = answer.polarity(RelationType.CONTRAINDICATED_FOR)
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


def answered(link: Link, answers: Mapping[int, Answer]) -> Link:
    """A link as the answer makes it, if a question states it."""
    answer = answers.get(link.evidence[-1])
    polarity = answer.polarity(link.type) if answer else None
    return link if polarity is None else link._replace(polarity=polarity)


def with_answer(link: Link, answers: Mapping[int, Answer]) -> Link:
    """The same with the answer as evidence."""
    answer = answers.get(link.evidence[-1])
    made = answered(link, answers)
    return made if answer is None or answer.polarity(link.type) is None else made._replace(evidence=(*link.evidence, answer.sentence))
