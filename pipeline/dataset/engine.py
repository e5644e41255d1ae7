"""The loop over the articles of a run. The only place that catches what a stage raises."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.article import Source
from pipeline.dataset.concepts import ConceptTable
from pipeline.dataset.duplicates import Duplicates, settle
from pipeline.dataset.inputs import collect
from pipeline.dataset.items import Item
from pipeline.dataset.manifest import manifest_of
from pipeline.dataset.schemas import SCHEMAS, json_schema
from pipeline.dataset.staging import Staging
from pipeline.dataset.summary import RunSummary
from pipeline.errors import OutputError, RejectedInput
from pipeline.exports import EXPORTS, Writer
from pipeline.exports.jsonl import LineFile
from pipeline.lexicon import Lexicon
from pipeline.readers import READERS
from pipeline.schema import ArticleRecord, RejectedRecord
from pipeline.settings import Settings

_PACKAGE = Path(__file__).parents[1]
_MANIFEST = "manifest.json"


class Extracts(Protocol):
    """The part of :class:`pipeline.extractor.Extractor` that a run needs."""

    def extract(self, source: Source) -> ArticleRecord: ...

    def versions(self) -> dict[str, str]: ...

    @property
    def lexicons(self) -> Sequence[Lexicon]: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. The first report has nothing done, and comes when everything is loaded."""

    done: int
    total: int | None
    """None where only reading tells."""
    rejected: RejectedRecord | None = None
    """Why the last input was rejected, if it was."""


def run(
    inputs: Sequence[str],
    out: Path,
    settings: Settings | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    extractor: Extracts | None = None,
    lexicons: Sequence[Lexicon] = (),
    format_: str | None = None,
    from_file: str | None = None,
) -> RunSummary:
    """Extract the articles in ``inputs`` (files, folders, patterns) and write the dataset to the folder ``out``.

    One article at a time is in memory. An input that gives no record becomes a line of ``rejected.jsonl`` and never stops the run.
    ``lexicons`` are the user's own, used next to the package's;
    ``format_`` and ``from_file`` are those of :func:`collect`. Either all files are written or, when this raises (UsageError,
    OutputError, KeyboardInterrupt), none, and those of an earlier run stay.
    """
    settings = settings or Settings()
    chosen = collect(inputs, READERS, out, settings, format_, from_file)
    with Staging(out) as staging:
        extractor = extractor or _load(settings, lexicons)
        summary = RunSummary(skipped=chosen.skipped)
        concepts = ConceptTable()
        known = None if settings.duplicates == "keep" else Duplicates()
        with closing(EXPORTS["jsonl"](staging.folder)) as writer, closing(LineFile(staging.folder / "rejected.jsonl")) as rejects:
            report(Progress(0, chosen.total))
            for number, item in enumerate(chosen.items(), 1):
                rejected = (
                    item if isinstance(item, RejectedRecord) else _process(item, settings, extractor, writer, summary, concepts, known)
                )
                if rejected:
                    rejects.write(LineFile.encode([rejected]))
                    summary.reject(rejected)
                report(Progress(number, chosen.total, rejected))
        with closing(LineFile(staging.folder / "concepts.jsonl")) as lines:
            lines.write(LineFile.encode(concepts.records(extractor.lexicons)))
        for name in SCHEMAS:
            staging.write(f"schema/{name}.schema.json", json_schema(name))
        versions = extractor.versions()
        summary.companion = versions.get("companion", summary.companion)
        manifest = manifest_of(summary, versions, settings, staging.digests())
        staging.write(_MANIFEST, manifest.model_dump_json(indent=2) + "\n")
        staging.publish(last=_MANIFEST)
    return summary


def _load(settings: Settings, lexicons: Sequence[Lexicon]) -> Extracts:
    from pipeline.extractor import Extractor  # loads spaCy: not before the inputs and the output folder are known to be good

    return Extractor(settings, lexicons)


def _process(
    item: Item,
    settings: Settings,
    extractor: Extracts,
    writer: Writer,
    summary: RunSummary,
    concepts: ConceptTable,
    known: Duplicates | None,
) -> RejectedRecord | None:
    """Write the record of one input, or say why there is none. Only a disk that refuses the results may end the run."""
    try:
        record = extractor.extract(item.read(settings))
        if known is not None and settings.duplicates != "keep":
            settled = settle(record, known, settings.duplicates)
            if isinstance(settled, RejectedRecord):
                return settled
            record = settled
        writer.add(record)
    except OutputError:
        raise
    except RejectedInput as error:
        message = str(error).removeprefix(f"{item.name}: ")  # the record names its source anyway
        return RejectedRecord(source=item.name, stage=error.stage, reason=error.reason, message=message)
    except Exception as error:  # a bug in a stage: it costs this article, not the thousand others
        message = f"{_described(error)}; this is a mistake in health-triples, please report it with this line"
        return RejectedRecord(source=item.name, stage="extract", reason="internal-error", message=message)
    summary.add(record)
    concepts.add(record)
    return None


def _described(error: Exception) -> str:
    """Type, message and place of an error: the innermost line of this package, which is the same on every machine."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(_PACKAGE)]
    place = f" ({Path(frames[-1].filename).relative_to(_PACKAGE.parent).as_posix()}, line {frames[-1].lineno})" if frames else ""
    text = " ".join(str(error).split()).encode(errors="replace").decode()
    return f"{type(error).__name__}: {text}{place}"
