"""Entity extraction on short texts: what is found, how far it reaches, what it stands for."""

from __future__ import annotations

import pytest

from pipeline.article import Mention
from pipeline.entities.resolve import resolve
from pipeline.schema import EntityType
from tests.texts import article_of, entities_of


def texts(sentence: str) -> list[str]:
    """Texts of the mentions in a sentence."""
    return [text for _, text, _ in entities_of(article_of(sentence))]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Eet gedroogde abrikozen en groene uien.", ["gedroogde abrikozen", "groene uien"]),
        ("Neem vitamine B6, E en D.", ["vitamine B6", "E", "D"]),
        ("Een vitamine D-tekort komt vaak voor.", ["vitamine D"]),
        ("Last van krampen in de benen.", ["krampen in de benen"]),
        ("Een verminderde bloedcirculatie.", ["verminderde bloedcirculatie"]),
        ("De normale bloedcirculatie.", []),
        ("Ga naar de huisarts of de KNO-arts.", ["huisarts", "KNO-arts"]),
        ("Deze aandoening geeft klachten.", []),
        ("Een nerveuze tic.", ["nerveuze tic"]),
        ("Last van hoofd-, nek- en rugpijn.", ["hoofd-", "nek-", "rugpijn"]),
        ("Bij hart- en vaatziekten.", ["hart- en vaatziekten"]),
        ("Voor alcohol- en drugsmisbruik.", ["alcohol-", "drugsmisbruik"]),
        ("De voor- en nadelen van thee.", ["thee"]),
    ],
)
def test_spans(sentence: str, expected: list[str]) -> None:
    assert texts(sentence) == expected


def test_an_unknown_compound_is_known_by_its_head() -> None:
    assert entities_of(article_of("Hij heeft een teennagelkneuzing.")) == [("CONDITION", "teennagelkneuzing", "teennagelkneuzing")]


def test_a_shortened_compound_stands_for_the_whole_one() -> None:
    assert [concept for _, _, concept in entities_of(article_of("Ga naar de huis- of tandarts bij spraak- en loopstoornissen."))] == [
        "huisarts",
        "tandarts",
        "spraakstoornis",
        "loopstoornis",
    ]


def test_an_abbreviation_that_the_article_explains_stands_for_its_long_form() -> None:
    found = entities_of(article_of("Amyotrofische laterale sclerose (ALS) is zeldzaam. Bij ALS verzwakken de spieren."))
    assert len({concept for _, text, concept in found if text == "ALS" or text.startswith("Amyo")}) == 1


def test_a_brand_that_the_article_introduces_is_found_everywhere() -> None:
    found = entities_of(article_of("Pijnovex 400 mg, tabletten.", "Gebruik Pijnovex niet bij koorts."))
    assert [text for type_, text, _ in found if type_ == "REMEDY"] == ["Pijnovex", "Pijnovex"]


def test_an_ambiguous_word_needs_its_context() -> None:
    assert texts("Bij roos ziet u schilfers op de hoofdhuid.")[0] == "roos"
    assert "roos" not in texts("Zij kreeg een rode roos.")


def mention(first: int, last: int, found_by: str, confidence: float = 0.9) -> Mention:
    """A mention of words ``first`` to ``last``, ten characters a word."""
    return Mention(EntityType.CONDITION, first * 10, last * 10 + 9, first, last, 0, found_by, found_by, confidence)


def test_of_overlapping_candidates_the_longest_is_published() -> None:
    kept, dropped = resolve([mention(0, 0, "lexicon"), mention(0, 2, "patterns:located"), mention(2, 3, "lexicon")])
    assert [m.found_by for m in kept] == ["patterns:located"]
    assert {d.reason for d in dropped} == {"overlaps patterns:located 'patterns:located'"}


def test_touching_is_no_overlap() -> None:
    kept, _ = resolve([mention(0, 0, "lexicon"), mention(1, 1, "compounds")])
    assert len(kept) == 2
