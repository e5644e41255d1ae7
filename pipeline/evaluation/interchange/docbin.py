"""spaCy: one ``gold.spacy`` with a document an article, to train with.

Words are spaCy's own, cut further where a mention begins or ends inside one, so that every mention is whole words. The concept is the
mention's ``kb_id``, the alternative type its ``id``; what spaCy has no place for is in ``user_data``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from spacy.tokens import Doc, DocBin, Span

from pipeline.errors import ResourceError
from pipeline.evaluation.interchange.annotated import Annotated, Mark, Statement, assemble
from pipeline.language import load_model
from pipeline.schema import EntityType, Polarity, RelationType

_FILE = "gold.spacy"
_ATTRIBUTES = ("ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID")


class _Relation(BaseModel):
    type: RelationType
    head: str
    tail: str
    polarity: Polarity
    evidence: list[tuple[int, int]]


_RELATIONS = TypeAdapter(list[_Relation])


def write(articles: Sequence[Annotated]) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files."""
    yield _FILE, DocBin(attrs=_ATTRIBUTES, docs=[_doc(article) for article in articles], store_user_data=True).to_bytes()


def _doc(article: Annotated) -> Doc:
    borders = sorted({place for entity in article.document.entities for place in (entity.start, entity.end)})
    words: list[str] = []
    spaces: list[bool] = []
    for token in load_model().make_doc(article.text):
        start, end = token.idx, token.idx + len(token.text)
        for border in borders[bisect_left(borders, start + 1) : bisect_left(borders, end)]:
            words.append(article.text[start:border])
            spaces.append(False)
            start = border
        words.append(article.text[start:end])
        spaces.append(bool(token.whitespace_))
    doc = Doc(load_model().vocab, words=words, spaces=spaces)
    doc.set_ents([_span(doc, e.start, e.end, e.type, e.concept, e.alt or "") for e in article.document.entities])
    doc.user_data["source"] = article.document.source
    doc.user_data["relations"] = [relation.model_dump(mode="json", exclude={"id"}) for relation in article.document.relations]
    return doc


def _span(doc: Doc, start: int, end: int, kind: str, concept: str, alt: str) -> Span:
    span = doc.char_span(start, end, label=kind, kb_id=concept, span_id=alt)
    if span is None:
        raise ResourceError(f"{doc.text[start:end]!r} at [{start}, {end}) does not begin and end with a word")
    return span


def read(path: Path) -> Iterator[Annotated]:
    """The articles of a file, or of all such files of a folder. Raises ResourceError."""
    for file in sorted(path.glob("*.spacy")) if path.is_dir() else [path]:
        try:
            docs = list(DocBin(store_user_data=True).from_disk(file).get_docs(load_model().vocab))
        except Exception as error:  # whatever the unpacking of strange bytes meets
            raise ResourceError(f"{file} is no file of spaCy documents: {type(error).__name__}") from error
        for number, doc in enumerate(docs, 1):
            yield _article(doc, f"{file.stem}-{number}.txt", file)


def _article(doc: Doc, name: str, path: Path) -> Annotated:
    values: Mapping[str, Any] = doc.user_data
    try:
        relations = _RELATIONS.validate_python(values.get("relations", []))
        marks = [
            Mark(EntityType(ent.label_), ent.start_char, ent.end_char, ent.kb_id_, EntityType(ent.id_) if ent.id_ else None)
            for ent in doc.ents
        ]
    except (ValidationError, ValueError) as error:
        raise ResourceError(f"{path}, {name}: {' '.join(str(error).split())}") from error
    first: dict[str, Mark] = {}
    for mark in marks:
        first.setdefault(mark.concept, mark)
    statements = [
        Statement(r.type, first[r.head], first[r.tail], r.polarity, r.evidence) for r in relations if r.head in first and r.tail in first
    ]
    return assemble(str(values.get("source", name)), doc.text, marks, statements, path)
