"""Gold in the formats of other tools: there and back without loss, what people do in these tools, and errors that name the place."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import DocBin
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.errors import HealthTriplesError, ResourceError, UsageError
from pipeline.evaluation.gold import GoldDocument, GoldEntity, GoldRelation, gold_bytes
from pipeline.evaluation.interchange import FORMATS, FormatName, export_gold, import_gold
from pipeline.evaluation.interchange.annotated import Annotated, source_name, text_name
from pipeline.schema import EntityType, Polarity, RelationType

C, N, R = EntityType.CONDITION, EntityType.NUTRIENT, EntityType.REMEDY
NAMES: list[FormatName] = [*FORMATS]
TEXT = "Magnesium\nen 🙂 olie helpen bij kramp\nen pijn in\nde buik."


def mark(number: int, kind: EntityType, words: str, concept: str, alt: EntityType | None = None) -> GoldEntity:
    start = TEXT.index(words)
    return GoldEntity(id=f"T{number}", type=kind, start=start, end=start + len(words), text=words, concept=concept, alt=alt)


ARTICLE = Annotated(
    GoldDocument(
        id="a",
        source="a.md",
        sha256=hashlib.sha256(TEXT.encode()).hexdigest(),
        entities=(
            mark(1, N, "Magnesium", "magnesium"),
            mark(2, N, "olie", "een olie", R),
            mark(3, C, "kramp", "spierkramp"),
            mark(4, C, "pijn in\nde buik", "buikpijn"),
        ),
        relations=(
            GoldRelation(
                id="R1",
                type=RelationType.TREATS,
                head="magnesium",
                tail="spierkramp",
                polarity=Polarity.AFFIRMED,
                evidence=((10, 38), (0, 9)),
            ),
            GoldRelation(
                id="R2", type=RelationType.TREATS, head="magnesium", tail="spierkramp", polarity=Polarity.NEGATED, evidence=((0, 9),)
            ),
            GoldRelation(
                id="R3", type=RelationType.CAUSES, head="spierkramp", tail="buikpijn", polarity=Polarity.AFFIRMED, evidence=((10, 38),)
            ),
        ),
    ),
    TEXT,
)


def there_and_back(name: FormatName, *articles: Annotated) -> list[Annotated]:
    """The articles after a way through the files of a format."""
    with tempfile.TemporaryDirectory() as folder:
        for file, content in FORMATS[name].write(articles):
            (Path(folder) / file).write_bytes(content)
        return list(FORMATS[name].read(Path(folder)))


def expected(name: FormatName, article: Annotated) -> Annotated:
    """What should come back: everything that the format can hold."""
    if FORMATS[name].relations:
        return article
    return Annotated(article.document.model_copy(update={"relations": ()}), article.text)


# there and back

CONCEPTS = st.text("ab é#;_|1", min_size=1, max_size=6).filter(lambda text: text == text.strip())


@st.composite
def annotated(draw: st.DrawFn) -> Annotated:
    """A correct annotation of a text that is hard on formats: emoji, line ends of all kinds, soft hyphens, signs of the formats' own."""
    text = draw(st.text("ab1é🙂\u00ad\u2028\t\r\n\n .#-_/", max_size=60))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12, unique=True)))
    entities: list[GoldEntity] = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        words = text[start:end]
        if words == words.strip():
            alt = draw(st.none() | st.sampled_from(EntityType))
            kind, concept = draw(st.sampled_from(EntityType)), draw(CONCEPTS)
            entities.append(GoldEntity(id=f"T{len(entities) + 1}", type=kind, start=start, end=end, text=words, concept=concept, alt=alt))
    types: dict[str, set[EntityType]] = {}
    for entity in entities:
        types.setdefault(entity.concept, set()).update(entity.types)
    possible = [
        (head, kind, tail, polarity)
        for head in types
        for tail in types
        for kind in RelationType
        for polarity in Polarity
        if head != tail and types[head] & kind.heads and types[tail] & kind.tails
    ]
    chosen = draw(st.lists(st.sampled_from(possible), max_size=5, unique=True)) if possible else []
    spans = st.lists(st.tuples(st.integers(0, 5), st.integers(6, max(6, len(text)))), min_size=1, max_size=3, unique=True)
    relations = tuple(
        GoldRelation(id=f"R{n}", type=kind, head=head, tail=tail, polarity=polarity, evidence=tuple(draw(spans)))
        for n, (head, kind, tail, polarity) in enumerate(chosen if len(text) > 6 else [], 1)
    )
    source = draw(st.sampled_from(["a.txt", "a.ref.txt", "a.md"]))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Annotated(GoldDocument(id="a", source=source, sha256=sha256, entities=tuple(entities), relations=relations), text)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost(name: FormatName) -> None:
    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(annotated())
    def check(article: Annotated) -> None:
        assert there_and_back(name, article) == [expected(name, article)]

    check()


@pytest.mark.parametrize("name", NAMES)
def test_a_known_article_comes_back_and_its_files_are_repeatable(name: FormatName) -> None:
    assert there_and_back(name, ARTICLE) == [expected(name, ARTICLE)]
    assert list(FORMATS[name].write([ARTICLE])) == list(FORMATS[name].write([ARTICLE]))


def test_names_of_texts_are_turned_back() -> None:
    assert [text_name(name) for name in ("a.txt", "a.ref.txt", "a.md")] == ["a.txt", "a.ref.txt", "a.md.txt"]
    assert [source_name(name) for name in ("a.txt", "a.ref.txt", "a.md.txt", "b.1.txt")] == ["a.txt", "a.ref.txt", "a.md", "b.1.txt"]


# what the files say


def files(name: FormatName) -> dict[str, str]:
    return {file: content.decode() for file, content in FORMATS[name].write([ARTICLE])}


def test_brat_files() -> None:
    written = files("brat")
    assert sorted(written) == ["a.md.ann", "a.md.txt", "annotation.conf"]
    assert written["a.md.ann"].splitlines() == [
        "T1\tNUTRIENT 0 9\tMagnesium",
        "#1\tAnnotatorNotes T1\tmagnesium",
        "T2\tNUTRIENT 15 19\tolie",
        "#2\tAnnotatorNotes T2\teen olie",
        "A1\tAlternative T2 REMEDY",
        "T3\tCONDITION 31 36\tkramp",
        "#3\tAnnotatorNotes T3\tspierkramp",
        "T4\tCONDITION 40 47;48 55\tpijn in de buik",
        "#4\tAnnotatorNotes T4\tbuikpijn",
        "R1\tTREATS Arg1:T1 Arg2:T3",
        "#5\tAnnotatorNotes R1\taffirmed 10-38,0-9",
        "R2\tTREATS Arg1:T1 Arg2:T3",
        "#6\tAnnotatorNotes R2\tnegated 0-9",
        "R3\tCAUSES Arg1:T3 Arg2:T4",
        "#7\tAnnotatorNotes R3\taffirmed 10-38",
    ]
    assert "PRESCRIBES Arg1:SPECIALIST, Arg2:NUTRIENT|REMEDY\n" in written["annotation.conf"]


def test_conll_rows() -> None:
    assert files("conll")["a.md.conll"].splitlines()[1:7] == [
        "Magnesium\t0\t9\tB-NUTRIENT\tmagnesium\t_",
        "",
        "en\t10\t12\tO\t_\t_",
        "🙂\t13\t14\tO\t_\t_",
        "olie\t15\t19\tB-NUTRIENT\teen olie\tREMEDY",
        "helpen\t20\t26\tO\t_\t_",
    ]


def test_spacy_reads_its_documents_without_us(tmp_path: Path) -> None:
    ((name, content),) = FORMATS["docbin"].write([ARTICLE])
    (tmp_path / name).write_bytes(content)
    (doc,) = DocBin().from_disk(tmp_path / name).get_docs(spacy.blank("nl").vocab)
    assert doc.text == TEXT
    assert [(ent.text, ent.label_, ent.kb_id_, ent.id_) for ent in doc.ents][1:3] == [
        ("olie", "NUTRIENT", "een olie", "REMEDY"),
        ("kramp", "CONDITION", "spierkramp", ""),
    ]


# what people do in these tools


MARKS = "T1\tNUTRIENT 0 9\tMagnesium\nT2\tCONDITION 31 36\tkramp\n"


def imported(tmp_path: Path, name: FormatName, **contents: str) -> GoldDocument:
    """The gold of files with these contents (a double underscore in a name is a dot)."""
    for file, content in contents.items():
        (tmp_path / file.replace("__", ".")).write_bytes(content.encode())
    (article,) = FORMATS[name].read(tmp_path)
    return article.document


def facts(document: GoldDocument) -> list[tuple[Any, ...]]:
    return [(r.head, r.type, r.tail, r.polarity, r.evidence) for r in document.relations]


def test_marks_of_brat_need_no_notes(tmp_path: Path) -> None:
    ann = "T9\tCONDITION 31 36\tkramp\nT2\tNUTRIENT 0 9\tMagnesium\nR1\tTREATS Arg1:T2 Arg2:T9\t\n\n"
    document = imported(tmp_path, "brat", a__txt=TEXT, a__ann=ann)
    assert [(e.id, e.text, e.concept) for e in document.entities] == [("T1", "Magnesium", "magnesium"), ("T2", "kramp", "kramp")]
    assert facts(document) == [("magnesium", "TREATS", "kramp", "affirmed", ((0, 9), (10, 36)))]


def test_relations_between_several_mentions_of_a_concept_are_one(tmp_path: Path) -> None:
    text = "Zink en zink helpen tegen kramp."
    ann = "T1\tNUTRIENT 0 4\tZink\nT2\tNUTRIENT 8 12\tzink\nT3\tCONDITION 26 31\tkramp\n"
    ann += "R1\tTREATS Arg1:T1 Arg2:T3\nR2\tTREATS Arg1:T2 Arg2:T3\n#1\tAnnotatorNotes R2\taffirmed 8-12\n"
    assert facts(imported(tmp_path, "brat", a__txt=text, a__ann=ann)) == [("zink", "TREATS", "kramp", "affirmed", ((0, 32), (8, 12)))]


def test_conll_of_others_has_two_columns_and_no_text(tmp_path: Path) -> None:
    document = imported(
        tmp_path, "conll", a__conll="Magnesium\tB-NUTRIENT\nhelpt\tO\n\nzware\tI-CONDITION\nkramp\tI-CONDITION\nzink\tB-NUTRIENT\n"
    )
    assert [(e.start, e.text, e.type) for e in document.entities] == [(0, "Magnesium", N), (16, "zware kramp", C), (28, "zink", N)]


def task(text: str, *results: dict[str, Any]) -> str:
    return json.dumps(
        [{"id": 1, "data": {"text": text}, "annotations": [{"was_cancelled": True, "result": []}, {"result": list(results)}]}]
    )


def region(name: str, start: int, words: str, label: str) -> dict[str, Any]:
    value = {"start": start, "end": start + len(words), "text": words, "labels": [label]}
    return {"id": name, "type": "labels", "from_name": "label", "to_name": "text", "value": value}


def test_a_label_studio_export_of_regions_alone(tmp_path: Path) -> None:
    link = {"type": "relation", "from_id": "y", "to_id": "x", "direction": "left", "labels": ["negated", "TREATS"]}
    content = task(TEXT, region("x", 0, "Magnesium", "NUTRIENT"), region("y", 31, "kramp", "CONDITION"), link)
    (tmp_path / "export.json").write_text(content, encoding="utf-8")
    (article,) = FORMATS["label-studio"].read(tmp_path / "export.json")
    assert article.document.source == "export-1.txt"
    assert facts(article.document) == [("magnesium", "TREATS", "kramp", "negated", ((0, 9), (10, 36)))]


def test_label_studio_may_count_as_javascript_does(tmp_path: Path) -> None:
    document = imported(tmp_path, "label-studio", **{"label-studio__json": task(TEXT, region("y", 32, "kramp", "CONDITION"))})
    assert [(e.start, e.text) for e in document.entities] == [(31, "kramp")]


@pytest.mark.parametrize(
    ("name", "contents", "message"),
    [
        ("brat", {"a__txt": TEXT, "a__ann": "T1\tFOOD 0 9\tMagnesium\n"}, "a.ann, line 1: 'FOOD' is not a valid EntityType"),
        ("brat", {"a__txt": TEXT, "a__ann": "\nE1\tEat:T1\n"}, "a.ann, line 2: 'E1\\tEat:T1' is nothing that gold can hold"),
        ("brat", {"a__txt": TEXT, "a__ann": "R1\tTREATS Arg1:T1 Arg2:T2\n"}, "a.ann: R1 leads to T1, which is not marked"),
        ("brat", {"a__txt": TEXT, "a__ann": "T1\tNUTRIENT 0 99\tMagnesium\n"}, "a.ann, line 1: at 0 99 stands 'Magnesium\\nen"),
        ("brat", {"a__ann": ""}, "cannot read"),
        ("brat", {}, "ends in .ann"),
        (
            "brat",
            {
                "a__txt": TEXT,
                "a__ann": MARKS + "R1\tTREATS Arg1:T1 Arg2:T2\n#1\tAnnotatorNotes R1\tmaybe\n",
            },
            "the note of R1 should be affirmed or negated and the evidence",
        ),
        ("conll", {"a__conll": "Magnesium\tB-FOOD\n"}, "'B-FOOD' is no tag"),
        ("conll", {"a__conll": "Magnesium\n"}, "a.conll, line 1: there should be a word and its tag"),
        ("conll", {"a__txt": TEXT, "a__conll": "Magnesium\t0\t9\tO\n"}, "a.conll, line 1: not 6 columns"),
        ("conll", {"a__txt": TEXT, "a__conll": "Magnesium\t1\t9\tO\t_\t_\n"}, "a.conll, line 1: 'Magnesium' is not at [1, 9) of a.txt"),
        ("label-studio", {"label-studio__json": "{"}, "label-studio.json: file: Invalid JSON"),
        ("label-studio", {"label-studio__json": '[{"data": {}}]'}, "label-studio.json: 0.data.text: Field required"),
        ("label-studio", {"label-studio__json": task(TEXT, region("x", 3, "kramp", "CONDITION"))}, "region x: 'kramp' is not at [3, 8)"),
        (
            "label-studio",
            {"label-studio__json": task(TEXT, region("x", 31, "kramp", "FOOD"))},
            "region x: 'FOOD' is not a valid EntityType",
        ),
        (
            "label-studio",
            {"label-studio__json": task(TEXT, region("x", 31, "kramp", "CONDITION"), {"type": "relation", "from_id": "x", "to_id": "z"})},
            "the relation from x to z should have one label of TREATS",
        ),
        ("label-studio", {}, "no label-studio.json in"),
        ("docbin", {"gold__spacy": "no"}, "gold.spacy is no file of spaCy documents"),
    ],
)
def test_what_cannot_be_gold_is_refused_with_the_place(tmp_path: Path, name: FormatName, contents: dict[str, str], message: str) -> None:
    with pytest.raises(HealthTriplesError) as caught:
        imported(tmp_path, name, **contents)
    assert message in str(caught.value)


# the command


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """A folder with a gold file and its text."""
    (tmp_path / "gold").mkdir()
    (tmp_path / "gold" / "a.json").write_bytes(gold_bytes(ARTICLE.document))
    (tmp_path / "gold" / "a.md").write_bytes(TEXT.encode())
    return tmp_path / "gold"


@pytest.fixture
def call() -> Callable[..., Result]:
    return lambda *arguments: CliRunner().invoke(app, ["gold", *map(str, arguments)])


@pytest.mark.parametrize("name", NAMES)
def test_the_commands_carry_gold_there_and_back(gold: Path, call: Callable[..., Result], name: FormatName) -> None:
    out, back = gold.with_name("out"), gold.with_name("back")
    exported = call("export", gold, "--format", name, "-o", out)
    assert exported.exit_code == 0
    assert ("conll has no place for relations: 3 of them were left out\n" in exported.stderr) == (name == "conll")
    returned = call("import", out, "--format", name, "-o", back)
    assert returned.exit_code == 0
    relations = 0 if name == "conll" else 3
    assert returned.stderr.startswith(f"1 articles, 4 entities and {relations} relations are in ")
    assert (back / "a.md").read_bytes() == TEXT.encode()
    assert (back / "a.json").read_bytes() == gold_bytes(expected(name, ARTICLE).document)
    assert sorted(item.name for item in back.iterdir()) == ["a.json", "a.md"]


def test_files_are_replaced_on_demand_only(gold: Path, call: Callable[..., Result]) -> None:
    out = gold.with_name("out")
    export_gold(gold, gold, "brat", out)
    (out / "a.md.ann").write_text("", encoding="utf-8")
    refused = call("export", gold, "--format", "brat", "-o", out)
    assert refused.exit_code == 2
    assert "already: choose another folder, or say --overwrite" in refused.stderr
    assert (out / "a.md.ann").read_text(encoding="utf-8") == ""
    assert call("export", gold, "--format", "brat", "-o", out, "--overwrite").exit_code == 0
    assert (out / "a.md.ann").read_text(encoding="utf-8") != ""


def test_a_text_is_looked_for_in_the_corpus(gold: Path) -> None:
    corpus = gold.with_name("corpus")
    corpus.mkdir()
    (gold / "a.md").rename(corpus / "a.md")
    assert export_gold(gold, corpus, "brat", gold.with_name("out")).articles == 1
    with pytest.raises(ResourceError, match=r"its text a\.md is neither beside it nor in the corpus"):
        export_gold(gold, gold, "brat", gold.with_name("other"))
    assert not gold.with_name("other").exists()


def test_nothing_is_written_where_one_article_is_wrong(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.mkdir()
    for name, label in (("a", "NUTRIENT"), ("b", "FOOD")):
        (tool / f"{name}.txt").write_bytes(TEXT.encode())
        (tool / f"{name}.ann").write_text(f"T1\t{label} 0 9\tMagnesium\n", encoding="utf-8")
    with pytest.raises(ResourceError, match="FOOD"):
        import_gold(tool, "brat", tmp_path / "gold")
    assert not (tmp_path / "gold").exists()


@pytest.mark.parametrize("source", ["../a.txt", ".a.txt", "b/a.txt"])
def test_a_source_cannot_lead_elsewhere(tmp_path: Path, source: str) -> None:
    content = json.dumps([{"data": {"text": TEXT, "source": source}}])
    (tmp_path / "label-studio.json").write_text(content, encoding="utf-8")
    with pytest.raises(ResourceError, match="is no name for a file"):
        import_gold(tmp_path, "label-studio", tmp_path / "gold")


def test_two_articles_of_one_name_are_refused(tmp_path: Path) -> None:
    content = json.dumps([{"data": {"text": TEXT, "source": "a.txt"}}] * 2)
    (tmp_path / "label-studio.json").write_text(content, encoding="utf-8")
    with pytest.raises(ResourceError, match=r"two articles would be written to a\.txt"):
        import_gold(tmp_path, "label-studio", tmp_path / "gold")


def test_a_path_that_is_not_there_is_one_line(tmp_path: Path, call: Callable[..., Result]) -> None:
    result = call("import", tmp_path / "none", "--format", "brat", "-o", tmp_path / "gold")
    assert (result.exit_code, result.stderr.startswith("error: no such file or folder")) == (2, True)
    with pytest.raises(UsageError, match="holds no articles"):
        import_gold(tmp_path, "docbin", tmp_path / "gold")
