"""What an annotator types becomes gold, or one line a mistake."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.evaluation.authoring import author, numbered
from pipeline.evaluation.gold import check_gold, gold_bytes

TEXT = "Kramp\n\nMagnesium helpt: kramp na kramp. Olie 🙂 ook.\nBel uw arts.\n"
RECORDS = """\
# mentions
E\t1\tKramp\t1\tCONDITION\tKramp
E\t3\tkramp\t2\tCONDITION\t kramp\t
E\t3\tkramp\t1\tCONDITION\tkramp
E\t3\tMagnesium\t1\tNUTRIENT\tmagnesium

E\t3\tOlie\t1\tNUTRIENT\tolie\tREMEDY
E\t4\tarts\t1\tSPECIALIST\tarts
R\tMagnesium\tTREATS\tkramp\taffirmed\t1,3
R\tkramp\tCONSULT\tarts\tnegated\t4
"""
GOLD = """\
{
 "id": "a.ref",
 "source": "a.ref.txt",
 "sha256": "SHA",
 "entities": [
  {
   "id": "T1",
   "type": "CONDITION",
   "start": 0,
   "end": 5,
   "text": "Kramp",
   "concept": "kramp",
   "alt": null
  },
  {
   "id": "T2",
   "type": "NUTRIENT",
   "start": 7,
   "end": 16,
   "text": "Magnesium",
   "concept": "magnesium",
   "alt": null
  },
  {
   "id": "T3",
   "type": "CONDITION",
   "start": 24,
   "end": 29,
   "text": "kramp",
   "concept": "kramp",
   "alt": null
  },
  {
   "id": "T4",
   "type": "CONDITION",
   "start": 33,
   "end": 38,
   "text": "kramp",
   "concept": "kramp",
   "alt": null
  },
  {
   "id": "T5",
   "type": "NUTRIENT",
   "start": 40,
   "end": 44,
   "text": "Olie",
   "concept": "olie",
   "alt": "REMEDY"
  },
  {
   "id": "T6",
   "type": "SPECIALIST",
   "start": 59,
   "end": 63,
   "text": "arts",
   "concept": "arts",
   "alt": null
  }
 ],
 "relations": [
  {
   "id": "R1",
   "type": "TREATS",
   "head": "magnesium",
   "tail": "kramp",
   "polarity": "affirmed",
   "evidence": [
    [
     0,
     5
    ],
    [
     7,
     51
    ]
   ]
  },
  {
   "id": "R2",
   "type": "CONSULT",
   "head": "kramp",
   "tail": "arts",
   "polarity": "negated",
   "evidence": [
    [
     52,
     64
    ]
   ]
  }
 ]
}
""".replace("SHA", hashlib.sha256(TEXT.encode()).hexdigest())


def test_records_become_gold_in_text_order_and_the_gold_is_correct() -> None:
    document, problems = author("a.ref.txt", TEXT.encode(), RECORDS)
    assert problems == []
    assert gold_bytes(document).decode() == GOLD
    check_gold(document, TEXT.encode(), Path("a.json"))


def test_line_ends_of_another_system_change_nothing_but_positions() -> None:
    content = TEXT.replace("\n", "\r\n").encode()
    document, problems = author("a.txt", content, RECORDS.replace("\n", "\r\n"))
    assert problems == []
    check_gold(document, content, Path("a.json"))
    assert [entity.text for entity in document.entities] == ["Kramp", "Magnesium", "kramp", "kramp", "Olie", "arts"]


def test_lines_are_numbered() -> None:
    assert numbered("Kramp\r\n  en \n") == "1\tKramp\n2\t  en \n3\t\n"


BASE = "E\t1\tKramp\t1\tCONDITION\tkramp\nE\t3\tMagnesium\t1\tNUTRIENT\tmagnesium\n"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("X\t1", "a record begins with E or R and a tab, not with 'X'"),
        ("E 1 Kramp", "a record begins with E or R and a tab, not with 'E 1 Kramp'"),
        ("E\t3\tkramp\t1", "4 columns; there should be E, line, words, occurrence, TYPE, concept and, if there is one, the other TYPE"),
        ("E\t3\tkramp\t1\tCONDITION\tkramp\tREMEDY\tnote", "8 columns; there should be E, line,"),
        ("E\t3\tkramp\t1\tFOOD\tkramp", "'FOOD' is no entity type: choose one of CONDITION, NUTRIENT, REMEDY, SPECIALIST"),
        ("E\t3\tkramp\t1\tCONDITION\tkramp\tFOOD", "'FOOD' is no entity type"),
        ("E\t3\tkramp\t1\tCONDITION\t ", "a concept is empty"),
        ("E\t9\tkramp\t1\tCONDITION\tkramp", "there is no line 9: the text has lines 1 to 5"),
        ("E\t0\tkramp\t1\tCONDITION\tkramp", "there is no line 0"),
        ("E\t-1\tkramp\t1\tCONDITION\tkramp", "there is no line -1"),
        ("E\tx\tkramp\t1\tCONDITION\tkramp", "the line should be a number, not 'x'"),
        ("E\t3\tkramp\tx\tCONDITION\tkramp", "the occurrence should be a number, not 'x'"),
        ("E\t3\tkramp\t3\tCONDITION\tkramp", "line 3 has 'kramp' 2 times; there is no occurrence 3"),
        ("E\t3\tkramp\t0\tCONDITION\tkramp", "line 3 has 'kramp' 0 times; there is no occurrence 0"),
        ("E\t4\tOlie\t1\tNUTRIENT\tolie", "line 4 has 'Olie' 0 times; there is no occurrence 1 (it stands in line 3)"),
        ("E\t3\tkrampen\t1\tCONDITION\tkramp", "line 3 has 'krampen' 0 times; there is no occurrence 1"),
        ("E\t3\t kramp\t1\tCONDITION\tkramp", "the words ' kramp' are empty, or begin or end with a blank"),
        ("E\t3\t\t1\tCONDITION\tkramp", "the words '' are empty"),
        ("E\t1\tKramp\t1\tCONDITION\tkramp", "'Kramp' is marked twice (line 1)"),
        ("E\t3\tnesium helpt\t1\tREMEDY\thulp", "'nesium helpt' overlaps 'Magnesium' (line 2)"),
        ("R\tmagnesium\tTREATS\tkramp\taffirmed", "5 columns; there should be R, head concept, TYPE, tail concept, polarity, lines"),
        ("R\tmagnesium\tHELPS\tkramp\taffirmed\t3", "'HELPS' is no relation: choose one of TREATS, PREVENTS,"),
        ("R\tmagnesium\tTREATS\tkramp\tyes\t3", "'yes' is no polarity: choose one of affirmed, negated"),
        ("R\tijzer\tTREATS\tkramp\taffirmed\t3", "the head 'ijzer' is the concept of no E record"),
        ("R\tmagnesium\tTREATS\tpijn\taffirmed\t3", "the tail 'pijn' is the concept of no E record"),
        ("R\tkramp\tTREATS\tkramp\taffirmed\t3", "the head 'kramp' is CONDITION; TREATS wants NUTRIENT or REMEDY there"),
        ("R\tkramp\tCAUSES\tkramp\taffirmed\t3", "'kramp' is related to itself"),
        ("R\tmagnesium\tTREATS\tkramp\taffirmed\t3,12", "there is no line 12"),
        ("R\tmagnesium\tTREATS\tkramp\taffirmed\t3;4", "the line should be a number, not '3;4'"),
        ("R\tmagnesium\tTREATS\tkramp\taffirmed\t2", "of the lines 2 one is empty, and states nothing"),
        (
            "R\tmagnesium\tTREATS\tkramp\taffirmed\t1\nR\tmagnesium\tTREATS\tkramp\taffirmed\t3",
            "magnesium TREATS kramp (affirmed) stands in line 3 already: put all its lines into one record",
        ),
    ],
)
def test_every_mistake_is_one_line(record: str, message: str) -> None:
    _, problems = author("a.txt", TEXT.encode(), BASE + record + "\n")
    assert problems[0].message.startswith(message)
    assert problems[0].line == 3 + record.count("\n")
    assert "\n" not in problems[0].message


def test_an_alternative_type_may_make_a_relation_possible() -> None:
    records = "E\t3\tOlie\t1\tSPECIALIST\tolie\tREMEDY\nE\t1\tKramp\t1\tCONDITION\tkramp\nR\tolie\tTREATS\tkramp\taffirmed\t3\n"
    assert author("a.txt", TEXT.encode(), records)[1] == []


# the command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A text with an annotator's records."""
    (tmp_path / "a.ref.txt").write_bytes(TEXT.encode())
    (tmp_path / "a.tsv").write_bytes(RECORDS.encode())
    return tmp_path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["annotate", *map(str, arguments)])


def test_without_records_the_text_is_printed_with_its_lines(folder: Path) -> None:
    assert call(folder / "a.ref.txt").stdout.startswith("1\tKramp\n2\t\n3\tMagnesium")
    assert call(folder / "a.ref.txt", "-o", folder / "a.json").exit_code == 2


def test_gold_is_printed_or_written(folder: Path) -> None:
    printed = call(folder / "a.ref.txt", folder / "a.tsv")
    assert (printed.exit_code, printed.stdout, printed.stderr) == (0, GOLD, "6 entities, 2 relations\n")
    assert call(folder / "a.ref.txt", folder / "a.tsv", "-o", folder / "a.json").stdout == ""
    assert (folder / "a.json").read_bytes() == GOLD.encode()


def test_with_a_mistake_nothing_is_written_and_all_are_told(folder: Path) -> None:
    (folder / "a.tsv").write_bytes(f"\ufeff{BASE}E\t9\tx\t1\tREMEDY\tx\nR\ta\tTREATS\tkramp\taffirmed\t1\n".encode())
    (folder / "a.json").write_text("as it was", encoding="utf-8")
    result = call(folder / "a.ref.txt", folder / "a.tsv", "--out", folder / "a.json")
    place = (folder / "a.tsv").as_posix()
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{place}:3: there is no line 9: the text has lines 1 to 5",
        f"{place}:4: the head 'a' is the concept of no E record",
        "2 of the records are wrong: no gold was written",
    ]
    assert (folder / "a.json").read_text(encoding="utf-8") == "as it was"


def test_what_cannot_be_read_is_one_line(folder: Path) -> None:
    (folder / "latin.txt").write_bytes("één".encode("latin-1"))
    for name, message in (("latin.txt", "is not UTF-8"), ("none.txt", "cannot read"), (".", "cannot read")):
        result = call(folder / name)
        assert result.exit_code == 2
        assert message in result.stderr
        assert len(result.stderr.splitlines()) == 1
