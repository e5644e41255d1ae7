"""Duplicates: equal and nearly equal texts are found, others are not, and who is the first depends on the order of inputs only."""

from __future__ import annotations

import random

import pytest

from pipeline.dataset.duplicates import Duplicates, settle, signature
from pipeline.schema import ArticleRecord, RejectedRecord

WORDS = [f"woord{number}" for number in range(5000)]


def article(seed: int, length: int = 400) -> list[str]:
    return random.Random(seed).choices(WORDS, k=length)


def changed(words: list[str], count: int, seed: int = 0) -> list[str]:
    """The words with some of them replaced, spread evenly."""
    result = list(words)
    for number in range(count):
        result[(number * len(words)) // count + 3] = f"ander{seed}x{number}"
    return result


def shared(a: list[str], b: list[str]) -> float:
    """The share of their runs of five words that two texts have in common."""
    runs = [{tuple(words[i : i + 5]) for i in range(len(words) - 4)} for words in (a, b)]
    return len(runs[0] & runs[1]) / len(runs[0] | runs[1])


def test_equal_texts_repeat_the_first() -> None:
    known = Duplicates()
    assert [
        known.add(name, text) for name, text in (("a", "Kramp in de kuit"), ("b", "Jicht"), ("c", "Kramp in de kuit"), ("d", "Jicht"))
    ] == [
        None,
        None,
        "a",
        "b",
    ]


def test_case_and_signs_make_no_new_text() -> None:
    known = Duplicates()
    words = article(1)
    assert known.add("a", " ".join(words)) is None
    assert known.add("b", ", ".join(words).upper() + "!") == "a"


@pytest.mark.parametrize(("count", "found"), [(1, True), (4, True), (30, False), (100, False)])
def test_texts_that_differ_a_little_are_near_and_others_are_not(count: int, found: bool) -> None:
    hits = 0
    for seed in range(40):
        known, words = Duplicates(), article(seed)
        other = changed(words, count)
        assert (shared(words, other) > 0.9) == found
        assert found or shared(words, other) < 0.7
        known.add("a", " ".join(words))
        hits += known.add("b", " ".join(other)) == "a"
    assert hits == (40 if found else 0)


def test_unrelated_texts_are_never_near() -> None:
    known = Duplicates()
    assert [known.add(str(seed), " ".join(article(seed, 100))) for seed in range(3000)] == [None] * 3000


def test_a_text_that_repeats_a_repetition_repeats_the_original() -> None:
    """So that a chain of small changes ends: what is far from the original is new."""
    known, words = Duplicates(), article(5)
    known.add("a", " ".join(words))
    steps = [known.add(f"step{count}", " ".join(changed(words, count))) for count in (1, 2, 3, 60)]
    assert steps == ["a", "a", "a", None]


def test_the_nearest_of_several_is_named_and_of_equal_ones_the_first() -> None:
    known, words = Duplicates(), article(6)
    far = changed(words, 24, seed=1)
    assert known.add("far", " ".join(far)) is None
    assert known.add("near", " ".join(words)) is None
    assert known.add("new", " ".join(changed(words, 1))) == "near"


def test_a_thousand_pages_with_one_footer_are_a_thousand_pages() -> None:
    known = Duplicates()
    footer = " ".join(article(7, 300))
    assert sum(known.add(str(seed), f"{' '.join(article(seed + 100, 300))} {footer}") is None for seed in range(1000)) == 1000


@pytest.mark.parametrize("text", ["", "a", "een twee drie vier", "\ud800 \x00", "een " * 5000, "x" * 100_000])
def test_strange_texts_have_signatures(text: str) -> None:
    known = Duplicates()
    assert known.add("ä\ud800", text) is None
    assert known.add("b", text) == "ä\ud800"


def test_the_signature_is_fixed() -> None:
    """Journals of earlier runs hold records, not signatures; but two versions in one run of a cluster must agree."""
    assert signature("Magnesium helpt tegen kramp in de kuit.").hashes.hex()[:40] == "db76a4f7d475211f88a6c8e79be9ab57238514ca"


def test_what_becomes_of_a_repetition(record: ArticleRecord) -> None:
    known = Duplicates()
    assert settle(record, known, "mark") is record
    again = record.model_copy(update={"article_id": "b", "source": "b.txt"})
    marked = settle(again, known, "mark")
    assert isinstance(marked, ArticleRecord)
    assert (marked.article_id, marked.duplicate_of) == ("b", record.article_id)
    skipped = settle(again, known, "skip")
    assert isinstance(skipped, RejectedRecord)
    assert (skipped.source, skipped.stage, skipped.reason) == ("b.txt", "deduplicate", "duplicate")
    assert skipped.message.startswith(f"has the text of article {record.article_id}, or nearly;")
