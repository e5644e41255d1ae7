"""The second look at the answers of the model: what it sees of an article, and how it learns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.entities import find_entities
from pipeline.errors import ResourceError
from pipeline.relations import propose
from pipeline.relations.candidates import Candidates
from pipeline.relations.glance import shown_by
from pipeline.relations.model import Model, load_relation_model
from pipeline.relations.readings import DENIAL, IS_ALLOWED, OUTPUTS, READINGS, Reading
from pipeline.relations.second_look import FAINT, LEAST, Cells, SecondLook, _grouped, _Others, _TwoBest, look
from pipeline.schema import BlockKind, RelationType
from pipeline.training.relations import load_config
from pipeline.training.relations.again import learn_again
from tests.texts import analysed, article_of

TREATS = READINGS.index(Reading(RelationType.TREATS, True))


def candidates_of(*blocks: object) -> Candidates:
    """The candidates of an article, with the features of the bundled model."""
    analysis = analysed(article_of(*blocks))  # type: ignore[arg-type]  # blocks as article_of takes them
    return propose(analysis, find_entities(analysis).mentions, load_relation_model().numbering).candidates


def sure_of(candidates: Candidates, p: float) -> np.ndarray:
    """A first look that gives every reading the same probability."""
    return np.full((len(candidates), OUTPUTS), p, dtype=np.float32)


def column_of(cells: Cells, name: str) -> np.ndarray:
    return cells.features[:, cells.names.index(name)]


ARTICLE = (
    (BlockKind.TITLE, None, "Hoofdpijn"),
    "Gember helpt tegen hoofdpijn en misselijkheid. Paracetamol helpt tegen hoofdpijn.",
    "Bij hoofdpijn kunt u gember nemen.",
)


def test_what_is_looked_at_again_is_what_may_be() -> None:
    candidates = candidates_of(*ARTICLE)
    allowed = IS_ALLOWED[candidates.combo]
    cells = look(candidates, sure_of(candidates, 0.5))
    assert len(cells.row) == allowed.sum()
    assert allowed[cells.row, cells.column].all()
    assert cells.features.shape == (len(cells.row), len(cells.names))
    assert len(set(cells.names)) == len(cells.names)
    assert np.isfinite(cells.features).all()


def test_of_the_improbable_only_what_rules_state_is() -> None:
    candidates = candidates_of(*ARTICLE)
    cells = look(candidates, sure_of(candidates, (FAINT + LEAST) / 2))
    assert 0 < len(cells.row) < IS_ALLOWED[candidates.combo].sum()
    assert column_of(cells, "a rule states it").all()


def test_the_same_pair_elsewhere_is_seen() -> None:
    candidates = candidates_of(*ARTICLE)
    first = sure_of(candidates, 0.03)
    gember = [n for n, c in enumerate(candidates) if c.how == "sentence" and candidates.mentions.things[c.first].id.endswith("gember")]
    [one] = [n for n in gember if candidates.mentions.things[candidates[n].second].id.endswith("hoofdpijn")]
    first[one, TREATS] = 0.9
    cells = look(candidates, first)
    best = column_of(cells, "pair elsewhere, best")
    pair = {candidates.mentions.things[m].id for m in (candidates[one].first, candidates[one].second)}
    others = [
        n
        for n, (row, column) in enumerate(zip(cells.row.tolist(), cells.column.tolist(), strict=True))
        if row != one
        and READINGS[column].type is RelationType.TREATS
        and {candidates.mentions.things[m].id for m in (candidates[row].first, candidates[row].second)} == pair
        and candidates.mentions.things[candidates[row].ends(column)[0]].id.endswith("gember")
    ]
    assert others
    assert best[others] == pytest.approx(np.log(9))
    [own] = np.flatnonzero((cells.row == one) & (cells.column == TREATS))
    assert best[own] < 0


def test_what_is_commonly_said_is_plausible() -> None:
    candidates = candidates_of("Paracetamol helpt tegen hoofdpijn en botbreuken.")
    cells = look(candidates, sure_of(candidates, 0.5))
    own = column_of(cells, "plausible")
    of = {
        (candidates.mentions.things[head].id, candidates.mentions.things[tail].id): place
        for place, (row, column) in enumerate(zip(cells.row.tolist(), cells.column.tolist(), strict=True))
        if READINGS[column].type is RelationType.TREATS
        for head, tail in [candidates[row].ends(column)]
    }
    headache, fracture = of["remedy:paracetamol", "condition:hoofdpijn"], of["remedy:paracetamol", "condition:botbreuk"]
    assert own[headache] > 0.3
    # each is compared with the other
    best = column_of(cells, "plausible, head in sentence, best")
    assert best[fracture] == pytest.approx(own[headache])
    assert best[headache] == pytest.approx(own[fracture])


def test_an_article_without_candidates_has_nothing_to_look_at() -> None:
    candidates = candidates_of("Het is een mooie dag.")
    assert len(look(candidates, sure_of(candidates, 0.5)).row) == 0
    assert load_relation_model().probabilities(candidates).shape == (0, OUTPUTS)


@pytest.mark.parametrize("seed", range(5))
def test_others_are_all_but_ones_own(seed: int) -> None:
    rng = np.random.default_rng(seed)
    group, own, odds = rng.integers(6, size=60), rng.integers(4, size=60), rng.integers(-3, 4, size=60).astype(float)
    p = 1 / (1 + np.exp(-odds))
    others = _Others([(own, group), (group, own)])
    count, mean, best = (values[1] for values in (others.count, others.mean(p), others.best(odds, -3)))
    for n in range(60):
        things = {o: [m for m in range(60) if group[m] == group[n] and own[m] == o] for o in set(own[group == group[n]].tolist())}
        rest = [max(p[m] for m in members) for o, members in things.items() if o != own[n]]
        assert count[n] == len(rest)
        assert mean[n] == pytest.approx(np.mean(rest) if rest else 0)
        assert best[n] == pytest.approx(max(np.log(q / (1 - q)) for q in rest) if rest else -3)


def test_the_best_but_ones_own() -> None:
    group, own, values = np.asarray([0, 0, 0, 2]), np.asarray([5, 6, 7, 5]), np.asarray([0.2, 0.9, 0.4, 0.3])
    two = _TwoBest(group, own, values, 3)
    assert two.but(np.asarray([0, 0, 1, 2, 2]), np.asarray([6, 5, 5, 5, 6])).tolist() == [0.4, 0.9, 0, 0, 0.3]


def test_equal_keys_are_brought_together() -> None:
    order, start, group = _grouped(np.asarray([3, 1, 3, 2, 1]))
    assert order.tolist() == [1, 4, 3, 0, 2]
    assert start.tolist() == [0, 2, 3]
    assert group.tolist() == [2, 0, 2, 1, 0]


def test_some_of_the_candidates_are_what_they_were() -> None:
    candidates = candidates_of(*ARTICLE)
    numbers = np.arange(1, len(candidates), 2)
    some = candidates.chosen(numbers)
    for place, number in enumerate(numbers.tolist()):
        assert some[place] == candidates[number]
        assert some.features(place) == candidates.features(number)
        assert some.witnesses(place) == candidates.witnesses(number)
        assert shown_by(some, place) == shown_by(candidates, number)


# learning


def taught() -> SecondLook:
    """A second look that learned that the first of two features is right where it is high, and that nothing else matters."""
    rng = np.random.default_rng(1)
    articles = []
    for _ in range(8):
        features = rng.normal(size=(200, 2)).astype(np.float32)
        right = (features[:, 0] > 0).astype(np.float32)
        right[:20] = -1  # nobody said
        articles.append([(Cells(np.arange(200), np.zeros(200, dtype=np.int64), features, ("a", "b")), right)])
    return learn_again(articles, replace(load_config(), folds=2, members=2))


def test_what_was_taught_is_known() -> None:
    second = taught()
    yes, no = second.log_odds(np.asarray([[2, 0], [-2, 0]], dtype=np.float32))
    assert yes > 1
    assert no < -1


def test_nothing_unheard_of_carries_the_answer_away() -> None:
    far, farther = taught().log_odds(np.asarray([[1e3, 0], [1e9, 0]], dtype=np.float32))
    assert far == farther


def test_one_seed_gives_one_second_look() -> None:
    one, other = taught(), taught()
    assert all((getattr(one, name) == getattr(other, name)).all() for name in SecondLook.names())


def test_a_second_look_survives_the_file_of_its_model() -> None:
    model = replace(load_relation_model(), second_look=taught())
    again = Model.load(model.save()).second_look
    assert again is not None
    assert all((getattr(again, name) == getattr(model.second_look, name)).all() for name in SecondLook.names())


def test_the_bundled_model_looks_twice() -> None:
    model = load_relation_model()
    candidates = candidates_of(*ARTICLE)
    first, final = model.first_look(candidates), model.probabilities(candidates)
    assert final[:, DENIAL:].tolist() == first[:, DENIAL:].tolist()
    assert (final != first).any()
    assert ((final >= 0) & (final <= 1)).all()


def test_the_names_of_features_are_those_of_the_bundled_model() -> None:
    second = load_relation_model().second_look
    assert second is not None
    candidates = candidates_of(*ARTICLE)
    assert second.hidden.shape[0] == len(look(candidates, sure_of(candidates, 0.5)).names)


def test_a_second_look_at_other_features_is_refused() -> None:
    with pytest.raises(ResourceError, match="trained with other features"):
        replace(load_relation_model(), second_look=taught()).probabilities(candidates_of(*ARTICLE))


def test_training_needs_no_second_look(tmp_path: Path) -> None:
    model = replace(load_relation_model(), second_look=None)
    path = tmp_path / "model.npz"
    path.write_bytes(model.save())
    again = Model.load(path.read_bytes())
    candidates = candidates_of(*ARTICLE)
    assert again.probabilities(candidates).tolist() == again.first_look(candidates).tolist()
