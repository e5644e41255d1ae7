"""What reviewers see and do: the queue, cards, filters, corrections, additions, undo, and several of them at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ResourceError, UsageError
from pipeline.review.api import Conflict, Options, Review
from pipeline.review.board import Board
from pipeline.review.dataset import ReviewDataset, UnknownId
from pipeline.review.display import AROUND, example_of, passages_of
from pipeline.review.events import AddedEntity, AddedTriple, Answer, Decision, Edit, Reason, Undo, new_key
from pipeline.review.queue import CLAIM_SECONDS, EVERYTHING, Filter, Queue
from pipeline.review.reading import Reading
from pipeline.review.sampling import risk_design
from pipeline.review.store import Store
from pipeline.review.views import Card, MarkKind, Row, Status
from pipeline.schema import ArticleRecord, EntityType, Polarity, RelationType
from tests.reviewing import make_dataset

RIGHT, WRONG, UNSURE, SKIP = Answer.CORRECT, Answer.WRONG, Answer.UNSURE, Answer.SKIP


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_dataset(tmp_path, "acne-forum", "copd-ziekenhuis", "griep-ouderen-gp")


@pytest.fixture
def review(folder: Path) -> Iterator[Review]:
    with Review.open(folder) as opened:
        yield opened


def shown(card: Card | None) -> Card:
    """The card, which is there."""
    assert card is not None
    return card


def judge(review: Review, reviewer: str, triple: str, answer: Answer = RIGHT) -> str:
    """Say something of a triple; gives the key."""
    key = new_key()
    review.decide(reviewer, triple, answer, Reason.NOT_STATED if answer is WRONG else None, key=key)
    return key


# the queue


def test_every_triple_comes_once_in_the_order_of_the_design(review: Review) -> None:
    acne = Filter(article="acne")
    wanted = [row.triple_id for row in review.search("anna", acne, limit=10_000).rows]
    seen = []
    while card := review.next("anna", acne):
        seen.append(card.triple_id)
        judge(review, "anna", card.triple_id, SKIP if len(seen) % 7 == 0 else RIGHT)
    assert seen == wanted
    progress = review.progress("anna", acne)
    assert (progress.total, progress.decided, progress.left) == (len(seen), len(seen), 0)


def test_what_one_is_looking_at_does_not_come_to_another(review: Review) -> None:
    one, other = shown(review.next("anna")), shown(review.next("bert"))
    assert one.triple_id != other.triple_id
    assert shown(review.next("anna")).triple_id == one.triple_id


def test_what_nobody_decided_for_a_while_comes_to_others(folder: Path) -> None:
    dataset = ReviewDataset(folder)
    time = 0.0
    queue = Queue(Board(dataset), risk_design(dataset, 0), dataset.confidence < 0, clock=lambda: time)
    first = queue.next("anna", EVERYTHING)
    assert queue.next("bert", EVERYTHING) != first
    time = CLAIM_SECONDS + 1
    assert queue.next("cleo", EVERYTHING) == first
    dataset.close()


def test_stepping_on_without_a_decision(review: Review) -> None:
    order = [row.triple_id for row in review.search("anna", limit=5).rows]
    assert shown(review.next("anna", after=order[0])).triple_id == order[1]
    judge(review, "anna", order[1])
    assert shown(review.next("anna", after=order[1])).triple_id == order[2]
    assert shown(review.next("anna")).triple_id == order[0]
    assert shown(review.previous("anna")).triple_id == order[1]
    assert review.previous("bert") is None


def test_a_triple_is_judged_once_and_a_double_one_twice(folder: Path) -> None:
    for double, comes_again in ((0.0, False), (1.0, True)):
        with Review.open(folder, Options(double=double)) as review:
            triple = shown(review.next("anna")).triple_id
            judge(review, "anna", triple)
            assert (shown(review.next("bert")).triple_id == triple) is comes_again
            judge(review, "bert", triple)
            assert shown(review.next("cleo")).triple_id != triple
            assert shown(review.next("anna")).triple_id != triple
            for reviewer in ("anna", "bert"):
                review.undo(reviewer, key=new_key())


def test_an_audit_has_its_sample_and_no_more(folder: Path) -> None:
    with Review.open(folder, Options(sample=18, stratify="relation", seed=5)) as review:
        seen = []
        while card := review.next("anna"):
            seen.append(card)
            review.decide("anna", card.triple_id, RIGHT, key=new_key(), stratum=card.stratum)
        assert len(seen) == 18
        assert {card.stratum for card in seen} == {card.relation for card in seen}
        events = [done.event for done in review.history("anna")]
        assert all(isinstance(event, Decision) and event.sampling.design == "audit:relation:18:5" for event in events)


def test_a_decision_keeps_how_the_triple_came(review: Review) -> None:
    card = shown(review.next("anna"))
    other = review.search("anna", limit=3).rows[2]
    by_queue = review.decide("anna", card.triple_id, RIGHT, key=new_key(), stratum=card.stratum).event
    looked_up = review.decide("anna", other.triple_id, RIGHT, key=new_key(), stratum="browse").event
    assert isinstance(by_queue, Decision)
    assert isinstance(looked_up, Decision)
    assert by_queue.sampling.design == "risk:0"
    assert by_queue.sampling.stratum == card.stratum in {"low_confidence", "high_impact", "new_rule", "random"}
    assert 0 < by_queue.sampling.probability <= 1
    assert (looked_up.sampling.design, looked_up.sampling.probability) == ("browse", 0.0)


# filters

FILTERS: dict[str, tuple[Filter, Callable[[Row], bool]]] = {
    "relation": (Filter(relation="CAUSES"), lambda row: row.relation == "CAUSES"),
    "rule": (Filter(rule="model:sentence"), lambda row: row.rule == "model:sentence"),
    "kind of rule": (Filter(rule="cue"), lambda row: row.rule.startswith("cue:")),
    "confidence": (Filter(min_confidence=0.4, max_confidence=0.7), lambda row: 0.4 <= row.confidence <= 0.7),
    "source": (Filter(article="COPD"), lambda row: "copd" in row.source),
    "concept": (Filter(concept="acne"), lambda row: "acne" in (row.head, row.tail)),
    "concept id": (Filter(concept="condition:acne"), lambda row: "acne" in (row.head, row.tail)),
    "two at once": (Filter(relation="CAUSES", rule="model"), lambda row: row.relation == "CAUSES" and row.rule.startswith("model:")),
    "nothing": (Filter(concept="geen enkel begrip"), lambda row: False),
}


@pytest.mark.parametrize(("where", "holds"), FILTERS.values(), ids=FILTERS)
def test_a_filter_finds_what_it_says_and_all_of_it(review: Review, where: Filter, holds: Callable[[Row], bool]) -> None:
    rows = review.search("anna", limit=10_000).rows
    found = review.search("anna", where, limit=10_000)
    assert [row.triple_id for row in found.rows] == [row.triple_id for row in rows if holds(row)]
    assert found.total == len(found.rows)
    card = review.next("anna", where)
    assert (card.triple_id if card else None) == (found.rows[0].triple_id if found.rows else None)


def test_a_text_is_found_in_evidence_and_names_without_regard_to_case(review: Review, folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "triples.jsonl").read_text(encoding="utf-8").splitlines()]
    wanted = {
        line["triple_id"]
        for line in lines
        if any(
            "huid" in text.lower()
            for text in (*line["evidence"], *(line[f"{e}_{k}"] for e in ("head", "tail") for k in ("text", "concept")))
        )
    }
    assert {row.triple_id for row in review.search("anna", Filter(text="HuId"), limit=10_000).rows} == wanted
    assert wanted
    assert review.search("anna", Filter(text="h.id")).total == 0


def test_filters_by_status_and_pages(review: Review) -> None:
    order = [row.triple_id for row in review.search("anna", limit=10_000).rows]
    for triple, answer in zip(order, (RIGHT, WRONG, UNSURE, SKIP), strict=False):
        judge(review, "anna", triple, answer)
    found = {
        status: review.search("anna", Filter(status=status), limit=9).rows for status in ("correct", "wrong", "unsure", "skip", "decided")
    }
    assert [[row.triple_id for row in rows] for rows in found.values()] == [*([one] for one in order[:4]), order[:4]]
    assert review.search("anna", Filter(status="open")).total == len(order) - 4 == review.search("anna", Filter(status="undecided")).total
    assert review.search("bert", Filter(status="decided")).total == 0
    assert shown(review.next("anna", Filter(status="skip"))).triple_id == order[3]
    page = review.search("anna", offset=10, limit=5)
    assert ([row.triple_id for row in page.rows], page.total, page.offset) == (order[10:15], len(order), 10)
    by_confidence = [row.confidence for row in review.search("anna", limit=10_000, order="confidence").rows]
    assert by_confidence == sorted(by_confidence)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (Filter(relation="LOVES"), "there is no relation 'LOVES': choose one of TREATS"),
        (Filter(status="lost"), "there is no status 'lost': choose one of open"),
        (Filter(min_confidence=0.9, max_confidence=0.1), "confidence goes from 0 to 1"),
    ],
)
def test_what_cannot_be_filtered_by(review: Review, where: Filter, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        review.next("anna", where)


def test_unknown_names_are_told(review: Review) -> None:
    with pytest.raises(UnknownId, match="has no triple 'x:r1'"):
        review.card("anna", "x:r1")
    with pytest.raises(UnknownId, match="has no article 'x'"):
        review.article("anna", "x")
    with pytest.raises(UsageError, match="'<b>' cannot be the name of a reviewer"):
        review.next("<b>")


# cards


def test_a_card_shows_the_triple_where_it_stands(review: Review, folder: Path) -> None:
    records = {record.article_id: record for record in _records(folder)}
    for row in review.search("anna", limit=60).rows:
        card = review.card("anna", row.triple_id)
        record = records[card.article_id]
        relation = next(relation for relation in record.relations if relation.id == card.relation_id)
        kinds = {mark.entity: mark.kind for passage in card.passages for mark in passage.marks}
        assert (kinds[relation.head], kinds[relation.tail]) == (MarkKind.HEAD, MarkKind.TAIL)
        sentences = {sentence.id: record.text[sentence.start : sentence.end] for sentence in record.sentences}
        stated = [passage.text[start:end] for passage in card.passages for start, end in passage.evidence]
        assert stated == [sentences[name] for name in relation.evidence]
        for passage in card.passages:
            assert record.text[passage.start : passage.start + len(passage.text)] == passage.text
            edges = [edge for mark in passage.marks for edge in (mark.start, mark.end)]
            assert edges == sorted(edges)
            texts = {mark.entity: passage.text[mark.start : mark.end] for mark in passage.marks if mark.entity}
            assert texts.items() <= {entity.id: entity.text for entity in record.entities}.items()
        shown_blocks = {passage.block for passage in card.passages}
        parents = {block.id: block.parent for block in record.blocks}
        assert all(parents[block] in shown_blocks for block in shown_blocks if parents[block])


def _records(folder: Path) -> list[ArticleRecord]:
    lines = (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    return [ArticleRecord.model_validate_json(line) for line in lines]


@pytest.mark.parametrize("kind", ["cue", "frame", "model"])
def test_the_cue_is_marked(review: Review, kind: str) -> None:
    cards = [review.card("anna", row.triple_id) for row in review.search("anna", Filter(rule=kind), limit=200).rows]
    marked = [any(mark.kind is MarkKind.CUE for passage in card.passages for mark in passage.marks) for card in cards]
    assert sum(marked) >= 0.5 * len(marked) > 0
    assert all((card.why.kind, card.why.rule.partition(":")[0]) == (kind, kind) for card in cards)


def test_a_rule_has_an_example_and_a_model_none() -> None:
    assert example_of("cue:treats.help") == "Magnesium helpt tegen krampen."
    assert example_of("cue:contraindicated.answer") == "Mag je koffie drinken bij jicht? Liever niet."
    assert example_of("frame:side-effects") == "Bijwerkingen"
    assert example_of("model:sentence") is None


def test_of_a_long_block_what_matters_is_shown(values: dict[str, Any]) -> None:
    before = "Niets. " * 40_000
    moved = json.loads(json.dumps(values))
    moved["text"] = before + values["text"] + " Weer niets." * 40_000
    for item in (*moved["sentences"], *moved["entities"]):
        item["start"] += len(before)
        item["end"] += len(before)
    moved["blocks"][0]["end"] = len(moved["text"])
    record = ArticleRecord.model_validate(moved)
    (passage,) = passages_of(Reading(record), record.relations[0])
    assert passage.cut == (True, True)
    assert len(passage.text) <= 2 * AROUND + len(values["text"])
    ((start, end),) = passage.evidence
    assert passage.text[start:end] == values["text"]
    assert {mark.kind for mark in passage.marks} >= {MarkKind.HEAD, MarkKind.TAIL}


def test_other_articles_that_say_the_same_or_the_opposite(tmp_path: Path) -> None:
    with Review.open(make_dataset(tmp_path, "")) as review:
        rows = review.search("anna", limit=100_000).rows
        cards = [review.card("anna", row.triple_id) for row in rows[::40]]
        said = {(row.head, row.relation, row.tail, row.polarity): set[str]() for row in rows}
        for row in rows:
            said[row.head, row.relation, row.tail, row.polarity].add(row.triple_id)
        alike = {row.triple_id.partition(":")[2]: set[str]() for row in rows}  # by the relation's id, since names may be of two types
        for row in rows:
            alike[row.triple_id.partition(":")[2]].add(row.triple_id)
        for card in cards:
            same = alike[card.triple_id.partition(":")[2]] - {card.triple_id}
            assert len(card.same) == min(len(same), 8)
            assert {other.row.triple_id for other in card.same} <= same
            for other in card.opposite:
                assert (other.row.head, other.row.tail) == (card.head.concept, card.tail.concept)
                assert (other.row.relation, other.row.polarity) != (card.relation, card.polarity)
        assert any(card.same for card in cards)
        denied = next(row for row in rows if row.polarity is Polarity.NEGATED and (row.head, row.relation, row.tail, "affirmed") in said)
        opposite = {other.row.triple_id for other in review.card("anna", denied.triple_id).opposite}
        assert opposite & said[denied.head, denied.relation, denied.tail, Polarity.AFFIRMED]


def test_reviewers_are_blind_to_each_other_unless_told_otherwise(folder: Path) -> None:
    for blind in (True, False):
        with Review.open(folder, Options(blind=blind)) as review:
            triple = review.search("anna", limit=1).rows[0].triple_id
            judge(review, "bert", triple, WRONG)
            card = review.card("anna", triple)
            assert [one.reviewer for one in card.others] == ([] if blind else ["bert"])
            assert (card.mine, card.status) == (None, Status.OPEN)
            mine = review.card("bert", triple).mine
            assert mine
            assert (mine.answer, mine.reason) == (WRONG, Reason.NOT_STATED)


# corrections and additions


def test_a_correction_turns_or_changes_the_triple(review: Review) -> None:
    row = next(
        row for row in review.search("anna", Filter(relation="CAUSES"), limit=999).rows if _types(review, row) == {EntityType.CONDITION}
    )
    other = "negated" if row.polarity == "affirmed" else "affirmed"
    for changes, words in (
        ({"swap": True}, f"{row.tail} CAUSES {row.head}"),
        ({"relation": RelationType.HAS_SYMPTOM}, f"{row.head} HAS_SYMPTOM {row.tail}"),
        ({"polarity": Polarity(other)}, f"{row.head} CAUSES {row.tail}"),
    ):
        event = review.edit("anna", row.triple_id, key=new_key(), **changes).event
        assert isinstance(event, Edit)
        assert f"{event.corrected.head.concept} {event.corrected.relation} {event.corrected.tail.concept}" == words
        assert event.corrected.polarity == (other if "polarity" in changes else row.polarity)
    assert review.card("anna", row.triple_id).status is Status.EDITED
    assert review.statistics().answers["wrong"] == 1


def _types(review: Review, row: Row) -> set[EntityType]:
    card = review.card("anna", row.triple_id)
    return {card.head.type, card.tail.type}


def test_a_correction_can_take_another_mention(review: Review) -> None:
    card = review.card("anna", review.search("anna", Filter(relation="TREATS"), limit=1).rows[0].triple_id)
    page = review.article("anna", card.article_id)
    other = next(
        mark
        for passage in page.passages
        for mark in passage.marks
        if mark.type is EntityType.CONDITION and mark.concept not in (card.tail.concept, card.head.concept)
    )
    event = review.edit("anna", card.triple_id, tail=other.entity, key=new_key()).event
    assert isinstance(event, Edit)
    assert (event.corrected.head.concept, event.corrected.tail.concept) == (card.head.concept, other.concept)


def test_what_is_no_correction(review: Review) -> None:
    row = review.search("anna", Filter(relation="TREATS"), limit=1).rows[0]
    with pytest.raises(Conflict, match="nothing was changed"):
        review.edit("anna", row.triple_id, key=new_key())
    with pytest.raises(UsageError, match="TREATS cannot link CONDITION to"):
        review.edit("anna", row.triple_id, swap=True, key=new_key())
    with pytest.raises(UsageError, match="has no entity 'e999999'"):
        review.edit("anna", row.triple_id, head="e999999", key=new_key())
    assert review.history("anna") == ()


def _free(review: Review, article: str, pattern: str = r"[a-z]{6,}") -> tuple[int, int]:
    """Where a word stands that is in no mention."""
    for passage in review.article("anna", article).passages:
        for match in re.finditer(pattern, passage.text):
            if not any(mark.start < match.end() and match.start() < mark.end for mark in passage.marks):
                return passage.start + match.start(), passage.start + match.end()
    raise AssertionError("every word is in a mention")


def test_a_missed_entity_becomes_an_end_of_a_missed_triple(review: Review) -> None:
    article = review.next_article("anna") or ""
    start, end = _free(review, article, r"(?<=\s)[a-z]{6,}(?=\s)")
    recorded = review.add_entity("anna", article, start - 1, end + 1, EntityType.CONDITION, key=new_key())
    assert isinstance(recorded.event, AddedEntity)
    entity = recorded.event.entity
    assert (entity.start, entity.end, entity.concept) == (start, end, entity.text)
    page = review.article("anna", article)
    (view,) = page.added_entities
    assert any(
        mark.kind is MarkKind.ADDED and mark.entity == view.entity == f"a{start}" for passage in page.passages for mark in passage.marks
    )
    remedy = next(mark.entity for passage in page.passages for mark in passage.marks if mark.type is EntityType.REMEDY)
    assert remedy
    added = review.add_triple("anna", article, remedy, RelationType.TREATS, view.entity, key=new_key()).event
    assert isinstance(added, AddedTriple)
    assert added.statement.evidence
    assert [one.key for one in review.article("anna", article).added_triples] == [added.key]
    assert review.article("bert", article).added_entities == ()
    with pytest.raises(Conflict, match="is a triple of this article already"):
        review.add_triple("anna", article, remedy, RelationType.TREATS, view.entity, key=new_key())
    assert not review.add_triple("anna", article, remedy, RelationType.TREATS, view.entity, key=added.key).new


def test_what_cannot_be_added(review: Review) -> None:
    card = shown(review.next("anna"))
    article = card.article_id
    page = review.article("anna", article)
    passage = next(passage for passage in page.passages if passage.marks)
    mark = passage.marks[0]
    with pytest.raises(Conflict, match=r"overlaps .*, which is an entity already"):
        review.add_entity("anna", article, passage.start + mark.start, passage.start + mark.end, EntityType.REMEDY, key=new_key())
    with pytest.raises(UsageError, match="does not lie in one block"):
        review.add_entity("anna", article, page.passages[0].start, page.passages[1].start + 3, EntityType.REMEDY, key=new_key())
    for start, end in ((0, 10**9), (-1, 3), (5, 5), (7, 4)):
        with pytest.raises(UsageError, match="there is no text at"):
            review.add_entity("anna", article, start, end, EntityType.REMEDY, key=new_key())
    with pytest.raises(Conflict, match="is a triple of this article already"):
        review.add_triple("anna", article, card.head.entity, card.relation, card.tail.entity, card.polarity, key=new_key())
    assert review.history("anna") == ()


def test_a_mention_that_is_none_makes_place(review: Review) -> None:
    article = review.next_article("anna") or ""
    passage = next(passage for passage in review.article("anna", article).passages if passage.marks)
    mark = passage.marks[0]
    review.wrong_entity("anna", article, mark.entity or "", key=new_key())
    review.add_entity("anna", article, passage.start + mark.start, passage.start + mark.end, EntityType.REMEDY, "iets", key=new_key())
    assert [one.concept for one in review.article("anna", article).added_entities] == ["iets"]


def test_concepts_are_suggested_from_the_lexicon(review: Review) -> None:
    assert review.suggest_concept("Hoofdpijnen", EntityType.CONDITION) == "hoofdpijn"
    assert review.suggest_concept("Iets  Onbekends", EntityType.REMEDY) == "iets onbekends"


def test_an_article_is_complete_when_all_of_it_is_judged(review: Review) -> None:
    article = review.next_article("anna") or ""
    page = review.article("anna", article)
    with pytest.raises(Conflict, match=rf"{len(page.rows)} of the triples of this article are undecided"):
        review.complete("anna", article, key=new_key())
    for row in page.rows:
        judge(review, "anna", row.triple_id)
    key = new_key()
    review.complete("anna", article, key=key)
    assert (review.article("anna", article).completed, review.article("bert", article).completed) == (key, None)
    assert review.next_article("anna") == page.next
    assert review.next_article("bert") == article
    assert (review.progress("anna").completed, review.progress("anna").articles) == (1, 3)


# undo, history, disputes


def test_undo_takes_back_one_event_after_another_and_nothing_else(review: Review) -> None:
    first, second = (row.triple_id for row in review.search("anna", limit=2).rows)
    judge(review, "anna", first)
    judge(review, "bert", second)
    judge(review, "anna", first, WRONG)
    assert review.card("anna", first).status is Status.WRONG
    review.undo("anna", key=new_key())
    assert review.card("anna", first).status is Status.CORRECT
    review.undo("anna", key=new_key())
    assert review.card("anna", first).status is Status.OPEN
    assert review.undo("anna", key=new_key()) is None
    assert review.card("bert", second).status is Status.CORRECT
    assert [(done.event.kind, done.undone) for done in review.history("anna")] == [
        ("undo", False),
        ("undo", False),
        ("decision", True),
        ("decision", True),
    ]
    assert review.statistics().answers["correct"] == 1


def test_what_is_taken_back_is_named_and_ones_own(review: Review) -> None:
    triples = [row.triple_id for row in review.search("anna", limit=2).rows]
    keys = [judge(review, "anna", triple) for triple in triples]
    undone = review.undo("anna", keys[0], key="the-undo-1")
    assert undone
    assert isinstance(undone.event, Undo)
    assert [review.card("anna", triple).status for triple in triples] == [Status.OPEN, Status.CORRECT]
    retried = review.undo("anna", keys[0], key="the-undo-1")
    assert retried
    assert (retried.number, retried.new) == (undone.number, False)
    for reviewer, target in (("anna", keys[0]), ("bert", keys[1]), ("anna", "no-such-key")):
        with pytest.raises(Conflict, match="cannot be taken back"):
            review.undo(reviewer, target, key=new_key())


def test_the_history_says_what_was_done(review: Review) -> None:
    row = review.search("anna", limit=1).rows[0]
    judge(review, "anna", row.triple_id)
    review.undo("anna", key=new_key())
    denied = "" if row.polarity is Polarity.AFFIRMED else " (negated)"
    assert [done.summary for done in review.history("anna")] == [f"{row.head} {row.relation} {row.tail}{denied}"] * 2
    assert len(review.history("anna", limit=1)) == 1


def test_disagreement_is_settled_by_adjudication(review: Review) -> None:
    triple, alike = (row.triple_id for row in review.search("anna", limit=2).rows)
    judge(review, "anna", triple)
    judge(review, "bert", triple, WRONG)
    judge(review, "anna", alike)
    judge(review, "bert", alike)
    (dispute,) = review.disputes("cleo")
    assert [(one.reviewer, one.answer) for one in dispute.answers] == [("anna", RIGHT), ("bert", WRONG)]
    assert (dispute.card.triple_id, review.progress("cleo").to_adjudicate) == (triple, 1)
    assert review.search("cleo", Filter(status="disputed")).total == 1
    assert review.statistics().answers["unsure"] == 1
    review.adjudicate("cleo", triple, WRONG, Reason.WRONG_TAIL, key=new_key())
    assert review.disputes("cleo") == ()
    assert review.statistics().answers["wrong"] == 1
    review.undo("cleo", key=new_key())
    assert len(review.disputes("cleo")) == 1


def test_what_cannot_be_adjudicated(review: Review) -> None:
    triple = review.search("anna", limit=1).rows[0].triple_id
    with pytest.raises(UsageError, match="nobody has judged this triple"):
        review.adjudicate("anna", triple, RIGHT, key=new_key())
    with pytest.raises(UsageError, match="an adjudication says correct, wrong or unsure"):
        review.adjudicate("anna", triple, SKIP, key=new_key())
    with pytest.raises(UsageError, match="a reason is given for what is wrong"):
        review.decide("anna", triple, WRONG, key=new_key())


# several at once, and other datasets


def test_two_sessions_see_what_the_other_does(folder: Path) -> None:
    with Review.open(folder) as one, Review.open(folder) as other:
        triple = shown(one.next("anna")).triple_id
        judge(one, "anna", triple)
        assert shown(other.next("bert")).triple_id != triple
        assert other.card("anna", triple).status is Status.CORRECT
        other.undo("anna", key=new_key())
        assert one.card("anna", triple).status is Status.OPEN
        assert one.reviewers() == ("anna",)


def test_reviewers_in_threads_of_two_sessions_do_not_get_into_each_others_way(folder: Path) -> None:
    def work(sessions: tuple[Review, str]) -> list[str]:
        review, reviewer = sessions
        done = []
        for _ in range(15):
            card = shown(review.next(reviewer))
            judge(review, reviewer, card.triple_id, WRONG if reviewer == "bert" else RIGHT)
            done.append(card.triple_id)
        return done

    with Review.open(folder) as one, Review.open(folder) as other, ThreadPoolExecutor(4) as pool:
        jobs = [(one, "anna"), (one, "bert"), (other, "cleo"), (other, "dirk")]
        for (_, reviewer), done in zip(jobs, pool.map(work, jobs), strict=True):
            answer = Status.WRONG if reviewer == "bert" else Status.CORRECT
            assert len(set(done)) == 15
            assert {one.card(reviewer, triple).status for triple in done} == {answer}
            assert one.search(reviewer, Filter(status="decided")).total == 15
        assert other.statistics().answers == one.statistics().answers


def test_after_another_run_what_changed_is_looked_at_again(folder: Path) -> None:
    with Review.open(folder) as review:
        kept, changed, gone = (row.triple_id for row in review.search("anna", limit=3).rows)
        for triple in (kept, changed, gone):
            judge(review, "anna", triple)
        before = review.outdated
        _change(folder, changed, gone)
        assert (before, review.outdated) == (False, True)
        assert review.card("anna", changed).status is Status.CORRECT
    with Review.open(folder) as review:
        assert review.card("anna", kept).status is Status.CORRECT
        assert review.card("anna", changed).status is Status.AGAIN
        assert shown(review.next("anna")).triple_id == changed
        assert (shown(review.next("anna")).stratum, review.progress("anna").again) == ("again", 1)
        assert review.statistics().answers == {
            "correct": 1,
            "wrong": 0,
            "unsure": 0,
            "skipped": 0,
            "again": 1,
            "open": review.search("x").total - 2,
        }
        assert len(review.history("anna")) == 3
        judge(review, "anna", changed)
        assert review.card("anna", changed).status is Status.CORRECT


def _change(folder: Path, changed: str, gone: str) -> None:
    """Another run: one triple loses its first sentence or gets another one, one is not found any more; rules and confidence differ."""
    articles = [json.loads(line) for line in (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    triples = [json.loads(line) for line in (folder / "triples.jsonl").read_text(encoding="utf-8").splitlines()]
    for article in articles:
        texts = {sentence["id"]: article["text"][sentence["start"] : sentence["end"]] for sentence in article["sentences"]}
        article["relations"] = [one for one in article["relations"] if f"{article['article_id']}:{one['id']}" != gone]
        for relation in article["relations"]:
            relation |= {"rule": "cue:new", "confidence": 0.5}
            if f"{article['article_id']}:{relation['id']}" == changed:
                relation["evidence"] = [name for name in texts if name not in relation["evidence"]][:1]
                new = [texts[name] for name in relation["evidence"]]
    triples = [one | {"rule": "cue:new", "confidence": 0.5} for one in triples if one["triple_id"] != gone]
    triples = [one | ({"evidence": new} if one["triple_id"] == changed else {}) for one in triples]
    for name, lines in (("articles", articles), ("triples", triples)):
        (folder / "new").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
        (folder / "new").replace(folder / f"{name}.jsonl")


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["anna", "bert", "cleo"]),
        st.sampled_from([*Answer, "edit", "undo", "complete", "adjudicate", "add"]),
        st.integers(0, 7),
    ),
    max_size=20,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_events_that_travelled_give_the_same_state(
    operations: list[tuple[str, Any, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    here, there = (make_dataset(tmp_path_factory.mktemp(name), "acne-forum") for name in ("here", "there"))
    with Review.open(here, Options(double=0.5)) as review:
        triples = [row.triple_id for row in review.search("anna", limit=8).rows]
        for reviewer, operation, place in operations:
            _do(review, reviewer, operation, triples[place])
        live = _snapshot(review)
    with Store(here) as source, Store(there) as target:
        target.absorb(source.lines(), "events.jsonl")
    for folder in (here, there):
        with Review.open(folder, Options(double=0.5)) as review:
            assert _snapshot(review) == live


def _do(review: Review, reviewer: str, operation: Any, triple: str) -> None:
    card = review.card(reviewer, triple)
    try:
        if isinstance(operation, Answer):
            judge(review, reviewer, triple, operation)
        elif operation == "edit":
            polarity = Polarity.NEGATED if card.polarity is Polarity.AFFIRMED else Polarity.AFFIRMED
            review.edit(reviewer, triple, polarity=polarity, key=new_key())
        elif operation == "undo":
            review.undo(reviewer, key=new_key())
        elif operation == "complete":
            review.complete(reviewer, card.article_id, key=new_key())
        elif operation == "adjudicate":
            review.adjudicate(reviewer, triple, RIGHT, key=new_key())
        else:
            start, end = _free(review, card.article_id)
            review.add_entity(reviewer, card.article_id, start, end, EntityType.CONDITION, key=new_key())
    except UsageError:
        pass  # what cannot be done is not what this test is about


def _snapshot(review: Review) -> dict[str, Any]:
    reviewers = ("anna", "bert", "cleo")
    article = review.next_article("nobody") or ""
    return {
        "statistics": asdict(review.statistics()),
        "rows": {name: review.search(name, limit=1000).rows for name in reviewers},
        "history": {name: review.history(name, 1000) for name in reviewers},
        "disputes": review.disputes("anna", limit=1000),
        "articles": {name: review.article(name, article) for name in reviewers},
    }


# what is no dataset


def test_a_dataset_of_other_files_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        Review.open(folder / "none")
    (folder / "articles.jsonl").rename(folder / "articles.parquet")
    with pytest.raises(UsageError, match=r"has no articles.jsonl: make it with `health-triples export .* --format jsonl`"):
        Review.open(folder)


def test_files_of_two_runs_are_refused(folder: Path) -> None:
    lines = (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "articles.jsonl").write_text("".join(lines[1:]), encoding="utf-8")
    with pytest.raises(ResourceError, match=r"triples.jsonl has triples of \w+, and articles.jsonl no such article"):
        Review.open(folder)
    triples = (folder / "triples.jsonl").read_text(encoding="utf-8")
    (folder / "triples.jsonl").write_text(triples + triples, encoding="utf-8")
    (folder / "articles.jsonl").write_text("".join(lines), encoding="utf-8")
    with pytest.raises(ResourceError, match="has a triple twice"):
        Review.open(folder)


@pytest.mark.parametrize("options", [{"double": 1.5}, {"double": -0.1}, {"sample": -1}])
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(UsageError, match=f"--{name} is a "):
        Options(**options)


def test_an_empty_dataset_has_nothing_to_review(tmp_path: Path) -> None:
    for name in ("articles", "triples"):
        (tmp_path / f"{name}.jsonl").write_text("")
    with Review.open(tmp_path) as review:
        assert review.next("anna") is None
        assert review.statistics().overall.precision is None
        assert review.progress("anna").left == 0
