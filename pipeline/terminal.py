"""What the command line shows to a person: progress and summary of a run, a coloured article, a table of candidates."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from pipeline.dataset import Progress, RunSummary
from pipeline.dataset.inputs import describe
from pipeline.schema import ArticleRecord, BlockKind, Certainty, EntityType, Polarity, RejectedRecord, RelationRecord

if TYPE_CHECKING:
    from pipeline.extractor import CandidateNote
    from pipeline.training.progress import Report as TrainingReport

COLOURS = {
    EntityType.CONDITION: "bold white on dark_red",
    EntityType.NUTRIENT: "bold black on green3",
    EntityType.REMEDY: "bold white on dodger_blue3",
    EntityType.SPECIALIST: "bold black on gold1",
}
_PIPE_WIDTH = 160  # where no terminal says how wide it is
_REJECTIONS_SHOWN = 20  # a crawl may have thousands; rejected.jsonl has them all
_LINES_PER_RUN = 10


def stdout() -> Console:
    """Where data goes."""
    return _console(stderr=False)


def stderr() -> Console:
    """Where messages go."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else _PIPE_WIDTH, highlight=False)


class RunDisplay:
    """Shows a run as it goes: a bar on a terminal, ten lines at most elsewhere; names inputs as they are rejected."""

    def __init__(self, console: Console, out: Path, quiet: bool) -> None:
        self._console = console
        self._out = out
        self._quiet = quiet
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self._task: TaskID | None = None
        self._rejections = 0
        self._next = _LINES_PER_RUN**2
        self._first = 0
        self._begin = self._end = 0.0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def report(self, progress: Progress) -> None:
        """Take note of one step of the run."""
        self._end = time.perf_counter()
        if self._task is None:
            self._begin, self._first = self._end, progress.done - progress.kept
            self._task = self._bar.add_task("extracting", total=progress.total, rate="")
        rate = (progress.done - progress.kept - self._first) / (self._end - self._begin) if self._end > self._begin else 0.0
        self._bar.update(self._task, completed=progress.done, total=progress.total, rate=f"{rate:,.1f}/s")
        if self._quiet:
            return
        if progress.note:
            self._say(progress.note)
        if progress.rejected:
            self._say_rejected(progress.rejected)
        if not self._console.is_terminal and not progress.note:
            self._say_progress(progress, rate)

    def _say_progress(self, progress: Progress, rate: float) -> None:
        """Ten lines for a run whose size is known; one each time that a run of unknown size has doubled."""
        if progress.total is None:
            if progress.done >= self._next:
                self._next *= 2
                self._say(f"{progress.done:,} articles, {rate:,.1f} a second")
            return
        step = -(-progress.total // _LINES_PER_RUN)
        if progress.total >= _LINES_PER_RUN**2 and progress.done and progress.done % step == 0:
            left = f", about {_duration((progress.total - progress.done) / rate)} left" if rate else ""
            self._say(f"{progress.done:,} of {progress.total:,} articles, {rate:,.1f} a second{left}")

    def close(self, summary: RunSummary) -> None:
        """Say what came of the run."""
        if not self._quiet:
            self._console.print(_summary_table(summary, self._end - self._begin))
            if summary.skipped:
                self._say(f"skipped {describe(summary.skipped)}")
            for line in _increment(summary):
                self._say(line)
        if summary.rejected:
            total = summary.rejected.total()
            self._say(
                f"{total:,} of {total + summary.articles:,} inputs were rejected: {(self._out / 'rejected.jsonl').as_posix()} says why"
            )
        if not self._quiet:
            self._say(f"the dataset is in {self._out.as_posix()}")

    def _say_rejected(self, rejected: RejectedRecord) -> None:
        self._rejections += 1
        if self._rejections <= _REJECTIONS_SHOWN:
            self._say(f"rejected {rejected.source}: {rejected.message}")
        elif self._rejections == _REJECTIONS_SHOWN + 1:
            self._say("more inputs are rejected; rejected.jsonl will name them all")

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True)


def _duration(seconds: float) -> str:
    """``40 seconds``, ``12 minutes``, ``3.5 hours``."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:,.1f} hours"


def _increment(summary: RunSummary) -> Iterator[str]:
    """What the run found in its folder, in words."""
    if summary.kept:
        replaced = f", {summary.changed:,} replaced" if summary.changed else ""
        yield f"{summary.kept:,} articles were there already and have not changed{replaced}"
    elif summary.changed:
        yield f"{summary.changed:,} articles of the dataset were replaced"
    if summary.damaged:
        yield f"{summary.damaged:,} articles were made again, because their lines in the dataset are not as they were written"
    if summary.left:
        yield f"{summary.left:,} articles of the dataset are no input of this run and stay in it; --prune takes them out"
    if summary.pruned:
        yield f"{summary.pruned:,} articles that are no input any more were taken out"
    if summary.stale:
        yield f"{summary.stale:,} articles were made with another {', '.join(summary.stale_by)}; --refresh works on them again"


class TrainingDisplay:
    """Shows a training run: a bar on a terminal, a line a step and a few for the rounds elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        loss = TextColumn("{task.fields[loss]}")
        self._bar = Bar(
            *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), loss),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def report(self, report: TrainingReport) -> None:
        """Take note of one step."""
        if not report.total:
            self._console.print(report.step, markup=False)
            return
        loss = "" if report.loss is None else f"loss {report.loss:.4f}"
        if self._task is None:
            self._task = self._bar.add_task(report.step, total=report.total, loss=loss)
        self._bar.update(self._task, description=report.step, total=report.total, completed=report.done, loss=loss)
        if not self._console.is_terminal and report.done % -(-report.total // _LINES_PER_RUN) == 0:
            self._console.print(f"{report.step}: {report.done} of {report.total} {loss}".rstrip(), markup=False)


def _summary_table(summary: RunSummary, seconds: float) -> Table:
    """Totals, with their parts where there are types or reasons."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column()
    table.add_row("articles", f"{summary.articles:,}")
    table.add_row("words", f"{summary.words:,}", f"{summary.words / seconds:,.0f} a second" if seconds else "")
    for name, counts in (("entities", summary.entities), ("relations", summary.relations), ("rejected", summary.rejected)):
        table.add_row(name, f"{counts.total():,}", _parts(counts))
    if summary.companion != "none":
        table.add_row("with", "", summary.companion)
    return table


def _parts(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def print_record(console: Console, record: ArticleRecord) -> None:
    """The article as a person reads it, with a legend, and a table of its relations."""
    colour = console.color_system is not None
    console.print(Text("  ").join(Text(f" {kind} " if colour else f"[{kind}]", COLOURS[kind]) for kind in EntityType), end="\n\n")
    console.print(_marked(record, colour), soft_wrap=not colour)
    console.print()
    if not record.relations:
        console.print("no relations")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("head", "relation", "tail", "confidence", "rule"):
        table.add_column(title, justify="right" if title == "confidence" else "left")
    for relation in record.relations:
        table.add_row(
            *map(Text, (relation.head_concept, _stated(relation), relation.tail_concept, f"{relation.confidence:.2f}", relation.rule))
        )
    console.print(table)


def _marked(record: ArticleRecord, colour: bool) -> Text:
    """The text with headings in bold and entities in the colour of their type; where there is no colour, the type stands behind them."""
    text = Text()
    end = 0
    bold = [(block.start, block.end) for block in record.blocks if block.kind in (BlockKind.TITLE, BlockKind.HEADING)]
    for entity in record.entities:
        text.append(record.text[end : entity.start])
        text.append(entity.text if colour else f"{entity.text}[{entity.type}]", COLOURS[entity.type])
        end = entity.end
    text.append(record.text[end:])
    if colour:
        for span in bold:
            text.stylize("bold", *span)
    return text


def _stated(relation: RelationRecord) -> str:
    """``TREATS``, ``not TREATS``, ``TREATS (possible)``."""
    negation = "not " if relation.polarity is Polarity.NEGATED else ""
    return f"{negation}{relation.type}" + ("" if relation.certainty is Certainty.STATED else f" ({relation.certainty})")


def print_candidates(console: Console, candidates: Sequence[CandidateNote]) -> None:
    """One row a candidate, and how many were kept and dropped."""
    table = Table(box=None, pad_edge=False)
    for title in ("kind", "candidate", "at", "outcome", "rule or reason"):
        table.add_column(title, overflow="fold", no_wrap=title in ("kind", "at", "outcome"))
    for note in candidates:
        outcome = Text(note.outcome, "green" if note.outcome == "kept" else "red")
        table.add_row(note.kind, Text(note.text), f"{note.start}-{note.end}", outcome, Text(note.reason))
    console.print(table)
    console.print(_tally(candidates))


def _tally(candidates: Iterable[CandidateNote]) -> str:
    counts = Counter(f"{note.kind} {note.outcome}" for note in candidates)
    return f"{counts.total():,} candidates" + (f": {_parts(counts)}" if counts else "")
