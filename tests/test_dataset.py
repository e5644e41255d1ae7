"""Many articles: which files are read, what they are called, what is written, and what happens when something goes wrong."""

from __future__ import annotations

import gc
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pipeline import dataset
from pipeline.dataset import Options, Progress, collect, journal, json_schema
from pipeline.dataset.concepts import ConceptTable
from pipeline.dataset.inputs import describe
from pipeline.dataset.staging import Staging, cannot
from pipeline.errors import OutputError, RunInterrupted, UsageError
from pipeline.garbage import seldom_collected
from pipeline.lexicon import load_lexicon
from pipeline.schema import ArticleRecord
from pipeline.settings import Settings
from tests.conftest import TEXT, FakeExtractor

SUFFIXES = {".txt", ".md", ".html"}
FILES = [
    "articles.jsonl",
    "concepts.jsonl",
    "manifest.json",
    "rejected.jsonl",
    "schema/article.schema.json",
    "schema/concept.schema.json",
    "schema/manifest.schema.json",
    "schema/rejected.schema.json",
    "schema/triple.schema.json",
    "triples.jsonl",
]


def files(root: Path, *names: str, text: str = TEXT) -> None:
    """Make files below ``root``."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def names(*arguments: Path | str, leave_out: Path | None = None) -> list[str]:
    """What the files of a run are called."""
    return [item.name for item in collect([str(argument) for argument in arguments], SUFFIXES, leave_out).files]


def run(*inputs: Path, out: Path, **options: Any) -> dataset.RunSummary:
    """A run with the extractor of the tests."""
    return dataset.run([str(path) for path in inputs], out, extractor=FakeExtractor(), **options)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, without what a run keeps for the next one."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: data for name, data in found.items() if not name.startswith(".")}


def lines(path: Path) -> list[dict[str, Any]]:
    """The records of a file of JSON lines."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


# which files


def test_a_folder_is_read_to_any_depth_in_natural_order(tmp_path: Path) -> None:
    files(tmp_path, "crawl/b10.txt", "crawl/b2.md", "crawl/sub/deep/a.html", "crawl/.hidden.txt", "crawl/.git/x.txt")
    assert names(tmp_path / "crawl") == ["crawl/b2.md", "crawl/b10.txt", "crawl/sub/deep/a.html"]


def test_suffixes_are_known_in_capitals_too(tmp_path: Path) -> None:
    files(tmp_path, "crawl/A.TXT")
    assert names(tmp_path / "crawl") == ["crawl/A.TXT"]


def test_names_do_not_depend_on_how_the_folder_was_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(tmp_path, "crawl/a.txt", "other/b.txt")
    monkeypatch.chdir(tmp_path / "crawl")
    assert names(".") == names("../crawl") == names(tmp_path / "other/../crawl") == ["crawl/a.txt"]


def test_a_file_is_called_by_its_name_and_comes_in_the_order_given(tmp_path: Path) -> None:
    files(tmp_path, "x/b.txt", "x/a.txt")
    assert names(tmp_path / "x/b.txt", tmp_path / "x/a.txt") == ["b.txt", "a.txt"]


def test_a_named_file_is_taken_whatever_its_suffix(tmp_path: Path) -> None:
    files(tmp_path, "x/leaflet.pdf")
    assert names(tmp_path / "x/leaflet.pdf") == ["leaflet.pdf"]


def test_a_file_that_is_reached_twice_is_read_once(tmp_path: Path) -> None:
    files(tmp_path, "x/a.txt", "x/b.txt")
    (tmp_path / "x/link.txt").symlink_to(tmp_path / "x/a.txt")
    assert names(tmp_path / "x/b.txt", tmp_path / "x", tmp_path / "x") == ["b.txt", "x/a.txt"]


def test_a_link_that_leads_back_up_does_not_go_round(tmp_path: Path) -> None:
    files(tmp_path, "x/sub/a.txt")
    (tmp_path / "x/sub/up").symlink_to(tmp_path / "x", target_is_directory=True)
    assert names(tmp_path / "x") == ["x/sub/a.txt"]


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    files(tmp_path, "x/2024/a.txt", "y/2024/a.txt", "y/2024/b.txt")
    assert names(*(tmp_path / name for name in ("x/2024/a.txt", "y/2024/a.txt", "y/2024/b.txt"))) == [
        "x/2024/a.txt",
        "y/2024/a.txt",
        "b.txt",
    ]
    assert names(tmp_path / "x/2024", tmp_path / "y/2024") == ["x/2024/a.txt", "y/2024/a.txt", "2024/b.txt"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("*.txt", ["a1.txt", "a10.txt"]), ("**/*.txt", ["a1.txt", "a10.txt", "b.txt"]), ("**", ["a1.txt", "a10.txt", "b.txt", "c.md"])],
)
def test_patterns_are_expanded(tmp_path: Path, pattern: str, expected: list[str]) -> None:
    files(tmp_path, "a10.txt", "a1.txt", "sub/b.txt", "sub/c.md")
    assert names(tmp_path / pattern) == expected


def test_a_pattern_that_matches_folders_reads_them(tmp_path: Path) -> None:
    files(tmp_path, "x1/a.txt", "x2/a.txt", "y/a.txt")
    assert names(tmp_path / "x?") == ["x1/a.txt", "x2/a.txt"]


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(tmp_path: Path) -> None:
    files(tmp_path, "a[1].txt", "a1.txt")
    assert names(tmp_path / "a[1].txt") == ["a[1].txt"]


def test_the_results_of_an_earlier_run_are_no_input(tmp_path: Path) -> None:
    files(tmp_path, "x/a.txt", "x/outputs/notes.txt")
    assert names(tmp_path / "x", leave_out=tmp_path / "x/outputs") == ["x/a.txt"]
    assert names(tmp_path / "x", leave_out=tmp_path / "x") == ["x/a.txt", "x/outputs/notes.txt"]


def test_files_of_other_kinds_are_counted(tmp_path: Path) -> None:
    files(tmp_path, "x/a.txt", "x/b.pdf", "x/c.PDF", "x/Makefile")
    skipped = collect([str(tmp_path / "x")], SUFFIXES).skipped
    assert skipped == {".pdf": 2, "": 1}
    assert describe(skipped) == "3 files of other kinds (1 without suffix, 2 .pdf)"


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("nowhere", "no such file or folder: nowhere"),
        ("", "no such file or folder: (an empty name)"),
        ("x/*.html", "no file matches the pattern: x/*.html"),
        ("empty", "no articles in empty: there is no file that ends in .html, .md, .txt"),
        ("y", "no articles in y: there is no file that ends in .html, .md, .txt, only 1 file of other kinds (1 .pdf)"),
        ("a" * 5000, "no such file or folder: " + "a" * 5000),
    ],
)
def test_nothing_to_read_is_said_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argument: str, message: str) -> None:
    files(tmp_path, "x/a.txt", "y/b.pdf")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        names(argument)
    assert str(caught.value) == message


def test_one_missing_path_stops_the_run_before_it_begins(tmp_path: Path) -> None:
    files(tmp_path, "a.txt")
    with pytest.raises(UsageError):
        run(tmp_path / "a.txt", tmp_path / "nowhere.txt", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode there")
def test_a_file_name_that_is_no_unicode_still_has_a_name(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path / "x") + b"-\xe9.txt"
    Path(os.fsdecode(path)).write_text(TEXT, encoding="utf-8")
    assert names(os.fsdecode(path)) == ["x-?.txt"]


# what is written


def test_a_run_writes_all_files(tmp_path: Path) -> None:
    files(tmp_path, "in/a.txt", "in/b.txt")
    summary = run(tmp_path / "in", out=tmp_path / "out")
    assert list(contents(tmp_path / "out")) == FILES
    assert [article["source"] for article in lines(tmp_path / "out/articles.jsonl")] == ["in/a.txt", "in/b.txt"]
    assert [(t["source"], t["head_concept"], t["relation"], t["tail_concept"]) for t in lines(tmp_path / "out/triples.jsonl")] == [
        ("in/a.txt", "magnesium", "TREATS", "spierkramp"),
        ("in/b.txt", "magnesium", "TREATS", "spierkramp"),
    ]
    assert (tmp_path / "out/rejected.jsonl").read_bytes() == b""
    assert (summary.articles, summary.words, summary.sentences) == (2, 8, 2)
    assert (dict(summary.entities), dict(summary.relations)) == ({"NUTRIENT": 2, "CONDITION": 2}, {"TREATS": 2})


def test_lines_are_the_records_as_the_schema_orders_them(tmp_path: Path) -> None:
    files(tmp_path, "kwáál.txt", text="Een huisarts zegt “ja”\r\nen nee.")
    run(tmp_path / "kwáál.txt", out=tmp_path / "out")
    data = (tmp_path / "out/articles.jsonl").read_bytes()
    assert ArticleRecord.model_validate_json(data).model_dump_json().encode() + b"\n" == data
    assert list(json.loads(data)) == list(ArticleRecord.model_fields)
    assert "kwáál.txt" in data.decode()
    assert data.count(b"\n") == 1


def test_two_runs_give_equal_bytes_on_different_paths(tmp_path: Path) -> None:
    for machine in ("one", "another"):
        files(tmp_path, f"{machine}/in/a.txt", f"{machine}/in/b.txt")
        files(tmp_path, f"{machine}/in/c.txt", text=TEXT + " struikel")
        run(tmp_path / machine / "in", out=tmp_path / machine / "out")
    assert contents(tmp_path / "one/out") == contents(tmp_path / "another/out")


def test_equal_content_in_two_files_gives_two_ids(tmp_path: Path) -> None:
    files(tmp_path, "x/a.txt", "y/a.txt")
    run(tmp_path / "x/a.txt", tmp_path / "y/a.txt", out=tmp_path / "out")
    assert len({article["article_id"] for article in lines(tmp_path / "out/articles.jsonl")}) == 2


def test_the_manifest_tells_what_the_dataset_is_made_of(tmp_path: Path) -> None:
    files(tmp_path, "in/a.txt")
    files(tmp_path, "in/b.txt", text="ongeldig")
    run(tmp_path / "in", out=tmp_path / "out", settings=Settings(max_megabytes=3))
    manifest = json.loads((tmp_path / "out/manifest.json").read_bytes())
    written = contents(tmp_path / "out")
    assert manifest == {
        "schema_version": "1.2",
        "versions": {"pipeline": "0.0", "spacy": "0"},
        "settings": {
            "max_megabytes": 3.0,
            "min_words": 5,
            "prefer_lexicons": False,
            "model": "auto",
            "check_language": True,
            "text_field": None,
            "id_field": None,
            "url_field": None,
            "duplicates": "mark",
            "rules_only": False,
        },
        "counts": {
            "articles": 1,
            "words": 4,
            "sentences": 1,
            "entities": {"CONDITION": 1, "NUTRIENT": 1, "REMEDY": 0, "SPECIALIST": 0},
            "relations": {
                "TREATS": 1,
                "PREVENTS": 0,
                "CAUSES": 0,
                "DEFICIENCY_CAUSES": 0,
                "HAS_SYMPTOM": 0,
                "CONTAINS": 0,
                "CONSULT": 0,
                "PRESCRIBES": 0,
                "CONTRAINDICATED_FOR": 0,
            },
            "rejected": {"invalid-record": 1},
            "stale": 0,
        },
        "files": {name: hashlib.sha256(written[name]).hexdigest() for name in FILES if name != "manifest.json"},
    }
    Draft202012Validator(json.loads(json_schema("manifest"))).validate(manifest)


def test_every_step_is_reported(tmp_path: Path) -> None:
    files(tmp_path, "in/a.txt")
    files(tmp_path, "in/b.txt", text="ongeldig")
    steps: list[Progress] = []
    run(tmp_path / "in", out=tmp_path / "out", report=steps.append)
    assert [(step.done, step.total, step.rejected and step.rejected.source) for step in steps] == [
        (0, 2, None),
        (1, 2, None),
        (2, 2, "in/b.txt"),
    ]


# the table of concepts


def entity(record: ArticleRecord, **changes: str | None) -> ArticleRecord:
    """The record with its first entity changed."""
    values = record.model_dump(mode="json") | {"relations": []}
    values["entities"][0] |= changes
    return ArticleRecord.model_validate(values)


def test_concepts_are_written_once_and_with_all_above_them(tmp_path: Path, record: ArticleRecord) -> None:
    table = ConceptTable()
    for _ in range(2):
        table.add(entity(record, concept="magnesiumcitraat", concept_id="nutrient:magnesiumcitraat"))
    found = table.records([load_lexicon()])
    assert [concept.concept_id for concept in found] == [
        "condition:spierkramp",
        "nutrient:magnesium",
        "nutrient:magnesiumcitraat",
        "nutrient:mineraal",
    ]
    assert {concept.broader for concept in found if concept.broader} <= {concept.concept_id for concept in found}


DERIVED: dict[str, str | None] = {
    "type": "CONDITION",
    "subtype": "symptom",
    "concept": "duimkramp",
    "concept_id": "condition:duimkramp",
    "found_by": "compounds:kramp",
}


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_kept_of_a_derived_concept_does_not_depend_on_the_order(order: int, record: ArticleRecord) -> None:
    table = ConceptTable()
    known: dict[str, str | None] = {"broader": "condition:handkramp", "hypernym": "handkramp"}
    for changes in [DERIVED | known, DERIVED | {"broader": None, "hypernym": "klacht"}][::order]:
        table.add(entity(record, **changes))
    duimkramp = {concept.concept_id: concept for concept in table.records([load_lexicon()])}["condition:duimkramp"]
    assert (duimkramp.broader, duimkramp.hypernym, duimkramp.source) == ("condition:handkramp", "handkramp", "compounds")


def test_what_stands_above_a_derived_concept_has_a_line_though_nothing_knows_it(record: ArticleRecord) -> None:
    table = ConceptTable()
    table.add(entity(record, **DERIVED, broader="condition:vreemde-kramp", hypernym="vreemde kramp"))
    above = {concept.concept_id: concept for concept in table.records([load_lexicon()])}["condition:vreemde-kramp"]
    assert (above.subtype, above.hypernym, above.source) == ("symptom", "klacht", "compounds")


# what goes wrong


def test_a_rejected_article_costs_no_other(tmp_path: Path) -> None:
    files(tmp_path, "in/a.txt", "in/c.txt")
    files(tmp_path, "in/b.txt", text="ongeldig")
    summary = run(tmp_path / "in", out=tmp_path / "out")
    assert [article["source"] for article in lines(tmp_path / "out/articles.jsonl")] == ["in/a.txt", "in/c.txt"]
    assert lines(tmp_path / "out/rejected.jsonl") == [
        {
            "schema_version": "1.2",
            "source": "in/b.txt",
            "stage": "validate",
            "reason": "invalid-record",
            "message": "relation r1: stated twice",
        }
    ]
    assert (summary.articles, dict(summary.rejected)) == (2, {"invalid-record": 1})


def test_a_bug_costs_its_article_only_and_is_told_with_its_place(tmp_path: Path) -> None:
    files(tmp_path, "in/a.txt", text="struikel")
    files(tmp_path, "in/b.txt")
    run(tmp_path / "in", out=tmp_path / "out")
    (rejected,) = lines(tmp_path / "out/rejected.jsonl")
    assert (rejected["source"], rejected["stage"], rejected["reason"]) == ("in/a.txt", "extract", "internal-error")
    assert rejected["message"].startswith("ZeroDivisionError: division by zero (pipeline/dataset/outcome.py, line ")
    assert rejected["message"].endswith("; this is a mistake in health-triples, please report it with this line")
    assert len(lines(tmp_path / "out/articles.jsonl")) == 1


def test_text_that_cannot_be_written_is_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(tmp_path, "in/a.txt", "in/b.txt")
    extract = FakeExtractor.extract

    def with_surrogate(self: FakeExtractor, source: Any) -> ArticleRecord:
        record = extract(self, source)
        return record.model_copy(update={"title": "\ud800"}) if source.name == "in/a.txt" else record

    monkeypatch.setattr(FakeExtractor, "extract", with_surrogate)
    assert dict(run(tmp_path / "in", out=tmp_path / "out").rejected) == {"internal-error": 1}
    assert [article["source"] for article in lines(tmp_path / "out/articles.jsonl")] == ["in/b.txt"]
    assert [triple["source"] for triple in lines(tmp_path / "out/triples.jsonl")] == ["in/b.txt"]


def earlier_run(tmp_path: Path) -> dict[str, bytes]:
    """A dataset in ``out``, and new articles in ``in``."""
    files(tmp_path, "in/a.txt")
    run(tmp_path / "in", out=tmp_path / "out")
    files(tmp_path, "in/b.txt", "in/c.txt")
    return contents(tmp_path / "out")


def test_a_new_run_replaces_an_earlier_one(tmp_path: Path) -> None:
    earlier_run(tmp_path)
    run(tmp_path / "in", out=tmp_path / "out")
    assert list(contents(tmp_path / "out")) == FILES
    assert len(lines(tmp_path / "out/articles.jsonl")) == 3


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_run_that_is_cut_off_leaves_the_earlier_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    before = earlier_run(tmp_path)
    write, calls = journal._Growing.write, []

    def refuse_the_second_article(self: journal._Growing, data: bytes) -> None:
        calls.append(data)
        if len(calls) == 7:
            with cannot("write", self.path):
                raise error
        write(self, data)

    monkeypatch.setattr(journal._Growing, "write", refuse_the_second_article)
    with pytest.raises((OutputError, RunInterrupted)) as caught:
        run(tmp_path / "in", out=tmp_path / "out", options=Options(fresh=True))
    assert str(caught.value) in ("no file was changed", f"cannot write {tmp_path / 'out/.partial/triples.jsonl'}: No space left on device")
    assert contents(tmp_path / "out") == before
    assert not (tmp_path / "out/.partial").exists()


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    files(tmp_path, "in/a.txt", "out/.partial/articles.jsonl", "out/.partial/old/x.json")
    run(tmp_path / "in", out=tmp_path / "out")
    assert list(contents(tmp_path / "out")) == FILES


def test_the_manifest_is_the_last_file_to_be_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(tmp_path, "in/a.txt")
    replaced: list[str] = []
    replace: Callable[[Path, Path], None] = os.replace

    def noted(old: Path, new: Path) -> None:
        replaced.append(new.relative_to(tmp_path / "out").as_posix())
        assert not (tmp_path / "out/manifest.json").exists()
        replace(old, new)

    monkeypatch.setattr("pipeline.dataset.journal.os.replace", noted)
    run(tmp_path / "in", out=tmp_path / "out")
    assert replaced == [".partial/journal.jsonl", ".state.jsonl", *(name for name in FILES if name != "manifest.json"), "manifest.json"]


def test_an_output_folder_below_a_file_is_refused_before_the_work(tmp_path: Path) -> None:
    files(tmp_path, "in/a.txt", "file")
    steps: list[Progress] = []
    with pytest.raises(OutputError) as caught:
        run(tmp_path / "in", out=tmp_path / "file/out", report=steps.append)
    assert str(caught.value) == f"cannot write to {tmp_path / 'file/out'}: Not a directory; choose another folder with --out"
    assert steps == []


@pytest.mark.skipif(os.name == "nt", reason="there the open files of the other run are the lock")
def test_two_runs_do_not_write_into_one_folder(tmp_path: Path) -> None:
    files(tmp_path, "in/a.txt")
    with Staging(tmp_path / "out"), pytest.raises(OutputError, match="another run is writing to"):
        run(tmp_path / "in", out=tmp_path / "out")
    run(tmp_path / "in", out=tmp_path / "out")


def test_the_garbage_collector_is_as_it_was_after_a_run() -> None:
    before = gc.get_threshold(), gc.get_freeze_count()
    with seldom_collected():
        assert gc.get_threshold() > before[0]
        assert gc.get_freeze_count() > 0
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
