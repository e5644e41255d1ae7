"""Properties of every cleaned text: the map is exact, the blocks fit, and nothing of the source disappears without a reason."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.article import Article, Source
from pipeline.cleaning import clean
from pipeline.errors import UncleanableInput
from pipeline.schema import BlockKind, SourceFormat
from pipeline.settings import Settings

LENIENT = Settings(min_words=1, check_language=False)
PROFILE = settings(derandomize=True, deadline=None, max_examples=150)
# Trafilatura takes its time, so pages get fewer examples.
PAGES = settings(derandomize=True, deadline=None, max_examples=100)

WORDS = st.sampled_from(
    [
        *("kramp", "de", "het", "spier-\nkrampen", "vita\u00admine", "patiënt", "e\u0308n", "\ufb01ber", "magnesium.", "Pijn:", "koorts;"),
        *("jeuk?", "Eet!", "(zie)", "1,5", "B12", "'s", "één", "–", "&", "<", "ICPC", "pati\u00c3\u00abnt"),
    ]
)
GAPS = st.sampled_from([" ", " ", " ", "  ", "\u00a0", "\t", "\n", "\r\n", " \u200b"])
MARKERS = st.sampled_from(["", "", "", "- ", "• ", "  o ", "1. ", "a) ", "    - ", "➤ ", "# ", "## ", "> ", "| "])
BREAKS = st.sampled_from(["\n", "\n\n", "\r\n", "\r\n\r\n", "\n\n\n\n", "\r", "\n=====\n", "\n---\n", "\x0c", "\u2028"])


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A line of words after a marker."""
    words = draw(st.lists(st.tuples(WORDS, GAPS), min_size=1, max_size=14))
    return draw(MARKERS) + "".join(word + gap for word, gap in words)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A plain or Markdown text."""
    return "".join(line + draw(BREAKS) for line in draw(st.lists(lines(), min_size=1, max_size=12)))


INLINE = st.sampled_from(["b", "em", "a href='#'", "span class=x", "strong", "sub", "i"])
BLOCK = st.sampled_from(
    ["p", "div", "h1", "h2", "h3", "li", "ul", "td", "tr", "table", "blockquote", "dl", "dt", "dd", "nav", "article", "details", "pre"]
)
TEXT = st.sampled_from(
    [
        "kramp",
        "spier",
        " in de kuit ",
        "&eacute;&eacute;n",
        "&nbsp;",
        "&amp; ",
        "ma&shy;gnesium",
        "&#8217;s ",
        "&lt; 5 ",
        " ",
        "\n  ",
        "- koorts",
        "Pijn:",
    ]
)
SCRAPS = st.sampled_from(
    [
        "<br>",
        "<!-- x -->",
        "<script>var a;</script>",
        "</p>",
        "</b>",
        "<",
        "&",
        "&unknown;",
        "<hr>",
        "<p",
        "<![CDATA[x]]>",
        "</div>",
        "<img alt='>'>",
    ]
)


def _wrap(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def element(parts: tuple[str, list[str]]) -> str:
        tag, children = parts
        return f"<{tag}>{''.join(children)}</{tag.split()[0]}>"

    return st.tuples(st.one_of(BLOCK, INLINE), st.lists(inner, max_size=5)).map(element)


PAGE = st.lists(st.recursive(st.one_of(TEXT, TEXT, SCRAPS), _wrap, max_leaves=25), min_size=1, max_size=6).map("".join)


def cleaned(text: str, format_: SourceFormat) -> Article | None:
    try:
        return clean(Source("x", text, format_, "utf-8", "0" * 64), LENIENT)
    except UncleanableInput:
        return None


def check_blocks(article: Article) -> None:
    """Blocks are the text: in order, separated by single line breaks, without outer white space."""
    assert article.text == "\n".join(article.text[block.start : block.end] for block in article.blocks)
    end = -1
    for number, block in enumerate(article.blocks):
        text = article.text[block.start : block.end]
        assert block.start == end + 1
        assert text == text.strip() != ""
        assert "\n" not in text
        assert "  " not in text
        assert block.parent is None or 0 <= block.parent < number
        assert (block.kind is BlockKind.TITLE) <= (block.parent is None and block.level == 0)
        assert (block.kind is BlockKind.HEADING) <= (1 <= block.level <= 6)
        assert (block.kind is BlockKind.LIST_ITEM) <= (block.level >= 1)
        for cell in block.cells:
            assert block.start <= cell.start <= cell.end <= block.end
        end = block.end


def check_map(article: Article) -> None:
    """The pieces cover the text without gaps, in the order of the source; a kept piece is the source's own characters."""
    source, offsets = article.source.text, article.offsets
    rows = list(zip(offsets.text_starts, offsets.text_ends, offsets.source_starts, offsets.source_ends, offsets.kept, strict=True))
    at = source_at = 0
    for start, end, source_start, source_end, kept in rows:
        assert start == at < end
        assert source_start >= source_at
        if kept:
            assert article.text[start:end] == source[source_start:source_end]
        at, source_at = end, source_end
    assert at == len(article.text)


def check_words(article: Article) -> None:
    """The source range of every word, read without its markup, is that word."""
    for match in re.finditer(r"\S+", article.text):
        span = article.offsets.to_source(*match.span())
        assert _bare(article.source.text[span.start : span.end], article.source.format) == _bare(match[0], "plain"), match[0]


def _bare(text: str, format_: SourceFormat) -> str:
    """Letters and digits only, without tags, with references decoded: what must be the same on both sides."""
    if format_ == "html":
        text = unescape(
            re.sub(
                r"<!--.*?-->|<script>.*?</script>|<!\[CDATA\[|\]\]>|</?[A-Za-z](?:[^>'\"]|'[^']*'|\"[^\"]*\")*>", "", text, flags=re.DOTALL
            )
        )
    elif format_ == "markdown":
        text = unescape(text)
    return "".join(c for c in unicodedata.normalize("NFKC", text.replace("\u00c3\u00ab", "ë")) if c.isalnum())


def check_nothing_lost(article: Article) -> None:
    """Every letter and digit of a plain source is in the text, in furniture, or part of a list marker."""
    covered = bytearray(len(article.source.text))
    offsets = article.offsets
    for start, end in zip(offsets.source_starts, offsets.source_ends, strict=True):
        covered[start:end] = b"\1" * (end - start)
    for part in article.furniture:
        covered[part.source_start : part.source_end] = b"\1" * (part.source_end - part.source_start)
    lost = "".join(c if c.isalnum() and not covered[i] else " " for i, c in enumerate(article.source.text)).split()
    assert all(re.fullmatch(r"\d{1,3}|[a-z]|[ivx]{1,4}", word) for word in lost), lost


def check(article: Article | None) -> None:
    if article is None:
        return
    check_blocks(article)
    check_map(article)
    check_words(article)
    ends = [0]
    for part in article.furniture:
        assert ends[-1] <= part.source_start < part.source_end <= len(article.source.text)
        ends.append(part.source_end)


@PROFILE
@given(texts())
def test_plain_text(text: str) -> None:
    article = cleaned(text, "plain")
    check(article)
    if article is not None:
        check_nothing_lost(article)


@PROFILE
@given(texts())
def test_markdown(text: str) -> None:
    check(cleaned(text, "markdown"))


@PAGES
@given(PAGE)
def test_html(page: str) -> None:
    check(cleaned(page, "html"))


@pytest.mark.parametrize("format_", ["plain", "markdown", "html"])
def test_arbitrary_text_never_crashes(format_: SourceFormat) -> None:
    @PAGES
    @given(st.one_of(st.text(max_size=120), st.text(alphabet="<>/!-[]()*_#|`~&;=\"' \n\tabcp1.:•\\", max_size=120)))
    def run(text: str) -> None:
        article = cleaned(text, format_)
        if article is not None:
            check_blocks(article)
            check_map(article)

    run()


@PROFILE
@given(texts(), st.data())
def test_there_and_back(text: str, data: st.DataObject) -> None:
    article = cleaned(text, "plain")
    if article is None or not article.blocks:
        return
    block = data.draw(st.sampled_from(article.blocks))
    start = data.draw(st.integers(block.start, block.end - 1))
    end = data.draw(st.integers(start + 1, block.end))
    span = article.offsets.to_source(start, end)
    back = article.offsets.to_text(*span)
    assert back is not None
    assert back.start <= start
    assert end <= back.end


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 20_000 + "<p>Kramp in de kuit doet pijn.</p>",
        "<ul>" + "<li><div>kramp " * 5_000,
        "<p>Kramp in de kuit.</p>" + '<a "' * 5_000,
        "<p>Kramp in de kuit.</p>" + "<!--" * 20_000,
        "<p>Kramp in de kuit.</p>" + "<![CDATA[" * 20_000,
        "<table>" + "<tr><td>a<td>b" * 3_000,
        "<nav>" * 3_000 + "<p>Kramp in de kuit.</p>" * 500,
    ],
    ids=["deep", "items", "quotes", "comments", "cdata", "rows", "boxes"],
)
def test_hostile_pages_end(page: str) -> None:
    check(cleaned(page, "html"))
