"""Sentences with all relations that they state, by relation type (``tests/cases``)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from tests.texts import article_of, relations_of

FILES = sorted((Path(__file__).parent / "cases").glob("*.toml"))


def _cases() -> Iterator[ParameterSet]:
    for path in FILES:
        for number, case in enumerate(tomllib.loads(path.read_text(encoding="utf-8"))["case"], 1):
            marks = [pytest.mark.xfail(reason=case["xfail"], strict=True)] if "xfail" in case else []
            yield pytest.param(case, id=f"{path.stem}-{number}", marks=marks)


@pytest.mark.parametrize("case", list(_cases()))
def test_sentence_states_its_relations(case: dict[str, Any]) -> None:
    expected = {tuple(relation) for relation in case["relations"]}
    assert set(relations_of(article_of(case["text"]))) == expected, case["text"]
