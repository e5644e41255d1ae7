"""The training run of the model of relations: read, learn in rounds, measure, write."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.dataset.staging import write_file
from pipeline.errors import ResourceError, UsageError
from pipeline.evaluation.gold import GoldArticle, load_gold
from pipeline.matrices import Floats
from pipeline.relations.glance import Glance
from pipeline.relations.model import Model, probabilities_of
from pipeline.relations.numbering import Numbering
from pipeline.relations.readings import DENIAL
from pipeline.relations.second_look import look
from pipeline.resources import load_toml
from pipeline.training.progress import Report, Reporter, unwatched
from pipeline.training.relations.again import Example as Seen
from pipeline.training.relations.again import learn_again
from pipeline.training.relations.calibration import calibration_of
from pipeline.training.relations.examples import Judged, Read, article_examples, snippet_examples
from pipeline.training.relations.learner import UNKNOWN, Config, Example, learn, without_unknown
from pipeline.training.relations.places import stated_where_likely
from pipeline.training.snippets import SNIPPETS_FOLDER, load_snippets

CONFIG = "training/relations.toml"
BINS = 10


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
    found: list[Read] = []  # by article: candidates between mentions as they are found at run time
    given: list[Read] = []
    numbering = Numbering(growing=True)
    total = len(articles) + len(snippets)
    for number, article in enumerate(articles, 1):
        for part, read in zip((found, given), article_examples(article, numbering), strict=True):
            part.append(read)
        report(Report("reading", number, total))
    tiny: list[Judged] = []
    for number, snippet in enumerate(snippets, len(articles) + 1):
        tiny += snippet_examples(snippet, numbering)
        report(Report("reading", number, total))
    everything = [*chain.from_iterable(read.judged for read in (*found, *given)), *tiny]
    learned = _learned_from(found, given, tiny, numbering, config)
    model = learn(
        learned.without(),
        numbering,
        config,
        lambda done, loss: report(Report("learning", done, config.rounds * config.members, loss)),
    )
    model = replace(model, glance=_learn_glance(everything, [one for read in found for one in read.judged], numbering, config))
    if len(articles) >= config.folds > 1:
        first_looks = _first_looks(model, found, given, learned, config, lambda done: report(Report("looking again", done, config.folds)))
        model = replace(model, calibration=calibration_of(*first_looks.odds()))
        model = replace(model, second_look=learn_again(first_looks.examples(model.calibration), config))
    content = without_unknown(model).save()
    write_file(out, content)
    model = Model.load(content)  # as it will be read: rounded
    dev = [article_examples(article, model.numbering)[0].looked_at(model.glance) for article in _dev(gold, corpus)]
    return Trained(model, len(articles), len(snippets), len(everything), _measure(model, dev) if dev else None)


class _Learned(NamedTuple):
    """What first looks learn from: of each article, of its mentions as they are found and as they were marked, and of snippets."""

    articles: list[list[Example]]
    snippets: list[Example]

    def without(self, articles: Collection[int] = ()) -> list[Example]:
        """All examples but those of some articles, which are given by number."""
        kept = (examples for number, examples in enumerate(self.articles) if number not in articles)
        return [*chain.from_iterable(kept), *self.snippets]


def _learned_from(found: Sequence[Read], given: Sequence[Read], tiny: Sequence[Judged], numbering: Numbering, config: Config) -> _Learned:
    """What first looks learn from, after a sketch has said where an article states what it states."""
    snippets = [one.example() for one in tiny]
    judged = chain.from_iterable(read.judged for read in (*found, *given))
    settings = replace(config, hidden=config.sketch_hidden, rounds=config.sketch_rounds, averaged=1, members=1)
    sketch = learn([*(one.example() for one in judged), *snippets], numbering, settings)
    return _Learned(
        [
            [example for read in both for example in stated_where_likely(read, sketch, config.stated_here)]
            for both in zip(found, given, strict=True)
        ],
        snippets,
    )


class _FirstLooks(NamedTuple):
    """What models that were trained without an article say of it, as log-odds (candidates, readings and denial); of all articles with
    mentions as they are found, and as they were marked.
    """

    found: list[tuple[Read, Floats]]
    given: list[tuple[Read, Floats]]

    def odds(self) -> tuple[Floats, Floats]:
        """What they say of all readings that people judged, at run time, and whether these are right (1 or 0)."""
        return _judged_cells(self.found)

    def examples(self, calibration: Floats) -> list[list[Seen]]:
        """What a second look learns from, by article."""
        parts = [[_example(read, probabilities_of(odds, calibration)) for read, odds in part] for part in self]
        return [list(examples) for examples in zip(*parts, strict=True)]


def _example(read: Read, first: Floats) -> Seen:
    cells = look(read.candidates, first)
    return cells, read.truth()[cells.row, cells.column]


def _first_looks(
    model: Model,
    found: Sequence[Read],
    given: Sequence[Read],
    learned: _Learned,
    config: Config,
    report: Callable[[int], None],
) -> _FirstLooks:
    """Cross-validation over articles. Hopeless candidates are left out, as they are at run time."""
    looks = _FirstLooks([], [])
    for fold in range(config.folds):
        unseeing = learn(learned.without(range(fold, len(found), config.folds)), model.numbering, config)
        for part, kept in zip((found, given), looks, strict=True):
            for read in part[fold :: config.folds]:
                looked_at = read.looked_at(model.glance)
                kept.append(
                    (looked_at, unseeing.log_odds([one.features for one in looked_at.judged], [one.witnesses for one in looked_at.judged]))
                )
        report(fold + 1)
    return looks


def _dev(gold: Path, corpus: Path) -> tuple[GoldArticle, ...]:
    try:
        return load_gold(gold, corpus, "dev").articles
    except UsageError:
        return ()


def _learn_glance(judged: Sequence[Judged], found: Sequence[Judged], numbering: Numbering, config: Config) -> Glance:
    """The glance, and where it draws the line: so that a share of the ``found`` candidates is looked at."""
    examples = [example for one in judged if (example := one.at_a_glance())]
    settings = replace(
        config,
        hidden=config.glance_hidden,
        rounds=config.glance_rounds,
        averaged=2,
        feature_dropout=config.glance_dropout,
        hidden_dropout=0,
        members=1,
    )
    learned = learn(examples, numbering, settings)
    glance = Glance(numbering, learned.rows, learned.hidden_bias, learned.outputs[:, 0], learned.output_bias[:1])
    odds = glance.log_odds_of([one.shows for one in found])
    return replace(glance, bias=(glance.bias - np.quantile(odds, 1 - config.looked_at)).astype(np.float32))


def _judged_cells(reads: Sequence[tuple[Read, Floats]]) -> tuple[Floats, Floats]:
    """The values (candidates, readings) of all readings that people judged, and whether they are right (1 or 0)."""
    truths = [read.truth() for read, _ in reads]
    values = [of[:, :DENIAL][truth != UNKNOWN] for (_, of), truth in zip(reads, truths, strict=True)]
    return np.concatenate(values), np.concatenate([truth[truth != UNKNOWN] for truth in truths])


def _measure(model: Model, reads: Sequence[Read]) -> Reliability:
    """How honest the probabilities of readings are."""
    probability, right = _judged_cells([(read, model.probabilities(read.candidates)) for read in reads])
    tenth = np.minimum((probability * BINS).astype(int), BINS - 1)
    bins = tuple(
        (int(inside.sum()), float(probability[inside].mean()), float(right[inside].mean()))
        for number in range(BINS)
        if (inside := tenth == number).any()
    )
    return Reliability(float(((probability - right) ** 2).mean()), bins)
