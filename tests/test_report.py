"""The error report: a page that needs nothing but itself, shows every outcome, and escapes whatever articles and gold hold."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline.evaluation.alignment import PredictedMention, PredictedRelation, Prediction
from pipeline.evaluation.evaluate import ArticleResult, Evaluation
from pipeline.evaluation.gold import GoldArticle, GoldDocument, GoldEntity, GoldRelation, GoldSet
from pipeline.evaluation.mistakes import mistakes_of
from pipeline.evaluation.page import page
from pipeline.evaluation.scores import score
from pipeline.schema import EntityType, Polarity, RelationType

C, N, R = EntityType.CONDITION, EntityType.NUTRIENT, EntityType.REMEDY
TREATS, CAUSES = RelationType.TREATS, RelationType.CAUSES
VOID = {"meta", "br", "link"}
TEXT = "Magnesium\nhelpt bij kramp & <b>stress</b>, en zink?"


class Page(HTMLParser):
    """What a browser sees: balanced tags, their attributes, and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def causes(self, tag: str) -> list[str]:
        return [value for name, key, value in self.attributes if (name, key) == (tag, "data-cause")]


def mention(kind: EntityType, word: str) -> PredictedMention:
    return PredictedMention(kind, TEXT.index(word), TEXT.index(word) + len(word), word, "In <i>context</i>")


def entity(number: int, kind: EntityType, word: str, concept: str) -> GoldEntity:
    return GoldEntity(id=f"T{number}", type=kind, start=TEXT.index(word), end=TEXT.index(word) + len(word), text=word, concept=concept)


def relation(number: int, head: str, kind: RelationType, tail: str) -> GoldRelation:
    return GoldRelation(id=f"R{number}", type=kind, head=head, tail=tail, polarity=Polarity.AFFIRMED, evidence=((0, 9),))


@pytest.fixture(scope="module")
def html() -> str:
    """The report of an article with hostile text, a rejected one, and every kind of outcome."""
    document = GoldDocument(
        id="a",
        source="a.txt",
        sha256="",
        entities=(
            entity(1, N, "Magnesium", "magnesium"),
            entity(2, C, "kramp", "<kramp>"),
            entity(3, C, "stress", "stress"),
            entity(4, N, "zink", "zink"),
        ),
        relations=(
            relation(1, "magnesium", TREATS, "<kramp>"),
            relation(2, "stress", CAUSES, "<kramp>"),
            relation(3, "zink", TREATS, "<kramp>"),
        ),
    )
    found = (mention(N, "Magnesium"), mention(C, "bij kramp"), mention(R, "stress"), mention(C, "helpt"))
    relations = (
        PredictedRelation(TREATS, found[0], found[1], rule="cue:<x>"),
        PredictedRelation(CAUSES, found[1], found[2], rule="r"),
        PredictedRelation(TREATS, found[0], found[3], rule="r"),
    )
    prediction = Prediction(found, relations)
    articles = tuple(GoldArticle(name, document, TEXT, Path(), "") for name in ("a", "b"))
    results = tuple(
        ArticleResult(article.name, score(one, document), mistakes_of(article, one), one, rejected)
        for article, one, rejected in zip(articles, (prediction, Prediction()), ("", "<empty>"), strict=True)
    )
    return page(Evaluation(GoldSet("dev", articles, ()), results))


def test_the_page_is_balanced_and_nothing_of_an_article_becomes_a_tag(html: str) -> None:
    seen = Page(html)
    assert seen.open == []
    assert seen.tags["script"] == seen.tags["style"] == 1
    assert seen.tags["b"] == 2  # the names of the articles
    text = "".join(seen.words)
    for said in ("kramp & ", "<b>", "</b>, en ", "<kramp>", "cue:<x>", "In <i>context</i>", "rejected: <empty>"):
        assert said in text


def test_the_page_reaches_for_nothing(html: str) -> None:
    assert "default-src 'none'" in html
    assert not re.search(r"https?:|//|@import|url\(", html.partition("</head>")[0].partition("<title>")[2])
    links = {value for _, key, value in Page(html).attributes if key in ("href", "src")}
    assert links == {"#article-a", "#article-b"}


def test_every_outcome_is_listed_with_its_cause(html: str) -> None:
    first, second = html.split('<details class="article"')[1:]
    assert Counter(Page("<details" + first.partition("</details>")[0] + "</details>").causes("li")) == {
        "right": 1,  # only relations list what is right
        "wrong-span": 1,
        "wrong-type": 1,
        "missed": 2,
        "spurious": 2,
        "wrong-direction": 1,
    }
    assert set(Page("<details" + second.partition("</details>")[0] + "</details>").causes("li")) == {"missed"}


def test_both_lanes_stand_at_their_words(html: str) -> None:
    first = html.split('<details class="article"')[1]
    marked = re.findall(r'<span class="(m [^"]+)" data-cause="([^"]+)"[^>]*>(?:<span>.*?</span>)?([^<]*)</span>', first)
    assert marked == [
        ("m right g gN f fN", "right", "Magnesium"),
        ("m bad f fC", "spurious", "helpt"),
        ("m near f fC", "wrong-span", "bij "),
        ("m near g gC f fC", "wrong-span", "kramp"),
        ("m near g gC f fR", "wrong-type", "stress"),
        ("m bad g gN", "missed", "zink"),
    ]
    assert '<p class="lanes">' in first


def test_every_cause_and_every_article_can_be_chosen(html: str) -> None:
    options = [value for tag, key, value in Page(html).attributes if (tag, key) == ("option", "value")]
    assert options == [
        *("", "article-a", "article-b"),
        *("", "mistake", "missed", "spurious", "wrong-type", "wrong-span", "wrong-direction", "wrong-polarity"),
    ]
