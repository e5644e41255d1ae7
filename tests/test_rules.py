"""Every rule proves itself: all examples and counterexamples of the rule files run as tests."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.entities.compounds import derive
from pipeline.entities.spelling import correct
from pipeline.lexicon import Inflection, fold
from pipeline.relations.frames import frames_of
from pipeline.relations.qualifiers import find_qualifiers
from pipeline.resources import list_toml, load_table, load_toml
from pipeline.schema import BlockKind, EntityType, RelationType
from tests.texts import analysed, article_of, entities_of, relations_of

CUES = [row for path in list_toml("relations/cues") for row in load_toml(path)["cue"]]
FRAMES = load_toml("relations/frames.toml")["frame"]
PATTERNS = [*load_toml("entities/patterns.toml")["pattern"], *load_toml("entities/patterns.toml")["idiom"]]
INFLECTION = load_toml("lexicon/inflection.toml")
HEADS = load_table("entities/heads.tsv")


@pytest.mark.parametrize(("rule", "example"), [(r["id"], e) for r in CUES for e in r.get("examples", ())])
def test_cue_states_its_example(rule: str, example: list[str]) -> None:
    sentence, head, type_, tail, *polarity = example
    assert (head, type_, tail, *(polarity or ["affirmed"])) in relations_of(article_of(sentence)), rule


@pytest.mark.parametrize(("type_", "sentence"), [(r["type"], e) for r in CUES for e in r.get("counterexamples", ())])
def test_cue_is_silent_on_its_counterexample(type_: str, sentence: str) -> None:
    assert type_ not in {relation[1] for relation in relations_of(article_of(sentence))}


@pytest.mark.parametrize(("rule", "heading"), [(r["id"], e) for r in FRAMES for e in r["examples"]])
def test_frame_fits_its_example(rule: str, heading: str) -> None:
    from pipeline.entities import find_entities
    from pipeline.references import Subjects
    from pipeline.relations import skeleton

    analysis = analysed(article_of(heading))
    mentions = find_entities(analysis).mentions
    text = skeleton.build(analysis, 0, mentions, Subjects(analysis, mentions)).text
    assert rule in {frame.id for frame in frames_of(text, frozenset(m.type for m in mentions), frozenset(EntityType))}


@pytest.mark.parametrize("example", [e for r in PATTERNS for e in r.get("examples", ())], ids=lambda e: e[1])
def test_pattern_finds_its_example(example: list[str]) -> None:
    sentence, name = example
    assert name in [text for _, text, _ in entities_of(article_of(sentence))]


@pytest.mark.parametrize("example", [e for r in PATTERNS for e in r.get("counterexamples", ())], ids=lambda e: e[1])
def test_pattern_leaves_its_counterexample(example: list[str]) -> None:
    sentence, name = example
    assert name not in [text for _, text, _ in entities_of(article_of(sentence))]


@pytest.mark.parametrize("example", [e for r in load_toml("entities/series.toml")["series"] for e in r["examples"]], ids=lambda e: e[0])
def test_series_counts_off_its_example(example: list[Any]) -> None:
    sentence, names = example
    assert [text for _, text, _ in entities_of(article_of(sentence))][: len(names)] == names


@pytest.mark.parametrize("example", load_toml("entities/spelling.toml")["examples"], ids=lambda e: e[1])
def test_a_slip_stands_for_its_name(example: list[str]) -> None:
    sentence, slip, concept = example
    assert (slip, concept) in [(text, name) for _, text, name in entities_of(article_of(sentence))]


@pytest.mark.parametrize("word", load_toml("entities/spelling.toml")["words"])
def test_a_word_of_its_own_is_no_slip(word: str) -> None:
    assert correct(fold(word)) is None


@pytest.mark.parametrize(
    "example", [e for r in load_toml("relations/references.toml")["reference"] for e in r["examples"]], ids=lambda e: e[0]
)
def test_reference_stands_for_its_antecedent(example: list[str]) -> None:
    text, antecedent = example
    assert antecedent in {
        end for head, _, tail, _ in relations_of(article_of((BlockKind.TITLE, None, text.split()[0]), text)) for end in (head, tail)
    }


@pytest.mark.parametrize(("base", "form"), [e for key in ("stem", "form") for r in INFLECTION[key] for e in r["examples"]])
def test_inflection_derives_its_example(base: str, form: str) -> None:
    assert form in Inflection().word(base)


@pytest.mark.parametrize(("type_", "word"), [(r["type"], w) for r in HEADS for w in r["examples"].split("|") if w.isalpha()])
def test_head_makes_its_example(type_: str, word: str) -> None:
    derived = derive(fold(word))
    assert derived is not None
    assert derived.type == type_


@pytest.mark.parametrize("word", [w for r in HEADS for w in r["counterexamples"].split("|") if w])
def test_head_leaves_its_counterexample(word: str) -> None:
    assert derive(fold(word)) is None


def test_every_relation_type_has_a_cue_and_every_cue_an_id_of_its_own() -> None:
    assert {r["type"] for r in CUES} | {"DEFICIENCY_CAUSES"} == {t.value for t in RelationType}
    ids = [r["id"] for r in CUES]
    assert len(ids) == len(set(ids))


QUALIFIERS = load_toml("relations/qualifiers.toml")["qualifier"]


@pytest.mark.parametrize("example", [e for r in QUALIFIERS for e in r["examples"]], ids=lambda e: e[1])
def test_qualifier_example(example: list[str]) -> None:
    sentence, phrase = example
    assert [sentence[start:end] for start, end, _ in find_qualifiers(sentence)] == [phrase]


@pytest.mark.parametrize("sentence", [e for r in QUALIFIERS for e in r["counterexamples"]])
def test_qualifier_counterexample(sentence: str) -> None:
    assert find_qualifiers(sentence) == []
