"""The benchmark: which stages it times and what it prints of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

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
