"""The options of the command line that say what is read and how."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import typer

Format = Literal["text", "markdown", "html", "jsonl", "csv", "tsv", "warc", "parquet", "zip"]
FORMATS = get_args(Format)

Inputs = Annotated[
    list[str] | None,
    typer.Argument(metavar="INPUT...", help="Files, folders (with all folders in them) or quoted patterns; - for standard input."),
]
FromFile = Annotated[
    str | None,
    typer.Option(
        "--from-file", metavar="LIST", help="Also read the paths in this file, one a line or NUL-separated; - for standard input."
    ),
]
InputFormat = Annotated[
    Format | None, typer.Option("--input-format", help="Format of standard input, and of files whose suffix says nothing. Default: text.")
]
TextField = Annotated[
    str | None,
    typer.Option(
        "--text-field", metavar="NAME", help="Field with the article in JSONL, CSV, Parquet. Default: text, content, body, article or html."
    ),
]
IdField = Annotated[
    str | None, typer.Option("--id-field", metavar="NAME", help="Field with the id, which names the article. Default: id, if there is one.")
]
UrlField = Annotated[
    str | None, typer.Option("--url-field", metavar="NAME", help="Field with the web address. Default: url, if there is one.")
]
Repeats = Annotated[
    Literal["mark", "skip", "keep"],
    typer.Option(
        "--duplicates", help="Articles with (nearly) the text of an earlier one: say so in the record, leave them out, or do not look."
    ),
]
