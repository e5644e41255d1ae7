"""The training run: read, learn in rounds, average, calibrate, write."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.dataset.staging import write_file
from pipeline.errors import ResourceError, UsageError
from pipeline.lexicon import load_lexicon
from pipeline.resources import load_toml
from pipeline.tagger import Network, Shape, Tagger
from pipeline.training.ner.calibration import fit, judged
from pipeline.training.ner.changes import Names, changed
from pipeline.training.ner.corpora import Corpora, load_corpora, load_dev
from pipeline.training.ner.learner import Learner, batch_of
from pipeline.training.ner.samples import Sample
from pipeline.training.progress import Report, Reporter

CONFIG = "training/ner.toml"
_HELD_OUT = 8  # without a dev split every so manyth article is kept for calibration


def load_config(path: Path | None) -> Mapping[str, Any]:
    """The settings of a training run: those of the package, or of a file of the same keys. Raises UsageError or ResourceError."""
    own = load_toml(CONFIG)
    if path is None:
        return own
    if not path.is_file():
        raise UsageError(f"no such file: {path}")
    try:
        config = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ResourceError(f"{path}: {error}") from error
    _compare(config, own, path, "")
    return config


def _compare(config: Mapping[str, Any], own: Mapping[str, Any], path: Path, above: str) -> None:
    for name, value in own.items():
        if name not in config:
            raise ResourceError(f"{path}: {above}{name} is missing; copy it from the package's {CONFIG}")
        if isinstance(value, dict):
            if not isinstance(config[name], dict):
                raise ResourceError(f"{path}: {above}{name} must be a table")
            _compare(config[name], value, path, f"{above}{name}.")
        elif isinstance(config[name], bool) or not isinstance(config[name], int if isinstance(value, int) else int | float):
            raise ResourceError(f"{path}: {above}{name} must be a number like {value}")
        elif config[name] < 0:
            raise ResourceError(f"{path}: {above}{name} must not be below zero")
    for name in config:
        if name not in own:
            raise ResourceError(f"{path}: {above}{name} is no setting of {CONFIG}")


def train(
    gold: Path,
    corpus: Path,
    treebank: Path | None,
    out: Path,
    config: Mapping[str, Any] | None = None,
    report: Reporter = lambda report: None,
) -> Network:
    """Train on the train split of ``gold`` (and on its snippets, and on the open text of a treebank) and write the model to ``out``.

    Raises UsageError, ResourceError or OutputError; the file is written last and whole.
    """
    config = config or load_toml(CONFIG)
    corpora = load_corpora(gold, corpus, treebank, lambda step: report(Report(step)))
    dev = load_dev(gold, corpus)
    if not dev:
        dev = corpora.articles[::_HELD_OUT]
        corpora = Corpora(tuple(a for n, a in enumerate(corpora.articles) if n % _HELD_OUT), corpora.snippets, corpora.silver)
    network = learn(corpora, config, report)
    report(Report("calibrating"))
    guesses = judged(Tagger(network), dev)
    meta = {"calibration": fit(guesses), "seed": config["seed"], "rounds": config["rounds"], "trained_on": corpora.sizes}
    network = Network(network.shape, network.arrays, meta)
    write_file(out, network.to_bytes())
    return network


def learn(
    corpora: Corpora, config: Mapping[str, Any], report: Reporter = lambda report: None, hidden: frozenset[str] = frozenset()
) -> Network:
    """A network that has read the samples in rounds; the mean of its arrays after each of the last ones. ``hidden`` are concepts that
    the rules never know, and whose names are nowhere put in.
    """
    learner = Learner(Shape(**config["shape"]), config)
    rng = random.Random(config["seed"])
    names = Names(load_lexicon(), hidden)
    rounds, averaged = config["rounds"], min(config["averaged"], config["rounds"])
    totals = {name: np.zeros(array.shape) for name, array in learner.arrays.items()}
    for number in range(rounds):
        losses = _round(learner, _pool(corpora, config, rng), config, names, rng, hidden, _rate(config["rate"], number / rounds))
        if number >= rounds - averaged:
            for name, array in learner.arrays.items():
                totals[name] += array
        report(Report("learning", number + 1, rounds, losses))
    arrays = {name: (total / averaged).astype(np.float32) for name, total in totals.items()}
    return Network(learner.shape, arrays, {})


def _rate(rate: float, done: float) -> float:
    """The whole rate in the first half, then falling to a tenth of it."""
    return rate * (1.0 if done < 0.5 else 1.0 - 0.9 * (done - 0.5) / 0.5)


def _pool(corpora: Corpora, config: Mapping[str, Any], rng: random.Random) -> list[Sample]:
    """What is read in a round, mixed: all gold, and another part of the silver."""
    silver = rng.sample(corpora.silver, min(config["silver"]["a_round"], len(corpora.silver)))
    pool = [*corpora.articles, *corpora.snippets, *silver]
    rng.shuffle(pool)
    return pool


def _round(
    learner: Learner, pool: list[Sample], config: Mapping[str, Any], names: Names, rng: random.Random, hidden: frozenset[str], rate: float
) -> float:
    """Read the pool once, in batches; the mean loss."""
    losses = []
    batch = []
    size = 0
    for number, sample in enumerate(pool, 1):
        batch.append(changed(sample, config, names, rng, hidden))
        size += len(batch[-1].tags)
        if size >= config["words_a_step"] or number == len(pool):
            losses.append(learner.step(batch_of(batch, learner.rows), rate))
            batch, size = [], 0
    return float(np.mean(losses)) if losses else 0.0
