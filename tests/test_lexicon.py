"""The lexicon: its size, its order, and how names are matched."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.lexicon import Lexicon, fold, fold_words, load_lexicon
from pipeline.resources import load_table
from pipeline.schema import EntityType

FILES = ("conditions", "nutrients", "remedies", "specialists")
SUBTYPES = {
    "conditions": {"disease", "symptom", "deficiency", "injury", "state"},
    "nutrients": {"vitamin", "mineral", "macronutrient", "fatty_acid", "food", "drink"},
    "remedies": {
        "medicine", "medicine_class", "supplement", "herb", "preparation", "therapy", "procedure", "self_care", "diet", "aid",
    },
    "specialists": {"medical", "allied", "alternative", "generic"},
}  # fmt: skip


def names(lexicon: Lexicon, text: str) -> list[str]:
    """Ids of the concepts whose names cover exactly this text."""
    words = fold_words(text)
    return [entry.concept.id for end, entry in lexicon.match(words, 0, len(words)) if end == len(words)]


@pytest.mark.parametrize(("type_", "least"), [("condition", 1300), ("nutrient", 450), ("remedy", 650), ("specialist", 110)])
def test_it_knows_enough_concepts(type_: str, least: int) -> None:
    assert Counter(c.type.lower() for c in load_lexicon().concepts.values())[type_] >= least


@pytest.mark.parametrize("file", FILES)
def test_rows_are_sorted_unique_and_of_a_known_subtype(file: str) -> None:
    rows = load_table(f"lexicon/{file}.tsv")
    concepts = [row["name"] for row in rows]
    assert concepts == sorted(set(concepts))
    assert {row["subtype"] for row in rows} <= SUBTYPES[file]


@pytest.mark.parametrize("file", FILES)
def test_broader_concepts_exist_and_make_no_circle(file: str) -> None:
    broader = {row["name"]: row["broader"] for row in load_table(f"lexicon/{file}.tsv")}
    for name in broader:
        seen = [name]
        while broader[seen[-1]]:
            seen.append(broader[seen[-1]])
            assert seen[-1] in broader, f"{seen[-2]} has the unknown broader concept {seen[-1]}"
            assert len(seen) == len(set(seen)), f"circle: {seen}"


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Krampen", "condition:spierkramp"),
        ("hoge bloeddruk", "condition:hoge-bloeddruk"),
        ("hypertensie", "condition:hoge-bloeddruk"),
        ("diëtiste", "specialist:diëtist"),
        ("DIETIST", "specialist:diëtist"),
        ("kno-arts", "specialist:kno-arts"),
        ("KNO arts", "specialist:kno-arts"),
        ("neurologen", "specialist:neuroloog"),
        ("vitamine-B12", "nutrient:vitamine-b12"),
        ("antibiotica", "remedy:antibioticum"),
    ],
)
def test_names_match_whatever_their_case_accents_hyphens_and_inflection(text: str, concept: str) -> None:
    assert concept in names(load_lexicon(), text)


@pytest.mark.parametrize("text", ["aandoening", "behandeling", "stof", "het", "boven", "arm"])
def test_contentless_and_other_words_are_no_names(text: str) -> None:
    assert names(load_lexicon(), text) == []


def test_the_longest_name_comes_first() -> None:
    words = fold_words("ziekte van parkinson komt voor")
    end, entry = next(iter(load_lexicon().match(words, 0, len(words))))
    assert (end, entry.concept.type) == (3, EntityType.CONDITION)


def test_folding_leaves_letters_without_case_and_accents() -> None:
    assert fold("Diëtíste") == "dietiste"
    assert fold_words("prikkelbare-darmsyndroom") == ("prikkelbare", "darmsyndroom")
