"""Sentence boundaries: cases by hand, and the Dutch treebanks where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.sentences import boundaries

TREEBANKS = Path(__file__).parents[2] / "shared" / "treebank"


@pytest.mark.parametrize(
    "sentences",
    [
        ["Neem bijv. paracetamol.", "Rust goed uit."],
        ["Dit is vitamine C.", "Het helpt."],
        ["Ga naar dr. Jansen.", "Hij weet raad."],
        ["De dosis is 2,5 mg.", "Neem niet meer."],
        ["Noten, zaden enz. zijn goed.", "Eet ze dagelijks."],
        ["Helpt dat?", "Ja!", "Zeker."],
        ["Hij zei: 'Dat helpt niet.'", "Toen ging hij weg."],
        ["Zij is d.w.z. was ziek.", "Nu niet meer."],
        ["Het begon in 2019.", "Daarna werd het erger."],
        ["Dat duurt even ...", "Wacht rustig af."],
        ["Klachten zijn o.a. hoofdpijn en koorts."],
        ["ik heb al weken hoofdpijn.", "wat kan ik doen?"],
    ],
)
def test_boundaries(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[start:end] for start, end in boundaries(text)] == sentences


def test_a_missing_space_after_the_full_stop() -> None:
    text = "Dat helpt goed.Neem het elke dag."
    assert [text[start:end] for start, end in boundaries(text)] == ["Dat helpt goed.", "Neem het elke dag."]


@pytest.mark.skipif(not TREEBANKS.is_dir(), reason="the treebanks are not beside this checkout")
@pytest.mark.parametrize(("name", "least"), [("nl_alpino-dev", 0.99), ("nl_lassysmall-dev", 0.90)])
def test_boundaries_of_the_treebanks(name: str, least: float) -> None:
    """F1 of sentence ends, the sentences joined by a space, 20 at a time.

    Lassy holds headings without a full stop: no splitter sees where they end.
    """
    lines = (TREEBANKS / f"{name}.conllu").read_text(encoding="utf-8").splitlines()
    sentences = [line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")]
    right = found = there = 0
    for first in range(0, len(sentences), 20):
        gold, position = set(), -1
        for sentence in sentences[first : first + 20]:
            position += len(sentence) + 1
            gold.add(position)
        ends = {end for _, end in boundaries(" ".join(sentences[first : first + 20]))}
        right, found, there = right + len(gold & ends), found + len(ends), there + len(gold)
    assert 2 * right / (found + there) >= least
