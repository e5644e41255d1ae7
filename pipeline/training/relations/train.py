"""The training run of the model of relations: read, learn in rounds, measure, write."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from pathlib import Path

import numpy as np

from pipeline.dataset.staging import write_file
from pipeline.errors import ResourceError, UsageError
from pipeline.evaluation.gold import GoldArticle, load_gold
from pipeline.matrices import Floats
from pipeline.relations.model import Model
from pipeline.relations.numbering import Numbering
from pipeline.resources import load_toml
from pipeline.training.progress import Report, Reporter, unwatched
from pipeline.training.relations.examples import Judged, article_examples, snippet_examples
from pipeline.training.relations.learner import Config, learn, without_unknown
from pipeline.training.snippets import SNIPPETS_FOLDER, load_snippets

CONFIG = "training/relations.toml"
BINS = 10
_STEPS = 25
_AVERAGE = 5  # average candidates that are added to those of a situation
_LEAST = 1e-6  # probability that is told from zero


@dataclass(frozen=True, slots=True)
class Reliability:
    """How honest probabilities are: the Brier score, and for each tenth of probability (readings, their mean, share that is right)."""

    brier: float
    bins: tuple[tuple[int, float, float], ...]


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, what it was trained on, and how honest it is on the dev articles."""

    model: Model
    articles: int
    snippets: int
    candidates: int
    reliability: Reliability | None


def load_config(path: Path | None = None) -> Config:
    """The settings of a training run: those of the package, or of a file of the same keys. Raises UsageError or ResourceError."""
    if path is None:
        return Config(**load_toml(CONFIG))
    if not path.is_file():
        raise UsageError(f"no such file: {path}")
    try:
        return _config(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError) as error:
        raise ResourceError(f"{path}: {error}") from error


def _config(table: dict[str, object]) -> Config:
    own = load_toml(CONFIG)
    names = [field.name for field in fields(Config)]
    for name in (*names, *table):
        value = table.get(name)
        if name not in names:
            raise ValueError(f"{name} is no setting of {CONFIG}")
        wanted = int if isinstance(own[name], int) else int | float
        if isinstance(value, bool) or not isinstance(value, wanted) or value < 0:
            raise ValueError(f"{name} must be a number like {own[name]}")
    return Config(**table)  # type: ignore[arg-type]  # the types were just compared with those of the package's own table


def train(gold: Path, corpus: Path, out: Path, config: Config | None = None, report: Reporter = unwatched) -> Trained:
    """Train on the train split of ``gold`` and its snippets, measure on the dev split, if there is one, and write the model to ``out``.

    Probabilities are made honest by cross-validation over the articles of the train split; dev is measured and nothing else.

    Raises UsageError, ResourceError or OutputError; the file is written last and whole.
    """
    config = config or load_config()
    articles = load_gold(gold, corpus, "train").articles
    snippets = tuple(load_snippets(gold / SNIPPETS_FOLDER)) if (gold / SNIPPETS_FOLDER).is_dir() else ()
    found: list[list[Judged]] = []  # by article: candidates between mentions as they are found at run time
    given: list[list[Judged]] = []
    numbering = Numbering(growing=True)
    total = len(articles) + len(snippets)
    for number, article in enumerate(articles, 1):
        for part, judged in zip((found, given), article_examples(article, numbering), strict=True):
            part.append(judged)
        report(Report("reading", number, total))
    tiny: list[Judged] = []
    for number, snippet in enumerate(snippets, len(articles) + 1):
        tiny += snippet_examples(snippet, numbering)
        report(Report("reading", number, total))
    everything = [*chain(*found, *given), *tiny]
    model = learn(
        [one.example() for one in everything],
        numbering,
        config,
        lambda done, loss: report(Report("learning", done, config.rounds * config.members, loss)),
    )
    model = replace(model, hopeless=hopeless_of(everything, config.hopeless_below))
    if len(articles) >= config.folds > 1:
        odds = _unseen_log_odds(found, given, tiny, numbering, config, lambda done: report(Report("calibrating", done, config.folds)))
        model = replace(model, calibration=calibration_of(*odds))
    content = without_unknown(model).save()
    write_file(out, content)
    model = Model.load(content)  # as it will be read: rounded
    dev = [one for article in _dev(gold, corpus) for one in article_examples(article, model.numbering)[0]]
    return Trained(model, len(articles), len(snippets), len(everything), _measure(model, dev) if dev else None)


def _unseen_log_odds(
    found: Sequence[Sequence[Judged]],
    given: Sequence[Sequence[Judged]],
    tiny: Sequence[Judged],
    numbering: Numbering,
    config: Config,
    report: Callable[[int], None],
) -> tuple[Floats, Floats]:
    """Cross-validation: what models that were trained without an article say of the readings in it, and whether these are right."""
    odds: list[tuple[Floats, Floats]] = []
    for fold in range(config.folds):
        left = [number for number in range(len(found)) if number % config.folds != fold]
        learned = [*chain.from_iterable((*found[number], *given[number]) for number in left), *tiny]
        model = learn([one.example() for one in learned], numbering, config)
        odds.append(_log_odds(model, [*chain.from_iterable(found[fold :: config.folds])]))
        report(fold + 1)
    scores, right = (np.concatenate(part) for part in zip(*odds, strict=True))
    return scores, right


def _dev(gold: Path, corpus: Path) -> tuple[GoldArticle, ...]:
    try:
        return load_gold(gold, corpus, "dev").articles
    except UsageError:
        return ()


def hopeless_of(judged: Sequence[Judged], rate: float) -> frozenset[str]:
    """The situations in which fewer than this share of the candidates were right. Rare ones are taken for average ones in part."""
    seen: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for one in judged:
        situation = one.situation
        if situation is not None:
            seen[situation] += 1
            right[situation] += any(one.truth.values())
    average = right.total() / max(seen.total(), 1)
    return frozenset(name for name, count in seen.items() if (right[name] + _AVERAGE * average) / (count + _AVERAGE) < rate)


def _readings(model: Model, judged: Sequence[Judged]) -> tuple[Floats, Floats]:
    """The probabilities of all readings that people judged, and whether they are right (1 or 0)."""
    rows = model.weigh([one.features for one in judged], [one.witnesses for one in judged])
    places = [(row, column, right) for row, one in enumerate(judged) for column, right in one.truth.items()]
    at, columns, right = (np.asarray(part) for part in zip(*places, strict=True))
    return rows[at, columns], right.astype(np.float32)


def _log_odds(model: Model, judged: Sequence[Judged]) -> tuple[Floats, Floats]:
    probability, right = _readings(model, judged)
    probability = np.clip(probability, _LEAST, 1 - _LEAST)
    return np.log(probability / (1 - probability)), right


def calibration_of(scores: Floats, right: Floats) -> Floats:
    """Slope and offset that make log-odds honest: logistic regression on one variable, by Newton's method."""
    design = np.stack([scores, np.ones_like(scores)], axis=1).astype(np.float64)
    weights = np.asarray([0.0, np.log(right.mean() / (1 - right.mean()))])
    for _ in range(_STEPS):
        probability = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (probability - right)
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design
        weights = weights - np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient)
    return weights.astype(np.float32)


def _measure(model: Model, judged: Sequence[Judged]) -> Reliability:
    """How honest the probabilities of readings are."""
    probability, right = _readings(model, judged)
    tenth = np.minimum((probability * BINS).astype(int), BINS - 1)
    bins = tuple(
        (int(inside.sum()), float(probability[inside].mean()), float(right[inside].mean()))
        for number in range(BINS)
        if (inside := tenth == number).any()
    )
    return Reliability(float(((probability - right) ** 2).mean()), bins)
