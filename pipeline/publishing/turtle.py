"""RDF in Turtle, written line by line, so that a dataset of any size needs little memory.

Concepts are SKOS, articles and provenance PROV-O, evidence Web Annotation selectors, relations Biolink's predicates where it has the term.
Positions of evidence lie in the reading text of the article. What an article says is a reified statement with polarity, certainty and
confidence; only what is affirmed and not disputed is a triple as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from pipeline.errors import UsageError
from pipeline.resources import load_toml
from pipeline.schema import Certainty, Polarity, RelationType
from pipeline.tables import Dataset
from pipeline.tables.articles import Plain, lines_of

_VOCABULARIES: Final = "publishing/vocabularies.toml"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"})
_BASE: Final = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+[/#:]")
DEFAULT_BASE: Final = "urn:health-triples:"


def write_turtle(dataset: Dataset, folder: Path, base: str) -> Iterator[str]:
    """One file ``dataset.ttl``; yields its name. Raises UsageError for a base that is no beginning of an IRI."""
    if not _BASE.fullmatch(base):
        raise UsageError(f"--base {base!r} should begin an IRI and end in /, # or :, such as https://data.example.org/health/")
    names = _Names(base)
    with (folder / "dataset.ttl").open("w", encoding="utf-8", newline="\n") as file:
        for prefix, iri in load_toml(_VOCABULARIES)["prefixes"].items():
            file.write(f"@prefix {prefix}: <{iri}> .\n")
        for block in (_own_terms(names), _concepts(dataset, names), _articles(dataset, names)):
            file.writelines(block)
    yield "dataset.ttl"


class _Names:
    """The IRIs of what the dataset has."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._known = load_toml(_VOCABULARIES)

    def of(self, kind: str, name: str) -> str:
        return f"<{self._base}{kind}/{quote(name, safe='')}>"

    def term(self, name: str) -> str:
        return f"<{self._base}term/{name}>"

    def relation(self, name: str) -> str:
        known: dict[str, str] = self._known["relations"]
        return known.get(name) or self.term(name.lower())

    def type(self, name: str) -> str:
        return str(self._known["types"][name])

    def identifier(self, scheme: str, identifier: str) -> str | None:
        place: str | None = self._known["identifiers"].get(scheme)
        return f"<{place}{quote(identifier.replace(':', '_'), safe='')}>" if place else None


def text(value: str, language: str = "") -> str:
    """A literal."""
    cleaned = value.translate(_ESCAPES)
    escaped = re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\u{ord(match[0]):04X}", cleaned)
    return f'"{escaped}"' + (f"@{language}" if language else "")


def _about(subject: str, facts: list[tuple[str, str]]) -> str:
    return subject + " " + " ;\n    ".join(f"{predicate} {value}" for predicate, value in facts) + " .\n\n"


def _own_terms(names: _Names) -> Iterator[str]:
    yield "\n"
    yield _about(names.of("scheme", "concepts"), [("a", "skos:ConceptScheme"), ("rdfs:label", text("health concepts", "en"))])
    for relation in RelationType:
        if names.relation(relation).startswith("<"):
            label = relation.lower().replace("_", " ")
            yield _about(names.relation(relation), [("a", "rdf:Property"), ("rdfs:label", text(label, "en"))])


def _concepts(dataset: Dataset, names: _Names) -> Iterator[str]:
    for concept in lines_of(dataset, "concepts"):
        facts = [
            ("a", "skos:Concept"),
            ("a", names.type(concept["type"])),
            ("skos:prefLabel", text(concept["name"], "nl")),
            ("skos:inScheme", names.of("scheme", "concepts")),
            ("dcterms:type", text(concept["subtype"])),
        ]
        if concept["broader"]:
            facts.append(("skos:broader", names.of("concept", concept["broader"])))
        for field in ("deficiency_of", "substance", "drug_class"):
            if concept[field]:
                facts.append((names.term(field), names.of("concept", concept[field])))
        for one in concept["identifiers"]:
            place = names.identifier(one["scheme"], one["identifier"])
            notation = text(f"{one['scheme']}:{one['identifier'].rpartition(':')[2]}")
            facts.append(("skos:exactMatch", place) if place else ("skos:notation", notation))
        yield _about(names.of("concept", concept["concept_id"]), facts)


def _articles(dataset: Dataset, names: _Names) -> Iterator[str]:
    for article in lines_of(dataset, "articles"):
        here = names.of("article", article["article_id"])
        facts = [("a", "prov:Entity"), ("a", "schema:Article"), ("dcterms:identifier", text(article["article_id"]))]
        facts += [("dcterms:source", text(article["source"])), ("schema:sha256", text(article["source_sha256"]))]
        if article["title"]:
            facts.append(("dcterms:title", text(article["title"], "nl")))
        yield _about(here, facts)
        entities = {entity["id"]: entity for entity in article["entities"]}
        sentences = {sentence["id"]: sentence for sentence in article["sentences"]}
        for relation in article["relations"]:
            yield from _statement(article, relation, entities, sentences, names)


def _statement(article: Plain, relation: Plain, entities: dict[str, Any], sentences: dict[str, Any], names: _Names) -> Iterator[str]:
    own = f"{article['article_id']}:{relation['id']}"
    here, source = names.of("statement", own), names.of("article", article["article_id"])
    head, tail = (names.of("concept", entities[relation[end]]["concept_id"]) for end in ("head", "tail"))
    predicate = names.relation(relation["type"])
    if relation["polarity"] == Polarity.AFFIRMED and relation["certainty"] != Certainty.DISPUTED:
        yield f"{head} {predicate} {tail} .\n"
    yield _about(
        here,
        [
            ("a", "rdf:Statement"),
            ("rdf:subject", head),
            ("rdf:predicate", predicate),
            ("rdf:object", tail),
            (names.term("polarity"), text(relation["polarity"])),
            (names.term("certainty"), text(relation["certainty"])),
            (names.term("confidence"), f'"{relation["confidence"]}"^^xsd:double'),
            (names.term("rule"), text(relation["rule"])),
            ("prov:wasDerivedFrom", source),
        ],
    )
    for sentence_id in relation["evidence"]:
        sentence = sentences[sentence_id]
        start, end = sentence["start"], sentence["end"]
        position = f"[ a oa:TextPositionSelector ; oa:start {start} ; oa:end {end} ]"
        exact = f"[ a oa:TextQuoteSelector ; oa:exact {text(article['text'][start:end], 'nl')} ]"
        target = f"[ a oa:SpecificResource ; oa:hasSource {source} ; oa:hasSelector {position} , {exact} ]"
        facts = [("a", "oa:Annotation"), ("oa:motivatedBy", "oa:identifying"), ("oa:hasBody", here), ("oa:hasTarget", target)]
        yield _about(names.of("evidence", f"{own}:{sentence_id}"), facts)
