"""How plausible relations are by what is commonly said of things that are alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.associations import BAR, load_rows
from pipeline.errors import ResourceError
from pipeline.plausibility import Plausibility, load_plausibility
from pipeline.relations.model import MODEL_FILE as RELATIONS_FILE
from pipeline.resources import load_bytes
from pipeline.schema import RelationType
from pipeline.training.plausibility import decompose, learn, train

TREATS, CAUSES = RelationType.TREATS, RelationType.CAUSES
RELATIONS = list(RelationType)
SAID = (
    ("remedy:gember", TREATS, "condition:misselijkheid|condition:braken|condition:reisziekte"),
    ("remedy:pepermunt", TREATS, "condition:misselijkheid|condition:braken"),
    ("remedy:ibuprofen", TREATS, "condition:hoofdpijn|condition:koorts"),
    ("remedy:ibuprofen", CAUSES, "condition:maagzweer"),
    ("remedy:paracetamol", TREATS, "condition:hoofdpijn|condition:koorts"),
)


def plausible(known: Plausibility, head: str, relation: RelationType, tail: str, above: str | None = None) -> float:
    head_place, tail_place = known.places([(head, above)]), known.places([(tail, None)])
    [found] = known.between(head_place, np.asarray([RELATIONS.index(relation)]), tail_place)
    return float(found)


def test_a_matrix_of_low_rank_is_found_again() -> None:
    rng = np.random.default_rng(1)
    whole = (rng.normal(size=(40, 3)) @ rng.normal(size=(3, 30))).astype(np.float32)
    row, column = (index.ravel() for index in np.indices(whole.shape))
    heads, tails = decompose(row, column, whole.ravel(), 3)
    assert heads.shape == (40, 3)
    assert tails.shape == (30, 3)
    assert heads @ tails.T == pytest.approx(whole, abs=1e-4)


def test_rows_are_no_longer_than_the_matrix() -> None:
    heads, tails = decompose(np.asarray([0, 1, 1]), np.asarray([0, 0, 1]), np.ones(3, dtype=np.float32), 8)
    assert heads @ tails.T == pytest.approx(np.asarray([[1, 0], [1, 1]]), abs=1e-5)


def test_what_is_said_of_one_thing_is_plausible_of_another_that_is_like_it() -> None:
    known = Plausibility.load(learn(SAID, size=2))
    assert plausible(known, "remedy:pepermunt", TREATS, "condition:reisziekte") > 0.2
    assert plausible(known, "remedy:pepermunt", TREATS, "condition:hoofdpijn") < 0.05
    assert plausible(known, "remedy:paracetamol", CAUSES, "condition:maagzweer") > plausible(
        known, "remedy:gember", CAUSES, "condition:maagzweer"
    )


def test_a_relation_has_two_ends() -> None:
    known = Plausibility.load(learn(SAID, size=4))
    assert plausible(known, "remedy:gember", TREATS, "condition:braken") > 0.4
    assert plausible(known, "condition:braken", TREATS, "remedy:gember") == 0


def test_of_what_nothing_is_known_what_is_above_it_counts() -> None:
    known = Plausibility.load(learn(SAID, size=4))
    assert plausible(known, "remedy:nieuwofen", TREATS, "condition:koorts") == 0
    assert plausible(known, "remedy:nieuwofen", TREATS, "condition:koorts", "remedy:ibuprofen") > 0.4


def test_the_same_associations_give_the_same_bytes() -> None:
    assert learn(SAID, size=3) == learn(SAID, size=3)


@pytest.mark.parametrize("content", [b"", b"no model", learn(SAID, size=2)[:-40], load_bytes(RELATIONS_FILE)])
def test_what_is_no_model_is_refused_with_what_to_do(content: bytes) -> None:
    with pytest.raises(ResourceError, match="make it with: health-triples train plausibility"):
        Plausibility.load(content)


def test_training_writes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.training.plausibility.load_rows", lambda: SAID)
    train(tmp_path / "model.npz")
    assert Plausibility.load((tmp_path / "model.npz").read_bytes()).concepts[0] == "condition:braken"


def test_the_bundled_model_knows_all_associations() -> None:
    known = load_plausibility()
    assert list(known.concepts) == sorted({one for head, _, tails in load_rows() for one in (head, *tails.split(BAR))})


def test_what_is_said_is_more_plausible_than_what_is_not() -> None:
    known = load_plausibility()
    said = {
        tail for head, relation, tails in load_rows() if (head, relation) == ("remedy:paracetamol", TREATS) for tail in tails.split(BAR)
    }
    conditions = [concept for concept in known.concepts if concept.startswith("condition:")]
    heads, tails = (known.places([(concept, None) for concept in of]) for of in (["remedy:paracetamol"] * len(conditions), conditions))
    found = known.between(heads, np.full(len(conditions), RELATIONS.index(TREATS)), tails)
    is_said = np.asarray([concept in said for concept in conditions])
    assert found[is_said].mean() > 0.3
    assert found[~is_said].mean() < 0.1
