"""Entity extraction: finders propose mentions, :func:`resolve` settles overlaps, :func:`assign_concepts` names what each mention
stands for.

Every finder has the signature ``find(analysis, found) -> mentions``, where ``found`` are the mentions of the finders before it in
FINDERS (longest names first come from the lexicon, the grammar builds on them, the model sees them all). What the model makes of the
rules' findings is in :mod:`pipeline.entities.merge`; overlaps are resolved in the order that :mod:`pipeline.entities.resolve` documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from pipeline.article import Mention
from pipeline.companion import Companion
from pipeline.entities import abbreviations, brands, compounds, ellipsis, lexical, patterns, series, spelling, statistical
from pipeline.entities.concepts import assign_concepts
from pipeline.entities.given import place_mentions
from pipeline.entities.merge import weigh
from pipeline.entities.persons import without_persons
from pipeline.entities.resolve import Dropped, resolve
from pipeline.language import Analysis

__all__ = ["FINDERS", "RULES", "FoundEntities", "assign_concepts", "find_by", "find_entities", "place_mentions", "resolve", "weigh"]

Finder = Callable[[Analysis, Sequence[Mention]], list[Mention]]

RULES: dict[str, Finder] = {
    "lexical": lexical.find,
    "series": series.find,
    "compounds": compounds.find,
    "ellipsis": ellipsis.find,
    "spelling": spelling.find,
    "brands": brands.find,
    "patterns": patterns.find,
    "abbreviations": abbreviations.find,
}
FINDERS: dict[str, Finder] = {**RULES, "statistical": statistical.find}


@dataclass(frozen=True, slots=True)
class FoundEntities:
    """The mentions of an article in text order, and the candidates that were dropped with the reason."""

    mentions: tuple[Mention, ...]
    dropped: tuple[Dropped, ...]


def _candidates(analysis: Analysis, finders: Iterable[Finder]) -> list[Mention]:
    """What the finders propose, each over what those before it found."""
    found: list[Mention] = []
    for find in finders:
        found.extend(find(analysis, found))
    return found


def find_by(analysis: Analysis, finders: Iterable[Finder]) -> FoundEntities:
    """The mentions of some rules alone, without overlaps, each with its concept."""
    mentions, dropped = resolve(_candidates(analysis, finders))
    return _named(analysis, mentions, dropped)


def _without_foreign(analysis: Analysis, mentions: Sequence[Mention]) -> tuple[list[Mention], list[Dropped]]:
    """The mentions in Dutch sentences, and those in sentences of other languages, where Dutch words mean other things."""
    foreign = [Dropped(mention, "foreign sentence") for mention in mentions if analysis.sentences[mention.sentence].foreign]
    return [mention for mention in mentions if not analysis.sentences[mention.sentence].foreign], foreign


def find_entities(analysis: Analysis, companion: Companion | None = None, *, rules_only: bool = False) -> FoundEntities:
    """All mentions of an article, without overlaps, each with its concept; with ``rules_only`` those that rules find."""
    if rules_only:
        return find_by(analysis, RULES.values())
    found = _candidates(analysis, FINDERS.values())
    candidates, denied = weigh(analysis, found, companion.read(analysis, found) if companion else None)
    mentions, dropped = resolve(candidates)
    explained = abbreviations.find(analysis, mentions)  # by long forms that only the model found
    return _named(analysis, sorted((*mentions, *explained), key=attrgetter("start")), (*denied, *dropped))


def _named(analysis: Analysis, mentions: Sequence[Mention], dropped: Iterable[Dropped]) -> FoundEntities:
    """The mentions that name something in Dutch, and no person, with their concepts."""
    dutch, foreign = _without_foreign(analysis, mentions)
    kept, persons = without_persons(analysis, dutch)
    return FoundEntities(assign_concepts(analysis, kept), (*dropped, *foreign, *persons))
