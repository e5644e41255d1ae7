"""Where an article states what it states.

People mark a relation between two concepts and the lines that state it; a line may be a paragraph that names both three times. All those
places count as right at first, and most of them state nothing. A first, small model (a sketch) tells them apart: of the places of one
relation those count that it finds about as likely as the likeliest. It is learning from bags of instances, of which only the bag has a
label (Dietterich, Lathrop and Lozano-Pérez 1997), with the choice made once, as in hard expectation maximisation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipeline.matrices import Floats, logistic
from pipeline.relations.model import Model
from pipeline.relations.readings import DENIAL, READINGS
from pipeline.schema import RelationType
from pipeline.training.relations.examples import Judged, Read
from pipeline.training.relations.learner import Example

_Key = tuple[int, RelationType, int]


def stated_where_likely(read: Read, sketch: Model, share: float) -> list[Example]:
    """What is learned of an article's candidates. A right reading is not known to be right at this place, if the sketch finds it less than
    ``share`` times as likely as at the likeliest place of the same relation.
    """
    likely = _probabilities(read, sketch)
    most: dict[_Key, float] = {}
    for one, row in zip(read.judged, likely, strict=True):
        for column, key in _right(read, one):
            most[key] = max(most.get(key, 0.0), float(row[column]))
    examples = []
    for one, row in zip(read.judged, likely, strict=True):
        elsewhere = {column for column, key in _right(read, one) if row[column] < share * most[key]}
        example = one.example()
        examples.append(
            replace(example, truth=tuple(known for known in example.truth if known[0] not in elsewhere)) if elsewhere else example
        )
    return examples


def _probabilities(read: Read, sketch: Model) -> Floats:
    odds = sketch.log_odds([one.features for one in read.judged], [one.witnesses for one in read.judged])
    return logistic(odds[:, :DENIAL])


def _right(read: Read, one: Judged) -> Iterator[tuple[int, _Key]]:
    """The right readings of a candidate, with the relation that each is."""
    concept = read.candidates.mentions.concept
    for column, right in one.truth.items():
        if right:
            head, tail = one.candidate.ends(column)
            yield column, (int(concept[head]), READINGS[column].type, int(concept[tail]))
