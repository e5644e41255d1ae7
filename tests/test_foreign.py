"""Sentences in another language inside a Dutch article: marked, and nothing is extracted from them; Dutch is never marked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pipeline.article import Source
from pipeline.cleaning import clean
from pipeline.extractor import Extractor
from pipeline.foreign import is_foreign
from pipeline.readers import READERS, read
from pipeline.sentences import split_sentences
from pipeline.settings import Settings

CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.mark.parametrize(
    "sentence",
    [
        "Effect of vitamin D and calcium on the risk of fractures in the elderly",
        "The patients were treated with magnesium for the cramps in their legs.",
        "Der Patient wurde mit Magnesium gegen die Krämpfe behandelt und ist nach dem Essen zum Arzt gegangen.",
        "Les symptômes de la grippe sont la fièvre et des douleurs dans les muscles.",
        "El paciente con la enfermedad toma los medicamentos por la noche.",
    ],
)
def test_other_languages(sentence: str) -> None:
    assert is_foreign(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Hypericum perforatum L., herba cum floribus",
        "Restless legs syndrome en burn-out zijn Engelse woorden.",
        "Het boek The Art of the Cure and the Body staat bij de huisarts in de kast.",
        "De Diagnostic and Statistical Manual of Mental Disorders (DSM) is een handboek voor artsen.",
        "Crème brûlée, pâté de foie gras en café au lait",
        "Low back pain",
        "In de jury: die was over de was en of in den was.",
        "Müller, Schmidt und Söhne",
    ],
)
def test_dutch_with_terms_of_other_languages(sentence: str) -> None:
    assert not is_foreign(sentence)


def test_no_sentence_of_the_corpus_is_foreign() -> None:
    settings = Settings()
    marked = [
        article.text[sentence.start : sentence.end]
        for path in sorted(CORPUS.iterdir())
        if path.suffix in READERS
        for article in [clean(read(path, path.name, settings), settings)]
        for sentence in split_sentences(article)
        if sentence.foreign
    ]
    assert marked == []


def test_nothing_is_extracted_from_a_foreign_sentence() -> None:
    text = (
        "Magnesium helpt tegen krampen in de benen en de huisarts schrijft het vaak voor.\n\n"
        "The patients were treated with melatonine for the migraine and the reflux.\n\n"
        "Van koffie krijgen veel mensen hoofdpijn."
    )
    source = Source("a.txt", text, "plain", "utf-8", hashlib.sha256(text.encode()).hexdigest())
    extractor = Extractor(Settings(model="none"))
    record = extractor.extract(source)
    assert [sentence.foreign for sentence in record.sentences] == [False, True, False]
    begin, end = record.sentences[1].start, record.sentences[1].end
    assert not [entity for entity in record.entities if begin <= entity.start < end]
    assert {"magnesium", "koffie"} <= {entity.concept for entity in record.entities}
    dropped = {(note.reason.partition(": ")[2], record.text[note.start : note.end]) for note in extractor.explain(source).candidates}
    assert ("foreign sentence", "migraine") in dropped
