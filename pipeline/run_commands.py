"""The options of ``health-triples run`` that say how a run is done."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.dataset import Options, Progress, RunSummary
    from pipeline.lexicon import Lexicon
    from pipeline.settings import Settings

Workers = Annotated[
    str,
    typer.Option(
        "--workers", "-w", metavar="N|auto", help="Processes that work on articles. auto: one a processor, if there is enough to do."
    ),
]
Timeout = Annotated[
    float | None, typer.Option("--timeout", metavar="SECONDS", help="Reject an article that takes longer (needs a worker; starts one).")
]
MaxMemory = Annotated[
    int | None, typer.Option("--max-memory", metavar="MB", help="Reject an article for which a worker needs more memory than this.")
]
Refresh = Annotated[
    bool, typer.Option("--refresh", help="Work again on articles that were made with other versions, rules, lexicons or settings.")
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Work again on everything, whatever an earlier run left.")]
Prune = Annotated[bool, typer.Option("--prune", help="Take articles out of the dataset that are no input any more.")]
Engine = Annotated[
    Literal["local", "dask"], typer.Option("--engine", help="dask: on a cluster, with files in parts (needs the extra `dask`).")
]
Scheduler = Annotated[
    str | None, typer.Option("--scheduler", metavar="tcp://HOST:PORT", help="The Dask scheduler; without it, workers on this machine.")
]

Parts = Annotated[
    Literal["jsonl", "parquet"], typer.Option("--parts", help="With --engine dask: write the parts as JSON lines, or as tables in Parquet.")
]


def parquet_parts(folder: Path) -> list[str]:
    """Make the tables of a part: files in Parquet in place of JSON lines. Concepts are those of the whole dataset, not of a part."""
    from pipeline.publishing.tabular import write_parquet
    from pipeline.tables import load_dataset

    tables = folder / "parquet"
    shutil.rmtree(tables, ignore_errors=True)
    tables.mkdir()
    written = list(write_parquet(load_dataset(folder), tables))
    return [f"parquet/{name}" for name, table, _ in written if table not in ("concepts", "identifiers", "reviewed")]


def options_of(workers: str, timeout: float | None, max_memory: int | None, refresh: bool, fresh: bool, prune: bool) -> Options:
    """The options as the run knows them. Raises UsageError."""
    from pipeline.dataset import Options

    if workers != "auto" and not (workers.isdecimal() and int(workers)):
        raise UsageError(f"--workers: a number from 1, or auto, is needed, not {workers!r}")
    for name, value in (("--timeout", timeout), ("--max-memory", max_memory)):
        if value is not None and value <= 0:
            raise UsageError(f"{name}: must be greater than 0")
    if fresh and prune:
        raise UsageError("--fresh begins without an earlier dataset, so that there is nothing to --prune: choose one")
    count: int | Literal["auto"] = "auto" if workers == "auto" else int(workers)
    return Options(workers=count, timeout=timeout, max_memory=max_memory, refresh=refresh, fresh=fresh, prune=prune)


def check(engine: str, scheduler: str | None, parts: str, options: Options) -> None:
    """Raise UsageError where an option has no meaning for the engine, instead of passing it over."""
    if engine == "local":
        wrong = [name for name, given in (("--scheduler", scheduler), ("--parts", parts != "jsonl")) if given]
    else:
        given = {"--refresh": options.refresh, "--prune": options.prune, "--max-memory": options.max_memory is not None}
        wrong = [name for name, value in given.items() if value]
    if wrong:
        other = "dask" if engine == "local" else "local"
        raise UsageError(f"{wrong[0]} is for --engine {other}")


def run_on_dask(
    inputs: Sequence[str],
    out: Path,
    settings: Settings,
    report: Callable[[Progress], None],
    scheduler: str | None,
    parts: str,
    *,
    lexicons: Sequence[Lexicon],
    options: Options,
    format_: str | None,
    from_file: str | None,
) -> RunSummary:
    """The run on a cluster."""
    from pipeline.dataset import collect, run_on_cluster
    from pipeline.readers import READERS

    chosen = collect(inputs, READERS, out, settings, format_, from_file)
    convert = parquet_parts if parts == "parquet" else None
    return run_on_cluster(chosen, out, settings, report, lexicons=lexicons, options=options, scheduler=scheduler, convert=convert)
