"""The commands ``health-triples lexicon ...``: parse, call one function, print. Data goes to stdout, what is said to a person to stderr."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline.schema import EntityType

if TYPE_CHECKING:
    from pipeline.lexicon import Lexicon

NOTHING, MISTAKES = 1, 1
_MOST_SHOWN = 50

commands = typer.Typer(
    name="lexicon", no_args_is_help=True, help="Look into the lexicon, check it, add to it, and make lexicons of your own."
)

Lexicons = Annotated[
    list[str] | None,
    typer.Option("--lexicon", "-l", metavar="NAME", help="Also this lexicon: a file, or a name given to `lexicon import`. Repeatable."),
]
Texts = list[str] | None


@commands.command()
def search(
    word: Annotated[str, typer.Argument(metavar="WORD", help="One word or several, as they would stand in an article.")],
    lexicon: Lexicons = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Show no more concepts than this.")] = _MOST_SHOWN,
) -> None:
    """Concepts that a word names or is part of: id, subtype, hypernym, form, how it was found, and conditions; one a line, tabs between."""
    from pipeline.facts import hypernym
    from pipeline.lexicography import search as look_up

    hits = look_up(word, _all(lexicon))
    for hit in hits[:limit]:
        typer.echo("\t".join((hit.concept.id, hit.concept.subtype, hypernym(hit.concept), hit.form, hit.how, hit.marks)).rstrip("\t"))
    if len(hits) > limit:
        typer.echo(f"{len(hits) - limit} more; --limit shows them", err=True)
    if not hits:
        typer.echo(f"no concept has {word!r} in its names", err=True)
        raise typer.Exit(NOTHING)


@commands.command()
def show(
    concept: Annotated[str, typer.Argument(metavar="CONCEPT", help="An id (condition:spierkramp) or a preferred name.")],
    lexicon: Lexicons = None,
    as_json: Annotated[bool, typer.Option("--json", help="The line that concepts.jsonl has for it.")] = False,
) -> None:
    """All that is known of a concept: what it is, what stands above it, its identifiers, and every form with its conditions."""
    from pipeline.facts import concept_record
    from pipeline.lexicography import find

    for found, forms in find(concept, _all(lexicon)):
        record = concept_record(found)
        if as_json:
            typer.echo(record.model_dump_json())
            continue
        typer.echo(record.concept_id)
        for name, value in record.model_dump(exclude={"schema_version", "concept_id", "identifiers"}).items():
            if value is not None:
                typer.echo(f"  {name:<14}{value}")
        for identifier in record.identifiers:
            typer.echo(f"  {identifier.scheme:<14}{identifier.identifier} ({identifier.source})")
        for form, marks in forms:
            typer.echo(f"  {'form':<14}{form}" + (f" ({marks})" if marks else ""))


@commands.command()
def check(
    lexicon: Annotated[str | None, typer.Option("--lexicon", "-l", metavar="NAME", help="This lexicon instead of the package's.")] = None,
    redundant: Annotated[bool, typer.Option("--redundant", help="Also show forms that folding or inflection makes of others.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="First sort the package's term lines, and take redundant forms out of them.")] = False,
) -> None:
    """Find mistakes: order, duplicates, unknown concepts and identifiers, common words. Exit code 1 if there is one."""
    from pipeline.addons import addon_path
    from pipeline.errors import UsageError
    from pipeline.lexicography import check_addon, check_package, tidy_package
    from pipeline.resources import load_table

    if fix and lexicon:
        raise UsageError("--fix is for the package's own lexicon")
    if fix:
        typer.echo(f"{tidy_package()} term lines were changed", err=True)
        load_table.cache_clear()
    problems = check_addon(addon_path(lexicon)) if lexicon else check_package()
    mistakes = [problem for problem in problems if not problem.redundant]
    for problem in problems:
        if redundant or not problem.redundant:
            typer.echo(str(problem))
    rest = len(problems) - len(mistakes)
    hint = "" if redundant or not rest else "; --redundant shows them"
    typer.echo(f"{len(mistakes)} mistakes, {rest} redundant forms{hint}", err=True)
    if mistakes:
        raise typer.Exit(MISTAKES)


@commands.command()
def stats(lexicon: Lexicons = None) -> None:
    """Count concepts and forms by type, subtype and mark, and identifiers by scheme; four columns, tabs between."""
    from pipeline.lexicography import statistics

    typer.echo("what\tof\tconcepts\tforms")
    for row in statistics(_all(lexicon)):
        typer.echo("\t".join(map(str, row)))


@commands.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The usual Dutch name of the concept, lower case, singular.")],
    type_: Annotated[EntityType, typer.Option("--type", case_sensitive=False, help="What it is.")],
    subtype: Annotated[str, typer.Option("--subtype", help="What kind of its type; a wrong one is answered with the right ones.")],
    form: Annotated[Texts, typer.Option("--form", help="Another word for it. Repeatable; marks as in CONTRIBUTING.md.")] = None,
    abbreviation: Annotated[Texts, typer.Option("--abbreviation", help="An abbreviation, as it is written. Repeatable.")] = None,
    variant: Annotated[Texts, typer.Option("--variant", help="A misspelling or loose word. Repeatable.")] = None,
    broader: Annotated[str, typer.Option("--broader", help="Name of the concept above it.")] = "",
    attribute: Annotated[Texts, typer.Option("--attribute", help="Such as substance=diazepam. Repeatable.")] = None,
    lexicon: Annotated[
        str | None, typer.Option("--lexicon", "-l", metavar="NAME", help="Add to your own lexicon, which is made if there is none.")
    ] = None,
) -> None:
    """Add a concept in its right place, unless that would make a mistake that `lexicon check` finds."""
    from pipeline.lexicography import NewTerm, add_term

    term = NewTerm(type_, name, subtype, form or (), abbreviation or (), variant or (), broader, attribute or ())
    typer.echo(f"{name!r} is in {add_term(term, lexicon).as_posix()}", err=True)


@commands.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The vocabulary; a folder for a SNOMED CT release.")],
    format_: Annotated[Literal["hpo-babelon", "snomed-rf2", "csv", "skos"], typer.Option("--format", help="What it is written in.")],
    output: Annotated[str, typer.Option("--output", "-o", metavar="NAME", help="Name of the new lexicon, or a path that ends in .tsv.")],
    type_: Annotated[
        EntityType | None, typer.Option("--type", case_sensitive=False, help="Type of all terms, where the file has none.")
    ] = None,
) -> None:
    """Make a lexicon of your own of a vocabulary that you may use, for --lexicon of run, extract and explain."""
    from pipeline.addons import addon_path, encode, load_addon, write
    from pipeline.errors import UsageError
    from pipeline.lexicography import import_terms

    path = addon_path(output, new=True)
    result = import_terms(file, format_, type_)
    for reason, count in result.left_out.most_common():
        typer.echo(f"left out {count:,} names: {reason}", err=True)
    if not result.rows:
        raise UsageError(f"{file} has no Dutch names that can be used, so no lexicon was made")
    write(path, encode(result.rows))
    load_addon(path)
    typer.echo(
        f"{len(result.rows):,} concepts with {result.forms:,} forms are in {path.as_posix()}; use it with --lexicon {output}", err=True
    )


def _all(names: list[str] | None) -> tuple[Lexicon, ...]:
    from pipeline.addons import load_addons
    from pipeline.lexicon import load_lexicon

    return (load_lexicon(), *load_addons(names or ()))
