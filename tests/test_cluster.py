"""Runs on a Dask cluster of real processes: the same records as a local run, also when workers die."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import dataset
from pipeline.dataset import Options, Progress, collect, inputs, journal
from pipeline.errors import ClusterError, RunInterrupted, UsageError
from pipeline.readers import READERS
from pipeline.run_commands import parquet_parts
from pipeline.settings import Settings
from pipeline.tables import load_dataset
from tests.conftest import TEXT
from tests.standin import Standin
from tests.test_dataset import contents, files, lines

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="signals of POSIX"),
    pytest.mark.filterwarnings("ignore"),  # those of Dask and its servers are not ours
]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster of two processes, shared by the tests."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=60) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def articles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty articles in partitions of four, of which two are rejected."""
    monkeypatch.setattr(inputs, "_FILES_PER_PARTITION", 4)
    for number in range(20):
        files(tmp_path, f"in/{number}.txt", text=f"{TEXT} Nummer {number}. " * (1 + number % 3))
    files(tmp_path, "in/4.txt", text="ongeldig artikel")
    files(tmp_path, "in/11.txt", text="")
    return tmp_path / "in"


def run(articles: Path, out: Path, scheduler: str | None, extractor: Standin | None = None, **options: Any) -> dataset.RunSummary:
    """A run on the cluster with the stand-in."""
    chosen = collect([str(articles)], READERS, leave_out=out)
    convert = options.pop("convert", None)
    report = options.pop("report", lambda progress: None)
    return dataset.run_on_cluster(
        chosen, out, Settings(), report, extractor or Standin(), options=Options(**options), scheduler=scheduler, convert=convert
    )


def local(articles: Path, out: Path, extractor: Standin | None = None) -> dict[str, bytes]:
    """What a local run writes."""
    dataset.run([str(articles)], out, extractor=extractor or Standin())
    return contents(out)


def merged(out: Path) -> dict[str, bytes]:
    """The dataset with its parts put together."""
    found: dict[str, bytes] = {}
    for name, data in contents(out).items():
        whole = f"{name.partition('/')[0]}.jsonl" if "/part-" in name else name
        found[whole] = found.get(whole, b"") + data
    return found


def without_files(written: dict[str, bytes]) -> dict[str, Any]:
    """The same, but of the manifest all that does not depend on how many files there are."""
    manifest = json.loads(written["manifest.json"])
    del manifest["files"]
    return written | {"manifest.json": manifest}


def test_the_records_are_those_of_a_local_run(articles: Path, scheduler: str, tmp_path: Path) -> None:
    steps: list[Progress] = []
    summary = run(articles, tmp_path / "out", scheduler, report=steps.append)
    assert without_files(merged(tmp_path / "out")) == without_files(local(articles, tmp_path / "local"))
    assert sorted(path.name for path in (tmp_path / "out/articles").iterdir()) == [f"part-0000{n}.jsonl" for n in range(5)]
    assert (summary.articles, summary.rejected) == (18, {"invalid-record": 1, "empty": 1})
    assert (steps[0].done, steps[-1].done, steps[-1].total) == (0, 20, 20)
    assert not (tmp_path / "out/.partial").exists()
    ds, one = load_dataset(tmp_path / "out"), load_dataset(tmp_path / "local")
    assert ds.triples.equals(one.triples)
    assert ds.articles["source"].tolist() == one.articles["source"].tolist()


def test_parts_in_parquet_hold_the_same_tables(articles: Path, scheduler: str, tmp_path: Path) -> None:
    run(articles, tmp_path / "out", scheduler, convert=parquet_parts)
    local(articles, tmp_path / "local")
    assert (tmp_path / "out/entities/part-00004.parquet").exists()
    assert not list((tmp_path / "out").rglob("part-*.jsonl"))
    ds, one = load_dataset(tmp_path / "out"), load_dataset(tmp_path / "local")
    for table in ("articles", "sentences", "entities", "relations", "triples", "concepts", "rejected"):
        assert getattr(ds, table).astype(str).equals(getattr(one, table).astype(str)), table


def test_a_worker_that_is_killed_costs_nothing(articles: Path, scheduler: str, tmp_path: Path) -> None:
    files(tmp_path, "in/6.txt", text="Magnesium sterft.")
    (tmp_path / "once").touch()
    extractor = Standin(once=str(tmp_path / "once"))
    run(articles, tmp_path / "out", scheduler, extractor)
    assert not (tmp_path / "once").exists()
    assert without_files(merged(tmp_path / "out")) == without_files(local(articles, tmp_path / "local", extractor))


def test_articles_that_end_their_workers_or_hang_cost_no_other(articles: Path, scheduler: str, tmp_path: Path) -> None:
    files(tmp_path, "in/4.txt", "in/11.txt")
    files(tmp_path, "in/6.txt", text="Magnesium sterft.")
    files(tmp_path, "in/13.txt", text="Magnesium wacht.")
    summary = run(articles, tmp_path / "out", scheduler, timeout=1)
    rejected = [line for path in sorted((tmp_path / "out/rejected").iterdir()) for line in lines(path)]
    assert [(line["source"], line["reason"]) for line in rejected] == [("in/6.txt", "worker-died"), ("in/13.txt", "timeout")]
    assert summary.articles == 18


class Elsewhere(Standin):
    """Has another lexicon on the workers than on the client, as long as a file is there."""

    def __init__(self, mark: Path) -> None:
        super().__init__()
        self.mark = mark
        self.home = os.getpid()

    def versions(self) -> dict[str, str]:
        return super().versions() | ({"lexicon": "2"} if os.getpid() != self.home and self.mark.exists() else {})


def test_partitions_that_fail_are_named_and_tried_again_by_the_next_run(articles: Path, scheduler: str, tmp_path: Path) -> None:
    before = local(articles, tmp_path / "out")
    (tmp_path / "mark").touch()
    with pytest.raises(ClusterError, match=r"^5 of 5 partitions failed \(in/0.txt: this worker has another version of the program"):
        run(articles, tmp_path / "out", scheduler, Elsewhere(tmp_path / "mark"))
    assert contents(tmp_path / "out") == before
    (tmp_path / "mark").unlink()
    run(articles, tmp_path / "out", scheduler, Elsewhere(tmp_path / "mark"))
    assert not (tmp_path / "out/articles.jsonl").exists()  # parts have taken its place
    assert without_files(merged(tmp_path / "out")) == without_files(before)


def test_finished_partitions_are_not_done_again(articles: Path, scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.dataset.cluster._publish", refuse)
        with pytest.raises(RunInterrupted, match="5 of 5 partitions are done"):
            run(articles, tmp_path / "out", scheduler)
    files(tmp_path, "in/9.txt", text="Massage helpt.")
    written = {n: (tmp_path / f"out/.partial/parts/0000{n}/articles.jsonl").stat().st_mtime_ns for n in range(5)}
    later: dict[int, int] = {}
    complete = journal.complete_publication

    def noted(out: Path) -> None:
        later.update({n: path.stat().st_mtime_ns for n in range(5) if (path := out / f".partial/parts/0000{n}/articles.jsonl").exists()})
        complete(out)

    monkeypatch.setattr("pipeline.dataset.cluster.complete_publication", noted)
    run(articles, tmp_path / "out", scheduler)
    assert [n for n in range(5) if written[n] != later[n]] == [2]
    assert without_files(merged(tmp_path / "out")) == without_files(local(articles, tmp_path / "local"))


def test_a_scheduler_that_is_not_there_is_said_in_one_sentence(articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = distributed.Client
    monkeypatch.setattr(distributed, "Client", lambda address, timeout: client(address, timeout="0.3s"))
    with pytest.raises(UsageError, match=r"^--scheduler tcp://127.0.0.1:1: .*is it running, and can it be reached\?$"):
        run(articles, tmp_path / "out", "tcp://127.0.0.1:1")


def test_without_dask_the_user_is_told_what_to_install(articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.dataset.cluster.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'health-triples-nl\[dask\]'"):
        run(articles, tmp_path / "out", None)
