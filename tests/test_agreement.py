"""Agreement between two annotators: cases counted by hand, concepts with other names, kappa, and the command."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli import app
from pipeline.errors import ResourceError, UsageError
from pipeline.evaluation.agreement import Labels, PairAgreement, agree, compare, disagreements_text, kappa, related
from pipeline.evaluation.gold import GoldDocument
from pipeline.evaluation.scores import EXACT, PAIRS, RELATIONS, RELAXED

TEXT = "Magnesium en zink helpen bij kramp en stress."
SHA = hashlib.sha256(TEXT.encode()).hexdigest()
TYPES = {"Magnesium": "NUTRIENT", "zink": "NUTRIENT", "kramp": "CONDITION", "stress": "CONDITION", "helpen": "REMEDY"}
Relation = tuple[str, str, str]


def document(concepts: dict[str, str], relations: Sequence[Relation] = (), text: str = TEXT) -> GoldDocument:
    """An annotation of :data:`TEXT`: word -> concept, and affirmed relations."""
    return GoldDocument.model_validate(
        {
            "id": "a",
            "source": "a.txt",
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "entities": [
                {
                    "id": f"T{n}",
                    "type": TYPES[word],
                    "start": TEXT.index(word),
                    "end": TEXT.index(word) + len(word),
                    "text": word,
                    "concept": c,
                }
                for n, (word, c) in enumerate(concepts.items(), 1)
            ],
            "relations": [
                {"id": f"R{n}", "type": kind, "head": head, "tail": tail, "polarity": "affirmed", "evidence": [[0, len(TEXT)]]}
                for n, (head, kind, tail) in enumerate(relations, 1)
            ],
        }
    )


A = document(
    {"Magnesium": "magnesium", "zink": "zink", "kramp": "kramp", "stress": "stress"},
    [("magnesium", "TREATS", "kramp"), ("zink", "TREATS", "kramp"), ("stress", "CAUSES", "kramp")],
)
B = document(
    {"Magnesium": "mg", "helpen": "hulp", "kramp": "spierkramp", "stress": "spanning"},
    [("mg", "TREATS", "spierkramp"), ("hulp", "TREATS", "spierkramp"), ("spanning", "HAS_SYMPTOM", "spierkramp")],
)


def counted(pair: PairAgreement, name: str) -> tuple[int, int, int]:
    """What both have, what only B and what only A has."""
    return pair.counts[name].tp, pair.counts[name].fp, pair.counts[name].fn


def test_concepts_are_aligned_through_their_mentions_and_not_by_name() -> None:
    pair = compare("a", A, B, TEXT)
    assert [counted(pair, name) for name in (RELAXED, EXACT)] == [(3, 1, 1), (3, 1, 1)]
    assert [counted(pair, name) for name in (RELATIONS, PAIRS)] == [(1, 2, 2), (2, 1, 1)]


def test_the_first_mention_of_a_concept_that_overlaps_decides() -> None:
    a = document({"kramp": "kramp", "stress": "stress", "zink": "zink"}, [("zink", "TREATS", "kramp")])
    b = document({"helpen": "x", "Magnesium": "y", "kramp": "z", "stress": "z", "zink": "y"}, [("y", "TREATS", "z")])
    assert counted(compare("a", a, b), RELATIONS) == (1, 0, 0)  # y by its second mention; z is kramp, though stress has that name as well


def test_concepts_that_b_takes_together_give_one_relation() -> None:
    a = document({"Magnesium": "mineraal", "zink": "mineraal", "kramp": "kramp"}, [("mineraal", "TREATS", "kramp")])
    b = document({"Magnesium": "mg", "zink": "zn", "kramp": "kramp"}, [("mg", "TREATS", "kramp"), ("zn", "TREATS", "kramp")])
    assert counted(compare("a", a, b), RELATIONS) == (1, 0, 0)
    assert counted(compare("a", b, a), RELATIONS) == (1, 0, 1)


def test_labels_are_those_of_all_linkable_pairs_of_shared_concepts() -> None:
    # magnesium, kramp and stress are shared; magnesium leads to both conditions and each of these to the other, none to magnesium
    assert compare("a", A, B).labels == Labels({("TREATS", "TREATS"): 1, ("none", "none"): 2, ("CAUSES", "HAS_SYMPTOM"): 1})


def test_several_types_of_one_pair_are_one_label() -> None:
    one = document({"Magnesium": "m", "kramp": "k"}, [("m", "TREATS", "k"), ("m", "PREVENTS", "k")])
    other = document({"Magnesium": "m", "kramp": "k"}, [("m", "TREATS", "k")])
    assert compare("a", one, other).labels == Labels({("PREVENTS+TREATS", "TREATS"): 1})


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({("T", "T"): 3, ("none", "none"): 5, ("T", "none"): 1, ("none", "T"): 1}, (0.8 - 0.52) / 0.48),
        ({("T", "T"): 20, ("T", "C"): 5, ("C", "T"): 10, ("C", "C"): 15}, 0.4),  # 0.7 agreed, 0.5 by chance
        ({("T", "T"): 2, ("C", "C"): 2}, 1.0),
        ({("T", "C"): 2, ("C", "T"): 2}, -1.0),
        ({("T", "T"): 7}, None),
        ({}, None),
    ],
)
def test_kappa(labels: dict[tuple[str, str], int], expected: float | None) -> None:
    assert kappa(Labels(labels)) == (None if expected is None else pytest.approx(expected))


def test_kappa_of_types_leaves_out_pairs_that_one_does_not_relate() -> None:
    assert related(Labels({("T", "T"): 3, ("none", "none"): 5, ("T", "none"): 1, ("T", "C"): 2})) == Labels({("T", "T"): 3, ("T", "C"): 2})


# the command


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Two annotators' folders, with the text beside the first."""
    for folder, gold in (("a", A), ("b", B)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.json").write_text(gold.model_dump_json(), encoding="utf-8")
    (tmp_path / "a" / "a.txt").write_bytes(TEXT.encode())
    (tmp_path / "b" / "two.json").write_text(B.model_dump_json(), encoding="utf-8")
    return tmp_path


def call(folders: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["agreement", str(folders / "a"), str(folders / "b"), *arguments])


def test_the_command_prints_figures_and_disagreements(folders: Path) -> None:
    result = call(folders)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "1 article in both"
    assert "entities relaxed          0.750       3       1       1" in lines
    assert "relations                 0.333       1       2       2" in lines
    assert "kappa                     0.636   4 pairs of concepts, without a relation too" in lines
    assert "kappa of types            0.333   2 pairs that both relate" in lines
    assert "one                                 0.750   0.750      0.333   0.636" in lines
    assert f"\nentity, only A\n  A  NUTRIENT 'zink' = zink\n  in {TEXT}\n" in result.stdout
    assert (
        f"\nrelation, other type\n  A  stress CAUSES kramp (affirmed)\n  B  stress HAS_SYMPTOM kramp (affirmed)\n  in {TEXT}\n"
        in result.stdout
    )
    assert result.stderr.endswith("b only: two\n")


def test_the_list_can_go_to_a_file_and_json_has_all(folders: Path) -> None:
    result = call(folders, "--list", str(folders / "list.txt"), "--json")
    values = json.loads(result.stdout)
    assert values["metrics"][RELATIONS] | {"f1": 0} == {"tp": 1, "fp": 2, "fn": 2, "precision": 1 / 3, "recall": 1 / 3, "f1": 0}
    assert (values["kappa"], values["pairs"], values["kappa_types"], values["pairs_related"]) == (
        pytest.approx(7 / 11),
        4,
        pytest.approx(1 / 3),
        2,
    )
    assert values["only_b"] == ["two"]
    causes = [(one["kind"], one["cause"]) for one in values["articles"][0]["disagreements"]]
    assert causes == [
        ("entity", "only A"),
        ("entity", "only B"),
        ("relation", "other type"),
        ("relation", "only A"),
        ("relation", "only B"),
    ]
    text = (folders / "list.txt").read_text(encoding="utf-8")
    assert text.startswith("5 disagreements\n\n== one (5)\n\nentity, only A\n")
    assert text not in call(folders, "--list", str(folders / "list.txt")).stdout


def test_without_the_text_the_figures_are_the_same(folders: Path) -> None:
    with_text = agree(folders / "a", folders / "b")
    (folders / "a" / "a.txt").unlink()
    without = agree(folders / "a", folders / "b")
    assert (without.totals, without.labels) == (with_text.totals, with_text.labels)
    assert f"  in {TEXT}" not in disagreements_text(without)


def test_two_texts_are_not_compared(folders: Path) -> None:
    other = document({"kramp": "kramp"}, text=TEXT + "\n")
    (folders / "b" / "one.json").write_text(other.model_dump_json(), encoding="utf-8")
    with pytest.raises(ResourceError, match="not made on the same text"):
        agree(folders / "a", folders / "b")


def test_broken_gold_is_refused_without_the_text_too(folders: Path) -> None:
    (folders / "a" / "a.txt").unlink()
    broken = B.model_copy(update={"entities": (*B.entities, B.entities[0].model_copy(update={"id": "T9"}))})
    (folders / "b" / "one.json").write_text(broken.model_dump_json(), encoding="utf-8")
    with pytest.raises(ResourceError, match="entities T1 and T9 overlap"):
        agree(folders / "a", folders / "b")


def test_folders_without_a_common_name_are_an_error(folders: Path) -> None:
    (folders / "b" / "one.json").unlink()
    with pytest.raises(UsageError, match="there is nothing to compare"):
        agree(folders / "a", folders / "b")
    assert call(folders).exit_code == 2
