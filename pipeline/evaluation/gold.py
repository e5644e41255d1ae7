"""Gold files: what people annotated in an article, checked before anything is measured with it."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pipeline.dataset.inputs import collect
from pipeline.errors import ResourceError, UsageError
from pipeline.readers import READERS
from pipeline.schema import EntityType, Polarity, RelationType

SPLITS_FILE: Final = "splits.json"
FLOORS_FILE: Final = "floors.json"
Split = Literal["train", "dev", "test", "all"]
Offset = Annotated[int, Field(ge=0)]
Concept = Annotated[str, Field(min_length=1, pattern=r"^\S([^\t\n\r]*\S)?$")]

_SUFFIX = re.compile(r"(\.ref)?(\.[a-z]+)$")
_SPLITS = TypeAdapter(dict[Literal["train", "dev", "test"], list[str]])


class _Gold(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GoldEntity(_Gold):
    """A mention that a person marked. ``alt`` is a second type that is as good."""

    id: str
    type: EntityType
    start: Offset
    end: Offset
    text: str
    concept: Concept
    alt: EntityType | None = None

    @property
    def types(self) -> frozenset[EntityType]:
        """All types that count as right."""
        return frozenset({self.type} | ({self.alt} if self.alt else set()))


class GoldRelation(_Gold):
    """A relation between two concepts that a person read in the article, with the lines that state it."""

    id: str
    type: RelationType
    head: Concept
    tail: Concept
    polarity: Polarity
    evidence: tuple[tuple[Offset, Offset], ...]


class GoldDocument(_Gold):
    """A gold file as it stands on disk; annotation guidelines, section 3."""

    id: str
    source: str
    sha256: str
    entities: tuple[GoldEntity, ...]
    relations: tuple[GoldRelation, ...]


@dataclass(frozen=True, slots=True)
class GoldArticle:
    """A gold file with the text that it was made on, and the input that the pipeline has to read."""

    name: str
    document: GoldDocument
    text: str
    """The annotated text: all positions of the gold lie here."""
    path: Path
    """What the pipeline reads: the article as it was found."""
    digest: str
    """SHA-256 over the gold file, the annotated text and the input."""


@dataclass(frozen=True, slots=True)
class GoldSet:
    """The articles of one split."""

    split: Split
    articles: tuple[GoldArticle, ...]
    unassigned: tuple[str, ...]
    """Articles that no split names; they count as dev."""

    @property
    def digest(self) -> str:
        """SHA-256 over all that the scores of this split depend on besides the program."""
        lines = "".join(f"{article.name} {article.digest}\n" for article in self.articles)
        return hashlib.sha256(lines.encode()).hexdigest()


def load_gold(folder: Path, corpus: Path, split: Split) -> GoldSet:
    """The checked gold of one split.

    ``source`` of a gold file names a text next to it, or one in ``corpus``; what the pipeline reads is the file of that name in ``corpus``,
    whatever its suffix. Raises ResourceError where a gold file breaks a rule, UsageError where there is nothing to load.
    """
    paths = gold_paths(folder)
    splits = load_splits(folder / SPLITS_FILE, paths)
    inputs = _inputs(corpus)
    chosen = [name for name in paths if split in ("all", splits.get(name, "dev"))]
    if not chosen:
        raise UsageError(f"split {split} has no articles in {folder}")
    articles = tuple(_load(name, paths[name], inputs) for name in chosen)
    return GoldSet(split, articles, tuple(name for name in chosen if name not in splits))


def gold_paths(folder: Path) -> dict[str, Path]:
    """The gold files of a folder by name of their article, sorted. Raises UsageError where there is none."""
    if not folder.is_dir():
        raise UsageError(f"no such folder of gold files: {folder}")
    paths = {path.stem: path for path in sorted(folder.glob("*.json")) if path.name not in (SPLITS_FILE, FLOORS_FILE)}
    if not paths:
        raise UsageError(f"no gold files in {folder}: there is no file that ends in .json")
    return paths


def load_splits(path: Path, known: Collection[str]) -> dict[str, str]:
    """Name of an article -> its split. Raises ResourceError where one is unknown or stands there twice; without the file there are none."""
    if not path.exists():
        return {}
    try:
        splits = _SPLITS.validate_json(path.read_bytes())
    except ValidationError as error:
        raise ResourceError(f"{path}: {_first(error)}") from error
    found: dict[str, str] = {}
    for split, names in splits.items():
        for name in names:
            if name not in known:
                raise ResourceError(f"{path}: {split} names {name}, but there is no {name}.json")
            if name in found:
                raise ResourceError(f"{path}: {name} stands in {found[name]} and in {split}, or twice")
            found[name] = split
    return found


def _inputs(corpus: Path) -> dict[str, list[Path]]:
    """Articles of the corpus by their names without suffix."""
    found: dict[str, list[Path]] = {}
    for item in collect([str(corpus)], READERS).files:
        found.setdefault(stem(item.path.name), []).append(item.path)
    return found


def texts_of(corpus: Path | None) -> dict[str, list[Path]]:
    """Files of the corpus by their names without suffix, where a text may be that a gold file was made on; none without a corpus."""
    found: dict[str, list[Path]] = {}
    for path in sorted(corpus.rglob("*")) if corpus and corpus.is_dir() else ():
        found.setdefault(stem(path.name), []).append(path)
    return found


def stem(name: str) -> str:
    """Name of an article: its file's name without suffix, be it the input or the rendering ``NAME.ref.txt``."""
    return _SUFFIX.sub("", name)


def _load(name: str, path: Path, inputs: Mapping[str, Sequence[Path]]) -> GoldArticle:
    content = path.read_bytes()
    document = parse_gold(content, path)
    found = inputs.get(stem(document.source), ())
    if len(found) != 1:
        raise ResourceError(f"{path}: {len(found) or 'no'} files of the corpus are called {stem(document.source)}; it should be one")
    annotated = path.parent / document.source
    text = annotated.read_bytes() if annotated.is_file() else found[0].read_bytes()
    check_gold(document, text, path)
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in (content, text, found[0].read_bytes())))
    return GoldArticle(name, document, text.decode(), found[0], digest.hexdigest())


def find_text(document: GoldDocument, path: Path, texts: Mapping[str, Sequence[Path]]) -> bytes | None:
    """The text that a gold file was made on, if it lies beside the gold file or among the articles of the corpus."""
    places = [path.parent / document.source, *texts.get(stem(document.source), ())]
    return next((place.read_bytes() for place in places if place.name == document.source and place.is_file()), None)


def annotated_text(document: GoldDocument, path: Path, texts: Mapping[str, Sequence[Path]]) -> str:
    """The same, checked against the gold. Raises ResourceError."""
    content = find_text(document, path, texts)
    if content is None:
        raise ResourceError(f"{path}: its text {document.source} is neither beside it nor in the corpus")
    check_gold(document, content, path)
    return content.decode()


def parse_gold(content: bytes, path: Path) -> GoldDocument:
    """A gold file with the right fields. Raises ResourceError that names the place."""
    try:
        return GoldDocument.model_validate(json.loads(content))
    except ValidationError as error:
        raise ResourceError(f"{path}: {_first(error)}") from error
    except ValueError as error:
        raise ResourceError(f"{path}: no JSON: {error}") from error


def gold_bytes(document: GoldDocument) -> bytes:
    """A gold file as it is written: a field a line, so that changes are seen in a diff."""
    return (json.dumps(document.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n").encode()


def _first(error: ValidationError) -> str:
    """The first problem in one line, with its place."""
    problem: Any = error.errors()[0]
    return f"{'.'.join(map(str, problem['loc'])) or 'file'}: {problem['msg']}"


def check_gold(document: GoldDocument, content: bytes | None, path: Path) -> None:
    """Raise ResourceError with the first rule of the guidelines that is broken; without the text, of the rules that need none."""
    if content is not None and hashlib.sha256(content).hexdigest() != document.sha256:
        raise ResourceError(f"{path}: the bytes of {document.source} are not those that were annotated (sha256 differs)")
    for problem in _problems(document, None if content is None else content.decode()):
        raise ResourceError(f"{path}: {problem}")


def _problems(document: GoldDocument, text: str | None) -> Iterator[str]:
    for name, items in (("entity", document.entities), ("relation", document.relations)):
        if len({item.id for item in items}) != len(items):
            yield f"{name} ids are not unique"
    yield from _entity_problems(document.entities, text)
    yield from _relation_problems(document, sys.maxsize if text is None else len(text))


def _entity_problems(entities: Sequence[GoldEntity], text: str | None) -> Iterator[str]:
    before: GoldEntity | None = None
    for entity in sorted(entities, key=lambda entity: (entity.start, entity.end)):
        if (
            entity.end - entity.start != len(entity.text)
            or not entity.text
            or (text is not None and text[entity.start : entity.end] != entity.text)
        ):
            yield f"entity {entity.id}: {entity.text!r} is not at [{entity.start}, {entity.end})"
        if entity.text != entity.text.strip():
            yield f"entity {entity.id}: {entity.text!r} begins or ends with a blank"
        if before and entity.start < before.end:
            yield f"entities {before.id} and {entity.id} overlap"
        before = entity


def _relation_problems(document: GoldDocument, size: int) -> Iterator[str]:
    types: dict[str, set[EntityType]] = {}
    for entity in document.entities:
        types.setdefault(entity.concept, set()).update(entity.types)
    seen: set[tuple[str, ...]] = set()
    for relation in document.relations:
        key = (relation.head, relation.type, relation.tail, relation.polarity)
        if key in seen:
            yield f"relation {relation.id}: {relation.head} {relation.type} {relation.tail} ({relation.polarity}) is there twice"
        seen.add(key)
        if relation.head == relation.tail:
            yield f"relation {relation.id}: {relation.head!r} is related to itself"
        for side, concept, allowed in (("head", relation.head, relation.type.heads), ("tail", relation.tail, relation.type.tails)):
            if concept not in types:
                yield f"relation {relation.id}: no entity has the concept {concept!r}"
            elif not types[concept] & allowed:
                kinds = "/".join(sorted(types[concept]))
                yield f"relation {relation.id}: {relation.type} cannot have the {kinds} {concept!r} as its {side}"
        if not relation.evidence or not all(start < end <= size for start, end in relation.evidence):
            yield f"relation {relation.id}: evidence is empty or outside the text of {size} characters"
