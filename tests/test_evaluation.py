"""The evaluation: cases counted by hand, gold checks, mistakes and the gate."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.errors import ResourceError, UnreadableInput, UsageError
from pipeline.evaluation import Split, evaluate, failures, load_gold, mistakes_text, pin, table
from pipeline.evaluation.alignment import NOWHERE, Aligner, PredictedMention, PredictedRelation, Prediction, RelationKey
from pipeline.evaluation.bootstrap import bootstrap
from pipeline.evaluation.catalogue import CATALOGUE_FILE, CatalogueLine, catalogue_problems, load_catalogue
from pipeline.evaluation.gold import (
    SPLITS_FILE,
    GoldArticle,
    GoldDocument,
    GoldEntity,
    GoldRelation,
    check_gold,
    load_splits,
    parse_gold,
    stem,
)
from pipeline.evaluation.mistakes import Cause, mistakes_of, sentence_at
from pipeline.evaluation.scores import (
    EXACT,
    LINKING,
    LINKING_TYPES,
    METRICS,
    PAIRS,
    POLARITY,
    RELATIONS,
    RELAXED,
    UNTYPED,
    Counts,
    match,
    right_type,
    score,
)
from pipeline.schema import EntityType, Polarity, RelationType
from tests.conftest import TEXT, FakeExtractor

ROOT = Path(__file__).parents[1]
ANNOTATIONS, CORPUS = ROOT / "annotations", ROOT / "corpus"
C, N, R, S = EntityType.CONDITION, EntityType.NUTRIENT, EntityType.REMEDY, EntityType.SPECIALIST
TREATS, CAUSES = RelationType.TREATS, RelationType.CAUSES
PATH = Path("a.json")


def gold_of(*entities: tuple[EntityType, int, int, str], relations: Sequence[tuple[str, RelationType, str]] = ()) -> GoldDocument:
    """Gold with these mentions and affirmed relations."""
    return GoldDocument(
        id="a",
        source="a.txt",
        sha256="",
        entities=tuple(GoldEntity(id=f"T{n}", type=t, start=s, end=e, text="", concept=c) for n, (t, s, e, c) in enumerate(entities)),
        relations=tuple(
            GoldRelation(id=f"R{n}", type=t, head=h, tail=c, polarity=Polarity.AFFIRMED, evidence=())
            for n, (h, t, c) in enumerate(relations)
        ),
    )


def found_of(*entities: tuple[EntityType, int, int], relations: Sequence[tuple[int, RelationType, int]] = ()) -> Prediction:
    """A prediction with these mentions, and affirmed relations between them by index."""
    mentions = tuple(PredictedMention(*entity) for entity in entities)
    return Prediction(mentions, tuple(PredictedRelation(kind, mentions[h], mentions[t]) for h, kind, t in relations))


def counts(prediction: Prediction, gold: GoldDocument, *names: str) -> list[tuple[int, int, int]]:
    """Hits, false alarms and misses of some metrics."""
    scored = score(prediction, gold)
    return [(scored[name].tp, scored[name].fp, scored[name].fn) for name in names]


# cases counted by hand


def test_every_metric_is_counted_in_the_order_of_the_table() -> None:
    assert tuple(score(Prediction(), gold_of())) == METRICS


def test_an_empty_article_counts_nothing_and_scores_zero() -> None:
    scored = score(Prediction(), gold_of())
    assert set(scored.values()) == {Counts()}
    assert (Counts().precision, Counts().recall, Counts().f1) == (0.0, 0.0, 0.0)


def test_precision_recall_and_f1() -> None:
    assert (Counts(3, 1, 3).precision, Counts(3, 1, 3).recall, Counts(3, 1, 3).f1) == (0.75, 0.5, 0.6)
    assert Counts(1, 2, 3) + Counts(4, 0, 1) == Counts(5, 2, 4)


def test_relaxed_wants_an_overlap_and_the_type_exact_the_span_untyped_the_overlap_only() -> None:
    gold = gold_of((C, 0, 10, "a"), (N, 20, 30, "b"), (R, 40, 50, "c"))
    found = found_of((C, 0, 10), (N, 25, 35), (S, 40, 50))
    assert counts(found, gold, RELAXED, EXACT, UNTYPED) == [(2, 1, 1), (1, 2, 2), (3, 0, 0)]
    assert counts(found, gold, C, N, R, S) == [(1, 0, 0), (1, 0, 0), (0, 0, 1), (0, 1, 0)]


def test_touching_spans_do_not_overlap() -> None:
    assert counts(found_of((C, 5, 10)), gold_of((C, 0, 5, "a"), (C, 10, 15, "b")), RELAXED, UNTYPED) == [(0, 1, 2), (0, 1, 2)]


def test_a_class_that_is_never_predicted_has_misses_only() -> None:
    scored = score(found_of((C, 0, 5)), gold_of((C, 0, 5, "a"), (S, 9, 12, "b")))
    assert (scored[S], scored[S].precision, scored[S].f1) == (Counts(0, 0, 1), 0.0, 0.0)


def test_each_mention_is_matched_once_and_the_largest_overlap_goes_first() -> None:
    gold = gold_of((C, 0, 10, "a"), (C, 10, 14, "b"))
    found = found_of((C, 8, 14), (C, 0, 3))
    assert match(found.entities, gold.entities, right_type) == {0: 1, 1: 0}
    assert counts(found_of((C, 0, 4), (C, 5, 10)), gold_of((C, 0, 10, "a")), RELAXED) == [(1, 1, 0)]


def test_of_equal_overlaps_the_later_wins_and_greed_is_not_undone() -> None:
    gold = gold_of((C, 0, 4, "a"), (C, 6, 10, "b"))
    assert match(found_of((C, 2, 8)).entities, gold.entities, right_type) == {0: 1}
    assert match(found_of((C, 0, 8), (C, 2, 6)).entities, gold_of((C, 2, 6, "a")).entities, right_type) == {1: 0}
    chain = found_of((C, 8, 12), (C, 2, 8))  # the second could have taken `a`, and the first `b`
    assert match(chain.entities, gold_of((C, 4, 6, "a"), (C, 6, 10, "b")).entities, right_type) == {1: 1}


def test_an_alternative_type_is_right_and_counts_for_the_type_of_the_gold() -> None:
    gold = gold_of((N, 0, 5, "olie"))
    gold = gold.model_copy(update={"entities": (gold.entities[0].model_copy(update={"alt": R}),)})
    assert counts(found_of((R, 0, 5)), gold, RELAXED, EXACT, N, R) == [(1, 0, 0), (1, 0, 0), (1, 0, 0), (0, 0, 0)]


PAIR = ((N, 0, 9, "magnesium"), (C, 20, 30, "kramp"), (C, 40, 50, "kramp"))


def test_relations_are_counted_by_concept_so_that_duplicates_count_once() -> None:
    gold = gold_of(*PAIR, relations=[("magnesium", TREATS, "kramp")])
    found = found_of((N, 0, 9), (C, 20, 30), (C, 40, 50), relations=[(0, TREATS, 1), (0, TREATS, 2), (0, TREATS, 2)])
    assert counts(found, gold, RELATIONS, PAIRS, TREATS) == [(1, 0, 0)] * 3
    wrong = found_of((N, 0, 9), (C, 20, 30), (C, 40, 50), relations=[(0, CAUSES, 1), (0, CAUSES, 2)])
    assert counts(wrong, gold, RELATIONS, PAIRS, TREATS, CAUSES) == [(0, 1, 1), (1, 0, 0), (0, 0, 1), (0, 1, 0)]


def test_a_side_that_overlaps_no_gold_mention_is_a_false_alarm_of_the_totals_only() -> None:
    gold = gold_of(*PAIR, relations=[("magnesium", TREATS, "kramp")])
    found = found_of((N, 0, 9), (C, 60, 70), relations=[(0, TREATS, 1), (0, TREATS, 1), (0, CAUSES, 1)])
    assert counts(found, gold, RELATIONS, PAIRS, TREATS, CAUSES) == [(0, 2, 1), (0, 2, 1), (0, 0, 1), (0, 0, 0)]


def test_a_mention_stands_for_the_concept_that_it_overlaps_most_whatever_its_type() -> None:
    gold = gold_of((N, 0, 4, "ijzer"), (N, 5, 12, "magnesium"), (C, 20, 30, "kramp"), relations=[("magnesium", TREATS, "kramp")])
    assert counts(found_of((R, 2, 12), (C, 20, 30), relations=[(0, TREATS, 1)]), gold, RELATIONS) == [(1, 0, 0)]
    tie = found_of((N, 0, 9), (C, 20, 30), relations=[(0, TREATS, 1)])  # four characters of each: the first
    assert counts(tie, gold, RELATIONS) == [(0, 1, 1)]


def test_polarity_and_direction_matter() -> None:
    gold = gold_of((C, 0, 5, "stress"), (C, 9, 14, "kramp"), relations=[("stress", CAUSES, "kramp")])
    turned = found_of((C, 0, 5), (C, 9, 14), relations=[(1, CAUSES, 0)])
    assert counts(turned, gold, RELATIONS, PAIRS) == [(0, 1, 1), (0, 1, 1)]
    a, b = turned.entities
    denied = Prediction(turned.entities, (PredictedRelation(CAUSES, a, b, Polarity.NEGATED),))
    assert counts(denied, gold, RELATIONS, PAIRS) == [(0, 1, 1), (1, 0, 0)]


AFFIRMED, NEGATED = Polarity.AFFIRMED, Polarity.NEGATED


def test_polarity_is_judged_where_all_else_is_right() -> None:
    gold = gold_of(*PAIR, (N, 60, 65, "zink"), relations=[("magnesium", TREATS, "kramp"), ("zink", TREATS, "kramp")])
    found = found_of((N, 0, 9), (C, 20, 30), (N, 60, 65), relations=[(0, TREATS, 1), (2, CAUSES, 1)])
    assert counts(found, gold, POLARITY) == [(1, 0, 0)]  # the second is another relation, whatever its polarity
    denied = (*found.relations, PredictedRelation(TREATS, found.entities[2], found.entities[1], NEGATED))
    assert counts(Prediction(found.entities, denied), gold, POLARITY, RELATIONS, PAIRS) == [(1, 1, 1), (1, 2, 1), (2, 0, 0)]
    assert score(Prediction(found.entities, denied), gold)[POLARITY].f1 == 0.5  # the accuracy: one of two


def test_both_polarities_of_one_relation_are_two_that_are_judged_each() -> None:
    gold = gold_of(*PAIR, relations=[("magnesium", TREATS, "kramp")])
    a, b = PredictedMention(N, 0, 9), PredictedMention(C, 20, 30)
    both = Prediction((a, b), (PredictedRelation(TREATS, a, b), PredictedRelation(TREATS, a, b, NEGATED)))
    assert counts(both, gold, RELATIONS, PAIRS, POLARITY) == [(1, 1, 0), (1, 0, 0), (1, 1, 1)]


def test_linking_counts_what_was_found_between_the_mentions_of_the_gold() -> None:
    gold = gold_of(*PAIR, relations=[("magnesium", TREATS, "kramp"), ("magnesium", CAUSES, "kramp")])
    linked: frozenset[RelationKey] = frozenset({("magnesium", TREATS, "kramp", AFFIRMED), ("kramp", CAUSES, "magnesium", AFFIRMED)})
    names = (LINKING, LINKING_TYPES[TREATS], LINKING_TYPES[CAUSES], RELATIONS)
    assert counts(Prediction(linked=linked), gold, *names) == [(1, 1, 1), (1, 0, 0), (0, 1, 1), (0, 0, 2)]


def test_a_whole_article_counted_by_hand() -> None:
    """Every way to be right and wrong in one article, with the counts that the guidelines ask for (section 4)."""
    gold = gold_of(
        (C, 0, 10, "kramp"),
        (N, 20, 29, "magnesium"),
        (N, 30, 35, "zink"),  # a character behind the one before it
        (R, 40, 47, "massage"),
        (S, 60, 68, "huisarts"),
        (C, 70, 75, "kramp"),
        (C, 80, 86, "stress"),
        relations=[
            ("magnesium", TREATS, "kramp"),
            ("zink", TREATS, "kramp"),
            ("massage", TREATS, "kramp"),
            ("stress", CAUSES, "kramp"),
            ("kramp", RelationType.CONSULT, "huisarts"),
        ],
    )
    found = found_of(
        (C, 4, 10),  # 0: kramp, too short
        (N, 20, 35),  # 1: magnesium and zink in one; the larger overlap is magnesium
        (C, 40, 47),  # 2: massage, of another type
        (C, 70, 75),  # 3: kramp
        (C, 86, 90),  # 4: behind stress, touches it
        (C, 80, 83),  # 5: stress in two pieces
        (C, 83, 86),  # 6
        (R, 95, 99),  # 7: nothing
        relations=[
            (1, TREATS, 0),  # right
            (1, TREATS, 3),  # the same relation
            (2, CAUSES, 3),  # of another type, from massage
            (5, CAUSES, 0),  # right
            (6, CAUSES, 3),  # the same
            (0, CAUSES, 5),  # turned round
            (7, TREATS, 0),  # a side that is nothing
            (7, TREATS, 0),  # the same
            (7, TREATS, 3),  # another false alarm
            (4, CAUSES, 0),  # a side that touches only
        ],
    )
    names = (RELAXED, EXACT, UNTYPED, C, N, R, S, RELATIONS, PAIRS, POLARITY, TREATS, CAUSES, RelationType.CONSULT)
    assert dict(zip(names, counts(found, gold, *names), strict=True)) == {
        RELAXED: (4, 4, 3),
        EXACT: (1, 7, 6),
        UNTYPED: (5, 3, 2),
        C: (3, 3, 0),
        N: (1, 0, 1),
        R: (0, 1, 1),
        S: (0, 0, 1),
        RELATIONS: (2, 5, 3),
        PAIRS: (3, 4, 2),
        POLARITY: (2, 0, 0),
        TREATS: (1, 0, 2),
        CAUSES: (1, 2, 0),
        RelationType.CONSULT: (0, 0, 1),
    }


# alignment


def test_equal_texts_keep_every_position() -> None:
    assert Aligner("a  b", "a  b").span(1, 3) == (1, 3)


@pytest.mark.parametrize(
    ("produced", "reference", "word", "expected"),
    [
        ("Magnesium bij kramp", "Magne\u00adsium bij\n  kramp", "bij kramp", "bij\n  kramp"),
        ("Menu Kramp doet pijn", "KRAMP doet pijn", "Kramp", "KRAMP"),
        ("vitamine B6 helpt", "vitamine B6 | helpt", "B6 helpt", "B6 | helpt"),
        ("een kramp aderen", "een kramp-\naderen", "kramp aderen", "kramp-\naderen"),
        ("cafe\u0301 is", "caf\u00e9 zo is", "is", "is"),
        ("de kuitkrampen hier", "de kuitkrampen, hier", "kramp", "kuitkrampen"),
    ],
)
def test_words_are_found_again(produced: str, reference: str, word: str, expected: str) -> None:
    start, end = Aligner(produced, reference).span(produced.index(word), produced.index(word) + len(word))
    assert reference[start:end] == expected


def test_words_that_the_annotated_text_has_not_are_nowhere() -> None:
    assert Aligner("menu kramp", "kramp").span(0, 4) == NOWHERE
    assert Aligner("kramp", "").span(0, 5) == NOWHERE
    assert counts(found_of((C, *NOWHERE)), gold_of((C, 0, 5, "a")), UNTYPED) == [(0, 1, 1)]


# intervals


def test_intervals_are_repeatable_and_hold_the_score() -> None:
    articles = [dict.fromkeys(METRICS, Counts(tp, 2, 10 - tp)) for tp in range(2, 10)]
    intervals = bootstrap(articles)
    total = sum((article[RELAXED] for article in articles), Counts())
    assert intervals == bootstrap(articles) != bootstrap(articles, seed=1)
    assert 0 < intervals[RELAXED].f1.low < total.f1 < intervals[RELAXED].f1.high < 1
    assert intervals[RELAXED].recall.low < total.recall < intervals[RELAXED].recall.high


def test_one_article_has_no_spread_and_nothing_is_zero() -> None:
    assert set(bootstrap([dict.fromkeys(METRICS, Counts())])) == set(METRICS)
    (interval,) = {(i.f1.low, i.f1.high) for i in bootstrap([dict.fromkeys(METRICS, Counts(1, 1, 1))]).values()}
    assert interval == (0.5, 0.5)
    assert bootstrap([dict.fromkeys(METRICS, Counts())])[PAIRS].precision.high == 0.0


# mistakes


def causes(prediction: Prediction, gold: GoldDocument) -> list[str]:
    """Kind and cause of each mistake."""
    article = GoldArticle("a", gold, "x" * 100, PATH, "")
    return [f"{mistake.kind} {mistake.cause}" for mistake in mistakes_of(article, prediction)]


def test_each_mistake_of_entities_has_its_cause() -> None:
    gold = gold_of((C, 0, 10, "a"), (N, 20, 30, "b"), (R, 40, 50, "c"), (C, 60, 70, "d"))
    found = found_of((C, 0, 10), (N, 25, 35), (S, 40, 50), (C, 80, 90))
    assert causes(found, gold) == ["entity wrong span", "entity wrong type", "entity missed", "entity spurious"]


@pytest.mark.parametrize(
    ("stated", "found", "expected"),
    [
        ((0, CAUSES, 1), (0, CAUSES, 1, Polarity.AFFIRMED), []),
        ((0, CAUSES, 1), (0, CAUSES, 1, Polarity.NEGATED), [Cause.WRONG_POLARITY]),
        ((0, CAUSES, 1), (1, CAUSES, 0, Polarity.AFFIRMED), [Cause.WRONG_DIRECTION]),
        ((0, CAUSES, 1), (0, RelationType.HAS_SYMPTOM, 1, Polarity.AFFIRMED), [Cause.WRONG_TYPE]),
        ((0, CAUSES, 1), (0, CAUSES, 2, Polarity.AFFIRMED), [Cause.MISSED, Cause.SPURIOUS]),
        ((0, CAUSES, 1), (0, CAUSES, 3, Polarity.AFFIRMED), [Cause.MISSED, Cause.SPURIOUS]),
    ],
)
def test_each_mistake_of_relations_has_its_cause(
    stated: tuple[int, RelationType, int], found: tuple[int, RelationType, int, Polarity], expected: list[Cause]
) -> None:
    entities = ((C, 0, 5, "a"), (C, 10, 15, "b"), (C, 20, 25, "c"))
    gold = gold_of(*entities, relations=[(entities[stated[0]][3], stated[1], entities[stated[2]][3])])
    mentions = (*(PredictedMention(*entity[:3]) for entity in entities), PredictedMention(C, 80, 90))
    prediction = Prediction(mentions, (PredictedRelation(found[1], mentions[found[0]], mentions[found[2]], found[3]),))
    assert [cause for cause in causes(prediction, gold) if cause.startswith("relation")] == [f"relation {cause}" for cause in expected]


def test_a_context_is_the_sentence_of_the_annotated_text() -> None:
    assert sentence_at("Titel\nEen zin. Kramp is naar! En dan?", 15, 20) == "Kramp is naar!"
    assert sentence_at("Kramp", 0, 5) == "Kramp"


# gold files


def gold_values() -> dict[str, Any]:
    """A correct gold file of :data:`TEXT`."""
    return {
        "id": "a",
        "source": "a.txt",
        "sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
        "entities": [
            {"id": "T1", "type": "NUTRIENT", "start": 0, "end": 9, "text": "Magnesium", "concept": "magnesium", "alt": None},
            {"id": "T2", "type": "CONDITION", "start": 22, "end": 32, "text": "spierkramp", "concept": "spierkramp", "alt": None},
        ],
        "relations": [
            {"id": "R1", "type": "TREATS", "head": "magnesium", "tail": "spierkramp", "polarity": "affirmed", "evidence": [[0, 33]]}
        ],
    }


def checked(values: dict[str, Any]) -> None:
    check_gold(parse_gold(json.dumps(values).encode(), PATH), TEXT.encode(), PATH)


def test_a_correct_gold_file_is_taken() -> None:
    checked(gold_values())


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("sha256", "0", "a.json: the bytes of a.txt are not those that were annotated"),
        ("entities.0.type", "FOOD", "a.json: entities.0.type: Input should be 'CONDITION'"),
        ("entities.0.start", 1, "a.json: entity T1: 'Magnesium' is not at [1, 9)"),
        ("entities.0.concept", "", "a.json: entities.0.concept: String should have at least 1 character"),
        ("entities.1.id", "T1", "a.json: entity ids are not unique"),
        ("entities.1", {**gold_values()["entities"][0], "id": "T2"}, "a.json: entities T1 and T2 overlap"),
        ("relations.0.head", "ijzer", "a.json: relation R1: no entity has the concept 'ijzer'"),
        ("relations.0.tail", "magnesium", "a.json: relation R1: 'magnesium' is related to itself"),
        ("relations.0.type", "CONSULT", "a.json: relation R1: CONSULT cannot have the NUTRIENT 'magnesium' as its head"),
        ("relations.0.evidence", [[0, 99]], "a.json: relation R1: evidence is empty or outside the text of 33 characters"),
        ("relations", gold_values()["relations"] * 2, "a.json: relation ids are not unique"),
        ("comment", "?", "a.json: comment: Extra inputs are not permitted"),
    ],
)
def test_a_broken_gold_file_is_refused_with_the_place(place: str, value: object, message: str) -> None:
    values: Any = gold_values()
    target = values
    *way, last = [int(part) if part.isdecimal() else part for part in place.split(".")]
    for step in way:
        target = target[step]
    target[last] = value
    with pytest.raises(ResourceError) as caught:
        checked(values)
    assert str(caught.value).startswith(message)


def test_a_relation_twice_is_refused() -> None:
    values = gold_values()
    values["relations"].append({**values["relations"][0], "id": "R2"})
    with pytest.raises(ResourceError, match=r"R2: magnesium TREATS spierkramp \(affirmed\) is there twice"):
        checked(values)


def test_all_gold_of_this_repository_is_correct_and_the_splits_are_apart() -> None:
    everything = [article.name for article in load_gold(ANNOTATIONS, CORPUS, "all").articles]
    splits = load_splits(ANNOTATIONS / SPLITS_FILE, everything)
    assert everything == sorted(stem(path.name) for path in CORPUS.iterdir())
    names: tuple[Split, ...] = ("train", "dev", "test")
    for split in names:
        named = sorted(name for name in splits if splits[name] == split)
        if named:
            assert [article.name for article in load_gold(ANNOTATIONS, CORPUS, split).articles] == named


def test_the_catalogue_of_this_repository_fits_its_splits() -> None:
    everything = {article.name: "" for article in load_gold(ANNOTATIONS, CORPUS, "all").articles}
    splits = {**everything, **load_splits(ANNOTATIONS / SPLITS_FILE, everything)}
    assert "" not in splits.values()
    assert list(catalogue_problems(load_catalogue(ANNOTATIONS / CATALOGUE_FILE), splits)) == []


# the catalogue

HEADER = "name\tgenre\tsubject\tannotators\n"


@pytest.fixture
def catalogue(tmp_path: Path) -> Callable[[str], dict[str, CatalogueLine]]:
    """Loads a catalogue with these lines."""

    def load(lines: str) -> dict[str, CatalogueLine]:
        (tmp_path / CATALOGUE_FILE).write_text(lines, encoding="utf-8")
        return load_catalogue(tmp_path / CATALOGUE_FILE)

    return load


Catalogue = Callable[[str], dict[str, CatalogueLine]]


def test_a_catalogue_is_read(catalogue: Catalogue) -> None:
    assert catalogue(f"{HEADER}a\tgp\tvitamine d\t2\nb\tforum\tacné\t1\n") == {
        "a": CatalogueLine(name="a", genre="gp", subject="vitamine d", annotators=2),
        "b": CatalogueLine(name="b", genre="forum", subject="acné", annotators=1),
    }


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "line 1: the columns should be name, genre, subject, annotators, separated by tabs"),
        ("name\tgenre\n", "line 1: the columns should be"),
        (f"{HEADER}a\tgp\tx\n", "line 2: 3 columns where the header has 4"),
        (f"{HEADER}a\tgp\tx\t1\n\n", "line 3: 1 columns"),
        (f"{HEADER}a\tGP\tx\t1\n", "line 2: genre: String should match pattern"),
        (f"{HEADER}a\tgp\t\t1\n", "line 2: subject: String should have at least 1 character"),
        (f"{HEADER}a\tgp\tx\t0\n", "line 2: annotators: Input should be greater than or equal to 1"),
        (f"{HEADER}a\tgp\tx\tno\n", "line 2: annotators: Input should be a valid integer"),
        (f"{HEADER}a\tgp\tx\t1\na\tgp\ty\t1\n", "line 3: a stands there twice"),
        (f"{HEADER}b\tgp\tx\t1\na\tgp\ty\t1\n", "the lines should be sorted by name"),
    ],
)
def test_a_broken_catalogue_is_refused_with_the_line(catalogue: Catalogue, lines: str, message: str) -> None:
    with pytest.raises(ResourceError) as caught:
        catalogue(lines)
    assert message in str(caught.value)


def test_a_missing_catalogue_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match=r"cannot read .*catalogue\.tsv"):
        load_catalogue(tmp_path / CATALOGUE_FILE)


def lines_of(*rows: tuple[str, str, str]) -> dict[str, CatalogueLine]:
    """A catalogue of articles with these genres and subjects, named a, b, c and so on, and their splits."""
    return {
        name: CatalogueLine(name=name, genre=row[1], subject=row[2], annotators=1) for name, row in zip("abcdefghijklm", rows, strict=False)
    }


def problems_of(*rows: tuple[str, str, str]) -> list[str]:
    """What is wrong with articles of these splits, genres and subjects."""
    lines = lines_of(*rows)
    return list(catalogue_problems(lines, {name: row[0] for name, row in zip(lines, rows, strict=True)}))


def test_subjects_of_test_do_not_occur_in_train() -> None:
    assert problems_of(("train", "gp", "x"), ("dev", "gp", "x"), ("test", "gp", "y"), ("test", "gp", "z")) == []
    assert problems_of(("train", "gp", "x"), ("dev", "gp", "y"), ("test", "gp", "x")) == [
        "c is in test, and train has an article about x as well"
    ]


def test_no_more_than_three_articles_of_a_subject() -> None:
    assert problems_of(*[("dev", "gp", "x")] * 3) == []
    assert problems_of(*[("dev", "gp", "x")] * 4) == ["4 articles are about x; there should be no more than 3"]


def test_every_article_has_a_line_and_a_split() -> None:
    lines = lines_of(("", "gp", "x"), ("", "gp", "y"))
    assert list(catalogue_problems(lines, {"a": "dev", "z": "dev"})) == ["b has no split", "z has no line in the catalogue"]


def test_genres_are_spread_over_the_splits() -> None:
    even = [("dev", "gp"), ("dev", "gp"), ("dev", "blog"), ("dev", "blog"), ("test", "gp"), ("test", "blog")]
    assert problems_of(*((split, genre, str(n)) for n, (split, genre) in enumerate(even))) == []
    odd = [("dev", "gp")] * 4 + [("test", "blog")] * 4
    assert problems_of(*((split, genre, str(n)) for n, (split, genre) in enumerate(odd))) == [
        "dev has 0 articles of genre blog; its share is 2.0",
        "test has 4 articles of genre blog; its share is 2.0",
        "dev has 4 articles of genre gp; its share is 2.0",
        "test has 0 articles of genre gp; its share is 2.0",
    ]


def test_names_without_suffix() -> None:
    assert [stem(name) for name in ("a.ref.txt", "a.html", "a.b.md")] == ["a", "a", "a.b"]


# the command and the gate

COMMANDS = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpus of two articles with their gold; the first is dev, the second has no split."""
    for name in ("a", "b"):
        (tmp_path / "corpus").mkdir(exist_ok=True)
        (tmp_path / "annotations").mkdir(exist_ok=True)
        (tmp_path / "corpus" / f"{name}.txt").write_text(TEXT, encoding="utf-8")
        gold = json.dumps({**gold_values(), "id": name, "source": f"{name}.txt"})
        (tmp_path / "annotations" / f"{name}.json").write_text(gold, encoding="utf-8")
    (tmp_path / "annotations" / "splits.json").write_text('{"dev": ["a"], "test": []}', encoding="utf-8")
    return tmp_path


def call(folder: Path, *arguments: str) -> Result:
    """Run the command on that corpus."""
    places = ("--gold", str(folder / "annotations"), "--corpus", str(folder / "corpus"))
    return COMMANDS.invoke(app, ["evaluate", *places, *arguments])


def test_one_fallen_metric_is_one_line(folder: Path) -> None:
    evaluation = evaluate(load_gold(folder / "annotations", folder / "corpus", "dev"), FakeExtractor())
    path = folder / "annotations" / "floors.json"
    pin(evaluation, path)
    path.write_text(path.read_text(encoding="utf-8").replace('"relations": 1.0', '"relations": 0.5'), encoding="utf-8")
    assert failures(evaluation, path) == []
    object.__setattr__(evaluation, "totals", {**evaluation.totals, RELATIONS: Counts(1, 2, 2)})
    assert failures(evaluation, path) == ["relations fell: F1 0.3333 is below the floor of 0.5000 for split dev"]


@pytest.mark.usefixtures("fake_extractor")
class TestCommand:
    def test_the_table_is_on_stdout_and_articles_without_a_split_are_told(self, folder: Path) -> None:
        result = call(folder)
        assert result.exit_code == 0
        assert result.stdout.startswith("split dev: 2 articles\n")
        assert "relations                 1.000  1.000  1.000   1.000-1.000        2      0       0\n" in result.stdout
        assert result.stderr == "1 of the articles are in no split and count as dev: b\n"

    def test_json_has_the_same_numbers(self, folder: Path) -> None:
        values = json.loads(call(folder, "--json").stdout)
        assert values["metrics"][RELATIONS]["f1"] == 1.0
        assert [article["name"] for article in values["articles"]] == ["a", "b"]

    def test_an_empty_split_is_an_error(self, folder: Path) -> None:
        result = call(folder, "--split", "test")
        assert result.exit_code == 2
        assert "split test has no articles" in result.stderr

    def test_each_split_has_its_own_articles(self, folder: Path) -> None:
        (folder / "annotations" / "splits.json").write_text('{"train": ["b"], "dev": [], "test": ["a"]}', encoding="utf-8")
        names = {
            split: [a["name"] for a in json.loads(call(folder, "--split", split, "--json").stdout)["articles"]]
            for split in ("train", "test", "all")
        }
        assert names == {"train": ["b"], "test": ["a"], "all": ["a", "b"]}
        assert "split dev has no articles" in call(folder).stderr

    def test_the_gate_passes_until_a_score_falls(self, folder: Path) -> None:
        assert call(folder, "--gate").stderr.endswith("no floors are pinned for split dev: pin them with --split dev --pin\n")
        assert call(folder, "--pin").exit_code == 0
        assert call(folder, "--gate").exit_code == 0
        floors = folder / "annotations" / "floors.json"
        evaluation = evaluate(load_gold(folder / "annotations", folder / "corpus", "dev"), Blind())
        assert failures(evaluation, floors) == [
            f"{name} fell: F1 0.0000 is below the floor of 1.0000 for split dev" for name in (RELAXED, EXACT, RELATIONS, PAIRS, LINKING)
        ]

    def test_a_fall_exits_with_one_line_a_metric(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        call(folder, "--pin")
        monkeypatch.setattr(FakeExtractor, "extract", Blind.extract)
        result = call(folder, "--gate")
        assert result.exit_code == 1
        assert len([line for line in result.stderr.splitlines() if line.startswith("gate: ")]) == 5

    def test_changed_gold_wants_new_floors(self, folder: Path) -> None:
        call(folder, "--pin")
        path = folder / "annotations" / "b.json"
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        result = call(folder, "--gate")
        assert result.exit_code == 1
        assert "gate: gold or inputs of split dev are not those of the floors in floors.json: pin anew" in result.stderr

    def test_floors_are_lowered_on_demand_only(self, folder: Path) -> None:
        path = folder / "annotations" / "floors.json"
        gold = load_gold(folder / "annotations", folder / "corpus", "dev")
        pin(evaluate(gold, FakeExtractor()), path)
        worse = evaluate(gold, Blind())
        before = path.read_bytes()
        with pytest.raises(UsageError, match=r"relations 1\.0000 to 0\.0000.*--lower"):
            pin(worse, path)
        assert path.read_bytes() == before
        assert pin(worse, path, lower=True).f1[RELATIONS] == 0.0

    @pytest.mark.parametrize("options", [("--gate", "--pin"), ("--lower",)])
    def test_options_that_make_no_sense_together(self, folder: Path, options: tuple[str, ...]) -> None:
        assert call(folder, *options).exit_code == 2

    def test_the_file_of_mistakes_names_each_with_its_sentence(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(FakeExtractor, "extract", Blind.extract)
        path = folder / "mistakes.txt"
        result = call(folder, "--errors", str(path))
        assert result.exit_code == 1
        assert "rejected a, so that all of it is missed: nothing is seen" in result.stderr
        text = path.read_text(encoding="utf-8")
        assert text.startswith("split dev: 6 mistakes in 2 articles\n  entity missed: 4\n  relation missed: 2\n")
        assert f"\nb\n  gold   CONDITION 'spierkramp' = spierkramp\n  in     {TEXT}\n" in text
        assert "a  [not found: magnesium, spierkramp]\n  gold   magnesium TREATS spierkramp (affirmed)" in text

    def test_the_page_of_mistakes_is_written(self, folder: Path) -> None:
        path = folder / "mistakes.html"
        assert call(folder, "--html", str(path)).exit_code == 0
        assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
        assert [item.name for item in folder.iterdir() if item.is_file()] == ["mistakes.html"]

    @pytest.mark.parametrize("option", ["--errors", "--html"])
    def test_a_file_that_cannot_be_written_is_one_line(self, folder: Path, option: str) -> None:
        result = call(folder, option, str(folder))
        assert result.exit_code == 2
        assert "error: cannot write" in result.stderr


class Blind(FakeExtractor):
    """An extractor that rejects everything."""

    def extract(self, *_: object) -> Any:
        raise UnreadableInput("empty", "nothing is seen")


def test_a_split_that_names_an_unknown_article_is_refused(folder: Path) -> None:
    splits = folder / "annotations" / "splits.json"
    for text, message in (
        ('{"train": ["c"]}', r"train names c, but there is no c\.json"),
        ('{"dev": ["a"], "test": ["a"]}', "a stands in dev and in test"),
        ('{"train": ["a"], "dev": ["a"]}', "a stands in train and in dev"),
        ('{"train": ["b", "b"]}', "b stands in train and in train, or twice"),
        ('{"training": ["b"]}', "splits.json: training"),
    ):
        splits.write_text(text, encoding="utf-8")
        with pytest.raises(ResourceError, match=message):
            load_gold(folder / "annotations", folder / "corpus", "dev")


def test_an_article_that_the_corpus_has_not_is_an_error(folder: Path) -> None:
    (folder / "corpus" / "b.txt").unlink()
    with pytest.raises(ResourceError, match="no files of the corpus are called b"):
        load_gold(folder / "annotations", folder / "corpus", "dev")


def test_the_table_and_the_mistakes_of_a_perfect_split(folder: Path) -> None:
    evaluation = evaluate(load_gold(folder / "annotations", folder / "corpus", "all"), FakeExtractor())
    assert "CAUSES" not in table(evaluation)
    assert mistakes_text(evaluation) == "split all: 0 mistakes in 2 articles\n"
