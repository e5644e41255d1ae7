"""The statistical tagger: a small network that says of every word of an article whether a mention begins or goes on there.

It reads the words *and* what the rules have found in them, so that it learns contexts (an unknown word between two symptoms) and not the
lexicon over again. Training is elsewhere (:mod:`pipeline.training`); this is all that an article needs.
"""

from __future__ import annotations

from pipeline.tagger.features import MARKS, Signs, mark_of, signs_of
from pipeline.tagger.network import OUTSIDE, TAGS, Network, Shape, load_network
from pipeline.tagger.tagging import Guess, Tagger, load_tagger, shared

__all__ = [
    "MARKS",
    "OUTSIDE",
    "TAGS",
    "Guess",
    "Network",
    "Shape",
    "Signs",
    "Tagger",
    "load_network",
    "load_tagger",
    "mark_of",
    "shared",
    "signs_of",
]
