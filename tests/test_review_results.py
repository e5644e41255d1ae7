"""What a review leaves behind is valid, survives another run, and is read by everything that reads datasets and gold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import dataset, load_dataset
from pipeline.errors import OutputError, UsageError
from pipeline.evaluation import load_gold
from pipeline.evaluation.gold import GoldArticle
from pipeline.review.api import Review
from pipeline.review.events import AddedTriple, Answer, Edit, End, Reason, Statement, new_key
from pipeline.review.results import gold_names, gold_of
from pipeline.review.state import State
from pipeline.review.store import Recorded, Store
from pipeline.review.truth import Truth, truth_of
from pipeline.schema import SCHEMA_VERSION, ArticleRecord, EntityType, Polarity, RelationType
from pipeline.settings import Settings
from tests.conftest import FakeExtractor
from tests.reviewing import HEAD, ROOT, SEEN, STATEMENT, TAIL, added, decision, edit, make_dataset, undo


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_dataset(tmp_path / "outputs", "acne-forum", "leverziekten")


@pytest.fixture
def review(folder: Path) -> Iterator[Review]:
    with Review.open(folder) as opened:
        yield opened


def finish(review: Review, article: str, *answers: Answer) -> list[str]:
    """Judge all triples of an article, the first ones so, the others correct, and complete it; gives the triples."""
    triples = [row.triple_id for row in review.article("anna", article).rows]
    for place, triple in enumerate(triples):
        answer = answers[place] if place < len(answers) else Answer.CORRECT
        review.decide("anna", triple, answer, Reason.NOT_STATED if answer is Answer.WRONG else None, key=new_key())
    review.complete("anna", article, key=new_key())
    return triples


def loaded(gold: Path) -> dict[str, GoldArticle]:
    """Gold as the evaluation loads it, with all its checks."""
    return {article.name: article for article in load_gold(gold, ROOT / "corpus", "all").articles}


def test_gold_of_a_completed_article_is_what_the_reviewer_said(review: Review, tmp_path: Path) -> None:
    article = review.next_article("anna") or ""
    page = review.article("anna", article)
    rows = page.rows
    turned = next(row for row in rows[3:] if row.polarity is Polarity.AFFIRMED)
    finish(review, article, Answer.WRONG, Answer.UNSURE, Answer.CORRECT)
    review.edit("anna", turned.triple_id, polarity=Polarity.NEGATED, key=new_key())
    passage = next(
        passage for passage in page.passages if {mark.type for mark in passage.marks} >= {EntityType.REMEDY, EntityType.CONDITION}
    )
    ends = {mark.type: mark for mark in passage.marks}
    remedy, condition = ends[EntityType.REMEDY], ends[EntityType.CONDITION]
    review.add_triple("anna", article, remedy.entity or "", RelationType.PREVENTS, condition.entity or "", key=new_key())
    exported = review.export(tmp_path / "gold")
    assert (exported.articles, exported.doubtful, exported.lost, exported.verdicts) == (1, 1, 0, len(rows))
    gold = loaded(tmp_path / "gold")["acne-forum"].document
    said = {(one.head, one.type, one.tail, one.polarity) for one in gold.relations}
    expected = {(row.head, row.relation, row.tail, row.polarity) for row in rows if row not in (rows[0], rows[1], turned)}
    expected |= {(turned.head, turned.relation, turned.tail, Polarity.NEGATED)}
    expected |= {(remedy.concept or "", RelationType.PREVENTS, condition.concept or "", Polarity.AFFIRMED)}
    assert said == expected
    assert exported.relations == len(said)
    record = _record(review, article)
    assert {(one.start, one.end, one.type, one.concept) for one in gold.entities} == {
        (one.start, one.end, one.type, one.concept) for one in record.entities
    }
    assert gold.source == "acne-forum.ref.txt"
    assert (tmp_path / "gold" / gold.source).read_bytes().decode() == record.text


def _record(review: Review, article: str) -> ArticleRecord:
    lines = (review.folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    return next(record for record in map(ArticleRecord.model_validate_json, lines) if record.article_id == article)


def test_gold_has_added_mentions_and_not_those_that_are_none(review: Review, tmp_path: Path) -> None:
    article = review.next_article("anna") or ""
    passage = next(passage for passage in review.article("anna", article).passages if passage.marks)
    mark = passage.marks[0]
    start, end = passage.start + mark.start, passage.start + mark.end
    finish(review, article)
    review.wrong_entity("anna", article, mark.entity or "", key=new_key())
    review.add_entity("anna", article, start, end, EntityType.SPECIALIST, "Iets Anders", key=new_key())
    review.export(tmp_path / "gold")
    entities = loaded(tmp_path / "gold")["acne-forum"].document.entities
    (found,) = (one for one in entities if (one.start, one.end) == (start, end))
    assert (found.type, found.concept) == (EntityType.SPECIALIST, "iets anders")


def test_an_article_that_states_nothing_is_gold_as_well(review: Review, tmp_path: Path) -> None:
    article = review.next_article("anna") or ""
    finish(review, article, *[Answer.WRONG] * 10_000)
    exported = review.export(tmp_path / "gold")
    assert (exported.articles, exported.relations) == (1, 0)
    assert loaded(tmp_path / "gold")["acne-forum"].document.relations == ()
    assert review.statistics().recall.empty == 1


def test_gold_is_replaced_only_when_asked(review: Review, tmp_path: Path) -> None:
    finish(review, review.next_article("anna") or "")
    gold = tmp_path / "gold"
    review.export(gold)
    before = {path.name: path.read_bytes() for path in gold.iterdir()}
    with pytest.raises(UsageError, match=r"acne-forum.json is there already: .* replace such files with --overwrite"):
        review.export(gold)
    review.undo("anna", key=new_key())
    finish(review, review.next_article("anna") or "", Answer.WRONG)
    review.export(gold, overwrite=True)
    after = {path.name: path.read_bytes() for path in gold.iterdir()}
    assert after.keys() == before.keys() == {"acne-forum.json", "acne-forum.ref.txt"}
    assert after["acne-forum.json"] != before["acne-forum.json"]


def test_without_a_completed_article_there_is_no_folder(review: Review, tmp_path: Path) -> None:
    assert review.export(tmp_path / "gold").articles == 0
    assert not (tmp_path / "gold").exists()


def test_names_of_gold_are_those_of_the_files_and_differ() -> None:
    assert gold_names(["corpus/a.txt", "x/b.ref.html", "y/a.html", "a.md"]) == ["a", "b", "a-2", "a-3"]


# verdicts


def test_verdicts_are_read_with_the_dataset(review: Review, folder: Path) -> None:
    rows = review.search("anna", limit=6).rows
    for row, answer in zip(rows, (Answer.CORRECT, Answer.WRONG, Answer.UNSURE, Answer.SKIP, Answer.CORRECT), strict=False):
        review.decide("anna", row.triple_id, answer, Reason.FURNITURE if answer is Answer.WRONG else None, key=new_key())
    other = Polarity.NEGATED if rows[5].polarity is Polarity.AFFIRMED else Polarity.AFFIRMED
    review.edit("anna", rows[5].triple_id, polarity=other, key=new_key())
    review.decide("bert", rows[4].triple_id, Answer.WRONG, Reason.NOT_STATED, key=new_key())
    assert review.export(None).verdicts == 5
    verdicts = load_dataset(folder).triples.set_index("triple_id")["reviewed"].dropna().to_dict()
    said = ("correct", "wrong", "unsure", None, "unsure", "wrong")
    assert verdicts == {row.triple_id: verdict for row, verdict in zip(rows, said, strict=True) if verdict}
    assert len(load_dataset(folder).filter(reviewed="wrong").relations) == 2


def test_what_was_taken_back_or_adjudicated_is_so_in_the_verdicts(review: Review, folder: Path) -> None:
    one, other = (row.triple_id for row in review.search("anna", limit=2).rows)
    review.decide("anna", one, Answer.CORRECT, key=new_key())
    review.decide("bert", one, Answer.WRONG, Reason.NOT_STATED, key=new_key())
    review.adjudicate("cleo", one, Answer.CORRECT, key=new_key())
    review.decide("anna", other, Answer.CORRECT, key=new_key())
    review.undo("anna", key=new_key())
    review.export(None)
    lines = [json.loads(line) for line in (folder / "reviewed.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines == [{"schema_version": SCHEMA_VERSION, "triple_id": one, "reviewed": "correct"}]


def test_verdicts_that_cannot_be_written_leave_the_old_ones(review: Review, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    review.export(None)
    before = (folder / "reviewed.jsonl").read_bytes()
    review.decide("anna", review.search("anna", limit=1).rows[0].triple_id, Answer.CORRECT, key=new_key())

    def refuse(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.dataset.staging.os.replace", refuse)
    with pytest.raises(OutputError, match="No space left on device"):
        review.export(None)
    assert (folder / "reviewed.jsonl").read_bytes() == before


# another run


def test_a_run_leaves_the_review_where_it_is_and_decisions_hold(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    for name in ("a", "b"):
        (articles / f"{name}.txt").write_text("Magnesium helpt tegen spierkramp.", encoding="utf-8")
    out = tmp_path / "outputs"
    dataset.run([str(articles)], out, Settings(), extractor=FakeExtractor())
    with Review.open(out) as review:
        card = review.next("anna")
        assert card
        review.decide("anna", card.triple_id, Answer.CORRECT, key=new_key())
        review.export(None)
    kept = {name: (out / name).read_bytes() for name in ("review.sqlite", "reviewed.jsonl")}
    (articles / "c.txt").write_text("Magnesium helpt tegen spierkramp.", encoding="utf-8")
    dataset.run([str(articles)], out, Settings(), extractor=FakeExtractor())
    assert {name: (out / name).read_bytes() for name in kept} == kept
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert not {"review.sqlite", "reviewed.jsonl"} & manifest["files"].keys()
    with Review.open(out) as review:
        assert review.statistics().answers == {"correct": 1, "wrong": 0, "unsure": 0, "skipped": 0, "again": 0, "open": 2}
    assert load_dataset(out).triples["reviewed"].notna().sum() == 1


def test_gold_keeps_what_another_run_no_longer_finds(review: Review, folder: Path, tmp_path: Path) -> None:
    article = review.next_article("anna") or ""
    triples = finish(review, article)
    lines = [json.loads(line) for line in (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    for line in lines:
        line["relations"] = [one for one in line["relations"] if f"{line['article_id']}:{one['id']}" != triples[0]]
    (folder / "articles.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    rest = [line for line in (folder / "triples.jsonl").read_text(encoding="utf-8").splitlines(keepends=True) if triples[0] not in line]
    (folder / "triples.jsonl").write_text("".join(rest), encoding="utf-8")
    with Review.open(folder) as newer:
        exported = newer.export(tmp_path / "gold")
        recall = newer.statistics().recall
        assert (exported.relations, exported.verdicts) == (len(triples), len(triples) - 1)
        assert (recall.found, recall.missed) == (len(triples) - 1, 1)
    assert len(loaded(tmp_path / "gold")["acne-forum"].document.relations) == len(triples)


def test_gold_follows_words_that_moved(record: ArticleRecord) -> None:
    moved = record.model_copy(update={"text": f"Nieuw. {record.text}", "entities": (), "relations": ()})
    head = End(type=EntityType.NUTRIENT, start=0, end=9, text="Magnesium", concept="magnesium", concept_id="nutrient:magnesium")
    tail = End(type=EntityType.CONDITION, start=22, end=32, text="spierkramp", concept="spierkramp", concept_id="condition:spierkramp")
    gone = tail.model_copy(update={"text": "weggehaald", "concept": "weg", "concept_id": "condition:weg"})
    sentence = ((0, len(record.text)),)
    stays, lost = (
        Statement(head=head, relation=RelationType.TREATS, tail=end, polarity=Polarity.AFFIRMED, evidence=sentence) for end in (tail, gone)
    )
    gold = gold_of("a", moved, Truth({"r1": stays, "r2": lost}, 0, (), ()))
    assert gold.lost == 1
    assert [(one.start, one.text) for one in gold.document.entities] == [(7, "Magnesium"), (29, "spierkramp")]
    assert [one.evidence for one in gold.document.relations] == [((7, 7 + len(record.text)),)]


# what an article states


def truth(*events: object) -> Truth:
    """What events say of the article a1."""
    recorded = [Recorded(number, event) for number, event in enumerate(events, 1)]  # type: ignore[arg-type]
    return truth_of(State(recorded), "a1")


DENIED = STATEMENT.model_copy(update={"polarity": Polarity.NEGATED})
PREVENTED = STATEMENT.model_copy(update={"relation": RelationType.PREVENTS})


@pytest.mark.parametrize(
    ("events", "stated", "doubtful"),
    [
        ([], [], 0),
        ([decision(1)], [STATEMENT], 0),
        ([decision(1, Answer.WRONG)], [], 0),
        ([decision(1, Answer.SKIP)], [], 0),
        ([decision(1, Answer.UNSURE)], [], 1),
        ([decision(1), undo(2, "key-00000001")], [], 0),
        ([decision(1), decision(2, Answer.WRONG, reviewer="bert")], [], 1),
        ([decision(1), decision(2, reviewer="bert")], [STATEMENT], 0),
        ([edit(1, DENIED)], [DENIED], 0),
        ([edit(1, DENIED), edit(2, PREVENTED, reviewer="bert")], [], 0),
        ([edit(1, DENIED), edit(2, DENIED, reviewer="bert")], [DENIED], 0),
        ([edit(1, DENIED), decision(2, Answer.WRONG, reviewer="bert")], [DENIED], 0),
        ([decision(1), added(2), added(3, DENIED)], [STATEMENT, DENIED], 0),
        ([added(1), added(2, reviewer="bert")], [STATEMENT], 0),
        ([added(1, article="a2")], [], 0),
    ],
    ids=str.split(
        "nothing correct wrong skipped unsure taken-back differ agree corrected corrected-apart corrected-alike corrected-and-wrong added "
        "added-twice elsewhere"
    ),
)
def test_what_an_article_states(events: list[AddedTriple | Edit], stated: list[Statement], doubtful: int) -> None:
    found = truth(*events)
    assert list(found.statements.values()) == stated
    assert found.doubtful == doubtful


def test_events_of_nothing_known_have_no_effect(tmp_path: Path) -> None:
    assert SEEN.statement.head == HEAD
    assert SEEN.statement.tail == TAIL
    with Store(tmp_path) as store:
        for event in (decision(1, reviewer="bert"), undo(2, "key-00000001"), undo(3, "key-00000002"), undo(4, "key-00000009")):
            store.append(event)
        state = State(store.since())
    assert state.undone == set()
    assert list(state.judged()) == ["a1:r1"]
