"""Training of the tagger: what it reads, how that is changed, that the gradients are right, and that one seed gives one model."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.article import TypedSpan
from pipeline.cli import app
from pipeline.errors import ResourceError, UsageError
from pipeline.evaluation.gold import GoldDocument, GoldEntity, gold_bytes
from pipeline.lexicon import load_lexicon
from pipeline.resources import load_toml
from pipeline.schema import BlockKind, EntityType, Polarity, RelationType
from pipeline.tagger import Network, Shape, Tagger, load_network, signs_of
from pipeline.tagger.features import TYPES
from pipeline.training.ner import load_config, train
from pipeline.training.ner.calibration import Judged, fit
from pipeline.training.ner.changes import Names, changed, example_of, misspelt, without_accents
from pipeline.training.ner.corpora import Corpora
from pipeline.training.ner.learner import Learner, batch_of, gather
from pipeline.training.ner.samples import Known, Marked, Sample, SampleBlock, analysed, found_by_rules, sample_of, without
from pipeline.training.ner.train import CONFIG, learn
from pipeline.training.snippets import load_snippets
from tests.texts import source_of

C, N, R = EntityType.CONDITION, EntityType.NUTRIENT, EntityType.REMEDY
CONFIGURATION: dict[str, Any] = load_toml(CONFIG)
SMALL = {**CONFIGURATION, "rounds": 2, "averaged": 1, "shape": {"rows": 512, "width": 4, "hidden": 6, "reach": 1, "reach_hidden": 1}}
STILL = {"inputs": 0.0, "hidden": 0.0, "own_form": 0.0, "whole_word": 0.0}
NAMES = Names(load_lexicon())


def sample(text: str, *gold: tuple[EntityType, str]) -> Sample:
    """A text with the first occurrence of these words as its gold."""
    analysis = analysed(source_of(text))
    assert analysis is not None
    reading = analysis.article.text
    return sample_of(analysis, [TypedSpan(kind, reading.index(word), reading.index(word) + len(word), "") for kind, word in gold])


KRAMP = sample("Oorzaken\n\nMagnesium helpt vaak tegen nachtelijke krampen in de benen.", (N, "Magnesium"), (C, "krampen in de benen"))


def test_a_sample_holds_gold_and_findings_in_words_of_its_block() -> None:
    block = KRAMP[-1]
    assert [(block.words[m.first : m.last + 1], m.type) for m in block.marked] == [
        (("Magnesium",), N),
        (("krampen", "in", "de", "benen"), C),
    ]
    assert {known.concepts for known in block.known if known.type is N} == {frozenset({"nutrient:magnesium"})}
    assert [known.type for known in without(KRAMP, frozenset({"nutrient:magnesium"}))[-1].known if known.type is N] == []


def test_the_tagger_reads_in_training_what_it_reads_in_an_article() -> None:
    analysis = analysed(source_of("Oorzaken\n\n- stress\n- magnesiumtekort\n\nMagnesium helpt tegen krampen in de benen."))
    assert analysis is not None
    found = found_by_rules(analysis)
    assert example_of(sample_of(analysis, [])).signs == signs_of(analysis, found)


def test_without_gold_what_the_rules_publish_is_taken_for_it() -> None:
    analysis = analysed(source_of("Magnesium helpt tegen krampen in de benen."))
    assert analysis is not None
    assert [(m.first, m.last, m.type) for block in sample_of(analysis, None) for m in block.marked] == [(0, 0, N), (3, 6, C)]


def block_of(words: list[str], mentions: list[tuple[int, int]]) -> SampleBlock:
    marked = tuple(Marked(a, b, C) for a, b in mentions)
    known = tuple(Known(a, b, C, 0.95, frozenset({"condition:hoofdpijn"})) for a, b in mentions)
    return SampleBlock(BlockKind.PARAGRAPH, None, tuple(words), marked, known)


@given(
    words=st.lists(st.text("abcdeé", min_size=1, max_size=9), min_size=1, max_size=12),
    cuts=st.lists(st.integers(0, 12), max_size=6, unique=True),
    seed=st.integers(0, 999),
)
def test_whatever_is_changed_every_mention_keeps_its_tags_and_its_place_among_the_others(
    words: list[str], cuts: list[int], seed: int
) -> None:
    borders = sorted(cut for cut in cuts if cut <= len(words))
    mentions = [(a, b - 1) for a, b in zip(borders[::2], borders[1::2], strict=False)]
    changes = {**CONFIGURATION["changes"], "typo": 0.3, "other_name": 0.3, "made_up": 0.3}
    config = {**CONFIGURATION, "changes": changes}
    example = changed((block_of(words, mentions),), config, NAMES, random.Random(seed))
    begin = 1 + 2 * TYPES.index(C)
    assert example.tags.count(begin) == len(mentions)
    outside = [word for n, word in enumerate(words) if not any(a <= n <= b for a, b in mentions)]
    kept = [word for word, tag in zip(example.signs.words, example.tags, strict=True) if word is not None and tag == 0]
    assert [without_accents(word).lower() for word in kept] == [without_accents(word) for word in outside]
    assert len(example.signs.marks) == len(example.tags) == len(example.signs.words)
    inside = [tag != 0 for tag in example.tags]
    assert all(inside[n] for n, mark in enumerate(example.signs.marks) if mark)


def test_hidden_terms_are_replaced_everywhere_and_never_put_in() -> None:
    hidden = frozenset({"nutrient:magnesium"})
    names = Names(load_lexicon(), hidden)
    for seed in range(30):
        example = changed(KRAMP, CONFIGURATION, names, random.Random(seed), hidden)
        assert "magnesium" not in {word.lower() for word in example.signs.words if word}
        assert 1 + 2 * TYPES.index(N) in example.tags


def test_a_misspelt_word_is_off_by_one_letter() -> None:
    rng = random.Random(1)
    found = {misspelt("migraine", rng) for _ in range(50)}
    assert all(abs(len(word) - 8) <= 1 and word[0] == "m" for word in found)
    assert misspelt("pijn", rng) == "pijn"


def test_gathering_is_the_transpose_of_spreading() -> None:
    rng = np.random.default_rng(3)
    from pipeline.tagger.network import spread

    rows, windows = rng.random((7, 3)).astype(np.float32), rng.random((7, 15)).astype(np.float32)
    assert float((spread(rows, 2) * windows).sum()) == pytest.approx(float((rows * gather(windows, 2)).sum()), rel=1e-5)


@pytest.mark.parametrize("name", sorted(Shape(1, 1, 1, 1, 1).arrays()))
def test_every_gradient_is_the_slope_of_the_loss(name: str) -> None:
    learner = Learner(Shape(64, 3, 5, 1, 1), {**SMALL, "seed": 4})
    rng = np.random.default_rng(5)
    learner.arrays = {each: array + rng.normal(0, 0.3, array.shape).astype(np.float32) for each, array in learner.arrays.items()}
    batch = batch_of([example_of(KRAMP), example_of(KRAMP)], learner.rows)
    _, gradients, touched = learner.gradients(batch, STILL)
    gradient = gradients[name]
    direction = rng.normal(0, 1, gradient.shape).astype(np.float32)
    at: Any = touched if name == "words" else slice(None)
    step = 1e-2 / float(np.linalg.norm(direction))
    losses = []
    for side in (1, -1):
        learner.arrays[name][at] += side * step * direction
        losses.append(learner.gradients(batch, STILL)[0])
        learner.arrays[name][at] -= side * step * direction
    slope = (losses[0] - losses[1]) / (2 * step)
    assert slope == pytest.approx(float((gradient * direction).sum()), rel=0.03, abs=2e-3)


def test_learner_and_tagger_compute_the_same() -> None:
    network = learn(Corpora((KRAMP,), (), ()), SMALL)
    learner = Learner(network.shape, SMALL)
    learner.arrays = {name: array.copy() for name, array in network.arrays.items()}
    example = example_of(KRAMP)
    loss, _, _ = learner.gradients(batch_of([example], learner.rows), STILL)
    every = replace(example.signs, places=range(len(example.tags)))
    probabilities = Tagger(network).probabilities(every)
    assert loss == pytest.approx(float(-np.log(probabilities[np.arange(len(example.tags)), example.tags]).mean()), rel=1e-4)


def test_it_learns() -> None:
    config = {**SMALL, "rounds": 60, "averaged": 1, "rate": 0.02, "shape": {**SMALL["shape"], "width": 12, "hidden": 16}}
    losses: list[float] = []
    learn(Corpora((KRAMP,) * 4, (), ()), config, lambda report: losses.append(report.loss or 0.0))
    assert losses[-1] < losses[0] / 4


def test_calibration_finds_how_often_guesses_are_right() -> None:
    guesses = [Judged(C, 0.9, n < 300) for n in range(1000)] + [Judged(C, 0.5, n < 100) for n in range(1000)]
    fitted = fit(guesses)
    from pipeline.tagger.tagging import calibrate

    assert calibrate([0.9, 0.5], [C, C], fitted) == pytest.approx([0.3, 0.1], abs=0.02)
    assert fit([])["slope"] == 1.0


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """A folder of gold with two articles, their texts, and a file of snippets."""
    folder = tmp_path / "gold"
    (folder / "snippets").mkdir(parents=True)
    for name, text in (("a", "Magnesium helpt vaak tegen kramp.\n"), ("b", "Neem bij kramp ook eens magnesium.\n")):
        source = source_of(text)
        (folder / f"{name}.txt").write_bytes(text.encode())
        start = text.lower().index("magnesium")
        entity = GoldEntity(id="T1", type=N, start=start, end=start + 9, text=text[start : start + 9], concept="magnesium")
        document = GoldDocument(id=name, source=f"{name}.txt", sha256=source.sha256, entities=(entity,), relations=())
        (folder / f"{name}.json").write_bytes(gold_bytes(document))
    (folder / "snippets" / "x.md").write_text("[Zink|N] bij [jeuk|C]: [de jeuk|C|=2].\n@ 1 TREATS 2 -\n\n# Kop\n", encoding="utf-8")
    return folder


def test_snippets_are_texts_with_marks(gold: Path) -> None:
    first, second = load_snippets(gold / "snippets")
    assert [(m.type, first.source.text[m.start : m.end], m.concept) for m in first.marks] == [
        (N, "Zink", 1),
        (C, "jeuk", 2),
        (C, "de jeuk", 2),
    ]
    assert first.source.text.strip() == "Zink bij jeuk: de jeuk."
    assert first.relations == ((1, RelationType.TREATS, 2, Polarity.NEGATED),)
    assert (second.marks, second.relations) == ((), ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Een [mol|DIER].", "a bracket that marks nothing"),
        ("[Zink|N] en [jeuk|C].\n@ 1 HELPS 2", "'HELPS' is not a valid RelationType"),
        ("[Zink|N] en [jeuk|C].\n@ 2 TREATS 1", "'@ 2 TREATS 1': TREATS cannot link CONDITION to NUTRIENT"),
        ("[Zink|N] en [jeuk|C].\n@ 1 TREATS 3", "there is no mention 3"),
        ("[Zink|N] en [jeuk|C|=2].", "mention 2 stands for 2, which is no earlier one of its type"),
        ("[Zink|N] en [jeuk|C].\n@ 1 TREATS", "'@ 1 TREATS' should be like '@ 1 TREATS 2', with ' -' behind it where it is denied"),
    ],
)
def test_a_wrong_snippet_is_named_with_its_place(gold: Path, text: str, message: str) -> None:
    (gold / "snippets" / "x.md").write_text(f"Goed.\n\n{text}\n", encoding="utf-8")
    with pytest.raises(ResourceError, match=rf"x\.md, snippet at line 3: {re.escape(message)}"):
        list(load_snippets(gold / "snippets"))


def test_one_seed_gives_one_model(gold: Path, tmp_path: Path) -> None:
    models = []
    for name in ("one", "two"):
        train(gold, gold, None, tmp_path / name, SMALL)
        models.append((tmp_path / name).read_bytes())
    assert models[0] == models[1]
    network = Network.from_bytes(models[0], "one")
    assert network.meta["trained_on"]["snippets"] == {"mentions": 3, "texts": 2, "words": 8}
    assert set(network.meta["calibration"]) == {"slope", *EntityType}


def test_the_command_trains_with_a_config_and_reads_open_text(gold: Path, tmp_path: Path) -> None:
    config = tmp_path / "ner.toml"
    text = "\n".join(line for line in (Path("pipeline/resources") / CONFIG).read_text(encoding="utf-8").splitlines())
    config.write_text(
        text.replace("rounds = 24", "rounds = 1").replace("averaged = 9", "averaged = 1").replace("rows = 32768", "rows = 256"),
        encoding="utf-8",
    )
    tree = tmp_path / "tree"
    tree.mkdir()
    line = "\t".join(["1", "Hallo", *["_"] * 7, "SpaceAfter=No"])
    (tree / "x.conllu").write_text(f"# id\n{line}\n\n", encoding="utf-8")
    out = tmp_path / "model.npz"
    arguments = ["--gold", str(gold), "--corpus", str(gold), "--treebank", str(tree), "--config", str(config), "--out", str(out)]
    ran = CliRunner().invoke(app, ["train", "ner", *arguments])
    assert ran.exit_code == 0, ran.output
    assert "silver: 1 texts, 1 words, 0 mentions" in ran.stderr
    assert "learning: 1 of 1 loss" in ran.stderr
    assert Network.from_bytes(out.read_bytes(), "x").shape.rows == 256


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((r"\nseed = .*", ""), "seed is missing"),
        ((r"\n(seed = .*)", r"\n\1\nnonsense = 1"), "nonsense is no setting"),
        (("width = 32", "width = 'wide'"), r"shape\.width must be a number"),
        ((r"\nseed = .*", r"\nseed = -1"), "seed must not be below zero"),
        ((r"\nseed = .*", r"\nseed = ="), "Invalid value"),
    ],
)
def test_a_wrong_config_is_one_clear_line(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "ner.toml"
    path.write_text(re.sub(*change, (Path("pipeline/resources") / CONFIG).read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ResourceError, match=message):
        load_config(path)


def test_a_folder_without_open_text_is_refused_and_nothing_is_written(gold: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no open text in .*: there is no file that ends in \.conllu"):
        train(gold, gold, tmp_path, tmp_path / "model.npz", SMALL)
    assert not (tmp_path / "model.npz").exists()


def test_the_bundled_model_is_that_of_the_config() -> None:
    network = load_network()
    assert {name: getattr(network.shape, name) for name in Shape.__slots__} == CONFIGURATION["shape"]
    assert (network.meta["seed"], network.meta["rounds"]) == (CONFIGURATION["seed"], CONFIGURATION["rounds"])
    assert len(network.to_bytes()) < 4e6
    assert json.dumps(network.meta)


def test_learning_is_not_disturbed_by_an_empty_block() -> None:
    empty = replace(KRAMP[0], words=(), marked=(), known=())
    learn(Corpora(((empty, KRAMP[1]),), (), ()), SMALL)
