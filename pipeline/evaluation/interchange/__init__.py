"""Gold in the formats of annotation and training tools, there and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.dataset.staging import write_files
from pipeline.errors import ResourceError, UsageError
from pipeline.evaluation.gold import annotated_text, gold_bytes, gold_paths, parse_gold, stem, texts_of
from pipeline.evaluation.interchange import brat, conll, label_studio
from pipeline.evaluation.interchange.annotated import Annotated

FormatName = Literal["brat", "label-studio", "docbin", "conll"]


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is written (names and contents of its files) and read, and whether it can hold relations."""

    write: Callable[[Sequence[Annotated]], Iterator[tuple[str, bytes]]]
    read: Callable[[Path], Iterator[Annotated]]
    relations: bool = True


def _write_docbin(articles: Sequence[Annotated]) -> Iterator[tuple[str, bytes]]:
    from pipeline.evaluation.interchange import docbin  # spaCy takes a second to load, which the other formats need not wait for

    return docbin.write(articles)


def _read_docbin(path: Path) -> Iterator[Annotated]:
    from pipeline.evaluation.interchange import docbin

    return docbin.read(path)


FORMATS: dict[FormatName, Format] = {
    "brat": Format(brat.write, brat.read),
    "label-studio": Format(label_studio.write, label_studio.read),
    "docbin": Format(_write_docbin, _read_docbin),
    "conll": Format(conll.write, conll.read, relations=False),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """What was exported or imported, for a line to the user."""

    articles: int
    entities: int
    relations: int
    lost: int = 0
    """Relations that the format cannot hold."""


def export_gold(folder: Path, corpus: Path, name: FormatName, out: Path, *, overwrite: bool = False) -> Moved:
    """Write the gold files of a folder in a tool's format. Raises UsageError, ResourceError or OutputError, and then writes nothing."""
    texts = texts_of(corpus)
    articles = []
    for path in gold_paths(folder).values():
        document = parse_gold(path.read_bytes(), path)
        articles.append(Annotated(document, annotated_text(document, path, texts)))
    _publish(FORMATS[name].write(articles), out, overwrite)
    stated = sum(len(article.document.relations) for article in articles)
    kept = FORMATS[name].relations
    return Moved(len(articles), _entities(articles), stated if kept else 0, 0 if kept else stated)


def import_gold(path: Path, name: FormatName, out: Path, *, overwrite: bool = False) -> Moved:
    """Write what a tool holds as gold files with their texts. Raises UsageError, ResourceError or OutputError, and then writes nothing."""
    if not path.exists():
        raise UsageError(f"no such file or folder: {path}")
    articles = list(FORMATS[name].read(path))
    if not articles:
        raise UsageError(f"{path} holds no articles")
    _publish(_files(articles), out, overwrite)
    return Moved(len(articles), _entities(articles), sum(len(article.document.relations) for article in articles))


def _files(articles: Sequence[Annotated]) -> Iterator[tuple[str, bytes]]:
    for article in articles:
        yield article.document.source, article.text.encode()
        yield f"{stem(article.document.source)}.json", gold_bytes(article.document)


def _entities(articles: Sequence[Annotated]) -> int:
    return sum(len(article.document.entities) for article in articles)


def _publish(files: Iterator[tuple[str, bytes]], out: Path, overwrite: bool) -> None:
    """Write all files or none; files that people may have worked on are replaced on demand only."""
    contents: dict[str, bytes] = {}
    for name, content in files:
        if name in contents:
            raise ResourceError(f"two articles would be written to {name}")
        if Path(name).name != name or name.startswith("."):
            raise ResourceError(f"{name!r} is no name for a file")
        contents[name] = content
    standing = [name for name in contents if (out / name).exists()]
    if standing and not overwrite:
        raise UsageError(f"{out} has {standing[0]} already: choose another folder, or say --overwrite")
    write_files(out, contents)
