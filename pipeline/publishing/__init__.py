"""A dataset for others: in the formats of their tools, with a description of what is in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pipeline.dataset.staging import Staging
from pipeline.errors import OutputError, UsageError
from pipeline.publishing.annotated import write_annotated
from pipeline.publishing.describing import DICTIONARY, PACKAGE, DataFile, datapackage, dictionary
from pipeline.publishing.graphs import write_cytoscape, write_graphml, write_neo4j
from pipeline.publishing.tabular import write_csv, write_jsonl, write_parquet, write_xlsx
from pipeline.publishing.turtle import DEFAULT_BASE, write_turtle
from pipeline.tables import Dataset

__all__ = ["FORMATS", "Exported", "dictionary", "export"]

Write = Callable[[Dataset, Path, str], Iterator[tuple[str, str, int]]]
"""Writes files into a folder; yields for each its name, its table ('' where it is none), and its rows."""


def _whole(write: Callable[[Dataset], Iterator[tuple[str, bytes]]]) -> Write:
    """A format whose files are made in memory."""

    def written(dataset: Dataset, folder: Path, base: str) -> Iterator[tuple[str, str, int]]:
        for name, content in write(dataset):
            (folder / name).write_bytes(content)
            yield name, "", 0

    return written


FORMATS: Final[dict[str, Write]] = {
    "parquet": lambda dataset, folder, base: write_parquet(dataset, folder),
    "csv": lambda dataset, folder, base: write_csv(dataset, folder),
    "xlsx": lambda dataset, folder, base: write_xlsx(dataset, folder),
    "jsonl": lambda dataset, folder, base: write_jsonl(dataset, folder),
    "turtle": lambda dataset, folder, base: ((name, "", 0) for name in write_turtle(dataset, folder, base)),
    "graphml": _whole(write_graphml),
    "cytoscape": _whole(write_cytoscape),
    "neo4j-csv": _whole(write_neo4j),
    "brat": _whole(lambda dataset: write_annotated(dataset, "brat")),
    "label-studio": _whole(lambda dataset: write_annotated(dataset, "label-studio")),
    "docbin": _whole(lambda dataset: write_annotated(dataset, "docbin")),
}
"""Name of a format -> what writes it."""
_WANTS: Final = {"xlsx": "openpyxl"}
"""Formats that need a package which is not installed with this one."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, for a line to the user."""

    files: int
    bytes: int


def export(dataset: Dataset, name: str, out: Path, *, base: str = DEFAULT_BASE, overwrite: bool = False) -> Exported:
    """Write the dataset in a format, with its description: all files or none. Raises UsageError, ResourceError or OutputError."""
    if name not in FORMATS:
        raise UsageError(f"there is no format {name!r}: choose one of {', '.join(FORMATS)}")
    if name in _WANTS and find_spec(_WANTS[name]) is None:
        raise UsageError(f"--format {name} needs {_WANTS[name]}: pip install 'health-triples-nl[{name}]'")
    if out.resolve() == dataset.folder.resolve():
        raise UsageError(f"the export would mix with the dataset in {out}: choose another folder with --out")
    with Staging(out) as staging:
        try:
            written = list(FORMATS[name](dataset, staging.folder, base))
        except OSError as error:
            raise OutputError(f"cannot write to {staging.folder}: {error.strerror or error}") from error
        digests = staging.digests()
        files = [
            DataFile(file, table, rows, (staging.folder / file).stat().st_size, digests[file]) for file, table, rows in written if table
        ]
        if files:
            staging.write(PACKAGE, datapackage(files, name, _versions(dataset)))
        staging.write(DICTIONARY, dictionary())
        standing = [file for file in staging.digests() if (out / file).exists()]
        if standing and not overwrite:
            raise UsageError(f"{out} has {standing[0]} already: choose another folder, or say --overwrite")
        total = sum(path.stat().st_size for path in staging.folder.rglob("*") if path.is_file())
        staging.publish(last=PACKAGE)
    return Exported(len(digests), total)


def _versions(dataset: Dataset) -> dict[str, str]:
    """What the dataset was made with, if its manifest is there."""
    path = dataset.folder / "manifest.json"
    try:
        found = json.loads(path.read_bytes()).get("versions", {})
    except (OSError, ValueError, AttributeError):
        return {}
    return {str(key): str(value) for key, value in found.items()}
