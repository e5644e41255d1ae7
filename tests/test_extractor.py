"""The extractor as users call it: one record from a text, a file or a source, and the reasons behind it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import Extractor, extract
from pipeline.article import Source, TypedSpan
from pipeline.errors import UncleanableInput, UnreadableInput
from pipeline.plausibility import load_plausibility
from pipeline.schema import EntityType
from pipeline.settings import Settings

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


def given(text: str, *words: tuple[EntityType, str, str]) -> list[TypedSpan]:
    """Spans of these words, each with its concept."""
    return [TypedSpan(kind, text.index(word), text.index(word) + len(word), concept) for kind, word, concept in words]


C, N = EntityType.CONDITION, EntityType.NUTRIENT


def test_given_mentions_take_the_place_of_found_ones() -> None:
    text = "Flubber helpt vaak tegen snorfels in de benen. Overleg bij nierfalen eerst met uw huisarts."
    source = Source("a.txt", text, "plain", "utf-8", "0" * 64)
    extractor = Extractor()
    assert {entity.found_by for entity in extractor.extract(source).entities}.isdisjoint({"given"})
    record = extractor.link(source, reversed(given(text, (N, "Flubber", "flubber"), (C, "snorfels", "snorfel"))))
    assert [(e.text, e.type, e.concept, e.found_by) for e in record.entities] == [
        ("Flubber", N, "flubber", "given"),
        ("snorfels", C, "snorfel", "given"),
    ]
    assert [(r.head_concept, r.type, r.tail_concept) for r in record.relations] == [("flubber", "TREATS", "snorfel")]


def test_the_extractors_own_mentions_give_its_own_relations() -> None:
    source = Source("kramp.txt", TEXT, "plain", "utf-8", "0" * 64)
    extractor = Extractor()
    record = extractor.extract(source)
    spans = [TypedSpan(e.type, e.start, e.end, e.concept) for e in record.entities]
    assert extractor.link(source, spans).relations == record.relations


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(2, 5)], ["Magnesium"]),  # part of a word
        ([(9, 15)], ["helpt"]),  # with the blank before it
        ([(9, 10)], []),  # a blank only
        ([(0, 3), (4, 9)], ["Magnesium"]),  # two in a word: it is the first one's
        ([(0, 12), (10, 21)], ["Magnesium helpt", "vaak"]),  # overlap
        ([(41, 62)], ["benen."]),  # the end of a sentence is the end of a mention
        ([(0, 9), (500, 510)], ["Magnesium"]),  # outside
        ([], []),
    ],
)
def test_given_spans_are_snapped_to_words(spans: list[tuple[int, int]], expected: list[str]) -> None:
    source = Source("kramp.txt", TEXT, "plain", "utf-8", "0" * 64)
    record = Extractor().link(source, [TypedSpan(C, start, end, "x") for start, end in spans])
    assert [entity.text for entity in record.entities] == expected


def test_a_prepared_extractor_has_read_all_that_it_needs() -> None:
    # in a process of its own: in this one other tests have read it
    code = f"""
from pipeline import Extractor, resources
from pipeline.article import Source
extractor = Extractor()
extractor.prepare()
resources._file = None  # what is read after this fails
print(len(extractor.extract(Source("a.txt", {TEXT!r}, "plain", "utf-8", "0" * 64)).relations))
"""
    assert int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout) >= 1


def test_an_extractor_for_long_articles_can_be_prepared() -> None:
    load_plausibility.cache_clear()
    Extractor(Settings(model="none", min_words=1000)).prepare()
    assert load_plausibility.cache_info().currsize == 1
