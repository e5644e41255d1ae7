"""The commands of a review: what they print, what they write, and one line for what cannot be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.evaluation import load_gold
from pipeline.review.api import Review
from pipeline.review.events import Answer, Reason, new_key
from tests.reviewing import ROOT, make_dataset


def call(*arguments: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_dataset(tmp_path / "outputs", "acne-forum", "copd-ziekenhuis")


@pytest.fixture
def reviewed(folder: Path) -> Path:
    """A dataset of which one article is done."""
    with Review.open(folder) as review:
        article = review.next_article("anna") or ""
        for place, row in enumerate(review.article("anna", article).rows):
            wrong = place % 3 == 0
            review.decide(
                "anna", row.triple_id, Answer.WRONG if wrong else Answer.CORRECT, Reason.NOT_STATED if wrong else None, key=new_key()
            )
        review.complete("anna", article, key=new_key())
    return folder


def test_review_serves_with_the_options_that_were_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[dict[str, Any]] = []

    def serve(review: Review, **options: Any) -> None:
        calls.append({"options": review.options, "folder": review.folder, **options})

    monkeypatch.setattr("pipeline.review.web.serve", serve)
    assert call("review", folder).exit_code == 0
    arguments = ["--reviewer", "Anna", "--port", 0, "--host", "0.0.0.0", "--open", "--lang", "en", "--read-only", "--sample", 9]
    arguments += ["--stratify", "rule", "--seed", 3, "--double", 0.5, "--not-blind"]
    assert call("review", folder, *arguments).exit_code == 0
    plain, full = calls
    assert (plain["host"], plain["port"], plain["token"], plain["reviewer"], plain["language"]) == ("127.0.0.1", 8642, None, None, "nl")
    assert (plain["options"].double, plain["options"].blind, plain["options"].sample, plain["options"].read_only) == (0.1, True, 0, False)
    assert (full["reviewer"], full["port"], full["language"], full["open_browser"]) == ("Anna", 0, "en", True)
    assert len(full["token"]) >= 24
    options = full["options"]
    assert (options.sample, options.stratify, options.seed, options.double, options.blind) == (9, "rule", 3, 0.5, False)


def test_export_writes_gold_and_verdicts(reviewed: Path, tmp_path: Path) -> None:
    result = call("review-export", reviewed, "-o", tmp_path / "gold")
    assert result.exit_code == 0
    judged = (reviewed / "reviewed.jsonl").read_text(encoding="utf-8").splitlines()
    (article,) = load_gold(tmp_path / "gold", ROOT / "corpus", "all").articles
    entities, relations = len(article.document.entities), len(article.document.relations)
    assert result.stderr.splitlines()[-2:] == [
        f"{len(judged)} verdicts are in {(reviewed / 'reviewed.jsonl').as_posix()}",
        f"1 articles, {entities} entities and {relations} relations are in {(tmp_path / 'gold').as_posix()}",
    ]
    again = call("review-export", reviewed, "-o", tmp_path / "gold")
    assert (again.exit_code, again.stderr.count("\n")) == (2, 1)
    assert "replace such files with --overwrite" in again.stderr
    assert call("review-export", reviewed, "-o", tmp_path / "gold", "--overwrite").exit_code == 0


def test_export_of_nothing_says_so(folder: Path, tmp_path: Path) -> None:
    result = call("review-export", folder, "-o", tmp_path / "gold")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[-1] == "no article is completed: there is no gold to write"
    assert not (tmp_path / "gold").exists()
    assert not (folder / "review.sqlite").exists()


def test_figures_are_printed_and_given_as_json(reviewed: Path) -> None:
    result = call("review-stats", reviewed)
    figures = json.loads(call("review-stats", reviewed, "--json").stdout)
    judged, right = figures["overall"]["judged"], figures["overall"]["right"]
    assert result.stdout.splitlines()[0].startswith(f"{figures['triples']} triples: {right} correct, {judged - right} wrong, 0 unsure")
    for line in ("by relation", "by rule", "by confidence", "completed articles: 1, of these 0 that state nothing"):
        assert line in result.stdout.splitlines()
    assert "  recall of triples   1.00" in result.stdout
    assert "rules that were contradicted three times or more" in result.stdout
    assert figures["groups"]["relation"][0].keys() == {"name", "triples", "judged", "right", "sample", "precision"}
    assert json.loads(call("review-stats", reviewed, "--json", "--sample", 10, "--stratify", "rule", "--seed", 1).stdout)["design"] == (
        "audit:rule:10:1"
    )


def test_events_go_to_another_computer_and_back(reviewed: Path, tmp_path: Path) -> None:
    other = make_dataset(tmp_path / "other", "acne-forum", "copd-ziekenhuis")
    file = tmp_path / "events.jsonl"
    assert call("review-events", "export", reviewed, "-o", file).exit_code == 0
    assert call("review-events", "export", reviewed).stdout == file.read_text(encoding="utf-8")
    count = len(file.read_text(encoding="utf-8").splitlines())
    assert call("review-events", "import", other, file).stderr == f"{count} events were added, 0 were there already\n"
    assert call("review-events", "import", other, file).stderr == f"0 events were added, {count} were there already\n"
    assert call("review-stats", other, "--json").stdout == call("review-stats", reviewed, "--json").stdout


def test_a_line_separator_in_a_note_does_not_break_a_line(folder: Path, tmp_path: Path) -> None:
    with Review.open(folder) as review:
        review.decide("anna", review.search("anna", limit=1).rows[0].triple_id, Answer.CORRECT, note="a\u2028b\x85c", key=new_key())
    file = tmp_path / "events.jsonl"
    call("review-events", "export", folder, "-o", file)
    other = make_dataset(tmp_path / "other", "acne-forum", "copd-ziekenhuis")
    assert call("review-events", "import", other, file).stderr == "1 events were added, 0 were there already\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["review", "{}/none"], "no such folder: .*none"),
        (["review", "{}", "--reviewer", "<b>"], "'<b>' cannot be the name of a reviewer"),
        (["review-export", "{}/none"], "no such folder"),
        (["review-stats", "{}/.."], "has no articles.jsonl: make it with"),
        (["review-events", "export", "{}"], "has no review.sqlite: nobody has reviewed it"),
        (["review-events", "import", "{}/none", "x"], "no such folder"),
        (["review-events", "import", "{}", "{}/none.jsonl"], "cannot read .*none.jsonl: No such file"),
        (["review-events", "import", "{}", "{}/triples.jsonl"], "triples.jsonl, line 1: "),
    ],
)
def test_one_line_for_what_cannot_be(folder: Path, arguments: list[str], message: str) -> None:
    result = call(*(argument.replace("{}", str(folder)) for argument in arguments))
    last = result.stderr.splitlines()[-1]
    assert result.exit_code == 2
    assert last.startswith("error: ")
    assert re.search(message, last)


def test_a_damaged_store_is_told_in_a_line(folder: Path) -> None:
    (folder / "review.sqlite").write_bytes(b"nonsense" * 900)
    result = call("review-stats", folder)
    assert result.exit_code == 2
    assert "review.sqlite is damaged or no file of events" in result.stderr.splitlines()[-1]
