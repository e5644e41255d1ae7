"""Figures are those of the books, and of the whole dataset rather than of what happened to be judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.review.api import Options, Review
from pipeline.review.dataset import Mask, ReviewDataset
from pipeline.review.estimates import cohen_kappa, krippendorff_alpha, simple_share, weighted_share, wilson
from pipeline.review.events import Answer, Reason, new_key
from pipeline.review.pace import active_hours, lately, on_day, typical_seconds
from pipeline.review.sampling import Design, Order, Stratify, allocate, audit_design, doubled, groups_of, risk_design, uniform
from pipeline.schema import EntityType, RelationType
from tests.reviewing import START, make_dataset

# formulas


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_are_those_of_newcombe_1998(hits: int, total: int, low: float, high: float) -> None:
    assert wilson(hits / total, total) == pytest.approx((low, high), abs=5e-5)
    share = simple_share(hits, total)
    assert share is not None
    assert (share.value, share.effective) == (hits / total, total)


def test_of_nothing_nothing_is_known() -> None:
    assert wilson(0.5, 0) == (0.0, 1.0)
    assert simple_share(0, 0) is None
    assert weighted_share([], []) is None
    assert cohen_kappa([]) is None
    assert krippendorff_alpha([]) is None
    assert krippendorff_alpha([["a"], ["b"]]) is None


def test_a_weighted_share_counts_what_its_members_stand_for() -> None:
    share = weighted_share([True, False, False], [6.0, 1.0, 1.0])
    assert share is not None
    assert share.value == 0.75
    assert share.effective == pytest.approx(64 / 38)
    assert (share.low, share.high) == pytest.approx(wilson(0.75, 64 / 38))


def test_equal_weights_are_no_weights() -> None:
    assert weighted_share([True, True, False], [4.0, 4.0, 4.0]) == simple_share(2, 3)


@pytest.mark.parametrize(
    ("both_yes", "yes_no", "no_yes", "both_no", "kappa"),
    [(20, 5, 10, 15, 0.4), (45, 15, 25, 15, 0.1304), (25, 35, 5, 35, 0.2593), (5, 0, 0, 5, 1.0)],
)
def test_kappa_by_hand(both_yes: int, yes_no: int, no_yes: int, both_no: int, kappa: float) -> None:
    pairs = [("y", "y")] * both_yes + [("y", "n")] * yes_no + [("n", "y")] * no_yes + [("n", "n")] * both_no
    assert cohen_kappa(pairs) == pytest.approx(kappa, abs=5e-5)


def test_kappa_is_not_to_be_had_where_chance_alone_agrees() -> None:
    assert cohen_kappa([("y", "y")] * 9) is None


KRIPPENDORFF = {
    "binary, two people": (("0100000010", "1110010000"), 0.095),
    "nominal, two people": (("aabbdcccedda", "babbbcccedd" + "d"), 0.692),
    "nominal, four people, missing labels": (("123321412...", "1233224125.3", ".33323422" + "51.", "1233244125" + "1."), 0.743),
}
"""The examples of K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), sections A to C."""


@pytest.mark.parametrize(("rows", "alpha"), KRIPPENDORFF.values(), ids=KRIPPENDORFF)
def test_alpha_is_that_of_krippendorff_2011(rows: tuple[str, ...], alpha: float) -> None:
    units = [[label for label in unit if label != "."] for unit in zip(*rows, strict=True)]
    assert krippendorff_alpha(units) == pytest.approx(alpha, abs=5e-4)


def test_pauses_are_no_work() -> None:
    times = [START + timedelta(seconds=second) for second in (0, 4, 10, 5000, 5006, 5014)]
    assert typical_seconds(times) == 6.0
    assert active_hours(times) == pytest.approx(24 / 3600)
    assert typical_seconds(times[:1]) is None


def test_the_pace_is_taken_from_the_last_decisions_and_the_day_from_all_of_it() -> None:
    day = START.date()
    today = [START + timedelta(seconds=second) for second in range(300)]
    before = [START - timedelta(days=1, seconds=second) for second in range(300)]
    assert on_day(lately(iter([*today[::-1], *before]), day), day) == 300
    assert lately(iter(today[::-1]), day) == today
    assert len(lately(iter(before), day)) == 200


# sampling


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewDataset]:
    folder = tmp_path_factory.mktemp("dataset")
    made = ReviewDataset(
        make_dataset(folder, "acne-forum", "adhd", "amoxicilline", "angst", "copd-ziekenhuis", "diabetes", "griep-ouderen-gp", "hartfalen")
    )
    yield made
    made.close()


def everything(design: Design, dataset: ReviewDataset) -> Order:
    """All triples as one part."""
    return design.ranked(np.zeros(len(dataset), np.int32))


def first(design: Design, number: int) -> Mask:
    """The first triples of a queue as visited ones."""
    visited = np.zeros(len(design.members), np.bool_)
    visited[design.order[:number]] = True
    return visited


def test_the_order_of_a_seed_is_always_the_same_and_holds_every_triple_once(dataset: ReviewDataset) -> None:
    order = risk_design(dataset, 3).order
    assert order.tolist() == risk_design(dataset, 3).order.tolist() != risk_design(dataset, 4).order.tolist()
    assert sorted(order.tolist()) == list(range(len(dataset)))


def test_a_draw_depends_on_the_id_alone() -> None:
    one, other = uniform(["a:r1", "b:r2"], 7)[0], uniform(["b:r2"], 7)[0]
    assert one[1] == other[0]
    assert 0 < one.min() <= one.max() <= 1


def test_risk_comes_first_and_all_strata_come_early(dataset: ReviewDataset) -> None:
    design = risk_design(dataset, 0)
    early = design.order[: len(dataset) // 10]
    # on the mean of many queues: that of one depends on chance, and that of forty still does by 0.003
    first_of_all = np.concatenate([risk_design(dataset, seed).order[: len(dataset) // 10] for seed in range(400)])
    assert dataset.confidence[first_of_all].mean() < dataset.confidence.mean() - 0.02
    assert dataset.weight_of_concepts[first_of_all].mean() > dataset.weight_of_concepts.mean() * 1.05
    assert len({dataset.rule.of(index) for index in early}) > len({dataset.rule.of(index) for index in range(len(early))})
    assert {design.sampling(int(index)).stratum for index in early} == {"low_confidence", "high_impact", "new_rule", "random"}


def test_what_the_first_say_holds_for_all(dataset: ReviewDataset) -> None:
    """Of 400 seeds the mean estimate is the truth, though the risky triples that come first are right less often."""
    chance = np.random.default_rng(1)
    right = chance.random(len(dataset)) < 0.1 + 0.8 * dataset.confidence
    estimates, plain, covered = [], [], 0
    for seed in range(400):
        design = risk_design(dataset, seed)
        sample = design.weights(first(design, 60), everything(design, dataset))
        share = weighted_share(right[sample.sample].tolist(), sample.weights.tolist())
        assert share is not None
        estimates.append(share.value)
        plain.append(right[design.order[:60]].mean())
        covered += share.low <= right.mean() <= share.high
    error = np.std(estimates) / 20
    assert abs(np.mean(estimates) - right.mean()) < 3 * error
    assert right.mean() - np.mean(plain) > 5 * error
    assert 0.93 <= covered / 400 <= 1


def test_weights_are_bounded_and_add_up_to_all(dataset: ReviewDataset) -> None:
    design = risk_design(dataset, 0)
    sample = design.weights(first(design, 80), everything(design, dataset))
    assert sample.weights.sum() == pytest.approx(len(dataset))
    assert len(sample.sample) == 80
    assert sample.weights.max() < 4.5 * len(dataset) / 80
    assert sample.weights.min() > 0


def test_of_all_triples_each_stands_for_itself(dataset: ReviewDataset) -> None:
    design = risk_design(dataset, 0)
    sample = design.weights(first(design, len(dataset)), everything(design, dataset))
    assert sample.weights.tolist() == [1.0] * len(dataset)


def test_what_was_judged_out_of_turn_waits_for_the_queue(dataset: ReviewDataset) -> None:
    design = risk_design(dataset, 0)
    visited = first(design, 30)
    visited[design.order[40:90]] = True
    sample = design.weights(visited, everything(design, dataset))
    assert sorted(sample.sample.tolist()) == sorted(design.order[:30].tolist())
    visited[design.order[30:40]] = True
    assert len(design.weights(visited, everything(design, dataset)).sample) == 90


def test_a_filtered_queue_is_a_sample_of_what_it_filters(dataset: ReviewDataset) -> None:
    design = risk_design(dataset, 0)
    code = dataset.relation.values.index("CAUSES")
    mine = [index for index in design.order.tolist() if dataset.relation.codes[index] == code]
    visited = np.zeros(len(dataset), np.bool_)
    visited[mine[:20]] = True
    part = design.ranked(dataset.relation.codes)
    part = part[dataset.relation.codes[part] == code]
    assert design.weights(visited, part).sample.tolist() == mine[:20]
    assert len(design.weights(visited, everything(design, dataset)).sample) < 20


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.integers(0, 300))
def test_a_sample_is_shared_out_evenly(sizes: list[int], sample: int) -> None:
    given_out = allocate(sizes, sample)
    assert sum(given_out) == min(sample, sum(sizes))
    assert all(0 <= mine <= size for mine, size in zip(given_out, sizes, strict=True))
    unfilled = [mine for mine, size in zip(given_out, sizes, strict=True) if mine < size]
    assert not unfilled or max(given_out) - min(unfilled) <= 1


@pytest.mark.parametrize("stratify", ["relation", "rule", "kind", "types", "source", "confidence", "none"])
def test_an_audit_takes_as_many_of_each_stratum_in_turn(dataset: ReviewDataset, stratify: Stratify) -> None:
    design = audit_design(dataset, 50, stratify, 0)
    strata = groups_of(dataset, stratify)
    chosen = np.bincount(strata.codes[design.order], minlength=len(strata.values))
    assert len(design.order) == 50 == np.count_nonzero(design.members)
    assert chosen.tolist() == allocate(np.bincount(strata.codes).tolist(), 50)
    halfway = np.bincount(strata.codes[design.order[:25]], minlength=len(strata.values))
    assert np.abs(halfway - chosen / 2).max() <= 1


def test_an_audit_knows_its_probabilities(dataset: ReviewDataset) -> None:
    design = audit_design(dataset, 45, "relation", 0)
    for index in design.order.tolist():
        sampling = design.sampling(index)
        size = dataset.relation.counts()[sampling.stratum]
        mine = np.count_nonzero(dataset.relation.codes[design.order] == dataset.relation.codes[index])
        assert sampling.stratum == dataset.relation.of(index)
        assert sampling.probability == pytest.approx(mine / size, abs=1e-6)
    outside = int(np.flatnonzero(~design.members)[0])
    assert design.sampling(outside).design == "browse"


def test_an_audit_weights_its_strata_by_their_sizes(dataset: ReviewDataset) -> None:
    design = audit_design(dataset, 45, "relation", 0)
    sample = design.weights(first(design, 45), everything(design, dataset))
    by_stratum = np.bincount(dataset.relation.codes[sample.sample], sample.weights, minlength=len(dataset.relation.values))
    assert by_stratum.tolist() == pytest.approx(np.bincount(dataset.relation.codes).tolist())


def test_what_cannot_be_stratified_by() -> None:
    with pytest.raises(UsageError, match="cannot be stratified by 'moon': choose one of relation, rule"):
        groups_of(None, "moon")  # type: ignore[arg-type]


def test_double_review_takes_its_share_whatever_the_order(dataset: ReviewDataset) -> None:
    ids = [f"a:r{number}" for number in range(4000)]
    assert doubled(ids, 0.2).mean() == pytest.approx(0.2, abs=0.02)
    assert doubled(ids, 0.0).sum() == 0
    assert doubled(ids, 1.0).all()
    assert (doubled(ids, 0.1) <= doubled(ids, 0.3)).all()


# figures of a review


@pytest.fixture
def review(tmp_path: Path) -> Iterator[Review]:
    with Review.open(make_dataset(tmp_path, "acne-forum", "copd-ziekenhuis"), Options(double=1.0)) as opened:
        yield opened


def judge(review: Review, reviewer: str, triple: str, answer: Answer) -> None:
    reason = Reason.WRONG_HEAD if answer is Answer.WRONG else None
    review.decide(reviewer, triple, answer, reason, key=new_key())


def test_figures_count_what_reviewers_said(review: Review) -> None:
    for number in range(40):
        card = review.next("anna")
        assert card
        answers = (Answer.WRONG, Answer.CORRECT, Answer.CORRECT, Answer.CORRECT, Answer.UNSURE, Answer.SKIP)
        judge(review, "anna", card.triple_id, answers[number % 6])
    found = review.statistics()
    assert found.answers == {"correct": 21, "wrong": 7, "unsure": 6, "skipped": 6, "again": 0, "open": found.triples - 40}
    assert (found.overall.judged, found.overall.right, found.overall.sample) == (28, 21, 28)
    assert found.overall.precision is not None
    assert 0 < found.overall.precision.low < found.overall.precision.value < found.overall.precision.high < 1
    assert found.overall.precision.effective <= 28
    for grouping, groups in found.groups.items():
        assert sum(group.judged for group in groups) == 28, grouping
        assert sum(group.right for group in groups) == 21, grouping
        assert all(group.judged <= group.triples for group in groups)
    assert found.reasons == {"wrong_head": 7}
    assert [(one.reviewer, one.decisions) for one in found.pace] == [("anna", 40)]
    assert found is review.statistics()


def test_a_rule_that_is_contradicted_three_times_is_suggested(review: Review) -> None:
    page = review.search("anna", limit=1000)
    rule = max({row.rule for row in page.rows}, key=lambda rule: sum(row.rule == rule for row in page.rows))
    rows = [row for row in page.rows if row.rule == rule][:4]
    judge(review, "anna", rows[3].triple_id, Answer.CORRECT)
    for row in rows[:2]:
        judge(review, "anna", row.triple_id, Answer.WRONG)
    assert review.statistics().suggestions == ()
    judge(review, "anna", rows[2].triple_id, Answer.WRONG)
    (suggestion,) = review.statistics().suggestions
    assert (suggestion.rule, suggestion.wrong, suggestion.judged, suggestion.reasons) == (rule, 3, 4, {"wrong_head": 3})
    denied = {row.triple_id: "" if row.polarity == "affirmed" else f" ({row.polarity})" for row in rows}
    assert set(suggestion.triples) == {(row.triple_id, f"{row.head} {row.relation} {row.tail}{denied[row.triple_id]}") for row in rows[:3]}


def test_agreement_is_counted_over_what_several_judged(review: Review) -> None:
    triples = [row.triple_id for row in review.search("anna", limit=51).rows]
    right, wrong = Answer.CORRECT, Answer.WRONG
    said = [(right, right)] * 20 + [(right, wrong)] * 5 + [(wrong, right)] * 10 + [(wrong, wrong)] * 15  # the first kappa by hand
    for triple, (anna, bert) in zip(triples, said, strict=False):
        judge(review, "anna", triple, anna)
        judge(review, "bert", triple, bert)
    judge(review, "anna", triples[50], Answer.CORRECT)
    judge(review, "bert", triples[50], Answer.SKIP)
    found = review.statistics()
    (pair,) = found.kappas
    assert (pair.one, pair.other, pair.triples, pair.agreed) == ("anna", "bert", 50, 35)
    assert pair.kappa == pytest.approx(0.4)
    assert found.alpha == pytest.approx(1 - 99 * 30 / (100 * 100 - 55 * 55 - 45 * 45))
    assert (found.doubled, found.to_adjudicate) == (50, 15)
    assert found.answers["unsure"] == 15
    assert found.overall.judged == 36


def test_recall_is_that_of_completed_articles(review: Review) -> None:
    page = review.article("anna", review.next_article("anna") or "")
    for place, row in enumerate(page.rows):
        judge(review, "anna", row.triple_id, Answer.CORRECT if place < 6 else Answer.WRONG)
    assert review.statistics().recall.recall is None
    passage = next(
        passage for passage in page.passages if {mark.type for mark in passage.marks} >= {EntityType.CONDITION, EntityType.REMEDY}
    )
    by_type = {mark.type: mark.entity for mark in passage.marks}
    review.add_triple(
        "anna", page.article_id, by_type[EntityType.REMEDY] or "", RelationType.PREVENTS, by_type[EntityType.CONDITION] or "", key=new_key()
    )
    unmarked = max(
        ((p.start + one.end, p.start + other.start) for p in page.passages for one, other in zip(p.marks, p.marks[1:], strict=False)),
        key=lambda gap: gap[1] - gap[0],
    )
    review.add_entity("anna", page.article_id, *unmarked, EntityType.CONDITION, key=new_key())
    mentions = sum(len(passage.marks) for passage in page.passages)
    review.complete("anna", page.article_id, key=new_key())
    recall = review.statistics().recall
    assert (recall.articles, recall.empty, recall.found, recall.missed) == (1, 0, 6, 1)
    assert recall.recall == simple_share(6, 7)
    assert (recall.entities_found, recall.entities_missed) == (mentions, 1)
