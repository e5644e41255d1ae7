"""The command line: parse, call one function, print, exit code. Data goes to stdout, everything said to a person to stderr.

Exit codes: 0 all well; 1 an input was rejected, or a score fell below its floor; 2 the command could not run; 130 interrupted.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from pipeline import input_options, lexicon_commands, output_commands, review_commands, run_commands, training_commands
from pipeline.errors import HealthTriplesError, RejectedInput, RunInterrupted, UsageError
from pipeline.settings import Settings

if TYPE_CHECKING:  # the commands import these rooms themselves: with spaCy and trafilatura, `--help` would take seconds
    from pipeline.article import Source
    from pipeline.evaluation import Evaluation
    from pipeline.extractor import Extractor
    from pipeline.lexicon import Lexicon

REJECTED, UNUSABLE, INTERRUPTED = 1, 2, 130


class _OneLineErrors(TyperGroup):
    """Turns errors that the package raises on purpose into one line and an exit code; anything else is a bug and keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except HealthTriplesError as error:
            typer.echo(f"error: {' '.join(str(error).split())}", err=True)
            raise typer.Exit(REJECTED if isinstance(error, RejectedInput) else UNUSABLE) from error
        except KeyboardInterrupt as stop:
            typer.echo(f"interrupted: {stop if isinstance(stop, RunInterrupted) else 'no file was changed'}", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    name="health-triples",
    cls=_OneLineErrors,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Turns Dutch health articles into a validated dataset of conditions, nutrients, remedies, specialists and their relations.",
)


gold_app = typer.Typer(no_args_is_help=True, help="Carry gold to other annotation and training tools, and back.")
app.add_typer(gold_app, name="gold")
app.add_typer(lexicon_commands.commands)
app.add_typer(output_commands.commands)
app.add_typer(review_commands.commands)
app.add_typer(training_commands.commands)


def _default(name: str) -> Any:
    return Settings.model_fields[name].default


MaxMegabytes = Annotated[float, typer.Option("--max-megabytes", help="Reject larger inputs.")]
NoLanguageCheck = Annotated[bool, typer.Option("--no-language-check", help="Also take articles that do not look Dutch.")]
LexiconNames = Annotated[
    list[str] | None,
    typer.Option("--lexicon", "-l", metavar="NAME", help="Also use this lexicon: a file, or a name given to `lexicon import`. Repeatable."),
]
PreferLexicons = Annotated[
    bool, typer.Option("--prefer-lexicons", help="A name of these lexicons wins over an equally long one of the package.")
]
Model = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="NAME|PATH|none",
        help="Another Dutch spaCy pipeline as a second source of evidence. Default: nl_core_news_sm, if it is installed.",
    ),
]
RulesOnly = Annotated[bool, typer.Option("--rules-only", help="Without the bundled models: faster, and finds less.")]
File = Annotated[str, typer.Argument(metavar="FILE", help="One article, or - for plain text from standard input.")]


@app.command()
def run(
    inputs: input_options.Inputs = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the dataset; made if it does not exist.")] = Path("outputs"),
    lexicon: LexiconNames = None,
    prefer_lexicons: PreferLexicons = False,
    model: Model = _default("model"),
    rules_only: RulesOnly = False,
    max_megabytes: MaxMegabytes = _default("max_megabytes"),
    no_language_check: NoLanguageCheck = False,
    from_file: input_options.FromFile = None,
    input_format: input_options.InputFormat = None,
    text_field: input_options.TextField = None,
    id_field: input_options.IdField = None,
    url_field: input_options.UrlField = None,
    duplicates: input_options.Repeats = _default("duplicates"),
    workers: run_commands.Workers = "auto",
    timeout: run_commands.Timeout = None,
    max_memory: run_commands.MaxMemory = None,
    refresh: run_commands.Refresh = False,
    fresh: run_commands.Fresh = False,
    prune: run_commands.Prune = False,
    engine: run_commands.Engine = "local",
    scheduler: run_commands.Scheduler = None,
    parts: run_commands.Parts = "jsonl",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary; rejected inputs are still counted.")] = False,
) -> None:
    """Extract every article and write the dataset: articles, triples, rejected inputs, manifest and schemas."""
    from pipeline import dataset
    from pipeline.terminal import RunDisplay, stderr

    if not inputs and from_file is None:
        raise UsageError("there is nothing to read: name files or folders, or a list of them with --from-file")
    settings = _settings(
        max_megabytes,
        no_language_check,
        prefer_lexicons,
        model,
        rules_only,
        text_field=text_field,
        id_field=id_field,
        url_field=url_field,
        duplicates=duplicates,
    )
    options = run_commands.options_of(workers, timeout, max_memory, refresh, fresh, prune)
    run_commands.check(engine, scheduler, parts, options)
    lexicons = _lexicons(lexicon)
    with RunDisplay(stderr(), out, quiet) as display:
        read: dict[str, Any] = {"lexicons": lexicons, "options": options, "format_": input_format, "from_file": from_file}
        if engine == "dask":
            summary = run_commands.run_on_dask(inputs or (), out, settings, display.report, scheduler, parts, **read)
        else:
            summary = dataset.run(inputs or (), out, settings, display.report, **read)
    display.close(summary)
    if summary.rejected:
        raise typer.Exit(REJECTED)


@app.command()
def extract(
    file: File,
    pretty: Annotated[bool, typer.Option("--pretty", help="For reading: the text with its entities coloured, and the relations.")] = False,
    lexicon: LexiconNames = None,
    prefer_lexicons: PreferLexicons = False,
    model: Model = _default("model"),
    rules_only: RulesOnly = False,
    max_megabytes: MaxMegabytes = _default("max_megabytes"),
    no_language_check: NoLanguageCheck = False,
) -> None:
    """Print the record of one article as JSON."""
    from pipeline.terminal import print_record, stdout

    settings = _settings(max_megabytes, no_language_check, prefer_lexicons, model, rules_only)
    source = _source(file, settings)
    record = _extractor(settings, lexicon).extract(source)
    if pretty:
        print_record(stdout(), record)
    else:
        typer.echo(record.model_dump_json(indent=2))


@app.command()
def explain(
    file: File,
    only: Annotated[Literal["kept", "dropped"] | None, typer.Option("--only", help="Show these candidates only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One candidate a line, as JSON.")] = False,
    lexicon: LexiconNames = None,
    prefer_lexicons: PreferLexicons = False,
    model: Model = _default("model"),
    rules_only: RulesOnly = False,
    max_megabytes: MaxMegabytes = _default("max_megabytes"),
    no_language_check: NoLanguageCheck = False,
) -> None:
    """Show every candidate entity and relation, with the rule that made it or the reason that dropped it."""
    from pipeline.terminal import print_candidates, stdout

    settings = _settings(max_megabytes, no_language_check, prefer_lexicons, model, rules_only)
    source = _source(file, settings)
    candidates = [note for note in _extractor(settings, lexicon).explain(source).candidates if only in (None, note.outcome)]
    if as_json:
        for note in candidates:
            typer.echo(json.dumps(asdict(note), ensure_ascii=False))
    else:
        print_candidates(stdout(), candidates)


@app.command()
def evaluate(
    gold: Annotated[Path, typer.Option("--gold", help="Folder with gold files, splits.json and floors.json.")] = Path("annotations"),
    corpus: Annotated[Path, typer.Option("--corpus", help="Folder with the articles.")] = Path("corpus"),
    split: Annotated[
        Literal["train", "dev", "test", "all"], typer.Option("--split", help="Which articles; test is for reporting only.")
    ] = "dev",
    errors: Annotated[Path | None, typer.Option("--errors", help="Write every miss and false alarm with its context to this file.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the articles with all mistakes as a web page to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All numbers as JSON instead of the table.")] = False,
    model: Model = "none",
    rules_only: RulesOnly = False,
    gate: Annotated[bool, typer.Option("--gate", help="Exit with 1 if a score is below its floor.")] = False,
    pin: Annotated[bool, typer.Option("--pin", help="Make the present scores the floors.")] = False,
    lower: Annotated[bool, typer.Option("--lower", help="With --pin: floors may become lower; say why in the changelog.")] = False,
) -> None:
    """Run the pipeline over annotated articles and print precision, recall and F1."""
    from pipeline import evaluation
    from pipeline.dataset.staging import write_file

    if gate and pin:
        raise UsageError("--gate compares with the floors and --pin replaces them: choose one")
    if lower and not pin:
        raise UsageError("--lower is for --pin")
    result = evaluation.evaluate(evaluation.load_gold(gold, corpus, split), _extractor(Settings(model=model, rules_only=rules_only)))
    typer.echo(json.dumps(evaluation.as_json(result), ensure_ascii=False, indent=2) if as_json else evaluation.table(result))
    if errors:
        write_file(errors, evaluation.mistakes_text(result).encode())
    if html:
        write_file(html, evaluation.page(result).encode())
    unwell = _say_unwell(result)
    floors = gold / evaluation.FLOORS_FILE
    if pin:
        evaluation.pin(result, floors, lower=lower)
        typer.echo(f"the floors of split {split} are in {floors.as_posix()}", err=True)
    fallen = evaluation.failures(result, floors) if gate else []
    for line in fallen:
        typer.echo(f"gate: {line}", err=True)
    if fallen or unwell:
        raise typer.Exit(REJECTED)


def _say_unwell(result: Evaluation) -> bool:
    """Tell of articles without a split and of rejected ones; whether any was rejected."""
    unassigned = result.gold.unassigned
    if unassigned:
        typer.echo(f"{len(unassigned)} of the articles are in no split and count as dev: {', '.join(unassigned)}", err=True)
    rejected = [article for article in result.articles if article.rejected]
    for article in rejected:
        typer.echo(f"rejected {article.name}, so that all of it is missed: {article.rejected}", err=True)
    return bool(rejected)


@app.command()
def annotate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The text that is annotated, in UTF-8.")],
    records: Annotated[Path | None, typer.Argument(metavar="[TSV]", help="Entities and relations, one record a line.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the gold to this file instead of printing it.")] = None,
) -> None:
    """Print a text with line numbers; or turn an annotator's records of it into a checked gold file."""
    from pipeline.dataset.staging import write_file
    from pipeline.evaluation import author, gold_bytes, numbered, read_text

    text = read_text(file)
    if records is None:
        if out:
            raise UsageError("--out is for the gold: name the file with the records as well")
        typer.echo(numbered(text), nl=False)
        return
    document, problems = author(file.name, file.read_bytes(), read_text(records).removeprefix("\ufeff"))
    for problem in problems:
        typer.echo(f"{records.as_posix()}:{problem.line}: {problem.message}", err=True)
    if problems:
        typer.echo(f"{len(problems)} of the records are wrong: no gold was written", err=True)
        raise typer.Exit(REJECTED)
    content = gold_bytes(document)
    if out:
        write_file(out, content)
    else:
        typer.echo(content.decode(), nl=False)
    typer.echo(f"{len(document.entities)} entities, {len(document.relations)} relations", err=True)


@app.command()
def agreement(
    a: Annotated[Path, typer.Argument(metavar="A", help="Folder with the gold files of one annotator.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Folder with those of another.")],
    corpus: Annotated[Path, typer.Option("--corpus", help="Folder with the articles, for the sentences around disagreements.")] = Path(
        "corpus"
    ),
    list_: Annotated[Path | None, typer.Option("--list", help="Write the disagreements to this file instead of printing them.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All numbers and disagreements as JSON.")] = False,
) -> None:
    """Compare two annotations of the same articles: F1, Cohen's kappa, and every disagreement."""
    from pipeline import evaluation
    from pipeline.dataset.staging import write_file

    result = evaluation.agree(a, b, corpus)
    if list_:
        write_file(list_, evaluation.disagreements_text(result).encode())
    if as_json:
        typer.echo(json.dumps(evaluation.agreement_json(result), ensure_ascii=False, indent=2))
    else:
        typer.echo(evaluation.agreement_table(result))
        if not list_:
            typer.echo(f"\n{evaluation.disagreements_text(result)}", nl=False)
    for folder, names in ((a, result.only_a), (b, result.only_b)):
        if names:
            typer.echo(f"{len(names)} of the articles are in {folder.as_posix()} only: {', '.join(names)}", err=True)


ToolFormat = Annotated[Literal["brat", "label-studio", "docbin", "conll"], typer.Option("--format", help="Format of the tool.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files of the same names.")]


@gold_app.command("export")
def export_gold(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with gold files.")],
    tool: ToolFormat,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files of the tool.")],
    corpus: Annotated[Path, typer.Option("--corpus", help="Folder with the articles whose text is not beside the gold.")] = Path("corpus"),
    overwrite: Overwrite = False,
) -> None:
    """Write gold in the format of an annotation or training tool."""
    from pipeline import evaluation

    moved = evaluation.export_gold(folder, corpus, tool, out, overwrite=overwrite)
    typer.echo(
        f"{moved.articles} articles, {moved.entities:,} entities and {moved.relations:,} relations are in {out.as_posix()}", err=True
    )
    if moved.lost:
        typer.echo(f"{tool} has no place for relations: {moved.lost:,} of them were left out", err=True)


@gold_app.command("import")
def import_gold(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="What the tool wrote: a folder or a file.")],
    tool: ToolFormat,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the gold files and their texts.")],
    overwrite: Overwrite = False,
) -> None:
    """Make checked gold files of what an annotation tool holds."""
    from pipeline import evaluation

    moved = evaluation.import_gold(path, tool, out, overwrite=overwrite)
    typer.echo(
        f"{moved.articles} articles, {moved.entities:,} entities and {moved.relations:,} relations are in {out.as_posix()}", err=True
    )
    if tool == "conll":
        typer.echo("conll has no place for relations: the gold has entities only", err=True)


@app.command()
def schema(name: Annotated[str, typer.Argument(metavar="[article|triple|concept|rejected|manifest]")] = "article") -> None:
    """Print the JSON Schema of a file of the dataset."""
    from pipeline.dataset import SCHEMAS, json_schema

    if name not in SCHEMAS:
        raise UsageError(f"there is no schema {name!r}: choose one of {', '.join(SCHEMAS)}")
    typer.echo(json_schema(name), nl=False)


@app.command()
def version() -> None:
    """Print the versions of the programs, and the digests of the lexicon, the rules and the model."""
    for name, value in _extractor(Settings()).versions().items():
        typer.echo(f"{name} {value}")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"health-triples {installed_version('health-triples-nl')}")
        raise typer.Exit


@app.callback()
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


def _settings(
    max_megabytes: float, no_language_check: bool, prefer_lexicons: bool, model: str, rules_only: bool, **others: Any
) -> Settings:
    try:
        return Settings(
            max_megabytes=max_megabytes,
            check_language=not no_language_check,
            prefer_lexicons=prefer_lexicons,
            model=model,
            rules_only=rules_only,
            **others,
        )
    except ValidationError as error:
        raise UsageError("; ".join(f"--{'-'.join(map(str, e['loc'])).replace('_', '-')}: {e['msg']}" for e in error.errors())) from error


def _lexicons(names: list[str] | None) -> tuple[Lexicon, ...]:
    from pipeline.addons import load_addons

    return load_addons(names or ())


def _extractor(settings: Settings, lexicons: list[str] | None = None) -> Extractor:
    from pipeline.extractor import Extractor

    return Extractor(settings, _lexicons(lexicons))


def _source(file: str, settings: Settings) -> Source:
    from pipeline.readers import read, read_bytes

    if file == "-":
        return read_bytes(sys.stdin.buffer.read(), "stdin")
    path = Path(file)
    if path.is_dir():
        raise UsageError(f"{file} is a folder: health-triples run reads folders")
    if not path.exists():
        raise UsageError(f"no such file: {file}")
    return read(path, path.name, settings)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command ``health-triples``. Text is UTF-8 and lines end in a line feed on every system, also where it is redirected to a file."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", newline="\n")
    app(args=arguments, prog_name="health-triples")
