"""The order of the stages, nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final, Literal

from pipeline.article import Link, Mention, Source, TypedSpan
from pipeline.associations import load_associations
from pipeline.cleaning import clean
from pipeline.companion import load_companion
from pipeline.entities import FoundEntities, find_entities, place_mentions
from pipeline.errors import RejectedInput
from pipeline.language import LANGUAGE, Analysis, analyse, load_model, tokenise
from pipeline.lexicon import Lexicon, load_lexicon
from pipeline.plausibility import load_plausibility
from pipeline.readers import read
from pipeline.records import build_record
from pipeline.relations import FoundRelations, link_relations
from pipeline.relations.model import load_relation_model
from pipeline.resources import digest
from pipeline.schema import SCHEMA_VERSION, ArticleRecord
from pipeline.sentences import split_sentences
from pipeline.settings import Settings
from pipeline.tagger import load_tagger

Clock = Callable[[str], None]
Outcome = Literal["kept", "dropped"]


@dataclass(frozen=True, slots=True)
class CandidateNote:
    """One candidate and what became of it: ``reason`` is the rule that made it, or why it was dropped. Positions lie in the
    record's text.
    """

    kind: Literal["entity", "relation"]
    text: str
    start: int
    end: int
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A record with every candidate that was considered for it."""

    record: ArticleRecord
    candidates: tuple[CandidateNote, ...]


_SAMPLE: Final = """Misselijkheid

Veel mensen, bijv. met prikkelbaredarmsyndroom (PDS), zeggen dat gember helpt tegen misselijkheid. Deze klachten gaan vanzelf over.

Wat kunt u doen?

- Drink thee met gember;
- Neem vitamine B6 en B12.
"""
"""An article that meets all stages, and most of their rules."""


def _source_of(name: str, text: str) -> Source:
    """A text that stands in no file."""
    return Source(name, text, "plain", "utf-8", hashlib.sha256(text.encode()).hexdigest())


def _no_clock(stage: str) -> None:
    """Time nothing."""


class Extractor:
    """Extracts records from sources. Loads rules and models once, by :meth:`prepare` or with the first article: use one for many."""

    def __init__(
        self, settings: Settings | None = None, lexicons: Sequence[Lexicon] = (), find: Callable[[Analysis], FoundEntities] | None = None
    ) -> None:
        """``lexicons``: add-ons (:mod:`pipeline.addons`) that are used next to the package's own. ``find`` takes the place of all finders,
        to see what some of them do.
        """
        self.settings = settings or Settings()
        self.companion = load_companion(self.settings.model)
        self._find = find or (lambda analysis: find_entities(analysis, self.companion, rules_only=self.settings.rules_only))
        own = load_lexicon()
        self.lexicons = (*lexicons, own) if self.settings.prefer_lexicons else (own, *lexicons)

    def prepare(self) -> None:
        """Load all that articles need, which takes a second or two. Raises ResourceError for what the package holds and cannot be read."""
        load_model()
        if not self.settings.rules_only:
            load_tagger()
            load_relation_model()
            load_associations()
            load_plausibility()
        with suppress(RejectedInput):  # by the settings of the user, who wants long articles
            self.extract(_source_of("sample", _SAMPLE))

    def extract(self, source: Source, clock: Clock = _no_clock) -> ArticleRecord:
        """The validated record of one source. ``clock`` is called with the name of each stage when it is done.

        Raises RejectedInput when the source gives no record.
        """
        return self._run(source, clock)[0]

    def explain(self, source: Source) -> Explanation:
        """The record, with every candidate entity and relation and the reason why it was kept or dropped. Raises RejectedInput."""
        record, entities, relations = self._run(source, _no_clock, telling=True)
        notes = [*_entity_notes(record, entities), *_relation_notes(record, entities, relations)]
        return Explanation(record, tuple(sorted(notes, key=lambda note: (note.start, note.kind, note.end))))

    def link(self, source: Source, spans: Iterable[TypedSpan]) -> ArticleRecord:
        """The record with these mentions in place of found ones, and the relations between them: linking without the mistakes of finding.

        The spans lie in the reading text (``extract(source).text``) and are snapped to its words. Raises RejectedInput.
        """
        return self._run(source, _no_clock, lambda analysis: FoundEntities(place_mentions(analysis, spans), ()))[0]

    def _run(
        self, source: Source, clock: Clock, find: Callable[[Analysis], FoundEntities] | None = None, *, telling: bool = False
    ) -> tuple[ArticleRecord, FoundEntities, FoundRelations]:
        article = clean(source, self.settings)
        clock("clean")
        sentences = split_sentences(article)
        clock("sentences")
        words = tokenise(article)
        clock("tokenise")
        analysis = analyse(article, words, sentences, self.lexicons)
        clock("words")
        entities = (find or self._find)(analysis)
        clock("entities")
        relations = link_relations(analysis, entities.mentions, rules_only=self.settings.rules_only, telling=telling)
        clock("relations")
        record = build_record(article, sentences, entities.mentions, relations.links, self.lexicons)
        clock("records")
        return record, entities, relations

    def versions(self) -> dict[str, str]:
        """Versions and digests that decide what comes out, for the manifest."""
        return {
            "pipeline": version("health-triples-nl"),
            "schema": SCHEMA_VERSION,
            "spacy": version("spacy"),
            "model": f"blank {LANGUAGE}",
            "ner": digest("model/ner"),
            "companion": self.companion.title if self.companion else "none",
            "lexicon": digest("lexicon"),
            **{lexicon.source: lexicon.digest for lexicon in self.lexicons if lexicon.name},
            "entity_rules": digest("entities"),
            "word_classes": digest("words"),
            "relation_rules": digest("relations"),
            "associations": digest("knowledge"),
            "plausibility": digest("model/plausibility"),
            "relation_model": digest("model/relations"),
            "cleaning_rules": digest("cleaning"),
            "language_rules": digest("language"),
        }


def _entity_notes(record: ArticleRecord, entities: FoundEntities) -> Iterator[CandidateNote]:
    for mention in entities.mentions:
        yield _entity_note(record, mention, "kept", mention.found_by)
    for lost in entities.dropped:
        yield _entity_note(record, lost.mention, "dropped", f"{lost.mention.found_by}: {lost.reason}")


def _entity_note(record: ArticleRecord, mention: Mention, outcome: Outcome, reason: str) -> CandidateNote:
    text = f"{mention.type} {record.text[mention.start : mention.end]!r} = {mention.concept}"
    return CandidateNote("entity", text, mention.start, mention.end, outcome, reason)


def _relation_notes(record: ArticleRecord, entities: FoundEntities, relations: FoundRelations) -> Iterator[CandidateNote]:
    for link in relations.links:
        yield _relation_note(record, entities, link, "kept", _with(link.rule, relations.why(link)))
    for lost in relations.dropped:
        yield _relation_note(record, entities, lost.link, "dropped", _with(f"{lost.link.rule}: {lost.reason}", relations.why(lost.link)))


def _with(reason: str, weights: str) -> str:
    """A reason with what the model weighed, if it did."""
    return f"{reason} [{weights}]" if weights else reason


def _relation_note(record: ArticleRecord, entities: FoundEntities, link: Link, outcome: Outcome, reason: str) -> CandidateNote:
    head, tail = entities.mentions[link.head], entities.mentions[link.tail]
    place = record.sentences[link.evidence[-1]]
    return CandidateNote(
        "relation", f"{head.concept} {link.type} {tail.concept} ({link.polarity})", place.start, place.end, outcome, reason
    )


def extract(text: str | Path | Source, *, name: str = "text", settings: Settings | None = None) -> ArticleRecord:
    """Extract one article.

    ``text`` is the article itself, a path to a file of any format that :mod:`pipeline.readers` knows, or a Source. For many
    articles use one :class:`Extractor`, or ``health-triples run``. Raises RejectedInput with the reason when there is no record.
    """
    settings = settings or Settings()
    if isinstance(text, Path):
        source = read(text, text.name, settings)
    elif isinstance(text, str):
        source = _source_of(name, text)
    else:
        source = text
    return Extractor(settings).extract(source)
