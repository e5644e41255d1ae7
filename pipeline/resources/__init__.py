"""The package's data and its only loader: no other module knows where a data file is.

Lists and tables of words, cues and rules live here as TSV and TOML, so that adding knowledge never touches code.
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pipeline.errors import ResourceError

_ROOT = files(__name__)
MODEL_FOLDER = Path("pipeline/resources/model")
"""Where the bundled models are in a checkout: what training writes."""


def _file(path: str) -> Traversable:
    found = _ROOT.joinpath(path)
    if not found.is_file():
        raise ResourceError(f"the package has no data file {path!r}: the installation is incomplete, install it again")
    return found


def path_of(path: str) -> Path | None:
    """Where a data file is on disk; None where the package is not unpacked (in a zip archive)."""
    found = _file(path)
    return found if isinstance(found, Path) else None


@cache
def load_toml(path: str) -> dict[str, Any]:
    """A TOML file below this folder, as a dictionary. Callers must not change it. Raises ResourceError with the place of a mistake."""
    try:
        return tomllib.loads(_file(path).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ResourceError(f"{path}: {error}") from error


@cache
def list_toml(folder: str) -> tuple[str, ...]:
    """Paths of the TOML files in a folder, sorted."""
    return tuple(sorted(f"{folder}/{node.name}" for node in _ROOT.joinpath(folder).iterdir() if node.name.endswith(".toml")))


@cache
def load_text(path: str) -> str:
    """A text file below this folder, as it is."""
    return _file(path).read_text(encoding="utf-8")


def load_bytes(path: str) -> bytes:
    """A binary file below this folder."""
    return _file(path).read_bytes()


@cache
def load_words(path: str) -> tuple[str, ...]:
    """A word list: one entry a line, ``#`` starts a comment line."""
    lines = (line.strip() for line in _file(path).read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


@cache
def load_table(path: str) -> tuple[dict[str, str], ...]:
    """A TSV file with a header line, one dictionary a row. Raises ResourceError for a row with the wrong number of columns."""
    rows = list(csv.reader(_file(path).read_text(encoding="utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    header = rows[0]
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(header):
            raise ResourceError(f"{path}, line {number}: {len(row)} columns where the header has {len(header)}")
    return tuple(dict(zip(header, row, strict=True)) for row in rows[1:])


@cache
def digest(folder: str) -> str:
    """SHA-256 over names and contents of all data files below ``folder``: two runs with the same digest knew the same."""
    total = hashlib.sha256()
    pending = [(folder, _ROOT.joinpath(folder))]
    while pending:
        name, node = pending.pop()
        if node.is_dir():
            pending.extend(sorted(((f"{name}/{child.name}", child) for child in node.iterdir()), reverse=True))
        elif name.endswith((".toml", ".tsv", ".txt")):
            total.update(name.encode() + b"\0" + node.read_bytes().replace(b"\r\n", b"\n") + b"\0")
        elif name.endswith(".npz"):
            total.update(name.encode() + b"\0" + node.read_bytes() + b"\0")
    return total.hexdigest()
