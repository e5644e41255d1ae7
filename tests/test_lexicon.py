"""The lexicon: its size, its order, and how names are matched."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.facts import hypernym
from pipeline.lexicography import check_package
from pipeline.lexicon import Lexicon, fold, fold_words, load_lexicon
from pipeline.schema import EntityType


def names(lexicon: Lexicon, text: str) -> list[str]:
    """Ids of the concepts whose names cover exactly this text."""
    words = fold_words(text)
    return [entry.concept.id for end, entry in lexicon.match(words, 0, len(words)) if end == len(words)]


@pytest.mark.parametrize(("type_", "least"), [("condition", 1300), ("nutrient", 450), ("remedy", 650), ("specialist", 110)])
def test_it_knows_enough_concepts(type_: str, least: int) -> None:
    assert Counter(c.type.lower() for c in load_lexicon().concepts.values())[type_] >= least


def test_it_knows_enough_names_in_all() -> None:
    assert len(load_lexicon().concepts) >= 2500
    assert sum(len(entries) for entries in load_lexicon().forms.values()) >= 9000


def test_the_linter_finds_no_mistake() -> None:
    assert [str(problem) for problem in check_package() if not problem.redundant] == []


@pytest.mark.parametrize(("scheme", "least"), [("hpo", 500), ("atc", 500), ("uzi", 55), ("wikidata", 300)])
def test_concepts_have_identifiers_with_a_source(scheme: str, least: int) -> None:
    found = [i for concept in load_lexicon().concepts.values() for i in concept.identifiers if i.scheme == scheme]
    assert len(found) >= least
    assert all(identifier.source for identifier in found)


@pytest.mark.parametrize(
    ("concept", "identifier"),
    [
        ("condition:spierkramp", "HP:0003394"),
        ("condition:hoge-bloeddruk", "HP:0000822"),
        ("remedy:paracetamol", "N02BE01"),
        ("remedy:nsaid", "M01A"),
        ("specialist:huisarts", "01.015"),
        ("nutrient:kalium", "Q703"),
    ],
)
def test_identifiers_are_those_of_the_concept(concept: str, identifier: str) -> None:
    assert [i.identifier for i in load_lexicon().concepts[concept].identifiers] == [identifier]


@pytest.mark.parametrize(
    ("concept", "attribute", "value"),
    [
        ("condition:magnesiumtekort", "deficiency_of", "nutrient:magnesium"),
        ("condition:q10-tekort", "deficiency_of", "remedy:co-enzym-q10"),
        ("remedy:valium", "substance", "remedy:diazepam"),
        ("remedy:gardasil", "substance", "remedy:hpv-vaccin"),
        ("remedy:diazepam", "class", "remedy:benzodiazepine"),
        ("remedy:natalizumab", "class", "remedy:monoklonaal-antilichaam"),
    ],
)
def test_concepts_know_what_they_are_made_of(concept: str, attribute: str, value: str) -> None:
    assert dict(load_lexicon().concepts[concept].attributes)[attribute] == value


def test_every_concept_has_a_hypernym_that_is_not_itself() -> None:
    assert [c.id for c in load_lexicon().concepts.values() if hypernym(c) in ("", c.name)] == []


@pytest.mark.parametrize(
    ("concept", "expected"),
    [
        ("condition:kuitkramp", "beenkramp"),
        ("condition:hoge-bloeddruk", "ziekte"),
        ("nutrient:vitamine", "voedingsstof"),
        ("specialist:neuroloog", "medisch specialist"),
    ],
)
def test_a_hypernym_is_the_broader_concept_or_else_the_kind(concept: str, expected: str) -> None:
    assert hypernym(load_lexicon().concepts[concept]) == expected


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


def test_names_of_one_word_are_found_alone() -> None:
    words = fold_words("krampen in de benen")
    assert {entry.concept.name for entry in load_lexicon().entries("krampen")} == {"spierkramp"}
    assert load_lexicon().entries("benen") == ()
    assert load_lexicon().beginnings(words) >= {"krampen"}
    assert "de" not in Lexicon([]).beginnings(words)


def test_folding_leaves_letters_without_case_and_accents() -> None:
    assert fold("Diëtíste") == "dietiste"
    assert fold_words("prikkelbare-darmsyndroom") == ("prikkelbare", "darmsyndroom")
