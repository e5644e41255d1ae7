"""brat standoff: a ``.txt`` with an ``.ann`` for each article, and the configuration for the tool.

Concepts, and the polarity and evidence of relations, are annotator's notes, which brat shows and lets people edit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pipeline.errors import ResourceError, UsageError
from pipeline.evaluation.authoring import read_text
from pipeline.evaluation.interchange.annotated import Annotated, Mark, Statement, assemble, source_name, spokesmen, text_name
from pipeline.schema import SIGNATURES, EntityType, Polarity, RelationType

_ANN = ".ann"
_MARK = re.compile(r"(T\d+)\t(\w+) (\d+ \d+(?:;\d+ \d+)*)\t(.*)")
_ALTERNATIVE = re.compile(r"A\d+\tAlternative (T\d+) (\w+)")
_RELATION = re.compile(r"(R\d+)\t(\w+) Arg1:(T\d+) Arg2:(T\d+)\s*")
_NOTE = re.compile(r"#\d+\tAnnotatorNotes ([TR]\d+)\t(.*)")
_STATED = re.compile(r"(affirmed|negated)(?: (\d+-\d+(?:,\d+-\d+)*)?)?")


def write(articles: Sequence[Annotated]) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files."""
    yield "annotation.conf", _configuration().encode()
    for article in articles:
        name = text_name(article.document.source)
        yield name, article.text.encode()
        yield name.removesuffix(".txt") + _ANN, "".join(f"{line}\n" for line in _lines(article)).encode()


def _configuration() -> str:
    relations = (f"{kind} Arg1:{'|'.join(sorted(heads))}, Arg2:{'|'.join(sorted(tails))}" for kind, (heads, tails) in SIGNATURES.items())
    attribute = f"Alternative Arg:<ENTITY>, Value:{'|'.join(EntityType)}"
    return "\n".join(("[entities]", *EntityType, "", "[relations]", *relations, "", "[events]", "", "[attributes]", attribute, ""))


def _lines(article: Annotated) -> Iterator[str]:
    document, notes, alternatives = article.document, 0, 0
    first = {concept: document.entities.index(entity) + 1 for concept, entity in spokesmen(document).items()}
    for number, entity in enumerate(document.entities, 1):
        pieces = [(m.start() + entity.start, m.end() + entity.start) for m in re.finditer(r"[^\n]+", entity.text)]
        places = ";".join(f"{start} {end}" for start, end in pieces)
        yield f"T{number}\t{entity.type} {places}\t{' '.join(article.text[start:end] for start, end in pieces)}"
        notes += 1
        yield f"#{notes}\tAnnotatorNotes T{number}\t{entity.concept}"
        if entity.alt:
            alternatives += 1
            yield f"A{alternatives}\tAlternative T{number} {entity.alt}"
    for number, relation in enumerate(document.relations, 1):
        yield f"R{number}\t{relation.type} Arg1:T{first[relation.head]} Arg2:T{first[relation.tail]}"
        notes += 1
        evidence = ",".join(f"{start}-{end}" for start, end in relation.evidence)
        yield f"#{notes}\tAnnotatorNotes R{number}\t{relation.polarity} {evidence}"


def read(path: Path) -> Iterator[Annotated]:
    """The articles of a folder, or of one ``.ann``. Raises ResourceError that names the line."""
    files = sorted(path.glob(f"*{_ANN}")) if path.is_dir() else [path]
    if not files:
        raise UsageError(f"no file in {path} ends in {_ANN}")
    for file in files:
        text = file.with_name(file.name.removesuffix(_ANN) + ".txt")
        yield _article(read_text(text), source_name(text.name), read_text(file), file)


def _article(text: str, source: str, annotations: str, path: Path) -> Annotated:
    marks: dict[str, tuple[EntityType, int, int]] = {}
    notes: dict[str, str] = {}
    alternatives: dict[str, EntityType] = {}
    relations: list[tuple[str, RelationType, str, str]] = []
    for number, line in enumerate(annotations.split("\n"), 1):
        try:
            if match := _MARK.fullmatch(line):
                places = [int(place) for place in re.split("[ ;]", match[3])]
                words = " ".join(text[start:end] for start, end in zip(places[::2], places[1::2], strict=True))
                if words != match[4]:
                    raise ResourceError(f"{path}, line {number}: at {match[3]} stands {words!r}, not {match[4]!r}")
                marks[match[1]] = (EntityType(match[2]), min(places), max(places))
            elif match := _ALTERNATIVE.fullmatch(line):
                alternatives[match[1]] = EntityType(match[2])
            elif match := _RELATION.fullmatch(line):
                relations.append((match[1], RelationType(match[2]), match[3], match[4]))
            elif match := _NOTE.fullmatch(line):
                notes[match[1]] = match[2]
            elif line.strip():
                raise ResourceError(f"{path}, line {number}: {line[:40]!r} is nothing that gold can hold")
        except ValueError as error:
            raise ResourceError(f"{path}, line {number}: {error}") from error
    known = {name: Mark(*mark, notes.get(name, "").strip(), alternatives.get(name)) for name, mark in marks.items()}
    return assemble(source, text, known.values(), _statements(relations, known, notes, path), path)


def _statements(
    relations: Iterable[tuple[str, RelationType, str, str]], marks: dict[str, Mark], notes: dict[str, str], path: Path
) -> Iterator[Statement]:
    for name, kind, head, tail in relations:
        for end in (head, tail):
            if end not in marks:
                raise ResourceError(f"{path}: {name} leads to {end}, which is not marked")
        note = _STATED.fullmatch(notes.get(name, Polarity.AFFIRMED).strip())
        if not note:
            raise ResourceError(f"{path}: the note of {name} should be affirmed or negated and the evidence, such as: negated 0-20,31-50")
        spans = [(int(start), int(end)) for start, end in re.findall(r"(\d+)-(\d+)", note[2] or "")]
        yield Statement(kind, marks[head], marks[tail], Polarity(note[1]), spans or None)
