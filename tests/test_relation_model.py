"""The model of relations: what a candidate is, what the model makes of it, how it is trained, and what is published of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.entities import find_entities
from pipeline.errors import ResourceError, UsageError
from pipeline.evaluation.gold import load_gold
from pipeline.extractor import Extractor
from pipeline.readers import read
from pipeline.relations import Proposals, link_relations, propose
from pipeline.relations.combinations import KINDS, STANDINGS, distances
from pipeline.relations.glance import Glance, shown_by
from pipeline.relations.model import _STEPS, UNCALIBRATED, Model, load_relation_model, probabilities_of
from pipeline.relations.numbering import NONE, Combinations, Numbering
from pipeline.relations.readings import DENIAL, DENIAL_OF, OUTPUTS, READINGS, WITNESSES, Witness, Witnesses
from pipeline.relations.senses import names_of, senses_of
from pipeline.resources import load_toml
from pipeline.schema import BlockKind, Polarity, RelationType
from pipeline.settings import Settings
from pipeline.training import reading
from pipeline.training.relations import load_config, train
from pipeline.training.relations.calibration import calibration_of
from pipeline.training.relations.examples import Judged, Read, article_examples, snippet_examples
from pipeline.training.relations.learner import Config, Example, learn, without_unknown
from pipeline.training.relations.places import stated_where_likely
from pipeline.training.snippets import Snippet, load_snippets
from tests.texts import analysed, article_of, source_of

ROOT = Path(__file__).parents[1]
SMALL = Config(
    seed=1,
    rounds=60,
    batch=16,
    hidden=8,
    rate=0.05,
    slowing=0.95,
    averaged=1,
    decay=0.0,
    least_count=1,
    feature_dropout=0.0,
    hidden_dropout=0.0,
    sketch_hidden=4,
    sketch_rounds=10,
    stated_here=0.8,
    glance_hidden=2,
    glance_rounds=2,
    glance_dropout=0.0,
    looked_at=0.7,
    folds=0,
    members=1,
)
TITLE, HEADING, ITEM = BlockKind.TITLE, BlockKind.HEADING, BlockKind.LIST_ITEM


def proposals_of(*blocks: object) -> tuple[Proposals, list[str]]:
    """The proposals for an article, and the texts of its mentions."""
    article = article_of(*blocks)  # type: ignore[arg-type]  # blocks as article_of takes them
    analysis = analysed(article)
    mentions = find_entities(analysis).mentions
    return propose(analysis, mentions, Numbering(growing=True)), [article.text[m.start : m.end] for m in mentions]


def pairs(proposals: Proposals, texts: list[str]) -> set[tuple[str, str, str]]:
    """(first, second, how the first stands to it) of every candidate."""
    return {(texts[c.first], texts[c.second], c.how) for c in proposals.candidates}


# candidates


def test_things_of_a_sentence_are_candidates() -> None:
    assert pairs(*proposals_of("Gember helpt tegen misselijkheid.")) == {("Gember", "misselijkheid", "sentence")}


def test_things_of_the_sentence_before_are_candidates() -> None:
    found = pairs(*proposals_of("Veel mensen hebben misselijkheid. Gember is dan een uitkomst."))
    assert ("misselijkheid", "Gember", "before") in found


def named(proposals: Proposals, texts: list[str], first: str, second: str) -> set[str]:
    """The names of the features of the candidate of two things."""
    number = next(n for n, c in enumerate(proposals.candidates) if (texts[c.first], texts[c.second]) == (first, second))
    names = proposals.candidates.numbering.names
    return {names[feature] for feature in proposals.candidates.features(number)}


def test_of_what_was_named_before_its_own_sentence_tells() -> None:
    """The words beside it, its preposition, which thing of how many it is, and what is said of it; and how the next sentence goes on."""
    found = named(*proposals_of("Veel mensen slikken iets tegen misselijkheid. Dan is gember een uitkomst."), "misselijkheid", "gember")
    assert {"fL1:tegen", "fprep:tegen", "fat:0|1", "prev1|open:dan"} <= found
    assert any(name.startswith("fW:") for name in found)


def test_cues_beside_what_was_named_before_tell_what_is_said_of_it() -> None:
    found = named(*proposals_of("Gember helpt tegen misselijkheid. Soms komt hoofdpijn voor."), "Gember", "hoofdpijn")
    assert "told:TREATSh>-" in found


def test_of_what_stands_above_its_own_place_does_not_tell() -> None:
    found = named(*proposals_of((HEADING, None, "Wat helpt tegen misselijkheid?"), (ITEM, 0, "gember")), "misselijkheid", "gember")
    assert not {name for name in found if name.startswith(("fL1:", "fprep:", "fat:", "told:"))}


def test_what_heading_and_title_name_are_candidates_with_items() -> None:
    found = pairs(*proposals_of((TITLE, None, "Spierkramp"), (HEADING, 0, "Bij misselijkheid"), (ITEM, 1, "gember")))
    assert {("misselijkheid", "gember", "above"), ("Spierkramp", "gember", "subject")} <= found


def test_a_pair_that_no_relation_can_link_is_no_candidate() -> None:
    assert pairs(*proposals_of("De huisarts en de neuroloog.")) == set()


def test_a_denial_speaks_of_its_own_relation() -> None:
    """What is not to be taken is stated, not denied, though the same words deny that it helps."""
    proposals, _ = proposals_of("Een maagzweer vormt geen bezwaar tegen gember.")
    allowed = next(c for c in range(len(READINGS)) if READINGS[c].type is RelationType.CONTRAINDICATED_FOR)
    helps = next(c for c in range(len(READINGS)) if READINGS[c].type is RelationType.TREATS)
    witnesses = proposals.candidates.witnesses(0)
    assert DENIAL_OF[allowed] != DENIAL_OF[helps]
    assert [column for column, _, _ in witnesses if column >= DENIAL] == [DENIAL_OF[allowed]]


def test_rules_are_witnesses_of_their_reading() -> None:
    proposals, _ = proposals_of("Gember helpt tegen misselijkheid.")
    [candidate] = proposals.candidates
    column = next(c for c in candidate.readings if READINGS[c].type is RelationType.TREATS)
    assert "cue:treats.help" in [rule.rule for rule in candidate.rules]
    witnesses = proposals.candidates.witnesses(0)
    assert {witness for c, witness, _ in witnesses if c == column} >= {Witness.RULE, Witness.HOW_SURELY}
    assert (DENIAL_OF[column], 1, 1.0) in witnesses


def test_candidates_stay_few_in_a_sentence_of_many_names() -> None:
    proposals, _ = proposals_of("Gember helpt tegen misselijkheid. " + ", ".join(["gember", "hoofdpijn"] * 200))
    assert len(proposals.candidates) < 50


# senses


def test_senses_of_words_beginnings_and_phrases() -> None:
    words = ["de", "zalf", "neemt", "de", "ergste", "jeuk", "weg"]
    found = senses_of(words)
    assert len(found) == len(words)
    assert "relieve" in names_of(found[2])
    assert "relieve" in names_of(found[6])


def test_every_phrase_gives_its_sense_to_its_ends() -> None:
    for sense in load_toml("relations/senses.toml")["sense"]:
        for phrase in sense.get("phrases", ()):
            found = senses_of(["er", *(word.removesuffix("*").replace("~", "toen") for word in phrase.split()), "bij"])
            assert sense["id"] in names_of(found[1]), phrase
            assert sense["id"] in names_of(found[-2]), phrase


def test_a_gap_of_a_phrase_holds_no_more_than_five_words() -> None:
    assert "relieve" in names_of(senses_of(["neemt", *["echt"] * 5, "weg"])[0])
    assert "relieve" not in names_of(senses_of(["neemt", *["echt"] * 6, "weg"])[0])


def test_of_an_endless_word_only_the_beginning_is_read() -> None:
    longest = max(len(word) for sense in load_toml("relations/senses.toml")["sense"] for word in (*sense.get("words", ()), ""))

    class Word(str):
        """A word that counts how often it is cut."""

        cuts = 0

        def __getitem__(self, key: object) -> str:
            Word.cuts += 1
            return super().__getitem__(key)  # type: ignore[index]

    senses_of([Word("verlicht" + "a" * 10_000)])
    assert 0 < Word.cuts <= longest + 1


def test_every_sense_has_an_id_and_a_description() -> None:
    senses = load_toml("relations/senses.toml")["sense"]
    assert len({sense["id"] for sense in senses}) == len(senses) > 40
    assert all(sense["description"] for sense in senses)


# numbers of features


def test_a_closed_numbering_knows_its_names_and_no_others() -> None:
    numbering = Numbering(["w:a", "w:b"])
    assert [numbering.family("w:")[word] for word in "abab?"] == [0, 1, 0, 1, NONE]
    assert numbering.numbers(["w:b", "w:c", "w:b", "w:a"]) == (1, 0)
    assert len(numbering) == 2


def test_a_growing_numbering_numbers_whatever_it_meets() -> None:
    numbering = Numbering(growing=True)
    assert [numbering.family("w:")[word] for word in "aba"] == [0, 1, 0]
    assert numbering.names == ["w:a", "w:b"]


def test_a_family_does_not_remember_without_end() -> None:
    numbering = Numbering(["w:1"])
    family = numbering.family("w:")
    assert [family[number] for number in range(40_000)].count(NONE) == 39_999
    assert len(family) < 20_000
    assert family[1] == 0


def test_a_combination_has_a_number_of_its_own() -> None:
    def make(one: str, other: int) -> tuple[str, ...]:
        return f"x:{one}", f"y:{other}"

    combinations = Combinations(make, "abc", range(5, 9))
    numbers = combinations.numbers(np.asarray([0, 1, 2]), np.asarray([0, 2, 3]))
    assert [combinations.names(number) for number in numbers.tolist()] == [("x:a", "y:5"), ("x:b", "y:7"), ("x:c", "y:8")]
    assert len({combinations.names(number) for number in range(len(combinations))}) == len(combinations) == 12


def test_a_combination_is_a_number_of_64_bits() -> None:
    assert max(len(distances()), len(STANDINGS), len(KINDS)) < 2**62


# the glance


def glance_over(numbering: Numbering, features: int) -> Glance:
    """A glance that learned nothing: its arrays are random, and about half of all pairs are worth a look."""
    rng = np.random.default_rng(1)
    rows, output = rng.normal(size=(features, 3)), rng.normal(size=3)
    return Glance(numbering, *(array.astype(np.float32) for array in (rows, np.zeros(3), output, np.full(1, -0.5))))


def test_what_is_worth_a_look_is_told_by_what_candidates_show() -> None:
    """A glance at all pairs in columns keeps the candidates of which the features that they show say so, and those that rules speak of."""
    article = next(a for a in load_gold(ROOT / "annotations", ROOT / "corpus", "train").articles if a.name == "schildklier-gp")
    analysis = reading.analysed(read(article.path, article.path.name, reading.SETTINGS))
    mentions = find_entities(analysis).mentions
    numbering = Numbering(growing=True)
    every = propose(analysis, mentions, numbering).candidates
    shown = [shown_by(every, number) for number in range(len(every))]
    glance = glance_over(numbering, len(numbering))
    odds = glance.log_odds_of(shown)
    assert np.abs(odds).min() > 1e-4, "no pair is so near to the line that rounding decides"
    kept = propose(analysis, mentions, numbering, glance).candidates
    assert list(kept) == [one for number, one in enumerate(every) if odds[number] >= 0 or one.rules]
    assert 0.2 * len(every) < len(kept) < 0.8 * len(every)


def test_a_glance_survives_its_file() -> None:
    model = tiny()
    glance = glance_over(model.numbering, len(model.numbering))
    again = Model.load(replace(model, glance=glance).save()).glance
    assert again is not None
    assert again.rows == pytest.approx(glance.rows, abs=1e-3)
    assert again.log_odds_of([(0,), ()]) == pytest.approx(glance.log_odds_of([(0,), ()]), abs=1e-2)
    assert Model.load(model.save()).glance is None


def test_a_glance_over_other_features_is_refused() -> None:
    model = tiny()
    glance = glance_over(model.numbering, len(model.numbering) + 1)
    with pytest.raises(ResourceError, match="was made for other relations"):
        Model.load(replace(model, glance=glance).save())


# the model


def tiny(feature: str = "w:helpt") -> Model:
    """A model that says 0.9 to the first reading where it sees a feature."""
    rows = np.ones((1, 1), dtype=np.float32)
    outputs = np.zeros((1, OUTPUTS), dtype=np.float32)
    outputs[0, 0] = 4
    bias = np.full(OUTPUTS, -2, dtype=np.float32)
    witness = np.zeros((OUTPUTS, WITNESSES), dtype=np.float32)
    return Model(Numbering([feature]), rows, np.zeros(1, dtype=np.float32), outputs, bias, witness, UNCALIBRATED)


def weighed(model: Model, *candidates: Sequence[str], witnesses: Witnesses = ()) -> list[np.ndarray]:
    """What a model says of candidates with the given features."""
    odds = model.log_odds([model.numbering.numbers(features) for features in candidates], [witnesses] * len(candidates))
    return [*probabilities_of(odds, model.calibration)]


def test_a_model_weighs_the_features_that_it_knows() -> None:
    model = tiny()
    known, unknown = weighed(model, ["w:helpt", "w:zeker"], ["w:zeker"])
    assert known[0] == pytest.approx(1 / (1 + np.exp(-2)))
    assert unknown[0] == pytest.approx(1 / (1 + np.exp(2)))


def test_a_witness_speaks_for_its_reading_only() -> None:
    model = replace(tiny(), witness=np.ones((OUTPUTS, WITNESSES), dtype=np.float32))
    [row] = weighed(model, ["x"], witnesses=((2, 0, 3.0),))
    assert row[2] == pytest.approx(1 / (1 + np.exp(-1)))
    assert row[3] == pytest.approx(1 / (1 + np.exp(2)))


def test_calibration_changes_readings_and_not_denial() -> None:
    model = replace(tiny(), calibration=np.asarray([0.5, -1], dtype=np.float32))
    [row] = weighed(model, ["w:helpt"])
    assert row[0] == pytest.approx(0.5)
    assert row[DENIAL] == pytest.approx(1 / (1 + np.exp(2)))


def test_calibration_is_fitted_to_what_is_right() -> None:
    scores = np.asarray([4.0] * 100)
    slope, offset = calibration_of(np.concatenate([scores, -scores]), np.asarray([1] * 75 + [0] * 25 + [0] * 95 + [1] * 5))
    assert 1 / (1 + np.exp(-(slope * 4 + offset))) == pytest.approx(0.75, abs=0.01)
    assert 1 / (1 + np.exp(-(slope * -4 + offset))) == pytest.approx(0.05, abs=0.01)


def test_no_candidates_no_probabilities() -> None:
    proposals, _ = proposals_of("Het is een mooie dag.")
    assert tiny().probabilities(proposals.candidates).shape == tiny().log_odds([], []).shape == (0, OUTPUTS)


def test_candidates_in_columns_are_weighed_as_their_features_are() -> None:
    """What is summed over columns, group by group, is what the features of each candidate sum up to."""
    article = next(a for a in load_gold(ROOT / "annotations", ROOT / "corpus", "train").articles if a.name == "schildklier-gp")
    model = load_relation_model()
    analysis = reading.analysed(read(article.path, article.path.name, reading.SETTINGS))
    candidates = propose(analysis, find_entities(analysis).mentions, model.numbering).candidates
    features = [candidates.features(number) for number in range(len(candidates))]
    witnesses = [candidates.witnesses(number) for number in range(len(candidates))]
    assert len({how.how for how in candidates}) >= 4
    one_by_one = probabilities_of(model.log_odds(features, witnesses), model.calibration)
    for _ in range(2):  # at first nothing is kept, then everything
        assert model.first_look(candidates) == pytest.approx(one_by_one, abs=1e-5)


def test_a_model_survives_its_file() -> None:
    content = tiny().save()
    assert content == tiny().save()
    again = Model.load(content)
    assert again.numbering.names == ["w:helpt"]
    assert again.outputs.tolist() == tiny().outputs.tolist()


def test_rows_are_kept_to_half_a_step() -> None:
    rows = np.asarray([[0.5, -1.27, 0.003], [0, 0, 0]], dtype=np.float32)
    model = replace(
        tiny(), numbering=Numbering(["a", "b"]), rows=rows, hidden_bias=np.zeros(3, np.float32), outputs=np.zeros((3, OUTPUTS), np.float32)
    )
    again = Model.load(model.save())
    assert again.rows == pytest.approx(rows, abs=1.27 / _STEPS / 2)
    assert again.save() == model.save()


@pytest.mark.parametrize("content", [b"", b"no", tiny().save()[:-40]])
def test_a_file_that_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(ResourceError, match="is no model of relations"):
        Model.load(content)


def test_a_model_of_other_relations_is_refused() -> None:
    with pytest.raises(ResourceError, match="was made for other relations"):
        Model.load(replace(tiny(), outputs=np.zeros((1, 3), dtype=np.float32)).save())


def test_the_reasons_of_a_reading_are_its_heaviest_features() -> None:
    model = tiny()
    assert model.reasons(model.numbering.numbers(["w:helpt", "w:zeker"]), 0) == [("w:helpt", 4.0)]


def test_the_bundled_model_is_small() -> None:
    assert len(load_relation_model().save()) < 15_000_000


# learning


def taught(examples: Sequence[tuple[str, bool]], config: Config = SMALL) -> Model:
    """A model that learned from examples: their features, one letter each, and whether the first reading is right."""
    numbering = Numbering(growing=True)
    return learn([Example(numbering.numbers(features), (), ((0, float(right)),)) for features, right in examples], numbering, config)


def test_what_was_taught_is_known() -> None:
    model = taught([("ac", True), ("bc", False)] * 20)
    yes, no = weighed(model, "ac", "bc")
    assert yes[0] > 0.85
    assert no[0] < 0.15


def test_features_are_summed_as_they_were_learned() -> None:
    """All are there at run time, where learning left out half of them: what they say together must not be twice as loud."""
    examples = [("ab", True), ("cd", False)] * 40
    loud = taught(examples, replace(SMALL, rounds=1, averaged=1, feature_dropout=0.0)).rows
    half = taught(examples, replace(SMALL, rounds=1, averaged=1, feature_dropout=0.5)).rows
    assert np.abs(half).sum() == pytest.approx(np.abs(loud).sum() / 2, rel=0.25)


def test_the_last_rounds_are_averaged() -> None:
    examples = [("a", True), ("b", False)] * 20
    ends = [taught(examples, replace(SMALL, rounds=rounds, averaged=1)).output_bias for rounds in (2, 3)]
    assert taught(examples, replace(SMALL, rounds=3, averaged=2)).output_bias == pytest.approx((ends[0] + ends[1]) / 2, abs=1e-6)


def test_one_seed_gives_one_model() -> None:
    examples = [("a", True), ("b", False)] * 10
    assert taught(examples).save() == taught(examples).save()
    assert taught(examples).save() != taught(examples, replace(SMALL, seed=2)).save()


def test_the_mean_of_models_gives_the_mean_of_their_log_odds() -> None:
    examples = [("ac", True), ("bc", False)] * 20
    models = [taught(examples, replace(SMALL, rounds=3, seed=seed)) for seed in (1, 2)]
    both = taught(examples, replace(SMALL, rounds=3, members=2))
    odds = [np.log(p / (1 - p)) for model in (*models, both) for p in weighed(model, "ac")]
    assert odds[2] == pytest.approx((odds[0] + odds[1]) / 2, abs=1e-4)


def test_what_is_not_known_is_not_learned() -> None:
    model = learn([Example((0,), (), ())] * 20, Numbering("a"), SMALL)
    assert model.output_bias.tolist() == [-2.0] * OUTPUTS


def test_a_rare_feature_is_not_kept() -> None:
    model = without_unknown(taught([("bx", True), ("ax", False), ("xc", False)] * 3 + [("x", True)], replace(SMALL, least_count=4)))
    assert model.numbering.names == ["x"]
    model = without_unknown(taught([("b", True), ("a", False)] * 3))
    assert model.numbering.names == ["a", "b"]
    assert [row[0] > 0.5 for row in weighed(model, "a", "b")] == [False, True]


def snippet_of(tmp_path: Path, text: str) -> Snippet:
    (tmp_path / "x.md").write_text(text, encoding="utf-8")
    return next(iter(load_snippets(tmp_path)))


def test_a_snippet_teaches_its_relations_and_no_others(tmp_path: Path) -> None:
    text = "[Gember|R] helpt niet tegen [hoofdpijn|C], wel tegen [misselijkheid|C].\n@ 1 TREATS 2 -\n@ 1 TREATS 3\n"
    judged = snippet_examples(snippet_of(tmp_path, text), Numbering(growing=True))
    stated = [
        (one.candidate.second, READINGS[column].type, sorted(one.polarities[DENIAL_OF[column]]))
        for one in judged
        for column, right in one.truth.items()
        if right
    ]
    assert stated == [(1, RelationType.TREATS, [Polarity.NEGATED]), (2, RelationType.TREATS, [Polarity.AFFIRMED])]


def test_an_article_teaches_what_its_gold_states_where_it_states_it() -> None:
    article = next(a for a in load_gold(ROOT / "annotations", ROOT / "corpus", "train").articles if a.name == "schildklier-gp")
    (_, judged), _ = article_examples(article, Numbering(growing=True))
    right = [(one, column) for one in judged for column, is_right in one.truth.items() if is_right]
    assert 30 < len(right) < len(judged)
    assert all(READINGS[column].type in {r.type for r in article.document.relations} for _, column in right)


def test_of_the_places_of_a_relation_the_likely_ones_are_learned_from() -> None:
    """*Gember* and *misselijkheid* stand in one paragraph twice; where it says that one helps, the sketch finds it likely."""
    proposals, _ = proposals_of("Gember helpt tegen misselijkheid. Gember is een plant. Misselijkheid is vervelend.")
    candidates = proposals.candidates
    numbering = candidates.numbering
    helps = next(n for n, reading in enumerate(READINGS) if reading.type is RelationType.TREATS and reading.first_is_head)
    judged = [
        Judged(candidate, candidates.features(n), (), (), {helps: True}, {})
        for n, candidate in enumerate(candidates)
        if candidate.readings[0] == helps
    ]
    sketch = tiny("w:helpt")
    sketch = replace(sketch, numbering=numbering, rows=np.asarray([[name == "w:helpt"] for name in numbering.names], dtype=np.float32))
    sketch.outputs[0, helps] = 4
    learned = stated_where_likely(Read(candidates, judged), sketch, 0.5)
    said = [numbering.number("w:helpt") in one.features for one in judged]
    assert [bool(example.truth) for example in learned] == said
    assert {True, False} <= set(said)
    assert all(example.truth for example in stated_where_likely(Read(candidates, judged), sketch, 0.0))


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """A folder with one article as train, and a snippet."""
    name = "schildklier-gp"
    for folder in ("annotations", "corpus"):
        for path in (ROOT / folder).glob(f"{name}.*"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "splits.json").write_text(f'{{"train": ["{name}"]}}', encoding="utf-8")
    (tmp_path / "snippets").mkdir()
    (tmp_path / "snippets" / "x.md").write_text("[Gember|R] helpt tegen [misselijkheid|C].\n@ 1 TREATS 2\n", encoding="utf-8")
    return tmp_path


def test_a_training_run_writes_a_model(gold: Path) -> None:
    out = gold / "model.npz"
    steps: list[str] = []
    trained = train(gold, gold, out, replace(SMALL, rounds=2), lambda report: steps.append(report.step))
    assert (trained.articles, trained.snippets, trained.reliability) == (1, 1, None)
    assert Model.load(out.read_bytes()).numbering.names == trained.model.numbering.names
    assert steps == ["reading", "reading", "learning", "learning"]


def test_a_config_of_ones_own_is_checked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        load_config(tmp_path / "none.toml")
    path = tmp_path / "own.toml"
    path.write_text("rounds = 1.5\n", encoding="utf-8")
    with pytest.raises(ResourceError, match="seed must be a number like"):
        load_config(path)
    path.write_text("\n".join(f"{name} = {value}" for name, value in load_toml("training/relations.toml").items()), encoding="utf-8")
    assert load_config(path) == load_config()


# what is published


def test_rules_stand_and_the_model_adds() -> None:
    text = "Veel mensen hebben last van misselijkheid. Gember helpt tegen misselijkheid."
    article = article_of(text)
    analysis = analysed(article)
    mentions = find_entities(analysis).mentions
    by_rules = {(k.head, k.type, k.tail) for k in link_relations(analysis, mentions, rules_only=True).links}
    by_both = {(k.head, k.type, k.tail) for k in link_relations(analysis, mentions).links}
    assert by_rules
    assert {(mentions[h].concept, t, mentions[k].concept) for h, t, k in by_rules} <= {
        (mentions[h].concept, t, mentions[k].concept) for h, t, k in by_both
    }


def test_rules_only_is_a_setting() -> None:
    source = source_of("Gember helpt tegen misselijkheid, en dat is voor veel reizigers een uitkomst.")
    record = Extractor(Settings(rules_only=True)).extract(source)
    assert all(relation.rule.startswith(("cue:", "frame:")) for relation in record.relations)


def test_what_was_doubted_is_told_with_the_reason() -> None:
    article = article_of((TITLE, None, "Hoofdpijn"), "Gember is lekker in de keuken bij hoofdpijn en koorts.")
    analysis = analysed(article)
    found = link_relations(analysis, find_entities(analysis).mentions, telling=True)
    assert all(0 <= link.confidence <= 1 for link in found.links)
    assert all(lost.reason for lost in found.dropped)
