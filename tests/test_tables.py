"""The dataset in a notebook: what the tables hold, how they join, what is asked of them, and what older and broken files do."""

from __future__ import annotations

import atexit
import gzip
import json
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import networkx as nx
import pandas as pd
import pyarrow.compute as pc
import pytest
from pydantic import BaseModel

from pipeline import load_dataset
from pipeline.errors import ResourceError, UsageError
from pipeline.schema import EntityType
from pipeline.tables import FILES, Dataset, layout, reading
from pipeline.tables.layout import _tables
from pipeline.tables.reading import _conformed, _parsed, _rows

ROOT = Path(__file__).parents[1]
Lines = list[dict[str, Any]]


_PLACE = TemporaryDirectory(prefix="health-triples-")
atexit.register(_PLACE.cleanup)


@cache
def small() -> Path:
    """The first articles of ``outputs/`` as a dataset: enough to have everything, and quick however large that grows."""
    folder = Path(_PLACE.name)
    kept = {json.loads(line)["article_id"] for line in _lines_of("articles")[:12]}
    for name in ("articles", "triples", "concepts"):
        found = (line for line in _lines_of(name) if name == "concepts" or json.loads(line)["article_id"] in kept)
        (folder / f"{name}.jsonl").write_bytes(b"".join(found))
    return folder


def _lines_of(name: str) -> list[bytes]:
    return (ROOT / "outputs" / f"{name}.jsonl").read_bytes().splitlines(keepends=True)


@pytest.fixture(scope="module")
def ds() -> Dataset:
    """The small dataset, which no test changes."""
    return load_dataset(small())


def lines(name: str) -> Lines:
    return [json.loads(line) for line in (small() / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A dataset that a test may change."""
    return Path(shutil.copytree(small(), tmp_path / "outputs"))


def rewrite(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(json.dumps(change(record) or record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")


# what is in the tables


@pytest.mark.parametrize("name", layout())
def test_columns_and_dtypes_are_those_of_the_layout(ds: Dataset, name: str) -> None:
    frame = getattr(ds, name)
    assert list(frame.columns) == [column.name for column in layout()[name].columns]
    for column in layout()[name].columns:
        found = frame[column.name].dtype
        if column.dtype_name == "category":
            assert isinstance(found, pd.CategoricalDtype)
            assert not column.values or list(found.categories) == list(column.values)
        else:
            assert found == column.dtype()
        assert str(found) != "object"


@pytest.mark.parametrize("name", ["blocks", "sentences", "entities", "relations", "furniture"])
def test_a_list_in_articles_is_a_table_with_all_that_it_holds(ds: Dataset, name: str) -> None:
    frame = getattr(ds, name)
    expected = [(article["article_id"], item) for article in lines("articles") for item in article[name]]
    assert len(frame) == len(expected)
    rows = frame.astype(object).to_dict("records")
    for (article_id, item), row in zip(expected, rows, strict=True):
        for field, value in item.items():
            if field == "qualifiers":
                continue  # records, and so a table of their own
            column = layout()[name][f"{name[:-1].replace('entitie', 'entity')}_id" if field == "id" else field]
            found = row[column.name]
            if isinstance(value, list):
                assert list(found) == [f"{article_id}:{one}" for one in value]
            elif value is None:
                assert pd.isna(found)
            else:
                assert found == (f"{article_id}:{value}" if column.local else value)


def test_triples_and_concepts_are_those_of_their_files(ds: Dataset) -> None:
    for name in ("triples", "concepts"):
        for expected, row in zip(lines(name), getattr(ds, name).astype(object).to_dict("records"), strict=True):
            plain = {k: v for k, v in expected.items() if k not in ("schema_version", "identifiers")}
            texts = {k: list(row[k]) for k in ("evidence", "qualifiers") if k in row}
            found = {k: None if not hasattr(v, "__len__") and pd.isna(v) else v for k, v in row.items()} | texts
            assert found == plain | ({"reviewed": None} if name == "triples" else {})


@pytest.mark.parametrize("name", layout())
def test_every_id_that_refers_to_a_table_is_in_it(ds: Dataset, name: str) -> None:
    for column in layout()[name].columns:
        if column.refers and column.complete:
            values = getattr(ds, name)[column.name].dropna()
            ids = set(values.explode() if column.dtype_name.startswith("list") else values)
            target = layout()[column.refers]
            assert ids <= set(getattr(ds, target.name)[target.key])


@pytest.mark.parametrize("name", [table.name for table in layout().values() if table.key])
def test_keys_are_unique(ds: Dataset, name: str) -> None:
    assert getattr(ds, name)[layout()[name].key].is_unique


def test_tables_join(ds: Dataset) -> None:
    joined = ds.relations.merge(ds.entities, left_on="head", right_on="entity_id", suffixes=("", "_head"))
    assert len(joined) == len(ds.relations)
    assert (joined["concept"].astype(str) == joined["head_concept"].astype(str)).all()
    known = ds.entities.merge(ds.concepts, on="concept_id", suffixes=("", "_of_concept"))
    assert (known["hypernym"].astype(str) == known["hypernym_of_concept"].astype(str)).all()
    assert len(known) == len(ds.entities)


def test_a_new_field_family_needs_no_line_here() -> None:
    class DoseRecord(BaseModel):
        amount: float
        unit: EntityType | None = None

    class NoteRecord(BaseModel):
        text: str
        dose: DoseRecord | None = None
        words: tuple[str, ...] = ()

    class ThingRecord(BaseModel):
        id: str
        notes: tuple[NoteRecord, ...] = ()

    class ArticleRecord(BaseModel):
        article_id: str
        things: tuple[ThingRecord, ...]

    tables = {table.name: table for table in _tables("articles", ArticleRecord, "articles", (), {})}
    assert list(tables) == ["articles", "things", "thing_notes"]
    notes = tables["thing_notes"]
    assert [(c.name, c.dtype_name, c.nullable) for c in notes.columns] == [
        ("article_id", "string[pyarrow]", False),
        ("thing_id", "string[pyarrow]", False),
        ("text", "string[pyarrow]", False),
        ("dose_amount", "Float64", True),
        ("dose_unit", "category", True),
        ("words", "list<item: string>[pyarrow]", False),
    ]


def test_lists_in_lists_become_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    class DoseRecord(BaseModel):
        amount: float

    class NoteRecord(BaseModel):
        text: str
        dose: DoseRecord | None = None

    class ThingRecord(BaseModel):
        id: str
        notes: tuple[NoteRecord, ...] = ()

    class PageRecord(BaseModel):
        page_id: str
        things: tuple[ThingRecord, ...]

    tables = {table.name: table for table in _tables("pages", PageRecord, "pages", (), {})}
    monkeypatch.setattr(reading, "layout", lambda: tables)
    monkeypatch.setitem(FILES, "pages", PageRecord)
    line = {
        "schema_version": "1.2",
        "page_id": "p",
        "things": [{"id": "a", "notes": [{"text": "x", "dose": {"amount": 2}}]}, {"id": "b", "notes": [{"text": "y"}, {"text": "z"}]}],
    }
    table = tables["thing_notes"]
    columns = list(table.columns)
    content = json.dumps(line).encode() + b"\n"
    rows = _conformed(_rows(_parsed((0, content), Path("pages.jsonl"), table, columns), table, columns), columns).to_pylist()
    assert rows == [
        {"page_id": "p", "thing_id": "p:a", "text": "x", "dose_amount": 2.0},
        {"page_id": "p", "thing_id": "p:b", "text": "y", "dose_amount": None},
        {"page_id": "p", "thing_id": "p:b", "text": "z", "dose_amount": None},
    ]


# only what is asked for


def test_a_table_takes_columns_and_conditions(ds: Dataset) -> None:
    frame = ds.table("entities", ["concept", "start"], [("type", "=", "REMEDY"), ("confidence", ">", 0.9)])
    whole = ds.entities[(ds.entities["type"] == "REMEDY") & (ds.entities["confidence"] > 0.9)]
    assert list(frame.columns) == ["concept", "start"]
    assert frame["start"].tolist() == whole["start"].tolist() != []
    same = ds.table("entities", ["start"], (pc.field("type") == "REMEDY") & (pc.field("confidence") > 0.9))
    assert same["start"].tolist() == frame["start"].tolist()


def test_nothing_is_read_before_it_is_asked_for(copy: Path) -> None:
    (copy / "triples.jsonl").write_text("this is no JSON\n")
    loaded = load_dataset(copy)
    assert len(loaded.entities) > 500
    with pytest.raises(ResourceError, match=r"triples\.jsonl, line 1: JSON parse error"):
        _ = loaded.triples


def test_the_line_of_a_mistake_is_named_in_a_later_chunk(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.tables.reading.CHUNK", 5000)
    with (copy / "triples.jsonl").open("a") as file:
        file.write("{broken\n")
    with pytest.raises(ResourceError, match=rf"triples\.jsonl, line {len(lines('triples')) + 1}: "):
        _ = load_dataset(copy).triples


def test_chunks_do_not_matter(ds: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.tables.reading.CHUNK", 7000)
    pd.testing.assert_frame_equal(load_dataset(ds.folder).relations, ds.relations)


@pytest.mark.parametrize("shape", ["gz", "folder", "parts"])
def test_partitioned_and_packed_folders_are_read_alike(ds: Dataset, tmp_path: Path, shape: str) -> None:
    for name in ("articles", "triples", "concepts"):
        content = (small() / f"{name}.jsonl").read_bytes().splitlines(keepends=True)
        halves = [content[: len(content) // 2], content[len(content) // 2 :]]
        if shape == "gz":
            (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress(b"".join(content)))
        for number, half in enumerate(halves):
            path = {"folder": tmp_path / name / f"part-{number}.jsonl", "parts": tmp_path / f"part={number}" / f"{name}.jsonl"}.get(shape)
            if path:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(b"".join(half))
    (tmp_path / ".partial").mkdir()
    (tmp_path / ".partial" / "articles.jsonl").write_text("unfinished")
    loaded = load_dataset(tmp_path)
    for name in ("articles", "entities", "triples", "concepts", "identifiers"):
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(ds, name))


# what is asked


def test_filter_keeps_statements(ds: Dataset) -> None:
    kept = ds.filter(min_confidence=0.7).filter(polarity="negated", relation=["TREATS", "CAUSES"])
    expected = ds.triples.query("confidence >= 0.7 and polarity == 'negated' and relation in ('TREATS', 'CAUSES')")
    assert kept.triples["triple_id"].tolist() == expected["triple_id"].tolist() != []
    assert sorted(kept.relations["relation_id"]) == sorted(expected["triple_id"])
    assert len(kept.entities) == len(ds.entities)
    assert set(kept.statements["polarity"]) == {"negated"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"polarity": "denied"}, "there is no polarity 'denied': choose one of affirmed, negated"),
        ({"relation": "HEALS"}, "there is no relationtype 'HEALS'"),
        ({"reviewed": "good"}, "there is no verdict 'good': choose one of correct, wrong, unsure"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(ds: Dataset, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ds.filter(**wrong)


def test_reviewed_is_what_reviewers_said_last(copy: Path) -> None:
    ids = [line["triple_id"] for line in lines("triples")]
    said = [(ids[4], "wrong"), (ids[7], "correct"), (ids[4], "correct"), (ids[9], "unsure")]
    (copy / "reviewed.jsonl").write_text(
        "".join(json.dumps({"schema_version": "1.2", "triple_id": one, "reviewed": verdict}) + "\n" for one, verdict in said)
    )
    loaded = load_dataset(copy)
    found = loaded.triples.set_index("triple_id")["reviewed"].dropna()
    assert dict(found) == {ids[4]: "correct", ids[7]: "correct", ids[9]: "unsure"}
    assert list(loaded.triples["reviewed"].cat.categories) == ["correct", "wrong", "unsure"]
    assert set(loaded.filter(reviewed=True).relations["relation_id"]) == {ids[4], ids[7], ids[9]}
    assert set(loaded.filter(reviewed="correct").triples["triple_id"]) == {ids[4], ids[7]}
    assert len(loaded.filter(reviewed=False).triples) == len(ids) - 3


def test_without_a_review_nothing_is_reviewed(ds: Dataset) -> None:
    assert len(ds.filter(reviewed=True).triples) == 0
    assert len(ds.filter(reviewed=False).triples) == len(ds.triples)


def test_evidence_is_the_sentence_with_its_neighbours_and_its_place_in_the_source(ds: Dataset) -> None:
    articles = {line["article_id"]: line for line in lines("articles")}
    triple = next(
        line
        for line in lines("triples")
        if line["rule"].startswith("cue:")
        and len(line["evidence"]) == 1
        and not articles[line["article_id"]]["text"].startswith(line["evidence"][0])
        and not articles[line["article_id"]]["text"].endswith(line["evidence"][0])
    )
    article = articles[triple["article_id"]]
    found = ds.evidence(triple["triple_id"])
    (passage,) = found.passages
    assert passage.sentence == triple["evidence"][0] == article["text"][passage.start : passage.end]
    order = [sentence["id"] for sentence in article["sentences"]].index(passage.sentence_id.split(":")[1])
    before, after = (article["sentences"][order + step] for step in (-1, 1))
    assert (passage.before, passage.after) == (
        article["text"][before["start"] : before["end"]],
        article["text"][after["start"] : after["end"]],
    )
    source = (ROOT / article["source"]).read_bytes().decode(article["encoding"])
    assert " ".join(source[slice(*found.head_source)].split()).lower() == triple["head_text"].lower()
    assert triple["head_concept"] in found._repr_html_()


def test_an_article_is_shown_with_its_entities_and_is_escaped(copy: Path) -> None:
    def hostile(record: dict[str, Any]) -> None:
        entity = record["entities"][0]
        entity["found_by"] = '"><script>alert(1)</script>'
        record["source"] = "<script>alert(2)</script>.txt"

    rewrite(copy / "articles.jsonl", hostile)
    view = load_dataset(copy).article(lines("articles")[3]["article_id"])
    shown = view._repr_html_()
    assert "<script" not in shown
    assert shown.count("<span") == len(lines("articles")[3]["entities"]) + len(EntityType)
    assert all(f"<td>{rule}</td>" in shown for rule in view.relations["rule"])


@pytest.mark.parametrize("call", [lambda ds: ds.article("none"), lambda ds: ds.evidence("none:r1")])
def test_what_is_not_there_is_said(ds: Dataset, call: Callable[[Dataset], Any]) -> None:
    with pytest.raises(UsageError, match="no article with the id or source 'none'"):
        call(ds)


def test_statements_count_triples_by_concepts(ds: Dataset) -> None:
    statements = ds.statements
    assert statements["triples"].sum() == len(ds.triples)
    row = statements.iloc[0]
    same = ds.triples[
        (ds.triples["head_concept_id"] == row["head_concept_id"])
        & (ds.triples["relation"] == row["relation"])
        & (ds.triples["tail_concept_id"] == row["tail_concept_id"])
        & (ds.triples["polarity"] == row["polarity"])
    ]
    assert sorted(row["evidence"]) == sorted(same["triple_id"])
    assert (row["triples"], row["articles"]) == (len(same), same["article_id"].nunique())
    assert row["confidence"] == same["confidence"].max()
    pairs = statements[statements["contested"]].groupby(["head_concept_id", "relation", "tail_concept_id"], observed=True)["polarity"]
    assert len(pairs) > 0
    assert all(set(group) == {"affirmed", "negated"} for _, group in pairs)


def test_the_graph_has_an_edge_for_each_statement(ds: Dataset) -> None:
    graph = ds.graph()
    assert isinstance(graph, nx.MultiDiGraph)
    assert graph.number_of_edges() == len(ds.statements)
    head, tail, key = next((u, v, k) for u, v, k, d in graph.edges(keys=True, data=True) if d["polarity"] == "negated")
    edge = graph.edges[head, tail, key]
    assert key == f"{edge['relation']} negated"
    assert set(edge["evidence"]) <= set(ds.triples["triple_id"])
    assert all("name" in data and "type" in data for _, data in graph.nodes(data=True))


def test_diff_says_what_a_new_run_added_lost_and_changed(ds: Dataset, copy: Path) -> None:
    old = lines("triples")
    new = [line | ({"rule": "cue:new", "confidence": 0.123} if n == 5 else {}) for n, line in enumerate(old) if n not in (1, 2)]
    new.append(old[0] | {"triple_id": old[0]["triple_id"] + "x"})
    (copy / "triples.jsonl").write_text("".join(json.dumps(line) + "\n" for line in new))
    rewrite(copy / "articles.jsonl", lambda record: record | {"article_id": "new"} if record == lines("articles")[0] else None)
    found = ds.diff(load_dataset(copy))
    assert repr(found) == "Difference(1 added, 2 lost, 1 changed)"
    changed = found.triples[found.triples["change"] == "changed"].iloc[0]
    assert (changed["triple_id"], changed["fields"]) == (old[5]["triple_id"], "confidence, rule")
    assert (changed["old_rule"], changed["new_rule"], changed["new_confidence"]) == (old[5]["rule"], "cue:new", 0.123)
    assert list(found.by_rule.loc["cue:new"]) == [0, 0, 1]
    assert list(found.by_article.loc[old[1]["source"]]) == [1, 2, 1]
    assert sorted(found.articles["change"]) == ["added", "lost"]
    assert len(ds.diff(ds)) == 0


def test_the_code_in_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(from pipeline import load_dataset\n.*?)```", readme, re.DOTALL)
    monkeypatch.chdir(ROOT)
    known: dict[str, Any] = {}
    exec(code.replace('"newer"', '"outputs"'), known)
    assert isinstance(known["sure"], Dataset)


# other versions, broken files


def test_version_1_0_is_read_and_what_it_did_not_know_is_missing(ds: Dataset, copy: Path) -> None:
    def older(record: dict[str, Any]) -> dict[str, Any]:
        for entity in record.get("entities", ()):
            for name in ("subtype", "broader", "hypernym"):
                del entity[name]
        return record | {"schema_version": "1.0"}

    rewrite(copy / "articles.jsonl", older)
    rewrite(copy / "triples.jsonl", older)
    (copy / "concepts.jsonl").unlink()
    loaded = load_dataset(copy)
    assert loaded.entities["subtype"].isna().all()
    assert loaded.entities["concept"].tolist() == ds.entities["concept"].tolist()
    assert set(loaded.concepts["concept_id"]) == set(ds.entities["concept_id"])
    assert loaded.concepts.dtypes.astype(str).tolist() == ds.concepts.dtypes.astype(str).tolist()
    assert loaded.graph().number_of_edges() == ds.graph().number_of_edges()


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("2.0", r"articles\.jsonl has schema version 2\.0, and this program reads 1\.0, 1\.1, 1\.2: install a newer version of it"),
        (None, r"articles\.jsonl has lines without schema_version"),
    ],
)
def test_a_version_that_is_not_known_is_refused(copy: Path, version: str | None, message: str) -> None:
    rewrite(copy / "articles.jsonl", lambda record: record | {"schema_version": version})
    with pytest.raises((UsageError, ResourceError), match=message):
        _ = load_dataset(copy).entities


def test_what_is_no_dataset_is_refused(tmp_path: Path, ds: Dataset) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        load_dataset(tmp_path / "none")
    with pytest.raises(UsageError, match=r"is no dataset: it has no articles\.jsonl"):
        load_dataset(tmp_path)
    with pytest.raises(UsageError, match="the table triples has no column 'colour'"):
        ds.table("triples", ["colour"])
    with pytest.raises(UsageError, match="there is no table 'colours'"):
        ds.table("colours")
    with pytest.raises(AttributeError, match="a dataset has no table 'colours'"):
        _ = ds.colours


def test_an_empty_dataset_has_all_tables(tmp_path: Path) -> None:
    for name in ("articles", "triples"):
        (tmp_path / f"{name}.jsonl").write_bytes(b"")
    loaded = load_dataset(tmp_path)
    assert {name: len(getattr(loaded, name)) for name in layout()} == dict.fromkeys(layout(), 0)
    assert len(loaded.statements) == 0
    assert loaded.graph().number_of_nodes() == 0
