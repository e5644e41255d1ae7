"""Relations as rows that can be read alone."""

from __future__ import annotations

from pipeline.schema import ArticleRecord, TripleRecord


def triples_of(record: ArticleRecord) -> list[TripleRecord]:
    """The relations of an article, in its order, each with everything that a reader needs to judge it."""
    entities = {entity.id: entity for entity in record.entities}
    sentences = {sentence.id: record.text[sentence.start : sentence.end] for sentence in record.sentences}
    triples = []
    for relation in record.relations:
        head, tail = entities[relation.head], entities[relation.tail]
        triples.append(
            TripleRecord(
                triple_id=f"{record.article_id}:{relation.id}",
                article_id=record.article_id,
                source=record.source,
                title=record.title,
                head_text=head.text,
                head_concept=head.concept,
                head_concept_id=head.concept_id,
                head_type=head.type,
                relation=relation.type,
                tail_text=tail.text,
                tail_concept=tail.concept,
                tail_concept_id=tail.concept_id,
                tail_type=tail.type,
                polarity=relation.polarity,
                certainty=relation.certainty,
                confidence=relation.confidence,
                evidence=tuple(sentences[sentence_id] for sentence_id in relation.evidence),
                rule=relation.rule,
                qualifiers=tuple(qualifier.text for qualifier in relation.qualifiers),
            )
        )
    return triples
