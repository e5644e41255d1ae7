"""The commands ``health-triples export`` and ``health-triples report``: parse, call one function, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from pipeline.tables import Dataset

commands = typer.Typer()

Folder = Annotated[Path, typer.Argument(metavar="DATASET", help="Folder that `health-triples run` or `export` wrote.")]
FormatName = Literal[
    "parquet", "csv", "xlsx", "jsonl", "turtle", "graphml", "cytoscape", "neo4j-csv", "brat", "label-studio", "docbin"
]  # fmt: skip
MinConfidence = Annotated[float, typer.Option("--min-confidence", min=0, max=1, help="Only relations of at least this confidence.")]
Polarity = Annotated[Literal["affirmed", "negated"] | None, typer.Option("--polarity", help="Only relations of this polarity.")]
Reviewed = Annotated[
    Literal["any", "correct", "wrong", "unsure"] | None, typer.Option("--reviewed", help="Only relations of which reviewers said this.")
]


@commands.command("export")
def export_dataset(
    dataset: Folder,
    form: Annotated[FormatName, typer.Option("--format", help="What to write.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the files; default: DATASET-FORMAT.")] = None,
    min_confidence: MinConfidence = 0.0,
    polarity: Polarity = None,
    reviewed: Reviewed = None,
    base: Annotated[str | None, typer.Option("--base", metavar="IRI", help="turtle: what the names of everything begin with.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files of the same names.")] = False,
) -> None:
    """Write a dataset in the format of another tool, with a description of what is in it."""
    from pipeline.publishing import export
    from pipeline.publishing.turtle import DEFAULT_BASE

    chosen = _load(dataset, min_confidence, polarity, reviewed)
    out = out or Path(f"{dataset.resolve().name}-{form}")
    written = export(chosen, form, out, base=base or DEFAULT_BASE, overwrite=overwrite)
    typer.echo(f"{written.files} files, {written.bytes / 1e6:,.1f} MB, are in {out.as_posix()}", err=True)


def _load(folder: Path, min_confidence: float, polarity: str | None, reviewed: str | None) -> Dataset:
    from pipeline.tables import load_dataset

    return load_dataset(folder).filter(
        min_confidence=min_confidence, polarity=polarity, reviewed=True if reviewed == "any" else reviewed
    )  # fmt: skip


@commands.command()
def report(
    dataset: Folder,
    out: Annotated[Path, typer.Option("--out", "-o", help="The page.")] = Path("report.html"),
    title: Annotated[str, typer.Option("--title", help="Title of the page.")] = "",
    genres: Annotated[Path | None, typer.Option("--genres", metavar="TSV", help="Table with columns name and genre.")] = None,
    min_confidence: MinConfidence = 0.0,
    polarity: Polarity = None,
    reviewed: Reviewed = None,
) -> None:
    """Write a page about a dataset: what is in it, what the articles say of each condition, and where they disagree."""
    from pipeline.dataset.staging import write_file
    from pipeline.publishing.page import page

    content = page(_load(dataset, min_confidence, polarity, reviewed), title, genres).encode()
    write_file(out, content)
    typer.echo(f"{out.as_posix()}: {len(content) / 1e6:,.1f} MB, needs no network", err=True)
