"""The options of ``health-triples run`` that say how a run is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.dataset import Options

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
