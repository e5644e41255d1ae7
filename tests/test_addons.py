"""Add-on lexicons: their format, who wins, and what the records say of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline import addons
from pipeline.addons import COLUMNS, FIRST_LINE, encode, load_addon, load_addons
from pipeline.cli import app
from pipeline.errors import OutputError, ResourceError, UsageError
from pipeline.extractor import Extractor
from pipeline.facts import find_concept
from pipeline.lexicon import fold_words, load_lexicon
from pipeline.schema import ArticleRecord, EntityType
from pipeline.settings import Settings
from tests.texts import source_of

COMMANDS = CliRunner()
ARTICLE = "Bij het voorbeeldsyndroom helpt rust vaak goed. Ook griep en de zomergriep duren bij ouderen vaak lang."


def row(type_: str, name: str, subtype: str, **fields: str) -> dict[str, str]:
    """A term line."""
    return dict.fromkeys(COLUMNS, "") | {"type": type_, "name": name, "subtype": subtype} | fields


@pytest.fixture
def addon(tmp_path: Path) -> Path:
    """A lexicon of three terms, one of which the package knows by another name and one by the same."""
    path = tmp_path / "mine.tsv"
    rows = [
        row("CONDITION", "voorbeeldsyndroom", "disease", forms="ziekte van voorbeeld", abbreviations="VBS", identifiers="omim=123456"),
        row("CONDITION", "influenza", "disease", forms="zomergriep", identifiers="omim=7;snomed=6142004"),
        row("REMEDY", "rust", "self_care"),
    ]
    path.write_text(encode(rows), encoding="utf-8")
    return path


def entities(record: ArticleRecord) -> dict[str, tuple[str, str]]:
    """Text -> concept and finder."""
    return {entity.text: (entity.concept_id, entity.found_by) for entity in record.entities}


def test_its_names_are_found_and_say_where_they_come_from(addon: Path) -> None:
    found = entities(Extractor(Settings(), [load_addon(addon)]).extract(source_of(ARTICLE)))
    assert found == {
        "voorbeeldsyndroom": ("condition:voorbeeldsyndroom", "lexicon:mine"),
        "rust": ("remedy:rust", "lexicon"),  # the package's name wins
        "griep": ("condition:griep", "lexicon"),
        "zomergriep": ("condition:griep", "lexicon:mine"),  # influenza is what the package calls griep
    }


def test_python_takes_it_by_name(addon: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(addons.FOLDER_VARIABLE, str(addon.parent))
    extractor = Extractor(lexicons=load_addons(["mine"]))
    assert extractor.versions()["lexicon:mine"] == hashlib.sha256(addon.read_bytes()).hexdigest()


def test_its_names_win_where_the_user_says_so(addon: Path) -> None:
    found = entities(Extractor(Settings(prefer_lexicons=True), [load_addon(addon)]).extract(source_of(ARTICLE)))
    assert (found["rust"], found["griep"][1]) == (("remedy:rust", "lexicon:mine"), "lexicon:mine")


def test_the_longest_name_wins_whoever_lists_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text(encode([row("CONDITION", "griep van de zomer", "disease")]), encoding="utf-8")
    record = Extractor(Settings(), [load_addon(path)]).extract(source_of("De griep van de zomer en een gewone griep zijn soms lastig."))
    assert [(e.text, e.found_by) for e in record.entities] == [("griep van de zomer", "lexicon:mine"), ("griep", "lexicon")]


def test_its_names_are_inflected_and_abbreviations_are_not(addon: Path) -> None:
    lexicon = load_addon(addon)
    assert [e.concept.name for _, e in lexicon.match(fold_words("voorbeeldsyndromen"), 0, 1)] == ["voorbeeldsyndroom"]
    assert [e.case for _, e in lexicon.match(("vbs",), 0, 1)] == ["VBS"]


def test_what_it_knows_of_a_concept_of_the_package_is_added(addon: Path) -> None:
    concept = find_concept((load_lexicon(), load_addon(addon)), EntityType.CONDITION, "griep")
    assert concept is not None
    assert [(i.scheme, i.identifier, i.source) for i in concept.identifiers if i.source == "lexicon:mine"] == [
        ("omim", "7", "lexicon:mine"),
        ("snomed", "6142004", "lexicon:mine"),
    ]


def test_terms_that_are_one_concept_of_the_package_add_what_each_knows(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    rows = [row("CONDITION", "hypertensie", "disease", identifiers="a=1"), row("CONDITION", "hoge bloeddruk", "disease", identifiers="a=2")]
    path.write_text(encode(rows), encoding="utf-8")
    assert [i.identifier for i in load_addon(path).concepts["condition:hoge-bloeddruk"].identifiers] == ["2", "1"]


def test_white_space_in_a_field_does_not_break_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text(encode([row("CONDITION", "kwakel\tziekte", "disease", identifiers="a=1\u2028\n2")]), encoding="utf-8")
    assert [(line["name"], line["identifiers"]) for line in addons.read_addon(path)] == [("kwakel ziekte", "a=1 2")]


def test_a_run_names_it_with_its_digest(addon: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ARTICLE, encoding="utf-8")
    out = tmp_path / "out"
    result = COMMANDS.invoke(app, ["run", str(tmp_path / "a.txt"), "--out", str(out), "--lexicon", str(addon), "--quiet"])
    assert (result.exit_code, result.output) == (0, "")
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert manifest["versions"]["lexicon:mine"] == hashlib.sha256(addon.read_bytes()).hexdigest()
    concepts = {line["concept_id"]: line for line in map(json.loads, (out / "concepts.jsonl").read_text(encoding="utf-8").splitlines())}
    assert concepts["condition:voorbeeldsyndroom"] == {
        "schema_version": "1.2",
        "concept_id": "condition:voorbeeldsyndroom",
        "name": "voorbeeldsyndroom",
        "type": "CONDITION",
        "subtype": "disease",
        "broader": None,
        "hypernym": "ziekte",
        "deficiency_of": None,
        "substance": None,
        "drug_class": None,
        "identifiers": [{"scheme": "omim", "identifier": "123456", "source": "lexicon:mine"}],
        "source": "lexicon:mine",
    }


@pytest.mark.parametrize("command", ["extract", "explain"])
def test_it_can_be_called_by_its_name(command: str, addon: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(addons.FOLDER_VARIABLE, str(addon.parent))
    result = COMMANDS.invoke(app, [command, "-", "--lexicon", "mine"], input=ARTICLE)
    assert result.exit_code == 0
    assert "lexicon:mine" in result.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: a lexicon begins with the line '# health-triples lexicon 1'"),
        ("concept\n", "line 1: a lexicon begins"),
        (f"{FIRST_LINE}\n", "line 2: the columns must be type, name, subtype"),
        (f"{FIRST_LINE}\nname\ttype\n", "line 2: the columns must be type, name, subtype"),
        (encode([]) + "CONDITION\tx\n", "line 3: 2 columns where there should be 9"),
        (encode([row("CONDITIE", "x", "disease")]), "line 3: a term needs a name and one of the types CONDITION"),
        (encode([row("CONDITION", "", "disease")]), "line 3: a term needs a name"),
        (encode([row("CONDITION", "x", "drink")]), "line 3: the subtype of a CONDITION is one of disease, symptom"),
        (encode([row("CONDITION", "x", "disease", forms="-")]), "line 3: lexicon, concept 'x': '-' has no words"),
    ],
)
def test_a_malformed_file_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ResourceError) as caught:
        load_addon(path)
    assert str(caught.value).startswith(f"{path}, {message}")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.tsv"
    path.write_bytes(b"\x80\x04\x95")  # the first bytes of a pickle
    with pytest.raises(ResourceError, match="this is no UTF-8 text, so no lexicon"):
        load_addon(path)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["nowhere"], "no lexicon nowhere: .* has no nowhere.tsv; health-triples lexicon import makes one"),
        (["x/nowhere.tsv"], "no lexicon x/nowhere.tsv: there is no such file"),
        (["a b"], "'a b' is no name for a lexicon"),
        (["one/mine.tsv", "two/mine.tsv"], "two lexicons are called mine"),
    ],
)
def test_a_lexicon_that_cannot_be_used_is_told(names: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(addons.FOLDER_VARIABLE, str(tmp_path))
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.tsv").write_text(encode([]), encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        load_addons(names)


def test_a_lexicon_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.tsv"
    path.write_text("old", encoding="utf-8")

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.addons.os.replace", full)
    with pytest.raises(OutputError, match=r"cannot write .*mine.tsv: No space left on device"):
        addons.write(path, "new")
    assert [(p.name, p.read_text(encoding="utf-8")) for p in tmp_path.iterdir()] == [("mine.tsv", "old")]


def test_a_missing_lexicon_ends_a_run_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ARTICLE, encoding="utf-8")
    result = COMMANDS.invoke(app, ["run", str(tmp_path / "a.txt"), "--out", str(tmp_path / "out"), "--lexicon", str(tmp_path / "x.tsv")])
    assert (result.exit_code, (tmp_path / "out").exists()) == (2, False)
