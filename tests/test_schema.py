"""The contract: what a record accepts, and the sentence that it rejects anything else with."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from pipeline.dataset import SCHEMAS, json_schema
from pipeline.exports import triples_of
from pipeline.facts import concept_record
from pipeline.lexicon import load_lexicon
from pipeline.schema import SIGNATURES, ArticleRecord, EntityType, RejectedRecord, RelationType

Values = dict[str, Any]


def changed(values: Values, path: str, value: object) -> Values:
    """``values`` with ``relations.0.head`` and the like set to another value."""
    *steps, last = (int(step) if step.isdecimal() else step for step in path.split("."))
    node: Any = values
    for step in steps:
        node = node[step]
    node[last] = value
    return values


def test_a_valid_record_survives_json_unchanged(record: ArticleRecord) -> None:
    assert ArticleRecord.model_validate_json(record.model_dump_json()) == record


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("entities.0.text", "Kalium", "entity e0: text 'Kalium' is not at [0, 9)"),
        ("entities.0.start", 9, "entity e0: span [9, 9) is empty or outside the text of 33 characters"),
        ("entities.1.end", 34, "entity e22: span [22, 34) is empty or outside the text of 33 characters"),
        ("entities.0.end", 23, "entity e22 overlaps the one before it or is out of order"),
        ("entities.1.id", "e0", "entity ids are not unique"),
        ("entities.0.source_end", 0, "entity e0: empty source span"),
        ("sentences.0.block", "b7", "sentence s0 does not lie in block b7"),
        ("blocks.0.end", 30, "sentence s0 does not lie in block b0"),
        ("blocks.0.parent", "b7", "block b0: unknown parent b7"),
        ("relations.0.tail", "e7", "relation r1: unknown end e7"),
        ("relations.0.type", "CONSULT", "relation r1: CONSULT cannot link NUTRIENT to CONDITION"),
        ("relations.0.head_concept", "kalium", "relation r1: concepts differ from those of its ends"),
        ("relations.0.evidence", ["s7"], "relation r1: evidence s7 is no sentence of this article"),
        ("relations.0.evidence", [], "at least 1 item"),
        ("entities.0.subtype", "disease", "entity e0: 'disease' is no subtype of NUTRIENT"),
        ("entities.0.confidence", 1.5, "less than or equal to 1"),
        ("entities.0.colour", "red", "Extra inputs are not permitted"),
        ("source_sha256", "abc", "String should match pattern"),
    ],
)
def test_a_broken_rule_is_named(values: Values, path: str, value: object, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ArticleRecord.model_validate(changed(values, path, value))
    assert message in str(caught.value)


def test_the_same_statement_twice_is_refused(values: Values) -> None:
    values["relations"].append(values["relations"][0] | {"id": "r2"})
    with pytest.raises(ValidationError, match="relation r2: stated twice"):
        ArticleRecord.model_validate(values)


def test_the_same_statement_denied_is_another_one(values: Values) -> None:
    values["relations"].append(values["relations"][0] | {"id": "r2", "polarity": "negated"})
    assert len(ArticleRecord.model_validate(values).relations) == 2


def test_a_relation_of_a_concept_with_itself_is_refused(values: Values) -> None:
    for entity in values["entities"]:
        entity |= {"type": "CONDITION", "subtype": "symptom", "concept": "kramp", "concept_id": "condition:kramp"}
    values["relations"][0] |= {"type": "CAUSES", "head_concept": "kramp", "tail_concept": "kramp"}
    with pytest.raises(ValidationError, match="relation r1: 'kramp' is related to itself"):
        ArticleRecord.model_validate(values)


@pytest.mark.parametrize(
    ("relation", "heads", "tails"),
    [
        ("TREATS", "NUTRIENT REMEDY", "CONDITION"),
        ("PREVENTS", "NUTRIENT REMEDY", "CONDITION"),
        ("CAUSES", "CONDITION NUTRIENT REMEDY", "CONDITION"),
        ("DEFICIENCY_CAUSES", "NUTRIENT", "CONDITION"),
        ("HAS_SYMPTOM", "CONDITION", "CONDITION"),
        ("CONTAINS", "NUTRIENT REMEDY", "NUTRIENT REMEDY"),
        ("CONSULT", "CONDITION", "SPECIALIST"),
        ("PRESCRIBES", "SPECIALIST", "NUTRIENT REMEDY"),
        ("CONTRAINDICATED_FOR", "NUTRIENT REMEDY", "CONDITION"),
    ],
)
def test_signatures_are_those_of_the_guidelines(relation: str, heads: str, tails: str) -> None:
    kind = RelationType(relation)
    expected = tuple(frozenset(EntityType(name) for name in side.split()) for side in (heads, tails))
    assert (kind.heads, kind.tails) == expected


def test_every_relation_has_a_signature() -> None:
    assert set(SIGNATURES) == set(RelationType)


def test_a_triple_can_be_read_alone(record: ArticleRecord) -> None:
    (triple,) = triples_of(record)
    assert triple.model_dump(mode="json") == {
        "schema_version": "1.2",
        "triple_id": f"{record.article_id}:r1",
        "article_id": record.article_id,
        "source": "articles/a.txt",
        "title": None,
        "head_text": "Magnesium",
        "head_concept": "magnesium",
        "head_concept_id": "nutrient:magnesium",
        "head_type": "NUTRIENT",
        "relation": "TREATS",
        "tail_text": "spierkramp",
        "tail_concept": "spierkramp",
        "tail_concept_id": "condition:spierkramp",
        "tail_type": "CONDITION",
        "polarity": "affirmed",
        "certainty": "stated",
        "confidence": 0.9,
        "evidence": ["Magnesium helpt tegen spierkramp."],
        "rule": "test:helps",
        "qualifiers": [],
    }


REJECTED = RejectedRecord(source="a.txt", stage="read", reason="empty", message="the file is empty")


CONCEPT = concept_record(load_lexicon().concepts["remedy:valium"])


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_json_schema_is_a_valid_one_with_a_title_and_a_description(name: str) -> None:
    schema = json.loads(json_schema(name))
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == SCHEMAS[name].__name__
    assert schema["description"]


@pytest.mark.parametrize(
    ("name", "choose"),
    [
        ("article", lambda record: record),
        ("triple", lambda record: triples_of(record)[0]),
        ("rejected", lambda record: REJECTED),
        ("concept", lambda record: CONCEPT),
    ],
)
def test_records_satisfy_their_json_schema(name: str, choose: Callable[[ArticleRecord], BaseModel], record: ArticleRecord) -> None:
    validator = Draft202012Validator(json.loads(json_schema(name)))
    published = json.loads(choose(record).model_dump_json())
    assert [error.message for error in validator.iter_errors(published)] == []
    assert [error.message for error in validator.iter_errors(published | {"colour": "red"})] == [
        "Additional properties are not allowed ('colour' was unexpected)"
    ]
