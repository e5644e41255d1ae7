"""The benchmark: which stages it times and what it prints of them."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest
from rich.console import Console

from pipeline import Extractor, scaling
from pipeline.article import Source
from pipeline.benchmark import Round, measure, table
from pipeline.dataset import Input
from tests.conftest import TEXT, FakeExtractor


def test_a_round_repeats_the_articles_until_it_has_enough_words(tmp_path: Path) -> None:
    inputs = []
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
        inputs.append(Input(str(tmp_path / name), name))
    tokenized: list[str] = []
    result = measure(inputs, FakeExtractor(), tokenized.append, words=10)
    assert result.words == 12
    assert tokenized == [TEXT] * 3
    assert list(result.seconds) == ["read", "clean", "records", "write"]
    assert min(result.seconds.values()) > 0


def test_the_table_gives_medians_as_ratios_to_the_tokenizer(capsys: pytest.CaptureFixture[str]) -> None:
    rounds = [Round(1000, {"read": 0.1 * slow, "entities": 1.9 * slow}, 0.5) for slow in (1, 9, 1)]
    Console(width=100).print(table(rounds))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()] == [
        "stage            words/s   share  tokenizer ratio",
        "read              10,000    5.0%            5.0 x",
        "entities             526   95.0%            1/3.8",
        "whole run            500  100.0%            1/4.0",
        "blank tokenizer    2,000                        1",
    ]


def test_copies_of_an_article_differ_and_are_the_same_each_time(tmp_path: Path) -> None:
    text = "".join(f"Regel {n}.\n" for n in range(60))
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    (tmp_path / "b.html").write_text("<p>Tekst.</p>", encoding="utf-8")
    inputs = [Input(str(tmp_path / name), name) for name in ("a.txt", "b.html")]
    made = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        scaling.make_articles(inputs, folder, 6)
        made.append({path.name: path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.*"))})
    assert made[0] == made[1]
    assert list(made[0]) == [f"{n:07}-{'b.html' if n % 2 else 'a.txt'}" for n in range(6)]
    assert len(set(made[0].values())) == 6
    assert set(made[0]["0000002-a.txt"].splitlines()) < set(text.splitlines())


def test_a_whole_run_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        "Magnesium helpt vaak tegen spierkramp, maar raadpleeg bij hevige pijn altijd een huisarts. " * 5, encoding="utf-8"
    )
    found = scaling.measure_run([Input(str(tmp_path / "a.txt"), "a.txt")], 7, 0, replayed=True)
    assert (found.articles, found.words, found.workers, found.worker) == (7, 7 * 65, 0, 0)
    assert found.seconds > 0
    assert found.processor > 0
    assert sys.platform != "linux" or 50 < found.main < 2000


MEASURED = [
    scaling.Measured(1000, 600_000, 0, False, 100.0, 99.0, 300, 0),
    scaling.Measured(1000, 600_000, 2, False, 50.0, 98.0, 200, 310),
    scaling.Measured(100_000, 60_000_000, 0, True, 200.0, 180.0, 305, 0),
]


def test_the_table_of_runs_compares_workers_with_none(tmp_path: Path) -> None:
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in scaling.table(MEASURED).splitlines()[2:]]
    assert rows == [
        ["1,000", "600,000", "none", "100 s (99 s of processors)", "6,000", "", "300 MB", ""],
        ["1,000", "600,000", "2", "50 s (98 s of processors)", "12,000", "2.00", "200 MB", "310 MB"],
        ["100,000 (replayed)", "60,000,000", "none", "200 s (180 s of processors)", "300,000", "", "305 MB", ""],
    ]


def test_the_table_goes_between_the_marks_of_a_document(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"before\n{scaling.BEGIN}\nold\n{scaling.END}\nafter\n", encoding="utf-8")
    for _ in range(2):
        scaling.write_into(path, "new")
    assert path.read_text(encoding="utf-8") == f"before\n{scaling.BEGIN}\n\nnew\n\n{scaling.END}\nafter\n"
    path.write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match="has no place for what was measured"):
        scaling.write_into(path, "new")


def test_the_readme_has_a_table_that_the_benchmark_wrote() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    written = readme.partition(scaling.BEGIN)[2].partition(scaling.END)[0].strip().splitlines()
    assert written[:2] == scaling.table([]).splitlines()
    assert len(written) >= 4  # with and without workers


def test_a_replay_can_be_sent_to_a_worker(tmp_path: Path) -> None:
    text = "Volgens velen helpt gember tegen misselijkheid."
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    replay = scaling.Replay(Extractor(), [Input(str(tmp_path / "a.txt"), "a.txt")])
    sent: scaling.Replay = pickle.loads(pickle.dumps(replay))
    assert sent.versions() == replay.versions()
    assert sent.extract(Source("0000/0000001-a.txt", text, "plain", "utf-8", "0" * 64)).entities
