"""What runs of thousands of articles cost: time and peak memory by size and number of workers, for ``pipeline.benchmark``.

The articles are those of a folder, again and again, each time with some lines left out. Every run is a process of its own. A *replayed* run
extracts each of the different articles once and gives their records out again under new names: it reads, writes, counts and keeps as much
as a real one, without the hours of extraction.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.article import Source
from pipeline.dataset import Input, Options, run
from pipeline.dataset.outcome import Extracts
from pipeline.dataset.staging import write_file
from pipeline.lexicon import Lexicon
from pipeline.readers import read
from pipeline.schema import ArticleRecord
from pipeline.settings import Settings

BEGIN, END = "<!-- measured by `make bench`; do not edit -->", "<!-- end of what was measured -->"
_LEFT_OUT: Final = 0.1
"""Share of the lines of a text that a copy of it is without."""
_EVERY: Final = 0.05
"""Seconds between two looks at the memory of the processes."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A run of many articles."""

    articles: int
    words: int
    workers: int
    replayed: bool
    seconds: float
    """On the clock, with loading."""
    processor: float
    """Seconds of processor time of all processes."""
    main: int
    """Peak of the resident memory of the process that writes, in MB."""
    worker: int
    """The same of the largest worker; 0 where there is none."""


def make_articles(inputs: Sequence[Input], folder: Path, count: int) -> None:
    """Write ``count`` articles, whose names end in those of their originals."""
    originals = [(item.name.rpartition("/")[2], item.path.read_bytes()) for item in inputs]
    for number in range(count):
        name, data = originals[number % len(originals)]
        path = folder / f"{number // 1000:04}" / f"{number:07}-{name}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(_varied(data, number, name))


def _varied(data: bytes, number: int, name: str) -> bytes:
    if not name.endswith((".txt", ".md")):
        return data + f"\n<!-- {number} -->\n".encode()  # a page without some of its lines may not be one any more
    chance = random.Random(number)
    lines = data.splitlines(keepends=True)
    return b"".join(line for place, line in enumerate(lines) if place < 2 or chance.random() > _LEFT_OUT)


class Replay:
    """Gives the records of the originals out again, under the names of their copies."""

    def __init__(self, extractor: Extracts, inputs: Sequence[Input]) -> None:
        self._versions, self._lexicons = extractor.versions(), extractor.lexicons
        self._records = {}
        for item in inputs:
            name = item.name.rpartition("/")[2]
            self._records[name] = extractor.extract(read(item.path, name, Settings()))

    def __getstate__(self) -> dict[str, object]:
        """Without lexicons, which cannot be sent to a worker, and for which none asks."""
        return vars(self) | {"_lexicons": ()}

    def prepare(self) -> None:
        """Nothing is left to do."""

    def extract(self, source: Source) -> ArticleRecord:
        """The record of the original, as that of this article."""
        original = re.sub(r"^.*/\d{7}-", "", source.name)
        id_ = hashlib.sha256(f"{source.name}\0{source.sha256}".encode()).hexdigest()[:16]
        return self._records[original].model_copy(update={"article_id": id_, "source": source.name, "source_sha256": source.sha256})

    def versions(self) -> dict[str, str]:
        """Those of the extractor."""
        return self._versions

    @property
    def lexicons(self) -> Sequence[Lexicon]:
        """Those of the extractor."""
        return self._lexicons


def measure_run(inputs: Sequence[Input], count: int, workers: int, *, replayed: bool) -> Measured:
    """Make the articles, run, and say what it took. ``workers`` 0: no processes besides the run's own."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "articles").mkdir()
        make_articles(inputs, folder / "articles", count)
        originals = [str(item.path) for item in inputs] if replayed else []
        job = json.dumps({"inputs": str(folder / "articles"), "out": str(folder / "out"), "workers": workers, "originals": originals})
        before = os.times()
        begin = time.perf_counter()
        with subprocess.Popen([sys.executable, "-m", "pipeline.scaling", job], stdout=subprocess.PIPE, text=True) as process:
            watch = _Memory(process.pid)
            said, _ = process.communicate()
            watch.stop()
        seconds = time.perf_counter() - begin
        after = os.times()
        if process.returncode:
            raise RuntimeError(f"the measured run ended with {process.returncode}")
        processor = after.children_user + after.children_system - before.children_user - before.children_system
        told = json.loads(said)
        # what a replayed run does before it begins is no part of it
        seconds, processor = seconds - told["prepared"], processor - told["prepared_processor"]
        return Measured(told["articles"], told["words"], workers, replayed, seconds, processor, watch.main, watch.worker)


class _Memory(threading.Thread):
    """Looks at the peak memory of a process and of those that it started, where the system tells (Linux)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.main = self.worker = 0
        self._pid = pid
        self._over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._over.wait(_EVERY):
            self.main = max(self.main, _peak(self._pid))
            self.worker = max([self.worker, *(_peak(pid) for pid in _children(self._pid))])

    def stop(self) -> None:
        self._over.set()
        self.join()


def _peak(pid: int) -> int:
    try:
        found = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    except OSError:
        return 0
    return int(found[1]) // 1000 if found else 0


def _children(pid: int) -> Iterator[int]:
    try:
        yield from map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())
    except OSError:
        return


def table(measured: Sequence[Measured]) -> str:
    """The runs as a table in Markdown, each with its speed-up over the run of one process with as many articles."""
    rows = ["| articles | words | workers | time | words a second | speed-up | memory, writing process | memory, a worker |"]
    rows.append("| --: " * 8 + "|")
    alone = {(one.articles, one.replayed): one for one in measured if not one.workers}
    for one in measured:
        base = alone.get((one.articles, one.replayed))
        faster = f"{base.seconds / one.seconds:.2f}" if base and one.workers else ""
        cells = (
            f"{one.articles:,}{' (replayed)' if one.replayed else ''}",
            f"{one.words:,}",
            str(one.workers) if one.workers else "none",
            f"{one.seconds:,.0f} s ({one.processor:,.0f} s of processors)",
            f"{one.words / one.seconds:,.0f}",
            faster,
            f"{one.main:,} MB" if one.main else "",
            f"{one.worker:,} MB" if one.worker else "",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def write_into(document: Path, text: str) -> None:
    """Put a text between the marks of a document."""
    whole = document.read_text(encoding="utf-8")
    before, begin, rest = whole.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{document} has no place for what was measured: {BEGIN} and {END}")
    write_file(document, f"{before}{BEGIN}\n\n{text}\n\n{END}{after}".encode())


def main(job: str) -> None:
    """The run that is measured."""
    values = json.loads(job)
    settings = Settings(model="none")
    begin, used = time.perf_counter(), time.process_time()
    extractor = None
    if values["originals"]:
        from pipeline.extractor import Extractor

        originals = [Input(location, location) for location in values["originals"]]
        extractor = Replay(Extractor(settings), originals)
    prepared = {"prepared": time.perf_counter() - begin, "prepared_processor": time.process_time() - used}
    options = Options(workers=values["workers"] or None)
    summary = run([values["inputs"]], Path(values["out"]), settings, extractor=extractor, options=options)
    print(json.dumps({"articles": summary.articles, "words": summary.words, **prepared}))


if __name__ == "__main__":
    main(sys.argv[1])
