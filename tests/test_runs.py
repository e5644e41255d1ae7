"""Runs that are disturbed, continued and repeated: the same bytes come out, and nothing is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import dataset
from pipeline.dataset import Options, Progress, engine, journal
from pipeline.dataset.staging import Locked
from pipeline.dataset.workers import Workers
from pipeline.errors import OutputError, ResourceError, RunInterrupted
from pipeline.settings import Settings
from tests.conftest import TEXT
from tests.standin import Standin
from tests.test_dataset import contents, files, lines

ROOT = Path(__file__).parents[1]
posix = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder with twenty articles, of which two are rejected."""
    for number in range(20):
        files(tmp_path, f"in/{number}.txt", text=f"{TEXT} Nummer {number}. " * (1 + number % 3))
    files(tmp_path, "in/4.txt", text="ongeldig artikel")
    files(tmp_path, "in/11.txt", text="")
    return tmp_path / "in"


@pytest.fixture
def expected(articles: Path, tmp_path: Path) -> dict[str, bytes]:
    """The dataset of the twenty articles."""
    return fresh(articles, tmp_path / "expected")


def fresh(articles: Path, out: Path, extractor: Standin | None = None) -> dict[str, bytes]:
    """What a run makes that nothing disturbs, where nothing was before."""
    run(articles, out, extractor=extractor)
    return contents(out)


def run(articles: Path, out: Path, extractor: Standin | None = None, notes: list[str] | None = None, **options: Any) -> dataset.RunSummary:
    """A run with the stand-in."""
    said = [] if notes is None else notes
    settings = options.pop("settings", None)

    def report(progress: Progress) -> None:
        if progress.note:
            said.append(progress.note)

    options.setdefault("part_items", 3)
    return dataset.run([str(articles)], out, settings, report, extractor or Standin(), options=Options(**options))


class Counting(Standin):
    """Counts what it is asked for."""

    def __init__(self, version: str = "1") -> None:
        super().__init__(version=version)
        self.names: list[str] = []

    def extract(self, source: Any, clock: object = None) -> Any:
        self.names.append(source.name)
        return super().extract(source)


# workers


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_any_number_of_workers_gives_the_same_bytes(workers: int, articles: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    summary = run(articles, tmp_path / "out", workers=workers)
    assert contents(tmp_path / "out") == expected
    assert (summary.articles, summary.rejected) == (18, {"invalid-record": 1, "empty": 1})


def rejected(out: Path) -> list[tuple[str, str, str]]:
    """Name, reason and message of what a run rejected."""
    return [(line["source"], line["reason"], line["message"]) for line in lines(out / "rejected.jsonl")]


@posix
def test_an_article_that_ends_its_worker_costs_no_other(articles: Path, tmp_path: Path) -> None:
    files(tmp_path, "in/4.txt", "in/11.txt")
    files(tmp_path, "in/2.txt", text="Magnesium sterft.")
    files(tmp_path, "in/17.txt", text="Magnesium stopt.")
    run(articles, tmp_path / "out", workers=2)
    advice = "please report it with the file, if it was not out of memory"
    assert rejected(tmp_path / "out") == [
        ("in/2.txt", "worker-died", f"ended 2 worker processes (SIGKILL); {advice}"),
        ("in/17.txt", "worker-died", f"ended 2 worker processes (exit code 3); {advice}"),
    ]
    assert [line["source"] for line in lines(tmp_path / "out/articles.jsonl")] == [f"in/{n}.txt" for n in range(20) if n not in (2, 17)]


@posix
def test_a_worker_that_is_killed_by_chance_costs_nothing(articles: Path, tmp_path: Path) -> None:
    files(tmp_path, "in/2.txt", text="Magnesium sterft.")
    (tmp_path / "once").touch()
    run(articles, tmp_path / "out", Standin(once=str(tmp_path / "once")), workers=2)
    assert not (tmp_path / "once").exists()
    assert contents(tmp_path / "out") == fresh(articles, tmp_path / "expected", Standin(once=str(tmp_path / "once")))


@pytest.mark.parametrize("workers", [None, 2])
def test_an_article_that_hangs_is_given_up(workers: int | None, articles: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    files(tmp_path, "in/5.txt", text="Magnesium wacht.")
    begin = time.monotonic()
    summary = run(articles, tmp_path / "out", workers=workers, timeout=1)
    assert time.monotonic() - begin < 30
    assert rejected(tmp_path / "out")[1] == (
        "in/5.txt",
        "timeout",
        "was not finished in 1 seconds; split the file, or give it more time with --timeout",
    )
    assert (summary.articles, summary.rejected) == (17, {"invalid-record": 1, "empty": 1, "timeout": 1})
    files(tmp_path, "in/5.txt", text=f"{TEXT} Nummer 5. " * 3)  # the machine has more time now: a later run tries again
    run(articles, tmp_path / "out")
    assert contents(tmp_path / "out") == expected


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep to the limit")
def test_an_article_that_needs_too_much_memory_is_given_up(articles: Path, tmp_path: Path) -> None:
    files(tmp_path, "in/5.txt", text="Magnesium geheugen.")
    summary = run(articles, tmp_path / "out", max_memory=4000)
    assert rejected(tmp_path / "out")[1] == ("in/5.txt", "out-of-memory", "needs more memory than a worker may have: raise --max-memory")
    assert summary.articles == 17


class Unloadable(Standin):
    """Ends the process that wants to load it."""

    def __setstate__(self, state: object) -> None:
        os._exit(7)


def broken_load() -> Any:
    """What a worker cannot load."""
    raise ResourceError("lexicon x, line 3: no type")


def test_workers_that_cannot_begin_end_the_run(articles: Path, tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match=r"workers end before their first article \(exit code 7\)"):
        run(articles, tmp_path / "out", Unloadable(), workers=1)
    assert not (tmp_path / "out/.partial").exists()


def test_what_a_worker_cannot_load_is_said_in_its_words() -> None:
    item = dataset.Item("a", None, TEXT.encode(), ".txt")
    with Workers[Any](1, broken_load, Settings()) as workers:
        outcomes = workers.outcomes([item])
        with pytest.raises(ResourceError, match=r"^lexicon x, line 3: no type$"):
            next(outcomes)


def test_the_inputs_are_read_only_a_little_ahead() -> None:
    """However many articles there are, few are in memory: the source is asked for the next only when there is room."""
    taken = given = most = 0

    def source() -> Iterator[dataset.Item]:
        nonlocal taken
        for number in range(3000):
            taken += 1
            yield dataset.Item(str(number), None, f"{TEXT} {number}".encode(), ".txt")

    with Workers[Any](2, Standin, Settings()) as workers:
        for given, done in enumerate(workers.outcomes(source())):
            most = max(most, taken - given)
            assert done.name == str(given)
    assert (given, most <= 128) == (2999, True)


def test_one_slow_article_does_not_make_the_others_pile_up(tmp_path: Path) -> None:
    taken = given = most = 0

    def source() -> Iterator[dataset.Item]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield dataset.Item(str(number), None, (f"{TEXT} {number}" if number else "Magnesium wacht.").encode(), ".txt")

    with Workers[Any](2, Standin, Settings(), timeout=1.5) as workers:
        for given, _ in enumerate(workers.outcomes(source())):
            most = max(most, taken - given)
    assert (given, most <= 128) == (999, True)


def test_things_that_need_no_work_keep_their_place_in_the_row() -> None:
    one: list[Any] = [dataset.Item(str(n), None, TEXT.encode(), ".txt") if n % 97 == 5 else n for n in range(1000)]
    with Workers[Any](1, Standin, Settings()) as workers:
        done = list(workers.outcomes(one))
    assert [x if isinstance(x, int) else int(x.name) for x in done] == list(range(1000))


def test_workers_are_as_many_as_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "available_cores", lambda: 8)
    auto = [engine._workers(Options(workers="auto"), total) for total in (3, 99, 100, 250, 10_000, None)]
    assert auto == [0, 0, 2, 5, 8, 8]
    assert [engine._workers(Options(workers="auto", timeout=5), 3), engine._workers(Options(), 10_000)] == [1, 0]


# cut off, and continued


def command(*arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
    """A run as a process of its own, that is past its imports."""
    call = [sys.executable, "-m", "tests.standin", *map(str, arguments)]
    process = subprocess.Popen(call, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    assert process.stdout is not None
    process.stdout.readline()
    return process


@posix
@pytest.mark.parametrize("workers", [None, 2])
def test_a_run_that_is_killed_again_and_again_comes_to_the_same(
    workers: int | None, articles: Path, expected: dict[str, bytes], tmp_path: Path
) -> None:
    chance = random.Random(7)
    many = [] if workers is None else ["--workers", str(workers)]
    kills = 0
    for _ in range(8 if workers is None else 4):
        process = command(tmp_path / "out", articles, "--slow", "0.2" if workers else "0.03", "--part", "2", *many)
        time.sleep(chance.uniform(0.0, 0.35) + (0.6 if workers else 0.0))
        kills += process.poll() is None
        process.kill()
        process.communicate()
        published = (tmp_path / "out/manifest.json").exists()
        assert not published or contents(tmp_path / "out") == expected
    assert kills >= 2
    process = command(tmp_path / "out", articles, "--part", "2", *many)
    assert process.communicate(timeout=60)[1] == ""
    assert contents(tmp_path / "out") == expected
    assert not (tmp_path / "out/.partial").exists()


@posix
def test_ctrl_c_says_how_to_go_on(articles: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    process = command(tmp_path / "out", articles, "--slow", "1.5", "--part", "2", "--workers", "2", start_new_session=True)
    while (
        not (tmp_path / "out/.partial/journal.jsonl").exists() or b"finished" not in (tmp_path / "out/.partial/journal.jsonl").read_bytes()
    ):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: every process of the group hears it
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert said.startswith(f"interrupted: the dataset in {tmp_path / 'out'} is as it was; ")
    assert said.endswith(" inputs are done, and the same command goes on from there\n")
    assert said.count("\n") == 1
    notes: list[str] = []
    run(articles, tmp_path / "out", notes=notes)
    assert notes[0].endswith(" inputs were finished by an interrupted run, which is resumed")
    assert contents(tmp_path / "out") == expected


def interrupted(articles: Path, out: Path, after: int, monkeypatch: pytest.MonkeyPatch, **options: Any) -> str:
    """Break a run off behind some inputs; what it says."""
    append, calls = journal.Journal.append, []

    def counted(self: journal.Journal, *arguments: Any) -> None:
        append(self, *arguments)
        calls.append(1)
        if len(calls) == after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "append", counted)
        with pytest.raises(RunInterrupted) as caught:
            run(articles, out, **options)
    return str(caught.value)


def test_nothing_is_done_twice(articles: Path, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert interrupted(articles, tmp_path / "out", 7, monkeypatch) == (
        f"the dataset in {tmp_path / 'out'} is as it was; 7 inputs are done, and the same command goes on from there"
    )
    extractor = Counting()
    summary = run(articles, tmp_path / "out", extractor)
    assert (extractor.names[0], summary.resumed) == ("in/7.txt", 7)
    assert contents(tmp_path / "out") == expected


@pytest.mark.parametrize("name", ["journal.jsonl", "articles.jsonl", "triples.jsonl", ".state.jsonl", "rejected.jsonl"])
@pytest.mark.parametrize("keep", [0.0, 0.3, 0.6, 0.8, 0.97])
def test_files_that_a_power_cut_tore_are_continued_from_their_last_sound_part(
    name: str, keep: float, articles: Path, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(articles, tmp_path / "out", 14, monkeypatch)
    path = tmp_path / "out/.partial" / name
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)] + b"\0" * 5)
    extractor = Counting()
    run(articles, tmp_path / "out", extractor)
    assert contents(tmp_path / "out") == expected
    if keep > 0.5:
        assert len(extractor.names) < 19


def test_bytes_that_changed_on_the_disk_are_made_again(
    articles: Path, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(articles, tmp_path / "out", 14, monkeypatch)
    path = tmp_path / "out/.partial/articles.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Nummer 9", b"Nummer 8", 1))
    run(articles, tmp_path / "out")
    assert contents(tmp_path / "out") == expected


@pytest.mark.parametrize("name", ["concepts.jsonl", "schema/article.schema.json", "manifest.json"])
def test_what_a_killed_run_left_of_its_last_files_is_not_in_the_dataset(
    name: str, articles: Path, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = journal._write_lasting

    def cut(path: Path, content: bytes) -> None:
        write(path, content if path != tmp_path / "out/.partial" / name else b"")
        if path == tmp_path / "out/.partial" / name:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(journal, "_write_lasting", cut)
        with pytest.raises(RunInterrupted):
            run(articles, tmp_path / "out")
    assert (tmp_path / "out/.partial" / name).read_bytes() == b""
    run(articles, tmp_path / "out")
    assert contents(tmp_path / "out") == expected


@pytest.mark.parametrize("moved", range(12))
def test_a_publication_that_was_cut_off_is_completed(
    moved: int, articles: Path, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files(tmp_path, "old/x.txt")
    run(tmp_path / "old", tmp_path / "out")
    replace, calls = os.replace, []

    def cut(old: Path, new: Path) -> None:
        if new.parent.name != ".partial":
            calls.append(new)
            if len(calls) > moved:
                raise KeyboardInterrupt
        replace(old, new)

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.dataset.journal.os.replace", cut)
        if moved < 11:
            with pytest.raises(RunInterrupted):
                run(articles, tmp_path / "out", prune=True)
        else:
            run(articles, tmp_path / "out", prune=True)
    extractor = Counting()
    run(articles, tmp_path / "out", extractor, prune=True)
    assert contents(tmp_path / "out") == expected
    assert extractor.names == ["in/11.txt"][:0]


def test_what_other_settings_left_is_said_and_not_used(articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(articles, tmp_path / "out", 14, monkeypatch)
    notes: list[str] = []
    summary = run(articles, tmp_path / "out", notes=notes, settings=Settings(max_megabytes=3))
    assert notes == ["what an interrupted run with other settings, rules or versions left is not used"]
    assert (summary.resumed, summary.articles) == (0, 18)


CHANGES: dict[str, Callable[[Path], object]] = {
    "changed": lambda folder: (folder / "5.txt").write_text("Massage helpt.", encoding="utf-8"),
    "removed": lambda folder: (folder / "5.txt").unlink(),
    "added": lambda folder: (folder / "0b.txt").write_text(TEXT, encoding="utf-8"),
    "rejected now": lambda folder: (folder / "5.txt").write_bytes(b""),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("again", [False, True])
def test_inputs_that_changed_since_the_interruption(
    change: Callable[[Path], object], again: bool, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(articles, tmp_path / "out", 14, monkeypatch)
    change(articles)
    if again:
        interrupted(articles, tmp_path / "out", 2, monkeypatch)
    extractor, notes = Counting(), list[str]()
    run(articles, tmp_path / "out", extractor, notes)
    assert contents(tmp_path / "out") == fresh(articles, tmp_path / "fresh")
    assert len(extractor.names) <= 7  # the six that nobody had done, and what changed
    if not again:
        assert notes[0] == "the inputs are not those of the interrupted run; of what it did, all is used that still holds"


def test_an_input_that_went_away_at_the_end(articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(articles, tmp_path / "out", 20, monkeypatch)
    (articles / "19.txt").unlink()
    run(articles, tmp_path / "out")
    assert contents(tmp_path / "out") == fresh(articles, tmp_path / "fresh")


def test_a_fresh_run_that_was_cut_off_is_resumed(
    articles: Path, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(articles, tmp_path / "out")
    interrupted(articles, tmp_path / "out", 7, monkeypatch, fresh=True)
    extractor = Counting()
    run(articles, tmp_path / "out", extractor, fresh=True)
    assert extractor.names[0] == "in/7.txt"
    assert contents(tmp_path / "out") == expected


@posix
def test_a_full_disk_ends_with_one_line_and_the_earlier_dataset(articles: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    files(tmp_path, "old/x.txt")
    before = fresh(tmp_path / "old", tmp_path / "out")
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (15000, resource.RLIM_INFINITY));"
        "from tests.test_runs import run; from pathlib import Path; from pipeline.errors import OutputError\n"
        f"try: run(Path({str(articles)!r}), Path({str(tmp_path / 'out')!r}), prune=True)\n"
        "except OutputError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == (
        f"cannot write {tmp_path / 'out/.partial/articles.jsonl'}: File too large; the dataset in {tmp_path / 'out'} is as it was; "
        "9 inputs are done, and the same command goes on from there\n"
    )
    assert contents(tmp_path / "out") == before
    extractor = Counting()
    run(articles, tmp_path / "out", extractor, prune=True)
    assert extractor.names[0] == "in/9.txt"
    assert contents(tmp_path / "out") == expected


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_not_be_written(articles: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o500)
    with pytest.raises(OutputError, match=r"cannot write to .*/out: Permission denied; choose another folder with --out"):
        run(articles, tmp_path / "out")


@posix
def test_the_lock_of_a_dead_run_is_taken_over(articles: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    process = command(tmp_path / "out", articles, "--slow", "0.5")
    while not (tmp_path / "out/.partial").exists():
        time.sleep(0.01)
    with pytest.raises(OutputError, match=r"another run is writing to .*/out: wait for it, or choose another folder with --out"):
        run(articles, tmp_path / "out")
    process.kill()
    process.communicate()
    run(articles, tmp_path / "out")
    assert contents(tmp_path / "out") == expected


def test_a_refused_lock_leaves_the_folder_to_its_holder(articles: Path, tmp_path: Path) -> None:
    with Locked(tmp_path / "out"):
        files(tmp_path, "out/.partial/x")
        with pytest.raises(OutputError):
            run(articles, tmp_path / "out")
        assert (tmp_path / "out/.partial/x").exists()


# a later run


def test_a_later_run_works_on_new_and_changed_articles_only(articles: Path, tmp_path: Path) -> None:
    run(articles, tmp_path / "out")
    files(tmp_path, "in/3.txt", text="Massage helpt tegen spierkramp.")
    files(tmp_path, "in/0b.txt")
    extractor = Counting()
    summary = run(articles, tmp_path / "out", extractor)
    assert extractor.names == ["in/0b.txt", "in/3.txt"]
    assert (summary.new, summary.changed, summary.kept, summary.articles) == (1, 1, 17, 19)
    assert summary.rejected == {"invalid-record": 1, "empty": 1}
    assert contents(tmp_path / "out") == fresh(articles, tmp_path / "fresh")


def test_any_series_of_runs_ends_like_one_run(tmp_path: Path) -> None:
    """Files come, change, become unreadable, go and come back; with workers and without, each dataset is that of a fresh run."""
    chance = random.Random(3)
    texts = [TEXT, "Massage helpt.", "", "ongeldig", "Een huisarts helpt tegen spierkramp."]
    for number in range(12):
        for _ in range(chance.randrange(1, 6)):
            path = tmp_path / "in" / f"{chance.randrange(12)}.txt"
            if path.exists() and chance.random() < 0.3:
                path.unlink()
            else:
                files(tmp_path, f"in/{path.name}", text=chance.choice(texts))
        files(tmp_path, "in/last.txt")
        run(tmp_path / "in", tmp_path / "out", prune=True, workers=1 if number in (4, 9) else None)
        assert contents(tmp_path / "out") == fresh(tmp_path / "in", tmp_path / f"fresh{number}")


def test_articles_that_are_no_input_any_more_stay_unless_they_are_pruned(articles: Path, tmp_path: Path) -> None:
    run(articles, tmp_path / "out")
    files(tmp_path, "more/a.txt")
    summary = run(tmp_path / "more", tmp_path / "out")
    assert (summary.articles, summary.left, summary.new) == (19, 18, 1)
    assert [line["source"] for line in lines(tmp_path / "out/articles.jsonl")][:3] == ["more/a.txt", "in/0.txt", "in/1.txt"]
    assert (tmp_path / "out/rejected.jsonl").read_bytes() == b""
    assert json.loads((tmp_path / "out/manifest.json").read_bytes())["counts"]["articles"] == 19
    summary = run(tmp_path / "more", tmp_path / "out", prune=True)
    assert (summary.articles, summary.pruned) == (1, 18)
    assert contents(tmp_path / "out") == fresh(tmp_path / "more", tmp_path / "fresh")


def test_what_was_made_with_other_rules_is_told_and_made_again_on_demand(articles: Path, tmp_path: Path) -> None:
    run(articles, tmp_path / "out")
    files(tmp_path, "in/new.txt")
    extractor = Counting(version="2")
    summary = run(articles, tmp_path / "out", extractor)
    assert extractor.names == ["in/4.txt", "in/new.txt"]  # a rejection of other rules is no record to keep; in/11.txt cannot be read
    assert (summary.stale, summary.stale_by) == (18, ("lexicon",))
    assert json.loads((tmp_path / "out/manifest.json").read_bytes())["counts"]["stale"] == 18
    summary = run(articles, tmp_path / "out", Counting(version="2"), refresh=True)
    assert (summary.stale, summary.changed, summary.kept) == (0, 18, 1)
    assert contents(tmp_path / "out") == fresh(articles, tmp_path / "fresh", Standin(version="2"))


def test_other_settings_are_other_rules(articles: Path, tmp_path: Path) -> None:
    run(articles, tmp_path / "out")
    summary = run(articles, tmp_path / "out", settings=Settings(rules_only=True))
    assert (summary.stale, summary.stale_by) == (18, ("setting rules only",))


def test_everything_is_made_again_by_a_fresh_run(articles: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    run(articles, tmp_path / "out")
    extractor = Counting()
    summary = run(articles, tmp_path / "out", extractor, fresh=True)
    assert (len(extractor.names), summary.kept) == (19, 0)
    assert contents(tmp_path / "out") == expected


def test_without_its_state_a_dataset_is_made_again(articles: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    run(articles, tmp_path / "out")
    (tmp_path / "out/.state.jsonl").unlink()
    extractor = Counting()
    run(articles, tmp_path / "out", extractor)
    assert len(extractor.names) == 19
    assert contents(tmp_path / "out") == expected


def test_lines_that_somebody_changed_are_made_again(articles: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    run(articles, tmp_path / "out")
    path = tmp_path / "out/articles.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Nummer 9", b"Nummer 8", 1))
    extractor = Counting()
    summary = run(articles, tmp_path / "out", extractor)
    assert (extractor.names, summary.damaged) == (["in/9.txt"], 1)
    assert contents(tmp_path / "out") == expected
