"""Work on lexicons: the linter, new terms, lookups, and imports of other vocabularies (made up here: a line or two of each format)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline import addons
from pipeline.addons import COLUMNS, FIRST_LINE, encode, load_addon, read_addon
from pipeline.cli import app
from pipeline.errors import ResourceError, UsageError
from pipeline.lexicography import check, check_addon, find, import_terms, search, statistics
from pipeline.lexicography.check import tidy_package
from pipeline.lexicon import FILES, load_lexicon
from pipeline.resources import load_table, path_of
from pipeline.schema import EntityType

COMMANDS = CliRunner()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where lexicons that are called by name are kept: never the user's own folder."""
    monkeypatch.setenv(addons.FOLDER_VARIABLE, str(tmp_path / "lexicons"))
    return tmp_path / "lexicons"


def call(*arguments: str | Path) -> Result:
    """Run ``health-triples lexicon ...`` in this process."""
    return COMMANDS.invoke(app, ["lexicon", *map(str, arguments)])


def row(name: str, **fields: str) -> dict[str, str]:
    """A term line for a condition."""
    return dict.fromkeys(COLUMNS, "") | {"type": "CONDITION", "name": name, "subtype": "disease"} | fields


def written(path: Path, *rows: Mapping[str, str]) -> Path:
    """An add-on with these lines as they are, unsorted."""
    lines = [FIRST_LINE, "\t".join(COLUMNS), *("\t".join(line[column] for column in COLUMNS) for line in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# check


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row("b"), row("a")], "line 4: 'a' should stand before 'b' [order]"),
        ([row("aa bb"), row("aa-bb")], "line 4: the concept condition:aa-bb is already at {path}, line 3 [duplicate]"),
        ([row("aa ")], "line 3: the name is empty, or has spaces around it [name]"),
        ([row("aa", subtype="drink")], "line 3: 'drink' is none of disease, symptom, deficiency, injury, state [subtype]"),
        ([row("aa", broader="bb")], "line 3: there is no concept 'bb' [broader]"),
        ([row("aa", broader="aa")], "line 3: stands above itself: condition:aa > condition:aa [broader]"),
        ([row("aa", attributes="colour=red")], "line 3: 'colour' is none of deficiency_of, substance, class [attribute]"),
        ([row("aa", attributes="deficiency_of=xyz")], "line 3: deficiency_of: there is no concept nutrient:xyz [attribute]"),
        ([row("aa", forms="-")], "line 3: '-' has no words [form]"),
        ([row("aa", forms="bb{cc")], "line 3: the condition of 'bb{cc' cannot be read: write word{stem,stem} [form]"),
        (
            [row("aa", forms="zz"), row("bb", variants="zz")],
            "line 4: 'zz' also names condition:aa ({path}, line 3); give it a condition {...} [clash]",
        ),
        (
            [row("aa", forms="zz"), row("zz", type="REMEDY", subtype="herb")],
            "line 4: 'zz' also names condition:aa ({path}, line 3); give it a condition {...} [clash]",
        ),
        ([row("aa", forms="altijd")], "line 3: 'altijd' is a common word; give it a condition {...} [common]"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, rows: list[dict[str, str]], expected: str) -> None:
    path = written(tmp_path / "mine.tsv", *rows)
    assert f"{path}, {expected.replace('{path}', str(path))}" in map(str, check_addon(path))


@pytest.mark.parametrize(
    "rows",
    [
        [row("aa", broader="griep")],  # a concept of the package
        [row("aa", forms="zz{ander}"), row("bb", forms="zz")],  # one of the two has a condition
        [row("aa", forms="altijd{griep}")],
        [row("aa", attributes="deficiency_of=magnesium")],
    ],
)
def test_what_is_meant_so_is_no_mistake(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    assert check_addon(written(tmp_path / "mine.tsv", *rows)) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": "kwakelpijn", "forms": "kwakel pijn|kwakel-pijn"}, "'kwakel-pijn' is said by 'kwakel pijn' [alike]"),
        ({"name": "kwakelziekte", "forms": "kwakelziekten"}, "'kwakelziekten' is said by 'kwakelziekte' [derived]"),
        ({"name": "ruif", "forms": "=kwakelen|kwakelen"}, "'=kwakelen' is said by 'kwakelen' [alike]"),
        ({"name": "kwakel", "forms": "ruif|ruif{kwaak}"}, "'ruif{kwaak}' is said by 'ruif' [alike]"),
    ],
)
def test_what_is_said_twice_is_no_mistake_but_told(tmp_path: Path, fields: dict[str, str], expected: str) -> None:
    problems = check_addon(written(tmp_path / "mine.tsv", row("x") | fields))
    assert [(str(p).rpartition(": ")[2], p.redundant) for p in problems if expected in str(p)] == [(expected, True)]


def test_a_sure_form_is_not_said_by_a_variant(tmp_path: Path) -> None:
    path = written(tmp_path / "mine.tsv", row("kwakel", forms="ruifpijnen", variants="ruifpijn"))
    assert [str(problem).rpartition(": ")[2] for problem in check_addon(path)] == []


def test_the_command_says_how_many_and_ends_with_1_where_there_are_mistakes(tmp_path: Path) -> None:
    path = written(tmp_path / "mine.tsv", row("kwakelziekte", forms="kwakelziekten|altijd"))
    result = call("check", "--lexicon", path)
    assert result.stdout == f"{path}, line 3: 'altijd' is a common word; give it a condition {{...}} [common]\n"
    assert (result.exit_code, result.stderr) == (1, "1 mistakes, 1 redundant forms; --redundant shows them\n")
    assert "'kwakelziekten' is said by 'kwakelziekte' [derived]" in call("check", "--lexicon", path, "--redundant").stdout


def test_the_package_has_no_mistakes() -> None:
    result = call("check")
    assert (result.exit_code, result.stdout) == (0, "")


Fix = Callable[[str, str], str]


@pytest.mark.parametrize(
    ("table", "old", "new", "expected"),
    [
        ("identifiers", "condition:astma\t", "condition:astmaa\t", "there is no concept condition:astmaa [identifier]"),
        ("identifiers", "\tHP:0002099\t", "\tHP:2099\t", "hpo HP:2099 is no identifier of a CONDITION [identifier]"),
        (
            "identifiers",
            "\tHP:0002099\t",
            "\tHP:0001061\t",
            "HP:0001061 already is condition:acne: an identifier is exactly one concept [identifier]",
        ),
        ("facts", "remedy:kinine\tclass", "remedy:kinine\tkind", "'kind' is none of deficiency_of, substance, class [attribute]"),
        ("facts", "remedy:kinine\t", "remedy:diazepam\t", "the term line of remedy:diazepam already has class [facts]"),
        ("subtypes", "CONDITION\tstate\ttoestand\n", "", "these are missing, or too many: CONDITION state [subtype]"),
    ],
)
def test_facts_that_cannot_be_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, old: str, new: str, expected: str
) -> None:
    original = path_of(f"lexicon/{table}.tsv")
    assert original is not None
    text = original.read_text(encoding="utf-8")
    assert old in text
    lines = [line.split("\t") for line in text.replace(old, new).splitlines()]
    changed = tuple(dict(zip(lines[0], line, strict=True)) for line in lines[1:])
    monkeypatch.setattr(check, "load_table", lambda path: changed if path == f"lexicon/{table}.tsv" else load_table(path))
    if table == "subtypes":
        monkeypatch.setattr(check, "kind_names", lambda: {(EntityType(r["type"]), r["subtype"]): r["name"] for r in changed})
    assert any(str(problem).endswith(expected) for problem in check.check_package())


def test_tidying_sorts_and_takes_redundant_forms_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (
        {
            "name": "zz",
            "subtype": "disease",
            "forms": "ruif|ruif|ruiven|boem",
            "abbreviations": "ZZ",
            "variants": "zz",
            "broader": "",
            "attributes": "",
        },
        {"name": "aa", "subtype": "disease", "forms": "", "abbreviations": "", "variants": "", "broader": "", "attributes": ""},
    )
    monkeypatch.setattr(check, "load_table", lambda path: rows)
    monkeypatch.setattr(check, "checkout_file", lambda path: tmp_path / Path(path).name)
    monkeypatch.setattr(check, "FILES", {EntityType.CONDITION: "lexicon/conditions.tsv"})
    assert tidy_package() == 2
    assert (tmp_path / "conditions.tsv").read_text(encoding="utf-8").splitlines() == [
        "name\tsubtype\tforms\tabbreviations\tvariants\tbroader\tattributes",
        "aa\tdisease\t\t\t\t\t",
        "zz\tdisease\truif|boem\tZZ\t\t\t",
    ]


def test_only_the_package_is_tidied(tmp_path: Path) -> None:
    result = call("check", "--fix", "--lexicon", written(tmp_path / "mine.tsv", row("aa")))
    assert (result.exit_code, result.stderr) == (2, "error: --fix is for the package's own lexicon\n")


# add


def test_a_term_is_added_to_an_own_lexicon_that_is_made_for_it(folder: Path) -> None:
    for name in ("voetjeuk", "kwakeljeuk"):
        result = call(
            "add", name, "--type", "condition", "--subtype", "symptom", "--broader", "jeuk", "--form", f"{name} hier", "-l", "mine"
        )
        assert (result.exit_code, result.stderr) == (0, f"{name!r} is in {(folder / 'mine.tsv').as_posix()}\n")
    assert [(line["name"], line["forms"], line["broader"]) for line in read_addon(folder / "mine.tsv")] == [
        ("kwakeljeuk", "kwakeljeuk hier", "jeuk"),
        ("voetjeuk", "voetjeuk hier", "jeuk"),
    ]
    assert check_addon(folder / "mine.tsv") == []


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package's conditions, to be changed."""
    original = path_of(FILES[EntityType.CONDITION])
    assert original is not None
    copy = tmp_path / "conditions.tsv"
    shutil.copy(original, copy)
    monkeypatch.setattr("pipeline.lexicography.terms.checkout_file", lambda path: copy)
    return copy


def test_a_term_is_added_to_the_package_in_its_place(checkout: Path) -> None:
    before = checkout.read_text(encoding="utf-8").splitlines()
    arguments = ["--form", "kwakels", "--abbreviation", "KWK", "--variant", "kwakell", "--attribute", "deficiency_of=magnesium"]
    assert call("add", "kwakel", "--type", "CONDITION", "--subtype", "disease", *arguments).exit_code == 0
    after = checkout.read_text(encoding="utf-8").splitlines()
    new = "kwakel\tdisease\tkwakels\tKWK\tkwakell\t\tdeficiency_of=magnesium"
    assert [line for line in after if line != new] == before
    names = [line.split("\t")[0] for line in after[1:]]
    assert (after.count(new), names) == (1, sorted(names))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["griep", "--subtype", "disease"], "the concept condition:griep is already at condition griep [duplicate]"),
        (["kwakel", "--subtype", "disease", "--form", "griep"], "'griep' also names condition:griep"),
        (["kwakel", "--subtype", "drink"], "'drink' is no subtype of CONDITION: choose one of disease, symptom"),
        (
            ["kwakel", "--subtype", "disease", "--broader", "ruif"],
            "'kwakel' was not added: condition kwakel: there is no concept 'ruif' [broader]",
        ),
        (["kwakel", "--subtype", "disease", "--form", "altijd"], "'altijd' is a common word"),
        (["Kwakel", "--subtype", "disease"], "'Kwakel': the name of a concept is in lower case, without marks"),
        (["kwakel", "--subtype", "disease", "--form", "a\tb"], "no name may hold a tab, a line break or a vertical bar"),
    ],
)
def test_a_term_that_would_be_a_mistake_is_not_added(checkout: Path, arguments: list[str], message: str) -> None:
    before = checkout.read_bytes()
    result = call("add", *arguments, "--type", "condition")
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert message in result.stderr
    assert checkout.read_bytes() == before


def test_an_installed_package_is_not_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "path_of", lambda path: tmp_path / "site-packages/pipeline/resources/lexicon/conditions.tsv")
    result = call("add", "kwakel", "--type", "condition", "--subtype", "disease")
    assert (result.exit_code, "can be changed in a checkout of the project only" in result.stderr) == (2, True)


# search, show, stats


def test_search_finds_what_a_word_names_and_what_it_is_part_of() -> None:
    lines = [line.split("\t") for line in call("search", "kuitkrampen").stdout.splitlines()]
    assert lines[0] == ["condition:kuitkramp", "symptom", "beenkramp", "kuitkrampen", "named"]
    assert {line[4] for line in lines[1:]} == {"within"}


def test_search_says_under_which_conditions_a_word_is_a_name() -> None:
    assert {hit.marks for hit in search("roos", [load_lexicon()]) if hit.concept.id == "condition:roos"} != {""}


def test_search_that_finds_nothing_says_so() -> None:
    result = call("search", "qwxz")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "no concept has 'qwxz' in its names\n")


def test_search_shows_no_more_than_it_is_told() -> None:
    result = call("search", "pijn", "--limit", "3")
    assert len(result.stdout.splitlines()) == 3
    assert result.stderr.endswith(" more; --limit shows them\n")


def test_show_tells_all_of_a_concept() -> None:
    lines = [" ".join(line.split()) for line in call("show", "remedy:valium").stdout.splitlines()]
    assert lines == [
        "remedy:valium",
        "name valium",
        "type REMEDY",
        "subtype medicine",
        "broader remedy:diazepam",
        "hypernym diazepam",
        "substance remedy:diazepam",
        "source lexicon",
        "form valium (not inflected)",
        "form valiumtablet",
    ]


def test_show_as_json_is_a_line_of_concepts() -> None:
    record = json.loads(call("show", "hoge bloeddruk", "--json").stdout)
    assert (record["concept_id"], [i["identifier"] for i in record["identifiers"]]) == ("condition:hoge-bloeddruk", ["HP:0000822"])


def test_show_of_something_unknown_offers_something_like_it() -> None:
    with pytest.raises(UsageError, match="there is no concept 'spierkranp'; did you mean spierkramp"):
        find("spierkranp", [load_lexicon()])


def test_statistics_add_up() -> None:
    rows = list(statistics([load_lexicon()]))
    total = rows[0]
    assert total == ("all", "", len(load_lexicon().concepts), sum(map(len, load_lexicon().forms.values())))
    for what in ("type", "subtype"):
        assert [sum(column) for column in zip(*(r[2:] for r in rows if r[0] == what), strict=True)] == list(total[2:])
    assert call("stats").stdout.splitlines()[:2] == ["what\tof\tconcepts\tforms", "\t".join(map(str, total))]


# import

BABELON = (
    "source_language\tsource_value\tsubject_id\tpredicate_id\ttranslation_language\ttranslation_value\ttranslation_status\n"
    "en\tQuaver pain\tHP:9000001\trdfs:label\tnl\tKwakelpijn\tOFFICIAL\n"
    "en\tQuaver ache\tHP:9000001\toboInOwl:hasExactSynonym\tnl\tPijn van de kwakel\tCANDIDATE\n"
    "en\tA text about it\tHP:9000001\tIAO:0000115\tnl\tEen tekst over kwakels\tOFFICIAL\n"
    "en\tMild\tHP:0012825\trdfs:label\tnl\tMild\tOFFICIAL\n"
    "en\tobsolete Ruff\tHP:9000002\trdfs:label\tnl\tRuifziekte\tOFFICIAL\n"
    "en\tNot done\tHP:9000003\trdfs:label\tnl\tNot done\tNOT_TRANSLATED\n"
    "en\tAbsent (see there)\tHP:9000004\trdfs:label\tnl\tRuif (zie daar)\tOFFICIAL\n"
)
DESCRIPTIONS = (
    "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId\n"
    "1\t20240101\t1\tm\t701\ten\t900000000000003001\tQuaver disease (disorder)\tc\n"
    "2\t20240101\t1\tm\t701\tnl\t900000000000013009\tKwakelitis\tc\n"
    "3\t20240101\t1\tm\t701\tnl\t900000000000013009\tkwakelziekte\tc\n"
    "4\t20240101\t0\tm\t701\tnl\t900000000000013009\toude kwakelnaam\tc\n"
    "5\t20240101\t1\tm\t702\tnl\t900000000000003001\tkwakelplastiek (verrichting)\tc\n"
    "6\t20240101\t1\tm\t702\tnl\t900000000000013009\tkwakelplastiek\tc\n"
    "7\t20240101\t1\tm\t703\ten\t900000000000003001\tQuaver (body structure)\tc\n"
    "8\t20240101\t1\tm\t703\tnl\t900000000000013009\tkwakel\tc\n"
)
LANGUAGE = (
    "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId\tacceptabilityId\n"
    "x\t20240101\t1\tm\tr\t3\t900000000000548007\n"
    "y\t20240101\t1\tm\tr\t2\t900000000000549004\n"
)
CSV = (
    "name;type;subtype;forms;abbreviations;broader;identifiers\n"
    "Kwakelsyndroom;condition;;Ziekte van Kwakel|kwakel-syndroom;KWS;griep;omim=123456\n"
    "kwakelwortel;REMEDY;herb;;;;\n"
)
SKOS = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<http://example.org/1> a skos:Concept ; skos:prefLabel "Kwakelhoest"@nl, "quaver cough"@en ; skos:altLabel "kwakelende hoest"@nl-BE ;
  skos:hiddenLabel "kwakel hoest"@nl ; skos:broader <http://example.org/2> .
<http://example.org/2> a skos:Concept ; skos:prefLabel "Ruifklacht"@nl .
<http://example.org/3> a skos:Concept ; skos:prefLabel "English only"@en .
"""


def imported(path: Path) -> list[tuple[str, ...]]:
    """What stands in an add-on, without empty fields."""
    return [tuple(field for field in line.values() if field) for line in read_addon(path)]


def test_import_of_hpo(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "hp-nl.babelon.tsv").write_text(BABELON, encoding="utf-8")
    result = call("import", tmp_path / "hp-nl.babelon.tsv", "--format", "hpo-babelon", "-o", "hpo")
    assert result.stderr.splitlines() == [
        "left out 1 names: general words",
        "left out 1 names: signs that no article writes",
        f"1 concepts with 2 forms are in {(folder / 'hpo.tsv').as_posix()}; use it with --lexicon hpo",
    ]
    assert imported(folder / "hpo.tsv") == [("CONDITION", "kwakelpijn", "symptom", "pijn van de kwakel", "hpo=HP:9000001")]


def test_import_of_snomed(tmp_path: Path, folder: Path) -> None:
    release = tmp_path / "release" / "Snapshot"
    release.mkdir(parents=True)
    (release / "sct2_Description_Snapshot-nl_NL_20240101.txt").write_text(DESCRIPTIONS, encoding="utf-8")
    (release / "der2_cRefset_LanguageSnapshot-nl_NL_20240101.txt").write_text(LANGUAGE, encoding="utf-8")
    assert call("import", tmp_path / "release", "--format", "snomed-rf2", "-o", "snomed").exit_code == 0
    assert imported(folder / "snomed.tsv") == [
        ("CONDITION", "kwakelziekte", "disease", "kwakelitis", "snomed=701"),  # preferred by the language refset
        ("REMEDY", "kwakelplastiek", "procedure", "snomed=702"),
    ]


def test_import_of_csv(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "terms.csv").write_text(CSV, encoding="utf-8-sig")
    assert call("import", tmp_path / "terms.csv", "--format", "csv", "-o", tmp_path / "own.tsv").exit_code == 0
    assert imported(tmp_path / "own.tsv") == [
        ("CONDITION", "kwakelsyndroom", "disease", "ziekte van kwakel|kwakel-syndroom", "KWS", "griep", "omim=123456"),
        ("REMEDY", "kwakelwortel", "herb"),
    ]
    assert not folder.exists()


def test_import_of_skos(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "thesaurus.ttl").write_text(SKOS, encoding="utf-8")
    result = call("import", tmp_path / "thesaurus.ttl", "--format", "skos", "--type", "condition", "-o", "skos")
    assert result.exit_code == 0, result.stderr
    assert imported(folder / "skos.tsv") == [
        ("CONDITION", "kwakelhoest", "disease", "kwakelende hoest", "kwakel hoest", "ruifklacht", "skos=http://example.org/1"),
        ("CONDITION", "ruifklacht", "disease", "skos=http://example.org/2"),
    ]


def test_what_was_imported_is_found_and_clean(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "terms.csv").write_text(CSV, encoding="utf-8")
    call("import", tmp_path / "terms.csv", "--format", "csv", "-o", "own")
    lexicon = load_addon(folder / "own.tsv")
    assert [e.concept.source for _, e in lexicon.match(("kwakelsyndromen",), 0, 1)] == ["lexicon:own"]
    assert [str(problem) for problem in check_addon(folder / "own.tsv") if not problem.redundant] == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Alle", "general words"),
        ("altijd aanwezig", "general words"),
        ("lip", "general words"),
        ("behandeling", "general words"),
        ("pijn (erg)", "signs that no article writes"),
        ("a b c d e f g h ruifpijn", "more than 8 words"),
        ("xy", "fewer than 3 letters"),
        ("KWS", "abbreviations without a name"),
    ],
)
def test_names_that_would_find_the_wrong_things_are_left_out(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "terms.csv").write_text(f"name,type\n{name},CONDITION\nkwakelpijn,CONDITION\n", encoding="utf-8")
    result = import_terms(tmp_path / "terms.csv", "csv")
    assert ([line["name"] for line in result.rows], dict(result.left_out)) == (["kwakelpijn"], {reason: 1})


def test_an_abbreviation_may_be_a_name_where_small_letters_make_no_other_word(tmp_path: Path) -> None:
    (tmp_path / "terms.csv").write_text("name,type,forms\nKWSX,CONDITION,\nDEZE,CONDITION,\n", encoding="utf-8")
    result = import_terms(tmp_path / "terms.csv", "csv")
    assert [(line["name"], line["forms"], line["abbreviations"]) for line in result.rows] == [("kwsx", "", "KWSX")]
    assert dict(result.left_out) == {"abbreviations without a name": 1}


def test_a_form_belongs_to_the_concept_that_has_it_first(tmp_path: Path) -> None:
    (tmp_path / "terms.csv").write_text("name,type,forms\nkwakelpijn,CONDITION,ruifpijn\nkwakelzeer,CONDITION,ruifpijn|Kwakel-zeer\n")
    result = import_terms(tmp_path / "terms.csv", "csv")
    assert [(line["name"], line["forms"]) for line in result.rows] == [("kwakelpijn", "ruifpijn"), ("kwakelzeer", "kwakel-zeer")]
    assert dict(result.left_out) == {"names of another concept": 1}


@pytest.mark.parametrize(
    ("name", "text", "format_", "type_", "message"),
    [
        ("a.csv", "naam,type\nx,CONDITION\n", "csv", None, "a.csv, line 1: no column name; it has naam, type"),
        ("a.csv", "name,type\nkwakel,ZIEKTE\n", "csv", None, "a.csv, line 2: 'ZIEKTE' is no type; use one of CONDITION, NUTRIENT"),
        ("a.csv", "name\nkwakel\n", "csv", None, "a.csv, line 2: there is no type; use one of CONDITION"),
        ("a.csv", "name,subtype\nkwakel,drink\n", "csv", EntityType.CONDITION, "a.csv, line 2: 'drink' is no subtype of CONDITION"),
        ("a.csv", "", "csv", None, "a.csv, line 1: no column name; it has none"),
        ("a.tsv", "subject\tx\n", "hpo-babelon", None, "a.tsv, line 1: no column subject_id, predicate_id"),
        ("a.txt", "id\tterm\n", "snomed-rf2", None, "a.txt, line 1: no column active, conceptId"),
        ("a.ttl", "<<<", "skos", EntityType.CONDITION, "a.ttl: no RDF that can be read"),
    ],
)
def test_a_malformed_vocabulary_is_told_with_its_place(
    tmp_path: Path, name: str, text: str, format_: str, type_: EntityType | None, message: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ResourceError) as caught:
        import_terms(tmp_path / name, format_, type_)
    assert str(caught.value).startswith(f"{tmp_path}/{message}")


@pytest.mark.parametrize(
    ("name", "format_", "message"),
    [
        ("nowhere.csv", "csv", "no such file: "),
        ("", "snomed-rf2", "there is no file sct2_Description_*.txt"),
        ("", "csv", "cannot read "),
        ("a.ttl", "skos", "SKOS does not say what its concepts are: add --type"),
        ("a.jsonld", "skos", "the name of an RDF file ends in .ttl"),
    ],
)
def test_an_import_that_cannot_work_says_why(tmp_path: Path, name: str, format_: str, message: str) -> None:
    for file in ("a.ttl", "a.jsonld"):
        (tmp_path / file).write_text(SKOS, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        import_terms(tmp_path / name, format_, EntityType.CONDITION if name == "a.jsonld" else None)
    assert message in str(caught.value)


def test_an_import_without_a_usable_name_makes_no_lexicon(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "terms.csv").write_text("name,type\nAlle,CONDITION\n", encoding="utf-8")
    result = call("import", tmp_path / "terms.csv", "--format", "csv", "-o", "own")
    assert (result.exit_code, folder.exists()) == (2, False)
    assert result.stderr.endswith(f"error: {tmp_path}/terms.csv has no Dutch names that can be used, so no lexicon was made\n")


def test_an_encoded_lexicon_is_read_back(tmp_path: Path) -> None:
    rows = [row("b"), row("a", forms="c|d")]
    path = tmp_path / "mine.tsv"
    path.write_text(encode(rows), encoding="utf-8")
    assert read_addon(path) == [rows[1], rows[0]]
