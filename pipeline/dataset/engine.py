"""A run: which inputs must be worked on, by whom, and all that is written when they are done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final, Literal

from pipeline.dataset import outcome
from pipeline.dataset.concepts import ConceptTable
from pipeline.dataset.duplicates import Duplicates
from pipeline.dataset.inputs import collect
from pipeline.dataset.items import Item
from pipeline.dataset.journal import BEFORE, PART_ITEMS, Journal
from pipeline.dataset.manifest import manifest_of
from pipeline.dataset.outcome import Extracts, Loader, Outcome, digest_of
from pipeline.dataset.schemas import SCHEMAS, json_schema
from pipeline.dataset.staging import Locked
from pipeline.dataset.state import SCHEMA, Earlier, Entry, Kept, Made, rejected_of, repeated
from pipeline.dataset.summary import RunSummary
from pipeline.dataset.workers import Workers
from pipeline.errors import OutputError, RunInterrupted
from pipeline.exports import encode
from pipeline.garbage import seldom_collected
from pipeline.lexicon import Lexicon
from pipeline.readers import READERS
from pipeline.schema import RejectedRecord
from pipeline.settings import Settings

MANIFEST: Final = "manifest.json"
_WORTH_A_WORKER: Final = 50
"""Articles that pay for the second or two that a process takes to load everything."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is done. None of it changes what comes out of an article."""

    workers: int | Literal["auto"] | None = None
    """Processes that work on articles; None: this one, and then neither ``timeout`` nor a crash can be dealt with."""
    timeout: float | None = None
    """Seconds after which an article is given up."""
    max_memory: int | None = None
    """Megabytes that a worker may have."""
    refresh: bool = False
    """Work again on what was made with other versions, rules or settings."""
    fresh: bool = False
    """Work again on everything."""
    prune: bool = False
    """Take out articles that are no input any more."""
    part_items: int = PART_ITEMS
    """Inputs after which the work is made lasting, if not enough time has passed before."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. The first report comes when everything is loaded, with what an interrupted run had finished."""

    done: int
    total: int | None
    """None where only reading tells."""
    rejected: RejectedRecord | None = None
    """Why the last input was rejected, if it was."""
    kept: int = 0
    """How many of these an earlier run had done."""
    note: str = ""
    """What the user should know of the run."""


def run(
    inputs: Sequence[str],
    out: Path,
    settings: Settings | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    extractor: Extracts | None = None,
    lexicons: Sequence[Lexicon] = (),
    options: Options | None = None,
    format_: str | None = None,
    from_file: str | None = None,
) -> RunSummary:
    """Extract the articles in ``inputs`` (files, folders, patterns) and write the dataset to the folder ``out``.

    A few articles at a time are in memory. An input that gives no record becomes a line of ``rejected.jsonl`` and never stops the run.
    What an earlier run wrote for an input that is still the same is taken over. ``lexicons`` are the user's own, used next to the
    package's; ``format_`` and ``from_file`` are those of :func:`collect`. Either all files are written or, when this raises
    (UsageError, OutputError, RunInterrupted), none, and those of an earlier run stay; what was finished is kept aside, and the next
    call with the same arguments goes on from there. ``extractor`` must be one that can be pickled where there are workers.
    """
    settings, options = settings or Settings(), options or Options()
    chosen = collect(inputs, READERS, out, settings, format_, from_file)
    load: Loader = partial(given, extractor) if extractor else partial(load_extractor, settings, lexicons)
    journal: Journal | None = None
    try:
        with ExitStack() as stack:
            stack.enter_context(Locked(out))
            count = _workers(options, chosen.total)
            workers: Workers[Outcome | Kept] | None = None
            if count:
                workers = stack.enter_context(Workers(count, load, settings, options.timeout, options.max_memory))
            extractor = load()
            if not workers:
                extractor.prepare()
            stack.enter_context(seldom_collected())
            made = Made.with_(extractor.versions(), settings)
            journal = stack.enter_context(Journal(out, made, fresh=options.fresh, part_items=options.part_items))
            one = _Run(settings, options, extractor, made, journal, workers, chosen.total, report)
            one.summary.skipped = chosen.skipped
            one.read(chosen.items())
            one.finish()
            return one.summary
    except KeyboardInterrupt:
        raise RunInterrupted(_resumable(journal, out)) from None
    except OutputError as error:
        if journal and journal.lasting:
            raise OutputError(f"{error}; {_resumable(journal, out)}") from error
        raise


def _resumable(journal: Journal | None, out: Path) -> str:
    if not journal or not journal.lasting:
        return "no file was changed"
    return f"the dataset in {out} is as it was; {journal.lasting:,} inputs are done, and the same command goes on from there"


def given(extractor: Extracts) -> Extracts:
    """The extractor itself, where a loader is wanted."""
    return extractor


def load_extractor(settings: Settings, lexicons: Sequence[Lexicon]) -> Extracts:
    """The real one."""
    from pipeline.extractor import Extractor  # loads spaCy: not before the inputs and the output folder are known to be good

    return Extractor(settings, lexicons)


def _workers(options: Options, total: int | None) -> int:
    """How many processes to start; 0 for doing it here."""
    if options.workers is None:
        return 1 if options.timeout is not None or options.max_memory is not None else 0
    if options.workers != "auto":
        return options.workers
    count = available_cores() if total is None else min(available_cores(), total // _WORTH_A_WORKER)
    return count if count > 1 else _workers(Options(timeout=options.timeout, max_memory=options.max_memory), total)


def available_cores() -> int:
    """The processors that this process may use."""
    with suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Run:
    """What a run holds while it goes on: counts, concepts, and nothing of the articles themselves."""

    def __init__(
        self,
        settings: Settings,
        options: Options,
        extractor: Extracts,
        made: Made,
        journal: Journal,
        workers: Workers[Outcome | Kept] | None,
        total: int | None,
        report: Callable[[Progress], None],
    ) -> None:
        self._settings = settings
        self._options = options
        self._extractor = extractor
        self._made = made
        self._journal = journal
        self._workers = workers
        self._total = total
        self._report = report
        self._concepts = ConceptTable()
        self._done = self._kept = 0
        self._others: dict[str, Made] = {}
        self._known = Duplicates()
        self.summary = RunSummary()

    def read(self, inputs: Iterator[Item | RejectedRecord]) -> None:
        """Bring all inputs into the files of the journal."""
        for note in self._journal.notes:
            self._say(note)
        with ExitStack() as stack:
            dataset = None if self._options.fresh else stack.enter_context(Earlier(self._journal.out))
            if dataset and any(made.parts[SCHEMA] != self._made.parts[SCHEMA] for made in dataset.made.values()):
                self._say("the dataset is of another version of the data contract: nothing is taken over from it")
                dataset = None
            inputs, before = self._take_up(inputs, dataset)
            sources = [stack.enter_context(Earlier(before))] if before else []
            sources += [dataset] if dataset else []
            for source in sources:
                self._others |= source.made
            self._report(Progress(self._done, self._total, kept=self._kept))
            for one in self._outcomes(self._tasks(inputs, sources, dataset)):
                self._write(one)
            if dataset:
                self._rest(dataset)
                self.summary.damaged = dataset.damaged
        if self.summary.stale:
            others = sorted({name for made in self._others.values() for name in made.other(self._made)})
            self.summary.stale_by = tuple(others)

    def finish(self) -> None:
        """Write what is made of all articles together, and publish."""
        journal = self._journal
        journal.part()
        journal.write("concepts.jsonl", encode(self._concepts.records(self._extractor.lexicons)))
        for name in SCHEMAS:
            journal.write(f"schema/{name}.schema.json", json_schema(name).encode())
        versions = self._extractor.versions()
        self.summary.companion = versions.get("companion", self.summary.companion)
        manifest = manifest_of(self.summary, versions, self._settings, journal.digests())
        journal.write(MANIFEST, manifest.model_dump_json(indent=2).encode() + b"\n")
        journal.publish(last=MANIFEST)

    # what is there already

    def _take_up(
        self, inputs: Iterator[Item | RejectedRecord], dataset: Earlier | None
    ) -> tuple[Iterator[Item | RejectedRecord], Path | None]:
        """Pass over the inputs that an interrupted run finished; the inputs that are left, and where to find what it did of these."""
        before = self._journal.folder / BEFORE
        finished = self._journal.finished
        passed = 0
        for entry, _ in self._journal.entries() if finished else ():
            if passed == finished:
                break
            one = next(inputs, None)
            if one is None or not self._same(one, entry):
                if one is not None:
                    self._say("the inputs are not those of the interrupted run; of what it did, all is used that still holds")
                    inputs = chain([one], inputs)
                self._journal.cut(passed)
                break
            passed += 1
            self._count(entry, kept=True)
            self._first(entry)
            if dataset:
                dataset.find(entry.name)
            if entry.reason:
                self.summary.rejected[entry.reason] += 1
        self.summary.resumed = passed
        if passed:
            self._say(f"{passed:,} inputs were finished by an interrupted run, which is resumed")
        return inputs, before if before.is_dir() else None

    def _same(self, one: Item | RejectedRecord, entry: Entry) -> bool:
        """Whether the entry is what this run would write for the input."""
        holds = entry.made == self._made.key if isinstance(one, RejectedRecord) else self._holds(entry)
        return holds and describes(entry, one, self._settings)

    def _holds(self, entry: Entry) -> bool:
        return entry.made == self._made.key or not self._options.refresh

    def _tasks(
        self, inputs: Iterable[Item | RejectedRecord], sources: Sequence[Earlier], dataset: Earlier | None
    ) -> Iterator[Item | Outcome | Kept]:
        """What is to be done: an input, unless it was refused before or an earlier run has it."""
        for one in inputs:
            if isinstance(one, RejectedRecord):
                if dataset:
                    dataset.find(one.source)
                yield refusal(one)
                continue
            found = [(source, source.find(one.name)) for source in sources]
            digest = digest_of(one, self._settings) if any(kept for _, kept in found) else None
            good = next((kept for _, kept in found if kept and self._lasts(kept.entry, digest)), None)
            if dataset and good is None:
                known = any(kept and source is dataset and kept.entry.reason is None for source, kept in found)
                self.summary.changed += known
                self.summary.new += not known
            yield good or one

    def _lasts(self, entry: Entry, digest: str | None) -> bool:
        return digest is not None and digest == entry.digest and entry.lasting(self._made.key) and self._holds(entry)

    def _rest(self, dataset: Earlier) -> None:
        """Articles that are no input any more stay, behind the others, unless the user wants them out; rejections of such go."""
        for kept in dataset.rest():
            if kept.entry.reason is not None:
                continue
            if self._options.prune:
                self.summary.pruned += 1
                continue
            self._journal.append(kept.entry, kept.lines, self._others.get(kept.entry.made))
            self._count(kept.entry, kept=True, done=False)
            self.summary.left += 1

    # the work

    def _outcomes(self, tasks: Iterator[Item | Outcome | Kept]) -> Iterator[Outcome | Kept]:
        if self._workers:
            return self._workers.outcomes(tasks)
        return (outcome.process(one, self._settings, self._extractor) if isinstance(one, Item) else one for one in tasks)

    def _write(self, one: Outcome | Kept) -> None:
        done = one if isinstance(one, Kept) else Kept(*Entry.of(one, self._made.key))
        first = self._first(done.entry)
        if self._settings.duplicates != "keep" and done.entry.signed:
            done = repeated(done, first, self._settings.duplicates)
        rejected = rejected_of(done)
        self._journal.append(done.entry, done.lines, self._others.get(done.entry.made))
        if rejected:
            self.summary.reject(rejected)
        self._count(done.entry, kept=isinstance(one, Kept))
        self._report(Progress(self._done, self._total, rejected, self._kept))

    def _first(self, entry: Entry) -> str | None:
        """The id of the article that this one repeats; asked once for each article, in their order."""
        if self._settings.duplicates == "keep" or entry.article is None or entry.signed is None:
            return None
        return self._known.insert(entry.article, entry.signed)

    def _count(self, entry: Entry, *, kept: bool, done: bool = True) -> None:
        self._done += done
        self._kept += kept and done
        self.summary.kept += kept and done and entry.reason is None
        if entry.counted:
            self.summary.add(entry.counted)
            self._concepts.take(entry.counted.concepts)
            self.summary.stale += entry.made != self._made.key

    def _say(self, note: str) -> None:
        self._report(Progress(self._done, self._total, kept=self._kept, note=note))


def describes(entry: Entry, one: Item | RejectedRecord, settings: Settings) -> bool:
    """Whether an entry is of this input, as it is now."""
    if isinstance(one, RejectedRecord):
        return Entry.of(refusal(one), entry.made)[0] == entry
    return one.name == entry.name and digest_of(one, settings) == entry.digest


def refusal(rejected: RejectedRecord) -> Outcome:
    """The outcome of what is no article even before anybody works on it."""
    return Outcome(rejected.source, None, rejected=rejected)
