"""Words per second of every stage and of a whole run: ``python -m pipeline.benchmark FOLDER``, or ``make bench``.

Speeds of different machines cannot be compared, so each is also given as a ratio to spaCy's blank Dutch tokenizer, which reads the
same words in the same process. One thread; the median of several rounds over the same articles.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import BinaryIO, Protocol

from rich.console import Console
from rich.table import Table

from pipeline.article import Source
from pipeline.dataset import Input, collect
from pipeline.exports import EXPORTS
from pipeline.garbage import seldom_collected
from pipeline.readers import READERS, read
from pipeline.scaling import measure_run, write_into
from pipeline.scaling import table as runs_table
from pipeline.schema import ArticleRecord
from pipeline.settings import Settings

WORDS = 100_000
ROUNDS = 5
READ, WRITE = "read", "write"


class Timed(Protocol):
    """The part of :class:`pipeline.extractor.Extractor` that is timed: ``clock`` hears the name of each stage as it ends."""

    def extract(self, source: Source, clock: Callable[[str], None]) -> ArticleRecord: ...


@dataclass(frozen=True, slots=True)
class Round:
    """One pass over all articles."""

    words: int
    seconds: dict[str, float]
    """By stage, in the order in which they run."""
    tokenizer: float
    """Seconds of the blank tokenizer over the same reading texts."""


def measure(inputs: Sequence[Input], extractor: Timed, tokenize: Callable[[str], object], words: int) -> Round:
    """Run all stages over ``inputs``, again and again until ``words`` words were read."""
    settings = Settings()
    seconds: dict[str, float] = {}
    texts: list[str] = []
    done = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        files = [stack.enter_context((folder / name).open("wb")) for name in EXPORTS]
        for item in cycle(inputs):
            record = _timed(item, settings, extractor, files, seconds)
            texts.append(record.text)
            done += len(record.text.split())
            if done >= words:
                break
    begin = perf_counter()
    for text in texts:
        tokenize(text)
    return Round(done, seconds, perf_counter() - begin)


def _timed(item: Input, settings: Settings, extractor: Timed, files: Sequence[BinaryIO], seconds: dict[str, float]) -> ArticleRecord:
    """Process one article; adds what each stage took to ``seconds``."""
    last = perf_counter()

    def lap(stage: str) -> None:
        nonlocal last
        now = perf_counter()
        seconds[stage] = seconds.get(stage, 0.0) + now - last
        last = now

    source = read(item.path, item.name, settings)
    lap(READ)
    record = extractor.extract(source, lap)
    for file, encode in zip(files, EXPORTS.values(), strict=True):
        file.write(encode(record))
    lap(WRITE)
    return record


def table(rounds: Sequence[Round]) -> Table:
    """Median speed of each stage over the rounds."""
    words = rounds[0].words
    tokenizer = median(each.tokenizer for each in rounds)
    rows = {stage: median(each.seconds[stage] for each in rounds) for stage in rounds[0].seconds}
    whole = median(sum(each.seconds.values()) for each in rounds)
    result = Table(box=None, pad_edge=False)
    for title in ("stage", "words/s", "share", "tokenizer ratio"):
        result.add_column(title, justify="left" if title == "stage" else "right")
    for stage, seconds in rows.items():
        result.add_row(stage, f"{words / seconds:,.0f}", f"{seconds / whole:.1%}", _ratio(seconds, tokenizer))
    result.add_section()
    result.add_row("whole run", f"{words / whole:,.0f}", "100.0%", _ratio(whole, tokenizer), style="bold")
    result.add_row("blank tokenizer", f"{words / tokenizer:,.0f}", "", "1")
    return result


def _ratio(seconds: float, tokenizer: float) -> str:
    """``1/7.5`` for a stage at a seventh of the tokenizer's speed, ``12.0 x`` for a faster one."""
    return f"1/{seconds / tokenizer:.1f}" if seconds > tokenizer else f"{tokenizer / seconds:.1f} x"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.benchmark", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("inputs", nargs="+", help="files, folders or patterns")
    parser.add_argument("--words", type=int, default=WORDS, help="words in a round (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds, of which the median counts (default %(default)s)")
    parser.add_argument("--sizes", type=_sizes, default=(), help="also whole runs of so many articles, without workers and with")
    parser.add_argument("--workers", type=_sizes, default=(2,), help="workers of these runs (default 2)")
    parser.add_argument("--replayed", type=_sizes, default=(), help="whole runs of so many articles, without extraction, for their memory")
    parser.add_argument("--no-stages", action="store_true", help="whole runs only")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table of whole runs between the marks of this file")
    options = parser.parse_args(arguments)
    if not options.no_stages:
        _stages(options)
    measured = []
    for count, replayed in [*((count, False) for count in options.sizes), *((count, True) for count in options.replayed)]:
        for workers in (0, *options.workers):
            print(f"{count:,} articles, {workers} workers", file=sys.stderr)
            measured.append(measure_run(collect(options.inputs, READERS).files, count, workers, replayed=replayed))
    if measured:
        print(runs_table(measured))
        if options.write:
            write_into(options.write, runs_table(measured))


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(",") if number)


def _stages(options: argparse.Namespace) -> None:

    import spacy

    from pipeline.extractor import Extractor

    files = collect(options.inputs, READERS).files
    extractor, tokenizer = Extractor(Settings()), spacy.blank("nl").tokenizer
    measure(files, extractor, tokenizer, words=1)  # the first article pays for what is loaded late and cached
    rounds = []
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        gc.collect()
        with seldom_collected():  # as in a run
            rounds.append(measure(files, extractor, tokenizer, options.words))
    Console(width=None if sys.stdout.isatty() else 100, highlight=False).print(
        f"{rounds[0].words:,} words in {len(files)} different articles, one thread, median of {len(rounds)} rounds", table(rounds), sep="\n"
    )


if __name__ == "__main__":
    main()
