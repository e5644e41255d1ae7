"""The synthetic dataset, with which scale is measured, is a valid one; and what it holds comes back from Parquet as it went in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline import load_dataset
from pipeline.publishing import export
from tests.synthetic import check, make


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty articles, two of them of the same original."""
    folder = tmp_path_factory.mktemp("synthetic")
    make(folder, 40)
    return folder


def test_articles_are_valid_and_no_two_are_alike(made: Path) -> None:
    articles = [json.loads(line) for line in (made / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    for article in articles:
        check(article)
    assert len({article["text"] for article in articles}) == len(articles) == 40


def test_equal_seeds_make_equal_datasets(made: Path, tmp_path: Path) -> None:
    make(tmp_path, 40)
    for name in ("articles", "triples", "concepts"):
        assert (tmp_path / f"{name}.jsonl").read_bytes() == (made / f"{name}.jsonl").read_bytes()


def test_every_byte_comes_back_from_parquet(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.tables.reading.CHUNK", 200_000)
    monkeypatch.setattr("pipeline.publishing.tabular._GROUP", 700)
    export(load_dataset(made), "parquet", tmp_path / "parquet")
    export(load_dataset(tmp_path / "parquet"), "jsonl", tmp_path / "back")
    for name in ("articles", "triples"):
        assert (tmp_path / "back" / f"{name}.jsonl").read_bytes() == (made / f"{name}.jsonl").read_bytes()
    loaded, original = load_dataset(tmp_path / "parquet"), load_dataset(made)
    assert loaded.statements.equals(original.statements)
