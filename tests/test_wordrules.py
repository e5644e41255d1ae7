"""Rules that are tried only where a word can begin them find all that they would find everywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from pipeline.entities import find_entities
from pipeline.errors import ResourceError
from pipeline.lexicon import fold_words
from pipeline.references import Subjects
from pipeline.relations import skeleton
from pipeline.relations.cues import load_cues
from pipeline.relations.frames import load_frames
from pipeline.relations.qualifiers import find_qualifiers
from pipeline.resources import list_toml, load_toml
from pipeline.wordrules import WordRules, edge_words, whole_words
from tests.texts import analysed, article_of

ASSERTION = load_toml("relations/assertion.toml")
REFERENCES = load_toml("relations/references.toml")["reference"]
RULES = {
    "cues": [cue.match for cue in load_cues()],
    "frames": [frame.match for frame in load_frames()],
    "references": [whole_words(row["match"]) for row in REFERENCES],
    "assertion": [whole_words("|".join(ASSERTION[key])) for key in ("negation", "denial", "possible", "disputed")],
}


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """The examples of all rules, as rules see them: with letters for what they name, and as they are."""
    cues = [row for path in list_toml("relations/cues") for row in load_toml(path)["cue"]]
    sentences = [example[0] for row in (*cues, *REFERENCES) for example in row.get("examples", ())]
    sentences += [example for row in cues for example in row.get("counterexamples", ())]
    sentences += [example for row in load_toml("relations/frames.toml")["frame"] for example in row["examples"]]
    analysis = analysed(article_of("\n\n".join(sentences)))
    mentions = find_entities(analysis).mentions
    subjects = Subjects(analysis, mentions)
    built = [skeleton.build(analysis, number, mentions, subjects).text for number in range(len(analysis.sentences))]
    return built + [" ".join(fold_words(row["examples"][0][0])) for row in REFERENCES]


def spans(rules: Sequence[re.Pattern[str]], text: str) -> list[tuple[int, int, int]]:
    return [(number, *match.span()) for number, rule in enumerate(rules) for match in rule.finditer(text)]


@pytest.mark.parametrize("name", RULES)
def test_indexed_rules_find_what_searching_finds(name: str, texts: list[str]) -> None:
    patterns = RULES[name]
    by_first, by_last = WordRules(patterns), WordRules(patterns, told_by_last=True)
    fitting: set[int] = set()
    for text in texts:
        words = text.split(" ")
        expected = spans(patterns, text)
        for matches in (by_first.matches(text), by_last.matches(text, by_last.told(words))):
            assert [(number, *match.span()) for number, match in matches] == expected, text
        assert by_first.fitting(words) == by_last.fitting(words) == {number for number, _, _ in expected}, text
        fitting |= by_first.fitting(words)
    assert len(fitting) > 0.9 * len(patterns)


@pytest.mark.parametrize(
    ("rule", "first", "last"),
    [
        (r"(?:is|zijn) (?:\S+ ){0,5}?bewezen", {"is", "zijn"}, {"bewezen"}),
        (r"tekort(?:en)?(?! (?:aan|van))", {"tekort", "tekorten"}, {"tekort", "tekorten"}),
        (r"(?:een |de )?aanval(?:len)?", {"een", "de", "aanval", "aanvallen"}, {"aanval", "aanvallen"}),
        (r"(?<!geen )(?:soms|^ook) (?P<what>[CN])", {"soms", "ook"}, {"C", "N"}),
        (r"(?:heel |a)+b", {"heel", r"a\S*", r"a\S*b"}, {"b", r"\S*ab"}),
        (r"naar.*S", {r"naar\S*", "naarS"}, {r"\S*S", "naarS"}),
        (r"o\.a met \S+", {r"o\.a"}, {r"\S*\S"}),
    ],
)
def test_words_at_the_edges_of_a_rule(rule: str, first: set[str], last: set[str]) -> None:
    assert edge_words(rule) == first
    assert edge_words(rule, last=True) == last


def test_a_rule_that_cannot_be_read_says_so() -> None:
    with pytest.raises(ResourceError, match="no flags"):
        edge_words("(?i:pijn) bij")


def test_a_rule_that_begins_in_a_thousand_ways_still_fits() -> None:
    letters = "(?:a|b|c|d|e|f|g|h)"
    rules = WordRules([whole_words(f"{letters * 6} pijn")])
    assert [match[0] for _, match in rules.matches("de abcdef pijn")] == ["abcdef pijn"]


def test_matches_of_a_rule_do_not_overlap_and_are_limited() -> None:
    rules = WordRules([whole_words("de (?:de )?kat"), whole_words("kat")])
    assert [(number, match[0]) for number, match in rules.matches("de de kat de kat")] == [
        (0, "de de kat"),
        (0, "de kat"),
        (1, "kat"),
        (1, "kat"),
    ]
    assert [number for number, _ in rules.matches("de kat de kat", most=1)] == [0, 1]
    assert [number for number, _ in rules.matches("de kat de kat", frozenset({1}))] == [1, 1]


def test_a_folded_sign_with_a_space_in_it_is_two_words() -> None:
    rules = WordRules([whole_words("niet")])
    assert rules.fitting(["dat", "is niet", "zo"]) == {0}


def test_qualifiers_are_found_behind_signs() -> None:
    sentence = "Gember (tijdens de zwangerschap) mag, 's nachts niet."
    assert [sentence[start:end] for start, end, _ in find_qualifiers(sentence)] == ["tijdens de zwangerschap", "'s nachts"]
