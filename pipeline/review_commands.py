"""The commands ``health-triples review`` and ``review-...``: parse, call one function, print."""

from __future__ import annotations

import gc
import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.errors import UsageError

if TYPE_CHECKING:
    pass

commands = typer.Typer()
events_commands = typer.Typer(no_args_is_help=True, help="Carry what reviewers did to another computer, and back.")
commands.add_typer(events_commands, name="review-events")

Folder = Annotated[Path, typer.Argument(metavar="OUTPUTS", help="Folder that `health-triples run` wrote.")]
StratifyName = Literal["relation", "rule", "kind", "types", "source", "confidence", "none"]
Sample = Annotated[int, typer.Option("--sample", min=0, metavar="N", help="An audit of N triples, instead of the queue by risk.")]
StratifyBy = Annotated[StratifyName, typer.Option("--stratify", help="With --sample: as many triples of each of these.")]
Seed = Annotated[int, typer.Option("--seed", help="Another number, another order.")]


@commands.command()
def review(
    outputs: Folder,
    reviewer: Annotated[str | None, typer.Option("--reviewer", metavar="NAME", help="Who reviews; else the browser asks.")] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 takes a free one.")] = 8642,
    host: Annotated[str, typer.Option("--host", help="Address to listen at; any but this computer's own asks for a token.")] = "127.0.0.1",
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
    lang: Annotated[Literal["nl", "en"], typer.Option("--lang", help="Language of the pages.")] = "nl",
    read_only: Annotated[bool, typer.Option("--read-only", help="Look, and decide nothing.")] = False,
    sample: Sample = 0,
    stratify: StratifyBy = "relation",
    seed: Seed = 0,
    double: Annotated[float, typer.Option("--double", min=0, max=1, help="Share of the triples that two reviewers judge.")] = 0.1,
    not_blind: Annotated[bool, typer.Option("--not-blind", help="Reviewers see what the others said.")] = False,
) -> None:
    """Judge triples in the browser, one key each."""
    from pipeline.review.api import Options, Review
    from pipeline.review.events import check_reviewer
    from pipeline.review.web import serve
    from pipeline.review.web.guard import is_loopback

    if reviewer is not None:
        check_reviewer(reviewer)
    options = Options(seed=seed, sample=sample, stratify=stratify, double=double, blind=not not_blind, read_only=read_only)
    token = None if is_loopback(host) else secrets.token_urlsafe(24)
    with Review.open(outputs, options, _say) as session:
        gc.freeze()  # a dataset and years of decisions stay: looking through them again and again would make single pages slow
        serve(
            session, reviewer=reviewer, host=host, port=port, language=lang, token=token, open_browser=open_browser, say=_say
        )  # fmt: skip


@commands.command("review-export")
def review_export(
    outputs: Folder,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the gold of completed articles.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files of the same names.")] = False,
) -> None:
    """Write what reviewers said: verdicts to OUTPUTS/reviewed.jsonl, and gold of completed articles to a folder."""
    from pipeline.review.api import Options, Review
    from pipeline.review.results import REVIEWED_FILE

    with Review.open(outputs, Options(read_only=True)) as session:
        done = session.export(out, overwrite=overwrite)
    _say(f"{done.verdicts:,} verdicts are in {(outputs / REVIEWED_FILE).as_posix()}")
    if out is None:
        return
    if not done.articles:
        _say("no article is completed: there is no gold to write")
        return
    _say(f"{done.articles:,} articles, {done.entities:,} entities and {done.relations:,} relations are in {out.as_posix()}")
    if done.doubtful:
        _say(f"{done.doubtful:,} triples about which reviewers are unsure or differ were left out")
    if done.lost:
        _say(f"{done.lost:,} triples were left out, because the article does not have their words any more")


@commands.command("review-stats")
def review_stats(
    outputs: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="All figures as JSON.")] = False,
    sample: Sample = 0,
    stratify: StratifyBy = "relation",
    seed: Seed = 0,
) -> None:
    """Print precision, recall, agreement and pace of a review. For an audit give the options that it was started with."""
    from pipeline.review import report
    from pipeline.review.api import Options, Review

    with Review.open(outputs, Options(seed=seed, sample=sample, stratify=stratify, read_only=True)) as session:
        statistics = session.statistics()
    typer.echo(json.dumps(report.as_json(statistics), ensure_ascii=False, indent=2) if as_json else report.table(statistics))


@events_commands.command("export")
def export_events(
    outputs: Folder,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write to this file instead of printing.")] = None,
) -> None:
    """Print every event of a review, a line of JSON each."""
    from pipeline.dataset.staging import write_file
    from pipeline.review.store import STORE_FILE, Store

    if not (outputs / STORE_FILE).is_file():
        raise UsageError(f"{outputs.as_posix()} has no {STORE_FILE}: nobody has reviewed it")
    with Store(outputs, read_only=True) as store:
        lines = list(store.lines())
    text = "".join(f"{line}\n" for line in lines)
    if out is None:
        typer.echo(text, nl=False)
        return
    write_file(out, text.encode())
    _say(f"{len(lines):,} events are in {out.as_posix()}")


@events_commands.command("import")
def import_events(
    outputs: Folder, file: Annotated[Path, typer.Argument(metavar="FILE", help="What `review-events export` wrote.")]
) -> None:  # fmt: skip
    """Add the events of another review of the same articles, all or none; those that are there already are left as they are."""
    from pipeline.review.store import Store

    if not outputs.is_dir():
        raise UsageError(f"no such folder: {outputs.as_posix()}")
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {file.as_posix()}: {getattr(error, 'strerror', None) or error}") from error
    with Store(outputs) as store:
        imported = store.absorb(lines, file.as_posix())
    _say(f"{imported.added:,} events were added, {imported.known:,} were there already")


def _say(line: str) -> None:
    typer.echo(line, err=True)
