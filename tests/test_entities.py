"""Entity extraction on short texts: what is found, how far it reaches, what it stands for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline import extract
from pipeline.article import Mention
from pipeline.entities import patterns
from pipeline.entities.abbreviations import stands_for
from pipeline.entities.persons import without_persons
from pipeline.entities.resolve import resolve
from pipeline.errors import ResourceError
from pipeline.resources import load_toml
from pipeline.schema import BlockKind, EntityType
from tests.texts import analysed, article_of, entities_of


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


def test_a_name_ends_with_its_sentence() -> None:
    assert [text for _, text, _ in entities_of(article_of("De klachten zijn acute bronchitis"))] == ["acute bronchitis"]
    found = entities_of(article_of((BlockKind.LIST_ITEM, None, "De klachten zijn acute"), (BlockKind.LIST_ITEM, None, "bronchitis")))
    assert "bronchitis" in [text for _, text, _ in found]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"match": "A . C"}, r"\. could reach into the next sentence"),
        ({"match": "(A"}, "missing \\)"),
        ({"match": "A C"}, "give either a type or an anchor group"),
        ({"match": "A (?P<anchor>C)", "words": {"head": ["kramp"]}}, "a group that the match does not have"),
    ],
)
def test_a_mistake_in_a_pattern_is_named(monkeypatch: pytest.MonkeyPatch, row: dict[str, object], message: str) -> None:
    table = {"pattern": [{"id": "test", "confidence": 0.9, **row}]}
    monkeypatch.setattr(patterns, "load_toml", lambda path: table)
    with pytest.raises(ResourceError, match=f"entities/patterns.toml, test: .*{message}"):
        patterns.load_patterns.__wrapped__()


def test_a_pattern_needs_the_words_of_a_group_that_is_in_every_match() -> None:
    def needs(match: str) -> frozenset[str]:
        return patterns._needs(match, [("head", patterns.Words(frozenset({"ziekte"}), (), frozenset()))])

    assert needs("A*(?P<head>Z)V") == {"ziekte"}
    for match in ("A*(?P<head>Z)?V", "A*(?P<head>Z)*V", "A(?:(?P<head>Z)V)?", "A(?=(?P<head>Z))|B", "A(?P<head>Z|Y)?"):
        assert needs(match) == frozenset()


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


def concepts(*blocks: str) -> dict[str, set[str]]:
    """Text of every mention -> the concepts that its mentions stand for."""
    found: dict[str, set[str]] = {}
    for _, text, concept in entities_of(article_of(*blocks)):
        found.setdefault(text, set()).add(concept)
    return found


@pytest.mark.parametrize(
    "first",
    [
        "Het progressief vermoeidheidssyndroom (PVS) is zeldzaam.",
        "PVS (progressief vermoeidheidssyndroom) is zeldzaam.",
        "Het progressief vermoeidheidssyndroom (afgekort PVS) is zeldzaam.",
        "Het progressief vermoeidheidssyndroom, door ons meestal afgekort tot PVS, is zeldzaam.",
        "Het progressief vermoeidheidssyndroom, of kort PVS, is zeldzaam.",
        "Het progressief vermoeidheidssyndroom, ook wel PVS genoemd, is zeldzaam.",
        "PVS staat voor progressief vermoeidheidssyndroom.",
        "PVS is de afkorting van progressief vermoeidheidssyndroom.",
        "PVS: het progressief vermoeidheidssyndroom",
    ],
)
def test_an_abbreviation_that_no_lexicon_knows_is_found_wherever_it_stands(first: str) -> None:
    found = entities_of(article_of(first, "Bij PVS helpt niets."))
    assert [(text, concept) for _, text, concept in found if text == "PVS"] == [("PVS", "progressief vermoeidheidssyndroom")] * 2


@pytest.mark.parametrize(
    "sentence",
    [
        "Het progressief vermoeidheidssyndroom (KLM) is zeldzaam.",  # other letters
        "Het progressief vermoeidheidssyndroom (PDV) is zeldzaam.",  # another order
        "Het progressief vermoeidheidssyndroom (P) is zeldzaam.",  # one letter
        "Het progressief vermoeidheidssyndroom komt in Den Haag (PVS) voor.",  # not beside it
        "Het progressief vermoeidheidssyndroom kent de vereniging PVS goed.",  # nothing tells of it
    ],
)
def test_capitals_in_brackets_that_explain_nothing_are_no_name(sentence: str) -> None:
    assert {text for _, text, _ in entities_of(article_of(sentence))} == {"progressief vermoeidheidssyndroom"}


@pytest.mark.parametrize("explained", ["Taaislijmziekte, meestal afgekort als QXZ,", "Taaislijmziekte (kortweg QXZ)"])
def test_what_is_called_an_abbreviation_may_have_other_letters(explained: str) -> None:
    assert concepts(f"{explained} is erfelijk.", "Bij QXZ is het slijm taai.")["QXZ"] == {"taaislijmziekte"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Taaislijmziekte, ook wel QXZ, is erfelijk.",  # other letters, and not called one outright
        "Taaislijmziekte is volgens de Wereldbond, afgekort QXZ, erfelijk.",  # that of something between
    ],
)
def test_other_letters_are_no_abbreviation_of_what_stands_near(sentence: str) -> None:
    assert "QXZ" not in concepts(sentence)


@pytest.mark.parametrize(
    ("short", "long", "expected"),
    [
        ("ALS", "amyotrofische laterale sclerose", True),
        ("PDS", "prikkelbaredarmsyndroom", True),
        ("CVS", "chronisch vermoeidheidssyndroom", True),
        ("VVV", "ziekte van Weil", False),
        ("AL", "amyotrofische laterale sclerose", False),
        ("SAL", "amyotrofische laterale sclerose", False),
    ],
)
def test_the_letters_of_an_abbreviation_decide(short: str, long: str, expected: bool) -> None:
    assert stands_for(short, long) is expected


def test_a_brand_in_brackets_behind_its_substance_is_the_substance() -> None:
    assert concepts("Neem cetirizine (Zyrtec). Van Zyrtec wordt u suf.")["Zyrtec"] == {"cetirizine"}
    assert concepts("Neem Zyrtec (cetirizine). Van Zyrtec wordt u suf.")["Zyrtec"] == {"cetirizine"}


@pytest.mark.parametrize("sentence", ["Zyrtec bevat cetirizine.", "Neem cetirizine (Zyrtec, Reactine)."])
def test_brands_that_are_told_apart_stay_apart(sentence: str) -> None:
    assert concepts(sentence)["Zyrtec"] == {"zyrtec"}


def test_a_shortened_name_that_points_back_stands_for_the_longer_one() -> None:
    found = concepts("Een nachtelijke kuitkramp doet zeer. Tegen de kramp helpt rekken.")
    assert found["kramp"] == found["nachtelijke kuitkramp"] == {"nachtelijke kramp"}


@pytest.mark.parametrize(
    "blocks",
    [
        ("Een nachtelijke kuitkramp doet zeer. Bij kramp helpt rekken.",),  # nothing points back
        ("Een kuitkramp of een handkramp doet zeer. Tegen de kramp helpt rekken.",),  # two that it can be short for
        ("Kramp is vervelend. Een nachtelijke kuitkramp doet zeer. De kramp gaat over.",),  # a subject of its own before
        ("Bij hooikoorts komt de koorts niet voor.",),  # hay fever is no fever
    ],
)
def test_a_bare_name_that_may_mean_more_keeps_its_concept(blocks: tuple[str, ...]) -> None:
    found = concepts(*blocks)
    assert (found.get("kramp") or found["koorts"]) in ({"spierkramp"}, {"koorts"})


def test_where_the_title_is_about_the_longer_name_the_shorter_one_is_short_for_it() -> None:
    text = "Knieartrose\n\nBij artrose slijt het kraakbeen van het gewricht. Afvallen helpt vaak tegen artrose."
    assert {e.concept for e in extract(text).entities if e.text == "artrose"} == {"knieartrose"}


def test_a_compound_stands_below_the_concept_of_its_head() -> None:
    (entity,) = [e for e in extract("Veel mensen klagen bij dit weer over vingertoppijn in de winter.").entities if e.type == "CONDITION"]
    assert (entity.concept, entity.subtype, entity.broader, entity.hypernym) == ("vingertoppijn", "symptom", "condition:pijn", "pijn")


def test_a_mention_keeps_all_but_its_confidence() -> None:
    mention = Mention(EntityType.CONDITION, 1, 2, 3, 4, 5, "kramp", "lexicon", 0.9, "spierklacht", "symptom")
    assert mention.as_sure_as(0.5) == replace(mention, confidence=0.5)


PERSONS = load_toml("entities/persons.toml")["example"]


@pytest.mark.parametrize("example", PERSONS, ids=lambda example: str(example["text"]))
def test_a_name_behind_a_title_is_no_remedy(example: dict[str, Any]) -> None:
    analysis = analysed(article_of(example["text"]))
    words = [
        analysis.mention(EntityType.REMEDY, (word, word), number, "x", "lexicon", 0.9)
        for number, (first, end) in enumerate(analysis.sentence_words)
        for word in range(first, end)
    ]
    kept, dropped = without_persons(analysis, words)
    assert [analysis.word(one.mention.first_token) for one in dropped] == example["persons"]
    assert len(kept) + len(dropped) == len(words)
