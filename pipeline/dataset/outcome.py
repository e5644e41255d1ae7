"""What becomes of one input, in this process or in a worker. The only place that catches what a stage raises."""

from __future__ import annotations

import hashlib
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.article import Source
from pipeline.dataset.concepts import concepts_of
from pipeline.dataset.duplicates import Signature, signature
from pipeline.dataset.items import Item
from pipeline.errors import RejectedInput
from pipeline.exports import EXPORTS
from pipeline.lexicon import Concept, Lexicon
from pipeline.schema import ArticleRecord, EntityType, RejectedRecord, RelationType
from pipeline.settings import Settings

_PACKAGE = Path(__file__).parents[1]


class Extracts(Protocol):
    """The part of :class:`pipeline.extractor.Extractor` that a run needs."""

    def prepare(self) -> None: ...

    def extract(self, source: Source) -> ArticleRecord: ...

    def versions(self) -> dict[str, str]: ...

    @property
    def lexicons(self) -> Sequence[Lexicon]: ...


Loader = Callable[[], Extracts]
"""Makes the extractor; what is sent to a worker in its place."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the summary and the table of concepts need to know of an article, so that nobody has to read its record again."""

    words: int
    sentences: int
    entities: Counter[EntityType]
    relations: Counter[RelationType]
    concepts: tuple[Concept, ...]

    @classmethod
    def of(cls, record: ArticleRecord) -> Counted:
        """Counts of a record."""
        return cls(
            words=len(record.text.split()),
            sentences=len(record.sentences),
            entities=Counter(entity.type for entity in record.entities),
            relations=Counter(relation.type for relation in record.relations),
            concepts=concepts_of(record),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished input, ready to be written: the lines of its record, or why there is none."""

    name: str
    digest: str | None
    """Of the input (:func:`digest_of`); None where it could not be read."""
    lines: tuple[bytes, ...] = ()
    """For each file of :data:`EXPORTS` what the article adds to it."""
    counted: Counted | None = None
    article: str | None = None
    """The id of the article."""
    signed: Signature | None = None
    """By which its duplicates are known, unless nobody looks for them."""
    rejected: RejectedRecord | None = None


def process(item: Item, settings: Settings, extractor: Extracts) -> Outcome:
    """The outcome of one input; raises nothing."""
    digest = None
    try:
        source = item.read(settings)
        digest = _digest(item, source.sha256)
        record = extractor.extract(source)
        lines = tuple(encode(record) for encode in EXPORTS.values())
    except RejectedInput as error:
        message = str(error).removeprefix(f"{item.name}: ")  # the record names its source anyway
        return refused(item, settings, error.stage, error.reason, message, digest)
    except MemoryError:
        return refused(item, settings, "extract", OUT_OF_MEMORY, "needs more memory than a worker may have: raise --max-memory", digest)
    except Exception as error:  # a bug in a stage: it costs this article, not the thousand others
        message = f"{_described(error)}; this is a mistake in health-triples, please report it with this line"
        return refused(item, settings, "extract", INTERNAL_ERROR, message, digest)
    signed = signature(record.text) if settings.duplicates != "keep" else None
    return Outcome(item.name, digest, lines, Counted.of(record), record.article_id, signed)


INTERNAL_ERROR = "internal-error"
OUT_OF_MEMORY, TIMEOUT, WORKER_DIED = "out-of-memory", "timeout", "worker-died"
"""Reasons that say more of the machine than of the article: a later run tries again."""


def refused(item: Item, settings: Settings, stage: str, reason: str, message: str, digest: str | None = None) -> Outcome:
    """The outcome of an input without a record."""
    rejected = RejectedRecord(source=item.name, stage=stage, reason=reason, message=message)
    return Outcome(item.name, digest or digest_of(item, settings), rejected=rejected)


def digest_of(item: Item, settings: Settings) -> str | None:
    """Digest of all that an input says, by which a later run sees whether it changed; None where it cannot be read."""
    try:
        return _digest(item, hashlib.sha256(item.load(settings)).hexdigest())
    except RejectedInput:
        return None


def _digest(item: Item, sha256: str) -> str:
    """That of the bytes, with what else came with them."""
    beside = "".join(f"\0{value}" for value in (item.url, item.encoding) if value is not None)
    return hashlib.sha256(f"{sha256}{beside}".encode(errors="replace")).hexdigest() if beside else sha256


def _described(error: Exception) -> str:
    """Type, message and place of an error: the innermost line of this package, which is the same on every machine."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_PACKAGE)]
    place = f" ({Path(frames[-1].filename).relative_to(_PACKAGE.parent).as_posix()}, line {frames[-1].lineno})" if frames else ""
    text = " ".join(str(error).split()).encode(errors="replace").decode()
    return f"{type(error).__name__}: {text}{place}"
