"""What was found, in the formats of annotation and training tools: the same files as gold has in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from pipeline.evaluation.gold import GoldDocument, GoldEntity, GoldRelation, stem
from pipeline.evaluation.interchange import FORMATS, FormatName
from pipeline.evaluation.interchange.annotated import Annotated
from pipeline.tables import Dataset
from pipeline.tables.articles import Plain, lines_of


def write_annotated(dataset: Dataset, name: FormatName) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files of a tool. The texts are the reading texts."""
    return FORMATS[name].write([_annotated(article) for article in lines_of(dataset, "articles")])


def _annotated(article: Plain) -> Annotated:
    text = article["text"]
    source = article["source"].replace("/", "__").lstrip(".") + ("" if article["source"].endswith(".txt") else ".txt")
    entities = {entity["id"]: entity for entity in article["entities"]}
    names = _names(article)
    document = GoldDocument(
        id=stem(source),
        source=source,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        entities=tuple(
            GoldEntity(id=f"T{n}", type=e["type"], start=e["start"], end=e["end"], text=e["text"], concept=names[e["concept_id"]])
            for n, e in enumerate(article["entities"], 1)
        ),
        relations=tuple(
            GoldRelation(
                id=f"R{number}",
                type=relation["type"],
                head=names[entities[relation["head"]]["concept_id"]],
                tail=names[entities[relation["tail"]]["concept_id"]],
                polarity=relation["polarity"],
                evidence=tuple((s["start"], s["end"]) for s in article["sentences"] if s["id"] in relation["evidence"]),
            )
            for number, relation in enumerate(article["relations"], 1)
        ),
    )
    return Annotated(document, text)


def _names(article: Plain) -> dict[str, str]:
    """Concept id -> what the tool shows: the name, or the id where two concepts of the article share a name."""
    ids: dict[str, list[str]] = {}
    for entity in article["entities"]:
        known = ids.setdefault(entity["concept"], [])
        if entity["concept_id"] not in known:
            known.append(entity["concept_id"])
    return {one: name if len(known) == 1 else one for name, known in ids.items() for one in known}
