"""How quickly the review app answers over many triples: ``python -m tests.review_load [ARTICLES]`` makes a dataset and asks for every page.

1,800 articles have 120,000 triples. The server is a process of its own, as it is for a reviewer; requests come one after another.
Other programs slow down the clock, but not the last column: the server's processor time for a request (Linux).
"""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx2

from tests.synthetic import make

ROUNDS: Final = 100
DECISIONS: Final = 300


@contextmanager
def serving(folder: Path) -> Iterator[tuple[httpx2.Client, int]]:
    """The app over a dataset, and its process."""
    command = [sys.executable, "-m", "pipeline", "review", str(folder), "--reviewer", "anna", "--port", "0"]
    start = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = [next(process.stderr) for _ in range(3)]
        address = re.findall(r"http://\S+", told[2])[0]
        print(told[1].partition(";")[0])
        print(f"{'ready':<24}{time.perf_counter() - start:8.1f} s", flush=True)
        try:
            with httpx2.Client(base_url=address, timeout=60) as client:
                yield client, process.pid
        finally:
            process.terminate()
            process.wait(20)
    print(f"{'peak memory':<24}{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6:8.2f} GB")


def fields_of(page: str, action: str) -> dict[str, str]:
    """The hidden fields of a form."""
    form = re.search(rf'<form[^>]*action="{action}[^"]*"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert form
    return dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form[1]))


def worked(process: int) -> float:
    """Milliseconds of processor time that a process has had; nothing where no file says it."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def measure(process: int, name: str, ask: Callable[[int], httpx2.Response]) -> None:
    """Ask so many times, and print the median, the 95th percentile and the longest, in milliseconds."""
    times = []
    before = worked(process)
    for number in range(ROUNDS):
        start = time.perf_counter()
        answer = ask(number)
        times.append((time.perf_counter() - start) * 1000)
        assert answer.status_code in (200, 303), answer.text
    show(name, times, (worked(process) - before) / ROUNDS)


def show(name: str, times: list[float], work: float | None = None) -> None:
    """A line of the table."""
    part = "" if work is None else f"{work:10.1f}"
    print(f"{name:<24}{statistics.median(times):8.1f}{statistics.quantiles(times, n=20)[18]:8.1f}{max(times):8.1f}{part}", flush=True)


def run(client: httpx2.Client, process: int) -> None:
    """All pages."""
    print(f"{'milliseconds':<24}{'median':>8}{'95 %':>8}{'most':>8}{'processor':>10}")
    pages: list[str] = []

    def decide(number: int) -> httpx2.Response:
        fields = fields_of(pages[-1], "/decide") | {"say": ("correct", "wrong:not_stated", "correct", "unsure")[number % 4]}
        headers = {"origin": str(client.base_url).rstrip("/"), "accept": "application/json"}
        return client.post("/decide", data=fields, headers=headers)

    def ahead(number: int) -> httpx2.Response:
        after = fields_of(pages[-1], "/decide")["triple"]
        answer = client.get(f"/next?part=card&after={quote(after, safe='')}")
        pages.append(answer.text)
        return answer

    pages.append(client.get("/").text)
    times: dict[str, list[float]] = {"decide": [], "next card": []}
    for number in range(DECISIONS):
        for name, ask in (("decide", decide), ("next card", ahead)):
            start = time.perf_counter()
            ask(number)
            times[name].append((time.perf_counter() - start) * 1000)
    for name, each in times.items():
        show(name, each)
    found = client.get("/search?offset=5000").text
    triples = re.findall(r'href="(/triple/[^"?]+)', found)
    articles = [client.get(triple).text for triple in triples[:20]]
    articles = [re.findall(r'href="(/article/[^"?]+)', page)[0] for page in articles]
    words = ("magnesium", "kramp", "huisarts", "vitamine d", "pijn")
    measure(process, "queue", lambda number: client.get("/"))
    measure(process, "queue, filtered", lambda number: client.get(f"/?relation=TREATS&text={words[number % 5]}"))
    measure(process, "triple", lambda number: client.get(triples[number % len(triples)]))
    measure(process, "search, all", lambda number: client.get(f"/search?offset={number * 500}"))
    measure(process, "search, a word", lambda number: client.get(f"/search?text={words[number % 5]}"))
    measure(process, "search, by confidence", lambda number: client.get("/search?order=confidence&min_confidence=50"))
    measure(process, "search, a concept", lambda number: client.get(f"/search?concept={words[number % 5]}"))
    measure(process, "article", lambda number: client.get(articles[number % len(articles)]))
    measure(process, "next article", lambda number: client.get("/article"))
    measure(process, "dashboard", lambda number: client.get("/dashboard"))
    pages.append(client.get("/").text)
    taken = []
    for number in range(ROUNDS // 4):
        decide(number)
        ahead(number)
        start = time.perf_counter()
        client.get("/dashboard")
        taken.append((time.perf_counter() - start) * 1000)
    show("dashboard, figures anew", taken)
    measure(process, "disputes", lambda number: client.get("/disputes"))
    measure(process, "history", lambda number: client.get("/history"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        make(Path(place) / "dataset", int(sys.argv[1]) if len(sys.argv) > 1 else 1800)
        with serving(Path(place) / "dataset") as (asked, number):
            run(asked, number)
