"""What nobody writes and a crawl holds: no article crashes the program, and none takes time or calls by the square of its size."""

from __future__ import annotations

import hashlib
import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.article import Source
from pipeline.cleaning import clean
from pipeline.entities.spelling import correct
from pipeline.errors import RejectedInput, UnreadableInput
from pipeline.extractor import Extractor
from pipeline.language import load_model
from pipeline.lexicon import load_inflection
from pipeline.readers import read_bytes
from pipeline.schema import ArticleRecord
from pipeline.settings import Settings
from tests.growth import SENTENCE, SHAPES

ANY = Settings(check_language=False, model="none")
COUNTED = 300
"""Calls are counted over articles this much smaller than those of ``python -m tests.growth``, or of forty parts at least."""
LINEAR = 2.5
"""Calls for twice the size over calls for the size. Twice is linear, four times the square."""
BOUNDS = {"nested tables": 2.7}
"""Trafilatura asks each of nested tables about all those in it; the fewer calls all else takes, the more that weighs."""


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(ANY)


def extracted(extractor: Extractor, data: bytes, suffix: str) -> ArticleRecord | str:
    """The record, which can be written, or the reason why there is none."""
    try:
        record = extractor.extract(read_bytes(data, "x", suffix))
    except RejectedInput as error:
        if error.reason == "invalid-record":
            raise
        return error.reason
    record.model_dump_json().encode()
    return record


def calls(extractor: Extractor, data: bytes, suffix: str) -> int:
    """How many functions are called, and generators resumed, for an article."""
    count = 0

    def note(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        extracted(extractor, data, suffix)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", SHAPES)
def test_work_grows_with_the_size(extractor: Extractor, name: str) -> None:
    suffix, size, make = SHAPES[name]
    n = max(size // COUNTED, 40)
    small, large = (make(m).encode("utf-8", "surrogatepass") for m in (n, 2 * n))
    extracted(extractor, large, suffix)  # what is loaded late and cached
    assert calls(extractor, large, suffix) < BOUNDS.get(name, LINEAR) * calls(extractor, small, suffix) + 2000


@pytest.mark.parametrize(
    ("data", "suffix", "reason"),
    [
        (b"<div>" * 10_000 + f"<p>{SENTENCE}</p>".encode(), ".html", None),
        (SENTENCE.encode() + b"\x00" * 3 + SENTENCE.encode() * 10, ".txt", None),
        (SENTENCE.encode() * 5 + "\u202e\u200f\u2067omgekeerd\u2069\u202c".encode(), ".txt", None),
        (SENTENCE.encode() + "\ud800".encode("utf-8", "surrogatepass"), ".txt", None),
        (f"<p>{SENTENCE}&#xD800;&#0;&#x110000;&#99999999999999999999;</p>".encode(), ".html", None),
        ("\ud800".encode("utf-16-le", "surrogatepass") * 10, ".txt", None),
        (b"\xff\xfe\x00\xd8" * 10, ".txt", "undecodable"),
        (b"\x00" * 1000, ".txt", "empty"),
        ("\u200b\u200b\ufeff\n".encode() * 50, ".txt", "empty"),
        (b"<html>" + b"<!--" * 1000, ".html", "no-text"),
    ],
)  # fmt: skip
def test_strange_articles(extractor: Extractor, data: bytes, suffix: str, reason: str | None) -> None:
    found = extracted(extractor, data, suffix)
    if reason is not None:
        assert found == reason
    elif isinstance(found, ArticleRecord):
        assert len(found.text) > 5


def test_a_billion_laughs_are_not_laughed(extractor: Extractor) -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    page = f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "lol">{entities}]><html><body><p>{SENTENCE * 3}</p><p>&l11;</p></body></html>'
    record = extracted(extractor, page.encode(), ".xhtml")
    assert isinstance(record, ArticleRecord)
    assert len(record.text) < len(page)


def test_an_endless_word_is_no_slip_of_the_pen() -> None:
    """Found by fuzzing: every slip of a word was tried, each on a copy of it."""
    assert correct("magnesium" * 40_000) is None
    assert correct("melatonnine") is not None


def test_an_endless_row_of_signs_is_one_word() -> None:
    """spaCy splits signs off one by one, and copies the rest each time: 200,000 brackets took 40 seconds."""
    assert [len(token.text) for token in load_model().make_doc(f"Kramp {'(' * 5000}{')' * 5000} in")] == [5, 10_000, 2]
    assert [token.text for token in load_model().make_doc("Kramp ((in)) de")] == ["Kramp", "(", "(", "in", ")", ")", "de"]


def test_inflections_are_not_remembered_for_ever() -> None:
    inflection = load_inflection()
    for number in range(70_000):
        inflection.word(f"woord{number}")  # ends in a digit: nothing to derive, but remembered
    assert len(inflection._known) <= 1 << 16


TOKENS = st.sampled_from(
    [
        *("<p>", "</p>", "<ul><li>", "</li>", "<table><tr><td>", "</td>", "<h2>", "<br>", "&amp;", "&#x80;", "<!--", "-->", "<![CDATA["),
        *("\n", "\n\n", "\n- ", "\n# ", "> ", "1. ", "| a | b |\n|---|---|\n", "```\n", "**", "[x](", "\u00ad", "\u200b", "\u202e", "\x00"),
        *("\x85", "\r", "\t", "é", "e\u0301", "Oorzaken:", "magnesium", "hoofd- en nekpijn", "helpt tegen", "niet", "(PDS)", "kramp"),
        *("de huisarts", ". ", "; ", "vitamine B6, E en D", "5 mg"),
    ]
)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.lists(st.one_of(TOKENS, TOKENS, st.text(max_size=5)), max_size=60), st.sampled_from([".txt", ".md", ".html"]))
def test_any_mixture_is_cleaned_with_exact_offsets(pieces: list[str], suffix: str) -> None:
    data = " ".join(pieces).encode("utf-8", "surrogatepass")
    try:
        source = read_bytes(data, "x", suffix)
        article = clean(source, ANY)
    except RejectedInput:
        return
    for block in article.blocks:
        span = article.offsets.to_source(block.start, block.end)
        assert 0 <= span.start < span.end <= len(source.text)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.one_of(TOKENS, TOKENS, st.text(max_size=5)), max_size=40), st.sampled_from(["plain", "markdown", "html"]))
def test_any_mixture_is_extracted_or_rejected(pieces: list[str], kind: Any) -> None:
    text = " ".join(pieces)
    source = Source("x", text, kind, "utf-8", hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
    try:
        record = EXTRACTOR[0].extract(source)
    except RejectedInput as error:
        if error.reason != "no-text":
            raise
        return
    record.model_dump_json().encode()


EXTRACTOR = [Extractor(ANY)]


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    st.binary(max_size=300),
    st.sampled_from([".txt", ".md", ".html", ".xhtml"]),
    st.sampled_from([None, "utf-8", "cp1252", "shift_jis", "utf-7", "x"]),
)
def test_any_bytes_are_read_exactly_or_refused(data: bytes, suffix: str, declared: str | None) -> None:
    try:
        source = read_bytes(data, "x", suffix, declared)
    except UnreadableInput:
        return
    assert data.decode(source.encoding) == source.text
