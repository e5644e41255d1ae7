"""The command line: what goes to stdout, what is said on stderr, and the exit code."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from pipeline import dataset
from pipeline.cli import app
from pipeline.schema import ArticleRecord, RejectedRecord
from pipeline.settings import Settings
from pipeline.terminal import RunDisplay, print_record
from tests.conftest import TEXT, Note

COMMANDS = CliRunner()


def call(*arguments: str | Path, **options: object) -> Result:
    """Run a command in this process."""
    return COMMANDS.invoke(app, [str(argument) for argument in arguments], **options)  # type: ignore[arg-type]


@pytest.fixture
def article(tmp_path: Path) -> Path:
    """One small article."""
    path = tmp_path / "a.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where results go."""
    return tmp_path / "out"


pytestmark = pytest.mark.usefixtures("fake_extractor")

# run


def test_a_run_that_goes_well_says_so_on_stderr_only(article: Path, out: Path) -> None:
    result = call("run", article, "--out", out)
    assert (result.exit_code, result.stdout) == (0, "")
    lines = [" ".join(line.split()) for line in result.stderr.splitlines()]
    assert lines[0] == "articles 1"
    assert lines[1].startswith("words 4 ")
    assert lines[2:] == [
        "entities 2 CONDITION 1, NUTRIENT 1",
        "relations 1 TREATS 1",
        "rejected 0",
        f"the dataset is in {out.as_posix()}",
    ]


def test_quiet_says_nothing(article: Path, out: Path) -> None:
    result = call("run", article, "--out", out, "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_a_quiet_run_still_counts_what_was_rejected(article: Path, out: Path) -> None:
    article.write_bytes(b"")
    result = call("run", article, "--out", out, "-q")
    assert (result.exit_code, result.stderr) == (1, f"1 of 1 inputs were rejected: {out.as_posix()}/rejected.jsonl says why\n")


def test_files_that_are_passed_over_are_told_in_one_line(article: Path, out: Path) -> None:
    article.with_suffix(".pdf").touch()
    assert "skipped 1 file of other kinds (1 .pdf)\n" in call("run", article.parent, "--out", out).stderr


def test_settings_reach_the_run(article: Path, out: Path) -> None:
    result = call("run", article, "--out", out, "--max-megabytes", "0.00001", "--no-language-check")
    assert (result.exit_code, json.loads((out / "manifest.json").read_bytes())["settings"]) == (
        1,
        Settings(max_megabytes=0.00001, check_language=False).model_dump(),
    )
    assert "rejected a.txt: 0.0 MB is more than the limit of 1e-05 MB" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.txt"], "error: no such file or folder: nowhere.txt"),
        (["a.txt", "nowhere.txt"], "error: no such file or folder: nowhere.txt"),
        (["*.html"], "error: no file matches the pattern: *.html"),
        (["empty"], "error: no articles in empty: there is no file that ends in .htm, .html, .markdown, .md, .text, .txt, .xhtml"),
        (["a.txt", "--out", "a.txt/out"], "error: cannot write to a.txt/out: Not a directory; choose another folder with --out"),
        (["a.txt", "--out", "a.txt"], "error: cannot write to a.txt: File exists; choose another folder with --out"),
        (["a.txt", "--max-megabytes", "0"], "error: --max-megabytes: Input should be greater than 0"),
        (["a.txt", "--workers", "0"], "error: --workers: a number from 1, or auto, is needed, not '0'"),
        (["a.txt", "--workers", "many"], "error: --workers: a number from 1, or auto, is needed, not 'many'"),
        (["a.txt", "--timeout", "0"], "error: --timeout: must be greater than 0"),
        (["a.txt", "--max-memory", "-1"], "error: --max-memory: must be greater than 0"),
        (
            ["a.txt", "--fresh", "--prune"],
            "error: --fresh begins without an earlier dataset, so that there is nothing to --prune: choose one",
        ),
        (["a.txt", "--scheduler", "tcp://x:1"], "error: --scheduler is for --engine dask"),
        (["a.txt", "--parts", "parquet"], "error: --parts is for --engine dask"),
        (["a.txt", "--engine", "dask", "--prune"], "error: --prune is for --engine local"),
    ],
)
def test_a_run_that_cannot_begin_says_why_in_one_line(
    article: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(article.parent)
    Path("empty").mkdir()
    result = call("run", *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", message + "\n")
    assert not Path("outputs").exists()


def test_an_interrupted_run_says_that_nothing_changed(article: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("run", article, "--out", out).exit_code == 0
    before = (out / "manifest.json").read_bytes()

    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.dataset.outcome.process", interrupted)
    result = call("run", article, "--out", out, "--fresh")
    assert (result.exit_code, result.stderr) == (130, "interrupted: no file was changed\n")
    assert (out / "manifest.json").read_bytes() == before


def test_a_later_run_says_what_it_found(article: Path, out: Path) -> None:
    for name in ("b.txt", "c.txt", "d.txt"):
        article.with_name(name).write_text(TEXT, encoding="utf-8")
    call("run", article.parent, "--out", out)
    article.write_text(f"{TEXT} Anders.", encoding="utf-8")
    article.with_name("d.txt").unlink()
    result = call("run", article.parent, "--out", out, "--rules-only")
    assert (result.exit_code, result.stderr.splitlines()[-4:]) == (
        0,
        [
            "2 articles were there already and have not changed, 1 replaced",
            "1 articles of the dataset are no input of this run and stay in it; --prune takes them out",
            "3 articles were made with another setting rules only; --refresh works on them again",
            f"the dataset is in {out.as_posix()}",
        ],
    )
    said = call("run", article.parent, "--out", out, "--rules-only", "--refresh", "--prune").stderr
    assert "1 articles that are no input any more were taken out\n" in said
    assert "made with another" not in said


def shown(total: int, rejected: int, *, terminal: bool) -> list[str]:
    """What the display of a run says while it goes on."""
    console = Console(width=100, record=True, force_terminal=terminal, file=io.StringIO())
    refusal = RejectedRecord(source="x.txt", stage="read", reason="empty", message="is empty")
    with RunDisplay(console, Path("out"), quiet=False) as display:
        for done in range(total + 1):
            display.report(dataset.Progress(done, total, refusal if 0 < done <= rejected else None))
    return console.export_text().splitlines()


def test_a_short_run_in_a_pipe_is_silent_until_its_end() -> None:
    assert shown(99, 0, terminal=False) == []


def test_a_long_run_in_a_pipe_gives_ten_lines() -> None:
    lines = shown(1001, 0, terminal=False)
    pattern = r"{} of 1,001 articles, [\d,.]+ a second, about \d+ seconds left"
    assert len(lines) == 9
    assert re.fullmatch(pattern.format(101), lines[0])
    assert re.fullmatch(pattern.format(909), lines[-1])


def test_a_run_of_unknown_length_speaks_each_time_that_it_has_doubled() -> None:
    console = Console(width=100, record=True, force_terminal=False, file=io.StringIO())
    with RunDisplay(console, Path("out"), quiet=False) as display:
        for done in range(1000):
            display.report(dataset.Progress(done, None))
    assert [line.split(",")[0] for line in console.export_text().splitlines()] == [f"{n} articles" for n in (100, 200, 400, 800)]


def test_what_a_run_took_over_does_not_count_as_its_speed() -> None:
    console = Console(width=100, record=True, force_terminal=False, file=io.StringIO())
    with RunDisplay(console, Path("out"), quiet=False) as display:
        for done in range(101):
            display.report(dataset.Progress(done, 100, kept=done))
    assert console.export_text().splitlines()[0] == "10 of 100 articles, 0.0 a second"


def test_thousands_of_rejected_inputs_do_not_flood_the_screen() -> None:
    lines = shown(90, 50, terminal=False)
    assert lines == ["rejected x.txt: is empty"] * 20 + ["more inputs are rejected; rejected.jsonl will name them all"]


# extract, explain, schema, version


def test_extract_prints_the_record(article: Path, record: ArticleRecord) -> None:
    result = call("extract", article)
    assert (result.exit_code, result.stderr) == (0, "")
    assert ArticleRecord.model_validate_json(result.stdout).relations == record.relations
    assert json.loads(result.stdout)["source"] == "a.txt"


def test_extract_reads_standard_input() -> None:
    result = call("extract", "-", input=b"Magnesium helpt bij hoge nood tegen spierkramp.")
    assert json.loads(result.stdout)["source"] == "stdin"


def test_pretty_marks_types_in_words_where_there_is_no_colour(article: Path) -> None:
    assert [line.rstrip() for line in call("extract", article, "--pretty").stdout.splitlines()] == [
        "[CONDITION]  [NUTRIENT]  [REMEDY]  [SPECIALIST]",
        "",
        "Magnesium[NUTRIENT] helpt tegen spierkramp[CONDITION].",
        "",
        "head       relation  tail        confidence  rule",
        "magnesium  TREATS    spierkramp        0.90  test:helps",
    ]


def test_pretty_colours_entities_on_a_terminal(record: ArticleRecord) -> None:
    console = Console(width=100, record=True, force_terminal=True, color_system="256", file=io.StringIO())
    print_record(console, record)
    text = console.export_text(styles=True)
    assert "\x1b[1;30;48;5;40mMagnesium\x1b[0m helpt tegen \x1b[1;37;48;5;88mspierkramp\x1b[0m." in text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"polarity": "negated"}, "not TREATS "),
        ({"certainty": "possible"}, "TREATS (possible) "),
        ({"certainty": "disputed"}, "TREATS (disputed) "),
    ],
)
def test_pretty_says_what_is_denied_or_doubted(record: ArticleRecord, changes: dict[str, str], expected: str) -> None:
    values = record.model_dump(mode="json")
    values["relations"][0] |= changes
    console = Console(width=100, record=True, file=io.StringIO())
    print_record(console, ArticleRecord.model_validate(values))
    assert f"magnesium  {expected}" in console.export_text()


def test_explain_shows_every_candidate(article: Path) -> None:
    assert [line.rstrip() for line in call("explain", article).stdout.splitlines()] == [
        "kind    candidate   at     outcome  rule or reason",
        "entity  Magnesium   0-9    kept     test",
        "entity  spierkramp  22-32  kept     test",
        "entity  helpt       10-15  dropped  contentless",
        "3 candidates: entity kept 2, entity dropped 1",
    ]


@pytest.mark.parametrize(("only", "texts"), [("kept", ["Magnesium", "spierkramp"]), ("dropped", ["helpt"])])
def test_explain_chooses_by_outcome(article: Path, only: str, texts: list[str]) -> None:
    notes = [Note(**json.loads(line)) for line in call("explain", article, "--json", "--only", only).stdout.splitlines()]
    assert [note.text for note in notes] == texts


@pytest.mark.parametrize("command", ["extract", "explain"])
@pytest.mark.parametrize(
    ("argument", "code", "message"),
    [
        ("nowhere.txt", 2, "error: no such file: nowhere.txt\n"),
        (".", 2, "error: . is a folder: health-triples run reads folders\n"),
    ],
)
def test_one_article_that_is_not_there(
    command: str, argument: str, code: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = call(command, argument)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", message)


@pytest.mark.parametrize("command", ["extract", "explain"])
def test_one_article_that_is_rejected(article: Path, command: str) -> None:
    article.write_text("ongeldig artikel", encoding="utf-8")
    result = call(command, article)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "error: relation r1: stated twice\n")


@pytest.mark.parametrize("name", dataset.SCHEMAS)
def test_schema_prints_what_a_run_writes(name: str, article: Path, out: Path) -> None:
    call("run", article, "--out", out)
    result = call("schema", name)
    assert (result.exit_code, result.stdout) == (0, (out / f"schema/{name}.schema.json").read_text(encoding="utf-8"))


def test_schema_of_something_else() -> None:
    result = call("schema", "table")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: there is no schema 'table': choose one of article, triple, concept, rejected, manifest\n",
    )


def test_versions() -> None:
    assert call("--version").stdout == f"health-triples {version('health-triples-nl')}\n"
    assert call("version").stdout == "spacy 0\npipeline 0.0\n"


# the command as a process, with the real extractor


def process(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run ``python -m pipeline`` with an environment whose encoding is not UTF-8."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False, timeout=120, **options)  # type: ignore[call-overload, no-any-return]


ENGLISH = "Magnesium is a mineral that many people take when they suffer from muscle cramps during the night. " * 5
DUTCH = "Magnesium helpt vaak tegen spierkramp, maar raadpleeg bij hevige pijn altijd een huisarts. " * 5


def test_bad_inputs_are_rejected_one_by_one_and_good_ones_kept(tmp_path: Path, out: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "broken.html").write_text(f"<html><body><div><p>{DUTCH}<b></div></p><table><tr><td", encoding="utf-8")
    (folder / "empty.txt").touch()
    (folder / "english.txt").write_text(ENGLISH, encoding="utf-8")
    (folder / "good.txt").write_text(DUTCH, encoding="utf-8")
    (folder / "hopeless.html").write_text("<html><<<body <p <", encoding="utf-8")
    (folder / "huge.txt").write_bytes(b"kramp " * 3_500_000)
    result = process("run", folder, "--out", out)
    rejected = [json.loads(line) for line in (out / "rejected.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(r["source"], r["stage"], r["reason"]) for r in rejected] == [
        ("in/binary.txt", "read", "binary"),
        ("in/empty.txt", "read", "empty"),
        ("in/english.txt", "clean", "not-dutch"),
        ("in/hopeless.html", "clean", "no-text"),
        ("in/huge.txt", "read", "too-large"),
    ]
    articles = [json.loads(line) for line in (out / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [article["source"] for article in articles] == ["in/broken.html", "in/good.txt"]
    assert (result.returncode, result.stdout) == (1, "")
    said = result.stderr.splitlines()
    assert said[:5] == [f"rejected {r['source']}: {r['message']}" for r in rejected]
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [["run", "nowhere"], ["extract", "nowhere"]])
def test_the_process_ends_with_the_code_of_the_error(arguments: list[str], tmp_path: Path) -> None:
    result = process(*arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)


def test_output_is_utf_8_whatever_the_system_says(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(DUTCH + "Eén diëtist.", encoding="utf-8")
    assert "Eén diëtist." in process("extract", path).stdout


@pytest.mark.skipif(os.name == "nt", reason="a shell with pipes is needed")
def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f"{sys.executable} -m pipeline schema article | head -n 1"
    result = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1], timeout=60)
    assert (result.stdout, result.stderr) == ("{\n", "")


def test_help_comes_without_the_heavy_libraries() -> None:
    code = "import sys; import pipeline.cli; print(sorted({'spacy', 'trafilatura', 'pandas', 'numpy', 'lxml'} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1], timeout=60
    )
    assert result.stdout == "[]\n"
