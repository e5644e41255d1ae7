"""The commands ``health-triples train ...``: parse, call one function, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
