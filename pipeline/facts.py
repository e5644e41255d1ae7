"""What is known of the concepts of an article: their kind, what stands above them, and what other vocabularies call them.

Concepts of a lexicon bring their facts along. One that the article made (an unknown compound, a pattern over words) gets what its finder
knew of it: a subtype, and the concept that it was derived from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from pipeline.article import Mention
from pipeline.lexicon import Concept, Lexicon, concept_id
from pipeline.resources import load_table
from pipeline.schema import SUBTYPES, ConceptRecord, EntityType, IdentifierRecord


@cache
def kind_names() -> Mapping[tuple[EntityType, str], str]:
    """Dutch names of types (with an empty subtype) and subtypes."""
    return {(EntityType(row["type"]), row["subtype"]): row["name"] for row in load_table("lexicon/subtypes.tsv")}


def hypernym(concept: Concept) -> str:
    """What a concept is a kind of, in Dutch. A concept that is called like its subtype (*vitamine*) is a kind of its type."""
    kinds = kind_names()
    kind = kinds[concept.type, concept.subtype]
    return concept.broader or (kind if kind != concept.name else kinds[concept.type, ""])


def find_concept(lexicons: Iterable[Lexicon], type_: EntityType, name: str) -> Concept | None:
    """The concept of that type and name in the first lexicon that has it, with the identifiers that the others know."""
    found = [concept for lexicon in lexicons if (concept := lexicon.concept(type_, name))]
    if len(found) < 2:
        return found[0] if found else None
    return found[0]._replace(identifiers=tuple(dict.fromkeys(i for concept in found for i in concept.identifiers)))


def concept_of(mention: Mention, lexicons: Sequence[Lexicon]) -> Concept:
    """The concept that a mention stands for: that of a lexicon, or else what its finder made of words of the article."""
    known = find_concept(lexicons, mention.type, mention.concept)
    if known is not None:
        return known
    broader = mention.broader if mention.broader != mention.concept else None
    subtype = mention.subtype or SUBTYPES[mention.type][0]
    return Concept(mention.type, mention.concept, subtype, broader, source=mention.found_by.partition(":")[0])


def concept_record(concept: Concept) -> ConceptRecord:
    """The facts of a concept as they are published."""
    attributes = dict(concept.attributes)
    return ConceptRecord(
        concept_id=concept.id,
        name=concept.name,
        type=concept.type,
        subtype=concept.subtype,
        broader=concept_id(concept.type, concept.broader) if concept.broader else None,
        hypernym=hypernym(concept),
        deficiency_of=attributes.get("deficiency_of"),
        substance=attributes.get("substance"),
        drug_class=attributes.get("class"),
        identifiers=tuple(IdentifierRecord(scheme=i.scheme, identifier=i.identifier, source=i.source) for i in concept.identifiers),
        source=concept.source,
    )
