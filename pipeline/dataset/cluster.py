"""The same run on a Dask cluster: each partition of the inputs is a task, whose worker writes its records to files of their own.

Inputs and output folder are on a file system that all machines share, and nothing but counts and concepts travels to the client. A task
notes which article it begins with, so that the one that ends a worker, or hangs, is known to the next attempt: that one alone is rejected.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import pickle
import shutil
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.dataset.concepts import ConceptTable
from pipeline.dataset.duplicates import Duplicates
from pipeline.dataset.engine import MANIFEST, Options, Progress, available_cores, describes, given, load_extractor, refusal
from pipeline.dataset.inputs import Inputs, Partition
from pipeline.dataset.items import Item
from pipeline.dataset.journal import JOURNAL, complete_publication, publication
from pipeline.dataset.manifest import manifest_of
from pipeline.dataset.outcome import TIMEOUT, WORKER_DIED, Extracts, Loader, Outcome, process, refused
from pipeline.dataset.schemas import SCHEMAS, json_schema
from pipeline.dataset.staging import Locked, cannot
from pipeline.dataset.state import FILES, STATE, Entry, Kept, Made, read_state, repeated
from pipeline.dataset.summary import RunSummary
from pipeline.errors import ClusterError, RunInterrupted, UsageError
from pipeline.exports import encode
from pipeline.lexicon import Concept, Lexicon
from pipeline.schema import RejectedRecord
from pipeline.settings import Settings

Convert = Callable[[Path], Sequence[str]]
"""Makes other files of those that a part has; returns the names of those that are to be published in their place."""
_SETTLED: Final = "settled"
"""Folder of the parts in which articles repeat others, after that was known."""
_BEGUN: Final = "begun"
_HEADER: Final = "cluster.json"
_LOADER: Final = "loader.pickle"
_ATTEMPTS: Final = 2
"""An article is rejected when it was at hand in so many workers that ended."""
_RETRIES: Final = 2
_SUBMISSIONS: Final = 5
"""How often a partition is given to the cluster, when workers die on it."""
_AHEAD: Final = 4
"""Partitions for each thread of the cluster that are handed out at once: millions of inputs need not be known to the scheduler."""
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Part:
    """What a task says of its partition."""

    number: int
    folder: Path
    inputs: int
    summary: RunSummary
    concepts: tuple[Concept, ...]
    files: dict[str, str]
    """Files of the part and their SHA-256."""
    rejected: tuple[RejectedRecord, ...]
    """The first of them, to show."""


@dataclass(frozen=True, slots=True)
class Job:
    """What all tasks of a run share."""

    folder: Path
    """It also holds the loader, pickled: data that the scheduler gives to workers is lost with them."""
    settings: Settings
    made: str
    timeout: float | None
    convert: Convert | None = None


def run_on_cluster(
    chosen: Inputs,
    out: Path,
    settings: Settings,
    report: Callable[[Progress], None] = lambda progress: None,
    extractor: Extracts | None = None,
    lexicons: Sequence[Lexicon] = (),
    options: Options | None = None,
    scheduler: str | None = None,
    convert: Convert | None = None,
) -> RunSummary:
    """Extract the articles of ``chosen`` on the cluster of ``scheduler`` (an address; None: on processes of this machine).

    The dataset in ``out`` has the records of a local run in files ``articles/part-00000.jsonl`` and so on, or what ``convert`` makes of
    them. Raises UsageError, OutputError, ClusterError, or RunInterrupted; finished partitions are kept for the next call.
    """
    options = options or Options()
    if find_spec("distributed") is None:
        raise UsageError("--engine dask needs Dask: pip install 'health-triples-nl[dask]'")
    partitions = list(chosen.partitions())
    if any(partition.is_stdin for partition in partitions):
        raise UsageError("a cluster cannot read the standard input of this machine: write it to a file that all machines see")
    load: Loader = partial(given, extractor) if extractor else partial(load_extractor, settings, lexicons)
    out = Path(os.path.abspath(out))
    finished: list[Part] = []
    try:
        with Locked(out), _cluster(scheduler, options) as client:
            extractor = load()
            made = Made.with_(extractor.versions(), settings)
            folder = out / ".partial"
            complete_publication(out)
            resumed = _begin(folder, made)
            with cannot("write to", folder):
                (folder / _LOADER).write_bytes(pickle.dumps(load))
            job = Job(folder, settings, made.key, options.timeout, convert)
            report(Progress(0, chosen.total, note="parts of an interrupted run are used where they still hold" if resumed else ""))
            done = 0
            for part in _parts(client, work, job, dict(enumerate(partitions)), partitions):
                finished.append(part)
                done += part.inputs
                for rejected in part.rejected:
                    report(Progress(done, chosen.total, rejected))
                report(Progress(done, chosen.total))
            repeats = _repeats(finished, settings)
            settled = {part.number: part for part in _parts(client, settle_part, job, repeats, partitions)}
            for part in settled.values():
                part.summary.skipped = next(old.summary.skipped for old in finished if old.number == part.number)
            finished = [settled.get(part.number, part) for part in finished]
            return _publish(out, finished, extractor, settings, chosen)
    except KeyboardInterrupt:
        said = f"{len(finished):,} of {len(partitions):,} partitions are done, and the same command goes on from there"
        raise RunInterrupted(f"the dataset in {out} is as it was; {said}") from None


def _distributed() -> Any:
    """The library, which is not typed, and not there without the extra."""
    return import_module("distributed")


@contextmanager
def _cluster(scheduler: str | None, options: Options) -> Iterator[Any]:
    dask, distributed = import_module("dask"), _distributed()
    with ExitStack() as stack:
        if scheduler is None:
            count = options.workers if isinstance(options.workers, int) else available_cores()
            stack.enter_context(dask.config.set({"distributed.worker.profile.enabled": False}))  # it costs time and is not looked at
            cluster = distributed.LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL)
            scheduler = stack.enter_context(cluster)
        try:
            yield stack.enter_context(distributed.Client(scheduler, timeout="20s"))
        except OSError as error:
            if not isinstance(scheduler, str):
                raise
            raise UsageError(f"--scheduler {scheduler}: {' '.join(str(error).split())}; is it running, and can it be reached?") from error


def _begin(folder: Path, made: Made) -> bool:
    """Make the folder for the parts; whether there are parts that this run may take up."""
    header = json.dumps({"made": made.key}).encode()
    with cannot("write to", folder):
        if (folder / _HEADER).is_file() and (folder / _HEADER).read_bytes() == header:
            shutil.rmtree(folder / _SETTLED, ignore_errors=True)
            return any((folder / "parts").iterdir())
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "parts").mkdir(parents=True)
        (folder / _HEADER).write_bytes(header)
    return False


def _parts(
    client: Any, task: Callable[[Job, int, Any], Part], job: Job, of: dict[int, Any], partitions: Sequence[Partition]
) -> Iterator[Part]:
    """What ``task`` makes of each numbered part, as it is finished, in any order. Raises ClusterError, at the end, if some could not be."""
    distributed = _distributed()
    tried: Counter[int] = Counter()
    failed: dict[int, str] = {}
    numbers: dict[str, int] = {}
    run = uuid.uuid4().hex[:8]

    def submit(number: int) -> Any:
        tried[number] += 1
        key = f"{task.__name__}-{number:05}-{run}-{tried[number]}"
        numbers[key] = number
        return client.submit(task, job, number, of[number], key=key, retries=_RETRIES, pure=False)

    left = iter(of)
    ahead = _AHEAD * max(1, sum(client.nthreads().values()))
    futures = distributed.as_completed([submit(number) for number in islice(left, ahead)])
    for future in futures:
        number = numbers.pop(future.key)
        if future.status == "finished":
            yield future.result()
        else:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, distributed.KilledWorker | None) and tried[number] < _SUBMISSIONS:
                futures.add(submit(number))  # the article that did it is known now
                continue
            failed[number] = f"{partitions[number].name}: {' '.join(str(error).split()) or type(error).__name__}"
        for following in islice(left, 1):
            futures.add(submit(following))
    if failed:
        first = "; ".join(failed[number] for number in sorted(failed)[:3])
        more = f"; and {len(failed) - 3} more" if len(failed) > 3 else ""
        said = f"{len(failed)} of {len(of)} partitions failed ({first}{more})"
        raise ClusterError(f"{said}; the others are kept, and the same command tries these again")


def _repeats(parts: Sequence[Part], settings: Settings) -> dict[int, dict[int, str]]:
    """By part the places of articles that repeat an earlier one, with its id. Only here all articles come by in their order."""
    found: dict[int, dict[int, str]] = {}
    known = Duplicates()
    for part in sorted(parts, key=lambda part: part.number) if settings.duplicates != "keep" else ():
        with (part.folder / STATE).open("rb") as file:
            entries = (entry for _, entry in read_state(file) if isinstance(entry, Entry))
            for place, entry in enumerate(entries):
                if entry.article is not None and entry.signed is not None and (first := known.insert(entry.article, entry.signed)):
                    found.setdefault(part.number, {})[place] = first
    return found


def _publish(out: Path, parts: Sequence[Part], extractor: Extracts, settings: Settings, chosen: Inputs) -> RunSummary:
    """Put the files of all parts and those of the whole in their places."""
    summary = RunSummary(skipped=chosen.skipped)
    concepts = ConceptTable()
    folder = out / ".partial"
    files: dict[str, str] = {}
    moves: list[tuple[Path, str]] = []
    for part in sorted(parts, key=lambda part: part.number):
        summary.merge(part.summary)
        concepts.take(part.concepts)
        for name, digest in part.files.items():
            table, _, suffix = Path(name).name.partition(".")
            target = f"{table}/part-{part.number:05}.{suffix}"
            files[target] = digest
            moves.append((part.folder / name, target))
    whole = {"concepts.jsonl": encode(concepts.records(extractor.lexicons))}
    whole |= {f"schema/{name}.schema.json": json_schema(name).encode() for name in SCHEMAS}
    files |= {name: hashlib.sha256(content).hexdigest() for name, content in whole.items()}
    versions = extractor.versions()
    summary.companion = versions.get("companion", summary.companion)
    manifest = manifest_of(summary, versions, settings, dict(sorted(files.items())))
    whole[MANIFEST] = manifest.model_dump_json(indent=2).encode() + b"\n"
    with cannot("write to", folder):
        for source, target in moves:
            (folder / target).parent.mkdir(exist_ok=True)
            with suppress(FileExistsError):
                os.link(source, folder / target)
            if not (folder / target).exists():
                shutil.copyfile(source, folder / target)
        for name, content in whole.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        note = publication(out, [*files, MANIFEST], MANIFEST)
        (folder / JOURNAL).write_bytes(note)
        complete_publication(out)
    return summary


# what runs on the workers

_loaded: dict[str, Extracts] = {}
_one_at_a_time = threading.Lock()


def work(job: Job, number: int, partition: Partition) -> Part:
    """Write the part of a partition, or find it written. What fails here, the cluster tries again."""
    with _one_at_a_time:  # a worker may have several threads, and the stages are made for one
        folder = _part_folder(job.folder, number)
        skipped: Counter[str] = Counter()
        if not folder.is_dir() or not _holds(folder, partition, job.settings, skipped):
            skipped.clear()
            shutil.rmtree(folder, ignore_errors=True)
            _write(job, number, partition, skipped)
        return _described(job, number, folder, skipped)


def settle_part(job: Job, number: int, repeats: dict[int, str]) -> Part:
    """Write a finished part again, with what ``repeats`` says of some of its articles."""
    choice: Literal["mark", "skip"] = "skip" if job.settings.duplicates == "skip" else "mark"
    folder = job.folder / _SETTLED / f"{number:05}"
    begun = folder.with_suffix(f".{uuid.uuid4().hex}")
    begun.mkdir(parents=True)
    before = _part_folder(job.folder, number)
    with ExitStack() as stack:
        state = stack.enter_context((before / STATE).open("rb"))
        old = [stack.enter_context((before / name).open("rb")) for name in FILES]
        new = [stack.enter_context((begun / name).open("wb")) for name in (*FILES, STATE)]
        entries = (entry for _, entry in read_state(state) if isinstance(entry, Entry))
        for place, entry in enumerate(entries):
            kept = Kept(entry, tuple(file.read(size) for file, size in zip(old, entry.sizes, strict=True)))
            if place in repeats:
                kept = repeated(kept, repeats[place], choice)
            for file, data in zip(new, (*kept.lines, kept.entry.line()), strict=True):
                file.write(data)
    with suppress(OSError):
        os.replace(begun, folder)
    shutil.rmtree(begun, ignore_errors=True)
    return _described(job, number, folder, Counter())


def _extractor(job: Job) -> Extracts:
    """The extractor of a job, loaded once in a process."""
    data = (job.folder / _LOADER).read_bytes()
    key = f"{job.made} {hashlib.sha256(data).hexdigest()}"
    if key not in _loaded:
        extractor: Extracts = pickle.loads(data)()
        if Made.with_(extractor.versions(), job.settings).key != job.made:
            raise ClusterError("this worker has another version of the program, its rules or its libraries than the client")
        extractor.prepare()
        _loaded.clear()
        _loaded[key] = extractor
    return _loaded[key]


def _write(job: Job, number: int, partition: Partition, skipped: Counter[str]) -> None:
    """Work on all articles of a partition, into a folder that gets its name when it is complete."""
    extractor = _extractor(job)
    begun = _Begun(_part_folder(job.folder, number).with_suffix(f".{_BEGUN}"), job.timeout)
    folder = _part_folder(job.folder, number).with_suffix(f".{uuid.uuid4().hex}")
    folder.mkdir()
    with ExitStack() as stack:
        stack.enter_context(begun)
        files = [stack.enter_context((folder / name).open("wb")) for name in (*FILES, STATE)]
        for place, one in enumerate(partition.items(skipped)):
            entry, lines = Entry.of(_outcome(one, place, job.settings, extractor, begun), job.made)
            for file, data in zip(files, (*lines, entry.line()), strict=True):
                file.write(data)
        for file in files:
            file.flush()
            os.fsync(file.fileno())
    with suppress(OSError):  # a lost worker that was not dead had it ready before
        os.replace(folder, _part_folder(job.folder, number))
    shutil.rmtree(folder, ignore_errors=True)
    begun.path.unlink(missing_ok=True)


def _outcome(one: Item | RejectedRecord, place: int, settings: Settings, extractor: Extracts, begun: _Begun) -> Outcome:
    if isinstance(one, RejectedRecord):
        return refusal(one)
    if place in begun.late:
        message = f"was not finished in {begun.timeout:g} seconds; split the file, or give it more time with --timeout"
        return refused(one, settings, "extract", TIMEOUT, message)
    if begun.ended[place] >= _ATTEMPTS:
        message = f"ended {begun.ended[place]} workers of the cluster; please report it with the file, if it was not out of memory"
        return refused(one, settings, "extract", WORKER_DIED, message)
    begun.note(place)
    return process(one, settings, extractor)


class _Begun:
    """Notes which article a task is at, in a file that outlives its process, and ends the process when an article takes too long."""

    def __init__(self, path: Path, timeout: float | None) -> None:
        self.path = path
        self.timeout = timeout
        self.ended: Counter[int] = Counter()
        """Articles with the number of workers that ended with them."""
        self.late: set[int] = set()
        self._since: float | None = None
        with suppress(OSError):
            for attempt in path.read_text().split("new\n")[1:]:
                places = attempt.split()
                if places and places[-1].startswith("late"):
                    self.late.add(int(places[-1][4:]))
                elif places and places[-1] != "end":
                    self.ended[int(places[-1])] += 1

    def __enter__(self) -> _Begun:
        self._file = self.path.open("a", buffering=1)
        self._file.write("new\n")
        self._stop = threading.Event()
        if self.timeout is not None:
            threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._stop.set()
        self._file.write("end\n")  # whatever went wrong, it was not the process
        self._file.close()

    def note(self, place: int) -> None:
        """The task begins with an article."""
        self._file.write(f"{place}\n")
        self._place, self._since = place, time.monotonic()

    def _watch(self) -> None:
        assert self.timeout is not None
        while not self._stop.wait(min(1.0, self.timeout / 4)):
            if self._since is not None and time.monotonic() - self._since > self.timeout:
                self._file.write(f"late{self._place}\n")
                self._file.flush()
                os._exit(1)  # nothing else ends a loop in a library; the cluster starts another worker


def _holds(folder: Path, partition: Partition, settings: Settings, skipped: Counter[str]) -> bool:
    """Whether a part that is there has been made of these inputs."""
    with (folder / STATE).open("rb") as file:
        entries = (entry for _, entry in read_state(file) if isinstance(entry, Entry))
        for one in partition.items(skipped):
            entry = next(entries, None)
            if entry is None or not describes(entry, one, settings):
                return False
        return next(entries, None) is None


def _described(job: Job, number: int, folder: Path, skipped: Counter[str]) -> Part:
    summary = RunSummary(skipped=skipped)
    concepts = ConceptTable()
    inputs = 0
    with (folder / STATE).open("rb") as file:
        for _, entry in read_state(file):
            if isinstance(entry, Entry):
                inputs += 1
                if entry.counted:
                    summary.add(entry.counted)
                    concepts.take(entry.counted.concepts)
                if entry.reason:
                    summary.rejected[entry.reason] += 1
    with (folder / "rejected.jsonl").open("rb") as file:
        rejected = tuple(RejectedRecord.model_validate_json(line) for line in islice(file, _SHOWN))
    names = job.convert(folder) if job.convert else FILES
    files = {}
    for name in names:
        with (folder / name).open("rb") as file:
            files[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return Part(number, folder, inputs, summary, concepts.found, files, rejected)


def _part_folder(folder: Path, number: int) -> Path:
    return folder / "parts" / f"{number:05}"
