"""The report: its numbers are those of the dataset, it reaches for nothing, and nothing in it is taken for markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline import load_dataset
from pipeline.cli import app
from pipeline.errors import ResourceError
from pipeline.publishing.page import _MOST_CONFLICTS, page, report_data
from pipeline.tables import Dataset

ROOT = Path(__file__).parents[1]
CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


@pytest.fixture(scope="module")
def ds() -> Dataset:
    """The dataset of ``corpus/``."""
    return load_dataset(ROOT / "outputs")


@pytest.fixture(scope="module")
def data(ds: Dataset) -> dict[str, Any]:
    """What its page shows."""
    return report_data(ds, ROOT / "annotations" / "catalogue.tsv")


def test_the_counts_are_those_of_the_manifest(data: dict[str, Any]) -> None:
    counts = json.loads((ROOT / "outputs" / "manifest.json").read_bytes())["counts"]
    assert data["counts"]["articles"] == counts["articles"]
    assert data["counts"]["words"] == counts["words"]
    assert data["counts"]["relations"] == sum(counts["relations"].values()) == sum(data["bins"])
    assert dict(data["types"]) == counts["entities"]
    assert {name: affirmed + negated for name, affirmed, negated in data["relations"]} == {
        k: v for k, v in counts["relations"].items() if v
    }
    assert sum(count for _, count in data["genres"]) == counts["articles"]
    assert "unknown" not in dict(data["genres"])


def test_statements_lead_to_their_evidence(ds: Dataset, data: dict[str, Any]) -> None:
    triples = ds.triples.set_index("triple_id")
    assert 0 < data["shown"] == len(data["statements"]) <= len(ds.statements)
    for head, relation, tail, negated, articles, _, evidence in data["statements"]:
        assert len(evidence) == min(3, articles)
        for triple_id, sentences, source, rule, confidence, _ in evidence:
            triple = triples.loc[triple_id]
            assert (triple["head_concept"], triple["tail_concept"]) == (data["concepts"][head][0], data["concepts"][tail][0])
            assert (triple["relation"], triple["polarity"] == "negated") == (data["relationNames"][relation], bool(negated))
            assert (triple["source"], triple["rule"], triple["confidence"]) == (source, rule, confidence)
            assert len(sentences) == len(triple["evidence"])


def test_contested_is_what_is_affirmed_and_denied(data: dict[str, Any]) -> None:
    said = [tuple(row[:4]) for row in data["statements"]]
    both = {row[:3] for row in said if row[3]} & {row[:3] for row in said if not row[3]}
    assert data["counts"]["contested"] >= len(both) >= min(data["counts"]["contested"], _MOST_CONFLICTS) > 0


def test_a_large_dataset_shows_the_statements_of_most_articles_and_all_contested(ds: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.publishing.page._MOST_STATEMENTS", 10)
    monkeypatch.setattr("pipeline.publishing.page._MOST_CONFLICTS", len(ds.statements))
    found = report_data(ds)
    contested = int(ds.statements["contested"].sum())
    assert 10 < found["shown"] <= 10 + contested
    said = {tuple(row[:4]) for row in found["statements"]}
    names = [name for name, _ in found["concepts"]]
    both = {(names[h], r, names[t]) for h, r, t, negated in said if negated and (h, r, t, 0) in said}
    assert len(both) == found["counts"]["contested"] == contested // 2
    assert found["counts"]["statements"] == len(ds.statements)


def test_the_page_needs_nothing_but_itself_and_is_the_same_each_time(ds: Dataset) -> None:
    made = page(ds)
    assert made == page(ds)
    assert not re.findall(r"""(?:src|href)=["'](?!#)""", made)
    assert "@import" not in made
    assert "url(" not in made
    script = re.search(r"<script>(.*?)</script>", made, re.DOTALL)
    assert script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in made
    assert "innerHTML" not in script[1]


def hostile(folder: Path) -> Path:
    """A dataset whose every text tries to be markup."""
    attack = '</script><script>document.title="taken"</script><img src=x onerror=alert(1)>'
    for name in ("articles", "triples"):
        records = [json.loads(line) for line in (ROOT / "outputs" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()][:60]
        for record in records if name == "triples" else ():
            record |= {"head_concept": attack, "rule": attack, "source": attack, "evidence": [attack]}
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return folder


def test_texts_that_try_to_be_markup_stay_texts(tmp_path: Path) -> None:
    made = page(load_dataset(hostile(tmp_path)), title="<script>1</script>")
    assert made.count("</script>") == 2
    assert "<img" not in made
    assert "<title>&lt;script&gt;1&lt;/script&gt;</title>" in made


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the report is not opened in a browser")
def test_a_browser_shows_it(ds: Dataset, tmp_path: Path) -> None:
    def opened(content: str, name: str) -> str:
        file = tmp_path / name
        file.write_text(content, encoding="utf-8")
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        call = [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            profile,
            "--virtual-time-budget=2000",
            "--dump-dom",
            file.as_uri(),
        ]
        return subprocess.run(call, capture_output=True, text=True, timeout=60, check=True).stdout

    dom = opened(page(ds), "report.html")
    shown = report_data(ds)["shown"]
    assert f"{shown:,} statements of {shown:,}" in dom
    assert dom.count('class="node"') > 10
    assert dom.count("<details>") >= 40
    (tmp_path / "hostile").mkdir()
    attacked = opened(page(load_dataset(hostile(tmp_path / "hostile"))), "hostile.html")
    assert "<title>taken" not in attacked
    assert "<img" not in attacked
    assert "&lt;img src=x" in attacked


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read"), ("a\tb\n1\t2\n", r"should be a table with the columns article \(or name\) and genre")],
)
def test_a_table_of_genres_that_is_none_is_refused(ds: Dataset, tmp_path: Path, content: str | None, message: str) -> None:
    if content:
        (tmp_path / "genres.tsv").write_text(content)
    with pytest.raises(ResourceError, match=message):
        report_data(ds, tmp_path / "genres.tsv")


def test_the_command_writes_the_page(ds: Dataset, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    result = CliRunner().invoke(app, ["report", str(ds.folder), "-o", str(out), "--title", "Onze artikelen", "--min-confidence", "0.8"])
    assert result.exit_code == 0, result.output
    assert out.read_text(encoding="utf-8") == page(ds.filter(min_confidence=0.8), "Onze artikelen")
    refused = CliRunner().invoke(app, ["report", str(ds.folder), "-o", str(tmp_path / "none" / "page.html")])
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)


def test_an_empty_dataset_has_a_page(tmp_path: Path) -> None:
    for name in ("articles", "triples"):
        (tmp_path / f"{name}.jsonl").write_bytes(b"")
    assert '"articles":0' in page(load_dataset(tmp_path))
