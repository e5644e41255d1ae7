"""The commands ``health-triples train ...``: parse, call one function, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline.errors import UsageError
from pipeline.resources import MODEL_FOLDER

commands = typer.Typer(name="train", no_args_is_help=True, help="Train the bundled models again, or on gold of your own.")


@commands.command()
def ner(
    gold: Annotated[Path, typer.Option("--gold", help="Folder with gold files; its train split, or all where it has no splits.")] = Path(
        "annotations"
    ),
    corpus: Annotated[Path, typer.Option("--corpus", help="Folder with the articles.")] = Path("corpus"),
    treebank: Annotated[Path | None, typer.Option("--treebank", help="Folder with open text in CoNLL-U, read as silver.")] = None,
    config: Annotated[Path | None, typer.Option("--config", help="Settings of the training, instead of the package's.")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Write the model to this file.")] = MODEL_FOLDER / "ner" / "model.npz",
) -> None:
    """Train the tagger that finds mentions which no rule knows."""
    from pipeline.terminal import TrainingDisplay, stderr
    from pipeline.training.ner import load_config, train

    with TrainingDisplay(stderr()) as display:
        network = train(gold, corpus, treebank, out, load_config(config), display.report)
    for name, size in network.meta["trained_on"].items():
        typer.echo(f"{name}: {size['texts']:,} texts, {size['words']:,} words, {size['mentions']:,} mentions", err=True)
    typer.echo(f"the model is in {out.as_posix()} ({out.stat().st_size / 1e6:.1f} MB)", err=True)


@commands.command()
def plausibility(
    out: Annotated[Path, typer.Option("--out", "-o", help="Write the model to this file.")] = MODEL_FOLDER / "plausibility" / "model.npz",
) -> None:
    """Learn from what is commonly said how plausible relations are; the model of relations is trained with it."""
    from pipeline.training.plausibility import train

    train(out)
    typer.echo(f"the model is in {out.as_posix()} ({out.stat().st_size / 1e6:.1f} MB)", err=True)


@commands.command("judge-ner")
def judge_ner(
    gold: Annotated[Path, typer.Option("--gold", help="Folder with gold files.")] = Path("annotations"),
    corpus: Annotated[Path, typer.Option("--corpus", help="Folder with the articles.")] = Path("corpus"),
    split: Annotated[Literal["train", "dev", "test", "all"], typer.Option("--split", help="Which articles the ablation is of.")] = "dev",
    unseen: Annotated[
        int, typer.Option("--unseen", help="Also hide the lexicon in so many parts, one by one, train anew without it, and find its terms.")
    ] = 0,
    treebank: Annotated[Path | None, typer.Option("--treebank", help="With --unseen: folder with open text in CoNLL-U.")] = None,
    config: Annotated[Path | None, typer.Option("--config", help="With --unseen: settings of the training.")] = None,
) -> None:
    """Print what each part of entity extraction is worth, and what the tagger finds that no lexicon knows."""
    from pipeline.terminal import TrainingDisplay, stderr
    from pipeline.training.ner import judging, load_config

    if unseen and (unseen < 2 or split != "dev"):
        raise UsageError("--unseen takes two parts or more, and its terms are those of the dev articles")
    for line in judging.ablation_lines(judging.ablation(gold, corpus, split)):
        typer.echo(line)
    if unseen:
        with TrainingDisplay(stderr()) as display:
            result = judging.unseen(gold, corpus, treebank, load_config(config), unseen, display.report)
        typer.echo()
        for line in judging.unseen_lines(result):
            typer.echo(line)


@commands.command()
def relations(
    gold: Annotated[Path, typer.Option("--gold", help="Folder with gold files, splits.json and snippets.")] = Path("annotations"),
    corpus: Annotated[Path, typer.Option("--corpus", help="Folder with the articles.")] = Path("corpus"),
    config: Annotated[Path | None, typer.Option("--config", help="Settings of the training, instead of the package's.")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Write the model to this file.")] = MODEL_FOLDER / "relations" / "model.npz",
) -> None:
    """Train the model that weighs relations beside the rules; prints how honest its probabilities are on dev."""
    from pipeline.terminal import TrainingDisplay, stderr
    from pipeline.training.relations import load_config, train

    with TrainingDisplay(stderr()) as display:
        trained = train(gold, corpus, out, load_config(config), display.report)
    typer.echo(f"{trained.articles} articles, {trained.snippets:,} snippets, {trained.candidates:,} candidates", err=True)
    if trained.reliability:
        typer.echo(f"Brier score on dev {trained.reliability.brier:.4f}")
        typer.echo("readings  mean probability  share right")
        for count, mean, right in trained.reliability.bins:
            typer.echo(f"{count:8,}  {mean:16.3f}  {right:11.3f}")
    typer.echo(f"the model is in {out.as_posix()} ({out.stat().st_size / 1e6:.1f} MB)", err=True)
