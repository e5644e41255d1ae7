"""What is commonly said of things."""

from __future__ import annotations

import pytest

from pipeline import Extractor
from pipeline.article import Source
from pipeline.associations import FILES, Associations, Common, load_associations
from pipeline.lexicon import load_lexicon
from pipeline.resources import load_table
from pipeline.schema import RelationType
from pipeline.settings import Settings

TREATS, CAUSES, CONTAINS = RelationType.TREATS, RelationType.CAUSES, RelationType.CONTAINS
ABOVE = {"remedy:paracetamol": "remedy:pijnstiller", "condition:migraine": "condition:hoofdpijn"}


def said(*rows: tuple[str, RelationType, str]) -> Associations:
    return Associations(rows, ABOVE.get)


def content(common: Common) -> tuple[set[RelationType], set[RelationType], bool]:
    return set(common.exact), set(common.near), common.known


@pytest.mark.parametrize(
    ("head", "tail", "expected"),
    [
        ("remedy:pijnstiller", "condition:hoofdpijn", ({TREATS}, set(), True)),
        ("condition:hoofdpijn", "remedy:pijnstiller", (set(), set(), True)),  # one way only
        ("remedy:paracetamol", "condition:hoofdpijn", (set(), {TREATS}, True)),  # of what stands above one
        ("remedy:paracetamol", "condition:migraine", (set(), {TREATS}, True)),  # and above both
        ("remedy:gember", "condition:hoofdpijn", (set(), set(), False)),  # nothing is known of one
    ],
)
def test_what_is_said_of_a_pair_and_of_those_above_it(
    head: str, tail: str, expected: tuple[set[RelationType], set[RelationType], bool]
) -> None:
    assert content(said(("remedy:pijnstiller", TREATS, "condition:hoofdpijn")).between(head, tail)) == expected


def test_what_is_said_of_one_below_is_near() -> None:
    known = said(("remedy:paracetamol", TREATS, "condition:koorts"))
    assert content(known.between("remedy:pijnstiller", "condition:koorts")) == (set(), {TREATS}, True)


def test_a_concept_that_no_lexicon_has_inherits_from_what_the_article_says_is_above_it() -> None:
    known = said(("remedy:pijnstiller", TREATS, "condition:hoofdpijn"))
    assert content(known.between("remedy:nieuwofen", "condition:hoofdpijn", "remedy:pijnstiller")) == (set(), {TREATS}, True)


def test_a_circle_in_the_lexicon_ends() -> None:
    known = Associations([("remedy:a", TREATS, "condition:x")], {"remedy:a": "remedy:b", "remedy:b": "remedy:a"}.get)
    assert content(known.between("remedy:b", "condition:x")) == (set(), {TREATS}, True)


def test_one_object_for_each_content() -> None:
    known = said(("remedy:a", TREATS, "condition:x"), ("remedy:b", TREATS, "condition:x"))
    assert known.between("remedy:a", "condition:x") is known.between("remedy:b", "condition:x")


def test_the_package_knows_that_paracetamol_is_for_headache() -> None:
    assert TREATS in load_associations().between("remedy:paracetamol", "condition:hoofdpijn").exact


@pytest.mark.parametrize("path", FILES)
def test_every_line_names_concepts_of_the_lexicon_that_its_relation_may_link(path: str) -> None:
    concepts = load_lexicon().concepts
    lines = [(row["head"], row["relation"]) for row in load_table(path)]
    assert lines == sorted(set(lines))
    for row in load_table(path):
        relation = RelationType(row["relation"])
        tails = row["tails"].split("|")
        assert concepts[row["head"]].type in relation.heads, row
        assert tails == sorted(set(tails)), row
        assert {concepts[tail].type for tail in tails} <= set(relation.tails), row


def test_what_is_commonly_said_is_no_candidate() -> None:
    middle = "Er stond veel wind die dag, en de trein naar het noorden had vertraging."
    text = f"In de kast lag paracetamol.\n\n{middle}\n\nDe buurman had hoofdpijn.\n"
    record = Extractor(Settings(model="none")).extract(Source("t", text, "plain", "utf-8", "0" * 64))
    assert [entity.concept for entity in record.entities] == ["paracetamol", "hoofdpijn"]
    assert record.relations == ()
