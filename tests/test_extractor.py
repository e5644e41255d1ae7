"""The extractor as users call it: one record from a text, a file or a source, and the reasons behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import Extractor, extract
from pipeline.article import Source
from pipeline.errors import UncleanableInput, UnreadableInput

TEXT = "Magnesium helpt vaak tegen krampen in de benen. Overleg bij nierfalen eerst met uw huisarts."


def test_a_text_and_a_file_of_it_give_the_same_findings(tmp_path: Path) -> None:
    path = tmp_path / "kramp.txt"
    path.write_text(TEXT, encoding="utf-8")
    one, other = extract(TEXT), extract(path)
    assert one.entities == other.entities
    assert one.relations == other.relations
    first = one.relations[0]
    assert (first.head_concept, first.type, first.tail_concept) == ("magnesium", "TREATS", "beenkramp")


def test_two_runs_give_equal_records() -> None:
    assert extract(TEXT).model_dump_json() == extract(TEXT).model_dump_json()


def test_explain_gives_the_record_and_a_reason_for_every_candidate() -> None:
    extractor = Extractor()
    source = Source("kramp.txt", TEXT, "plain", "utf-8", "0" * 64)
    explanation = extractor.explain(source)
    assert explanation.record == extractor.extract(source)
    kept = [note for note in explanation.candidates if note.outcome == "kept"]
    assert len(kept) == len(explanation.record.entities) + len(explanation.record.relations)
    assert all(note.reason for note in explanation.candidates)


def test_what_is_no_article_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(UncleanableInput, match="word"):
        extract("Kort.")
    with pytest.raises(UnreadableInput, match=r"no such file"):
        extract(tmp_path / "weg.txt")


@pytest.mark.parametrize(
    "text",
    [
        "Magnesium helpt \u0301 tegen krampen in de benen.",  # a lone accent folds to nothing
        "Magnesium helpt vaak tegen nachtelijke krampen." + "*" * 5000,  # a long run of signs
        "Magnesium helpt tegen krampen " + "." * 5000 + "en pijn.",
        "Lijst: " + ", ".join(["hoofdpijn", "magnesium"] * 100) + " helpt tegen kramp.",  # more than a sentence names
        "Dit is " + "niet " * 2000 + "goed tegen hoofdpijn.",
        "Magnesium\u202e helpt tegen \u202ckrampen in de benen.",
    ],
)
def test_hostile_text_gives_a_valid_record(text: str) -> None:
    record = extract(text)
    assert all(record.text[e.start : e.end] == e.text for e in record.entities)
