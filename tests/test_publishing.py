"""Exports: each format is read back by the library that people read it with, and holds what the dataset holds."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import networkx as nx
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
import rdflib
from rdflib.namespace import RDF, SKOS
from typer.testing import CliRunner

from pipeline import load_dataset
from pipeline.cli import app
from pipeline.errors import UsageError
from pipeline.evaluation.interchange import FORMATS as TOOLS
from pipeline.output_commands import FormatName
from pipeline.publishing import FORMATS, dictionary, export
from pipeline.publishing.turtle import text
from pipeline.schema import SCHEMA_VERSION
from pipeline.tables import Dataset, layout

ROOT = Path(__file__).parents[1]
OA = rdflib.Namespace("http://www.w3.org/ns/oa#")


@pytest.fixture(scope="module")
def ds(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Five articles of ``corpus/``, enough to have everything."""
    folder = tmp_path_factory.mktemp("five")
    articles = (ROOT / "outputs" / "articles.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)[:5]
    ids = {json.loads(line)["article_id"] for line in articles}
    triples = (ROOT / "outputs" / "triples.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "articles.jsonl").write_text("".join(articles), encoding="utf-8", newline="\n")
    (folder / "triples.jsonl").write_text(
        "".join(line for line in triples if json.loads(line)["article_id"] in ids), encoding="utf-8", newline="\n"
    )
    shutil.copy(ROOT / "outputs" / "concepts.jsonl", folder)
    shutil.copy(ROOT / "outputs" / "manifest.json", folder)
    return load_dataset(folder)


@pytest.fixture(scope="module")
def exported(ds: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a format, written once."""
    out = tmp_path_factory.mktemp("exports")

    def folder(name: str) -> Path:
        if not (out / name).exists():
            export(ds, name, out / name)
        return out / name

    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


@pytest.mark.parametrize("name", FORMATS)
def test_equal_datasets_give_equal_bytes(ds: Dataset, exported: Callable[[str], Path], tmp_path: Path, name: str) -> None:
    export(ds, name, tmp_path)
    first = contents(exported(name))
    assert contents(tmp_path) == first
    assert first["dictionary.md"].decode() == dictionary()
    assert len(first) > 1


def test_parquet_holds_the_same_tables_with_the_version_and_their_meaning(ds: Dataset, exported: Callable[[str], Path]) -> None:
    loaded = load_dataset(exported("parquet"))
    for name in layout():
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(ds, name))
    schema = pq.read_schema(exported("parquet") / "entities.parquet")
    assert schema.metadata[b"health_triples_schema_version"].decode() == SCHEMA_VERSION
    assert schema.field("concept").metadata[b"description"] == b"preferred Dutch name, lower case"
    where = [("relation", "=", "TREATS"), ("confidence", ">=", 0.8)]
    pd.testing.assert_frame_equal(loaded.table("triples", ["triple_id"], where), ds.table("triples", ["triple_id"], where))
    kept = {"min_confidence": 0.7, "polarity": "affirmed", "relation": ["TREATS", "CAUSES"]}
    pd.testing.assert_frame_equal(loaded.filter(**kept).relations, ds.filter(**kept).relations)  # type: ignore[arg-type]


def test_a_hive_partitioned_folder_of_parquet_is_read(ds: Dataset, exported: Callable[[str], Path], tmp_path: Path) -> None:
    frame = pq.read_table(exported("parquet") / "triples.parquet")
    for name in ("articles", "concepts"):
        (tmp_path / name).mkdir()
        shutil.copy(exported("parquet") / f"{name}.parquet", tmp_path / name / "part-0.parquet")
    pq.write_to_dataset(frame, tmp_path / "triples", partition_cols=["polarity"])
    loaded = load_dataset(tmp_path).triples.sort_values("triple_id", ignore_index=True)
    pd.testing.assert_frame_equal(loaded, ds.triples.sort_values("triple_id", ignore_index=True))


def test_parquet_of_a_newer_version_is_refused(exported: Callable[[str], Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(exported("parquet"), tmp_path / "newer"))
    table = pq.read_table(folder / "triples.parquet")
    pq.write_table(table.replace_schema_metadata({b"health_triples_schema_version": b"9.0"}), folder / "triples.parquet")
    with pytest.raises(UsageError, match=r"triples\.parquet has schema version 9\.0, and this program reads"):
        _ = load_dataset(folder).triples


def test_parquet_becomes_the_json_lines_that_it_was_made_of(ds: Dataset, exported: Callable[[str], Path], tmp_path: Path) -> None:
    export(load_dataset(exported("parquet")), "jsonl", tmp_path)
    for name in ("articles", "triples", "concepts"):
        assert (tmp_path / f"{name}.jsonl").read_bytes() == (ds.folder / f"{name}.jsonl").read_bytes()


def test_csv_can_be_read_and_lists_are_json(ds: Dataset, exported: Callable[[str], Path]) -> None:
    with (exported("csv") / "relations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["relation_id"] for row in rows] == ds.relations["relation_id"].tolist()
    assert json.loads(rows[0]["evidence"]) == list(ds.relations["evidence"][0])
    texts = pd.read_csv(exported("csv") / "articles.csv")["text"]
    assert texts.tolist() == ds.articles["text"].tolist()


def test_xlsx_has_a_sheet_a_table_and_no_formulas(ds: Dataset, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ds.folder, tmp_path / "hostile"))
    lines = [json.loads(line) for line in (folder / "triples.jsonl").read_text(encoding="utf-8").splitlines()]
    lines[0] |= {"title": "=HYPERLINK(1)", "head_text": "a\x07b", "tail_text": "x" * 40_000}
    (folder / "triples.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    export(load_dataset(folder), "xlsx", tmp_path / "out")
    book = openpyxl.load_workbook(tmp_path / "out" / "dataset.xlsx")
    assert book.sheetnames == list(layout())
    sheet = book["triples"]
    assert [cell.value for cell in sheet[1]] == [column.name for column in layout()["triples"].columns]
    assert sheet.max_row == len(lines) + 1
    row = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (row["title"].value, row["title"].data_type) == ("=HYPERLINK(1)", "s")
    assert row["head_text"].value == "a\ufffdb"
    assert row["tail_text"].value == "x" * 32_767
    assert row["confidence"].value == lines[0]["confidence"]


def test_a_table_that_no_sheet_holds_is_refused(ds: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.publishing.tabular._SHEET_ROWS", 50)
    with pytest.raises(UsageError, match="the table blocks has more rows than a sheet can hold"):
        export(ds, "xlsx", tmp_path / "out")
    assert contents(tmp_path / "out") == {}


def test_turtle_is_read_by_rdflib(ds: Dataset, exported: Callable[[str], Path]) -> None:
    graph = rdflib.Graph().parse(data=(exported("turtle") / "dataset.ttl").read_text(encoding="utf-8"), format="turtle")
    base = rdflib.Namespace("urn:health-triples:")
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    assert len(concepts) == len(ds.concepts)
    assert len(set(graph.subjects(RDF.type, RDF.Statement))) == len(ds.relations)
    articles = {row["article_id"]: row for row in ds.articles.to_dict("records")}
    checked = 0
    for annotation in graph.subjects(RDF.type, OA.Annotation):
        target = graph.value(annotation, OA.hasTarget)
        article = articles[str(graph.value(target, OA.hasSource)).rpartition("/")[2]]
        position, quote = sorted(graph.objects(target, OA.hasSelector), key=lambda one: graph.value(one, OA.start) is None)
        start, end = (int(str(graph.value(position, place))) for place in (OA.start, OA.end))
        assert article["text"][start:end] == str(graph.value(quote, OA.exact))
        checked += 1
    assert checked == sum(len(ids) for ids in ds.relations["evidence"])
    predicates = {str(one).rpartition("/")[2] for one in graph.objects(predicate=RDF.predicate)}
    assert {"treats_or_applied_or_studied_to_treat", "consult", "causes"} <= predicates
    stated = ds.relations[(ds.relations["polarity"] == "affirmed") & (ds.relations["certainty"] != "disputed")]
    ends = ds.entities.set_index("entity_id")["concept_id"]
    pairs = {(ends[row["head"]], row["type"], ends[row["tail"]]) for row in stated.to_dict("records")}
    own = {base[f"term/{name}"] for name in ("consult", "prescribes", "deficiency_causes")}
    direct = {p for p in graph.predicates() if "biolink" in str(p)} | own
    assert sum(1 for s, p, o in graph if p in direct and s in concepts) == len(pairs)


@pytest.mark.parametrize("value", ['say "x"\\', "line\nbreak\ttab\r", "\x01\x1f", "éø\U0001f600", "<b>&amp;"])
def test_a_literal_survives(value: str) -> None:
    graph = rdflib.Graph().parse(data=f"<urn:a> <urn:b> {text(value, 'nl')} .", format="turtle")
    assert [str(one) for one in graph.objects()] == [value]


def test_turtle_takes_a_base(ds: Dataset, tmp_path: Path) -> None:
    export(ds, "turtle", tmp_path / "a", base="https://data.example.org/health/")
    assert "<https://data.example.org/health/concept/condition%3A" in (tmp_path / "a" / "dataset.ttl").read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="should begin an IRI"):
        export(ds, "turtle", tmp_path / "b", base="no base")
    assert contents(tmp_path / "b") == {}


def test_graphs_are_read_back(ds: Dataset, exported: Callable[[str], Path]) -> None:
    expected = ds.graph()
    graphml = nx.read_graphml(exported("graphml") / "graph.graphml", force_multigraph=True)
    cyjs = nx.cytoscape_graph(json.loads((exported("cytoscape") / "graph.cyjs").read_text(encoding="utf-8")))
    for found in (graphml, cyjs):
        assert set(found.nodes) == set(expected.nodes)
        assert found.number_of_edges() == expected.number_of_edges()
    head, tail, key = next(iter(expected.edges(keys=True)))
    edge = expected.edges[head, tail, key]
    assert any(data["evidence"] == " ".join(edge["evidence"]) for data in graphml.get_edge_data(head, tail).values())


def test_neo4j_files_have_typed_headers(ds: Dataset, exported: Callable[[str], Path]) -> None:
    nodes, edges = (
        list(csv.DictReader(io.StringIO((exported("neo4j-csv") / f"{name}.csv").read_text(encoding="utf-8"), newline="")))
        for name in ("nodes", "relationships")
    )
    assert {row[":ID"] for row in nodes} >= {row[end] for row in edges for end in (":START_ID", ":END_ID")}
    assert {row[":LABEL"] for row in nodes} == {"Condition", "Nutrient", "Remedy", "Specialist"}
    assert sum(int(row["triples:int"]) for row in edges) == len(ds.triples)
    assert {one for row in edges for one in row["evidence:string[]"].split(";")} == set(ds.triples["triple_id"])
    assert {row[":TYPE"] for row in edges} == set(ds.triples["relation"])


@pytest.mark.parametrize("tool", ["brat", "label-studio", "docbin"])
def test_annotation_tools_read_what_was_found(ds: Dataset, exported: Callable[[str], Path], tool: Any) -> None:
    path = exported(tool)
    articles = list(TOOLS[tool].read(path / "label-studio.json" if tool == "label-studio" else path))
    assert len(articles) == len(ds.articles)
    assert sum(len(one.document.entities) for one in articles) == len(ds.entities)
    assert sum(len(one.document.relations) for one in articles) == len(ds.relations)
    assert sorted(one.text for one in articles) == sorted(ds.articles["text"])


@pytest.mark.parametrize("name", ["parquet", "csv", "jsonl"])
def test_the_datapackage_describes_the_files(ds: Dataset, exported: Callable[[str], Path], name: str) -> None:
    folder = exported(name)
    package = json.loads((folder / "datapackage.json").read_bytes())
    assert package["schemaVersion"] == SCHEMA_VERSION
    assert package["versions"]["pipeline"]
    assert {one["path"] for one in package["resources"]} == set(contents(folder)) - {"datapackage.json", "dictionary.md"}
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert (resource["bytes"], resource["hash"]) == (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")
        assert resource["rows"] == len(getattr(ds, resource["name"]))
        for key in resource["schema"].get("foreignKeys", ()):
            assert key["reference"]["resource"] in {one["name"] for one in package["resources"]}
    if name == "csv":
        entities = next(one for one in package["resources"] if one["name"] == "entities")
        header = next(csv.reader((folder / "entities.csv").read_text(encoding="utf-8").splitlines()))
        assert [field["name"] for field in entities["schema"]["fields"]] == header
        kind = next(field for field in entities["schema"]["fields"] if field["name"] == "type")
        assert kind["constraints"] == {"required": True, "enum": ["CONDITION", "NUTRIENT", "REMEDY", "SPECIALIST"]}
    if name == "jsonl":
        first = json.loads((folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()[0])
        fields = next(one for one in package["resources"] if one["name"] == "articles")["schema"]["fields"]
        assert {field["name"] for field in fields} == set(first) - {"schema_version"}


def test_the_data_dictionary_in_docs_is_that_of_the_schema() -> None:
    assert (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8") == dictionary(), (
        "the schema changed: write docs/data-dictionary.md anew (python -m tests.test_frozen)"
    )


# the command


def test_the_command_offers_every_format() -> None:
    assert get_args(FormatName) == tuple(FORMATS)


def test_the_command_writes_a_filtered_dataset(ds: Dataset, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app,
        ["export", str(ds.folder), "--format", "jsonl", "-o", str(tmp_path / "out"), "--min-confidence", "0.8", "--polarity", "affirmed"],
    )
    assert result.exit_code == 0, result.output
    assert result.stderr.endswith(f"are in {(tmp_path / 'out').as_posix()}\n")
    expected = ds.triples.query("confidence >= 0.8 and polarity == 'affirmed'")
    assert load_dataset(tmp_path / "out").triples["triple_id"].tolist() == expected["triple_id"].tolist()


def test_files_are_replaced_on_demand_only(ds: Dataset, tmp_path: Path) -> None:
    export(ds, "graphml", tmp_path)
    with pytest.raises(UsageError, match="say --overwrite"):
        export(ds, "graphml", tmp_path)
    export(ds, "graphml", tmp_path, overwrite=True)
    with pytest.raises(UsageError, match="would mix with the dataset"):
        export(ds, "csv", ds.folder)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "error: no such folder: nowhere"),
        ([str(ROOT / "corpus")], "is no dataset: it has no articles.jsonl"),
    ],
)
def test_the_command_says_what_is_wrong_in_one_line(arguments: list[str], message: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["export", *arguments, "--format", "csv", "-o", str(tmp_path / "out")])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


def test_what_an_older_version_did_not_know_cannot_be_written_as_lines(ds: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    lines = [json.loads(line) for line in (ds.folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    for line in lines:
        line["schema_version"] = "1.0"
        for entity in line["entities"]:
            del entity["subtype"]
    (folder / "articles.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    shutil.copy(ds.folder / "triples.jsonl", folder)
    export(load_dataset(folder), "parquet", tmp_path / "parquet")
    with pytest.raises(UsageError, match="entities without subtype are of an older version of the data contract"):
        export(load_dataset(folder), "jsonl", tmp_path / "jsonl")
    assert contents(tmp_path / "jsonl") == {}


def test_what_an_older_version_did_not_know_has_its_default(ds: Dataset, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    lines = [json.loads(line) for line in (ds.folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    for line in lines:
        line["schema_version"] = "1.1"
        del line["url"], line["duplicate_of"]
        for sentence in line["sentences"]:
            del sentence["foreign"]
    (folder / "articles.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for name in ("triples.jsonl", "concepts.jsonl"):
        shutil.copy(ds.folder / name, folder)
    export(load_dataset(folder), "jsonl", tmp_path / "jsonl")
    assert (tmp_path / "jsonl/articles.jsonl").read_bytes() == (ds.folder / "articles.jsonl").read_bytes()


def test_a_format_says_which_package_it_wants(ds: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.publishing.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"needs openpyxl: pip install 'health-triples-nl\[xlsx\]'"):
        export(ds, "xlsx", tmp_path)
