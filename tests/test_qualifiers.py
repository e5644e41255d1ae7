"""For whom and when relations hold."""

from __future__ import annotations

import pytest

from pipeline.article import Link
from pipeline.entities import find_entities
from pipeline.relations.qualifiers import qualify
from pipeline.schema import BlockKind, Certainty, Polarity, RelationType
from tests.texts import analysed, article_of

HEADING, ITEM = BlockKind.HEADING, BlockKind.LIST_ITEM


def phrases(*blocks: str | tuple[BlockKind, int | None, str], head: str, tail: str, evidence: tuple[int, ...] = (0,)) -> list[str]:
    """The qualifiers of a relation between two words of an article."""
    analysis = analysed(article_of(*blocks))
    mentions = find_entities(analysis, rules_only=True).mentions
    text = analysis.article.text
    numbers = {text[m.start : m.end]: n for n, m in enumerate(mentions)}
    link = Link(RelationType.CAUSES, numbers[head], numbers[tail], Polarity.AFFIRMED, Certainty.STATED, 0.9, evidence, "x")
    [qualified] = qualify(analysis, mentions, [link])
    return [text[q.start : q.end] for q in qualified.qualifiers]


@pytest.mark.parametrize(
    ("sentence", "head", "tail", "expected"),
    [
        ("Bij ouderen kan griep leiden tot longontsteking.", "griep", "longontsteking", ["Bij ouderen"]),
        ("Griep leidt tot koorts en, bij kinderen, stuipen.", "Griep", "koorts", []),  # what stands between commas is said of what follows
        ("Griep leidt tot koorts en, bij kinderen, hoofdpijn.", "Griep", "hoofdpijn", ["bij kinderen"]),
        ("Aspirine geeft hoofdpijn bij mensen met astma.", "Aspirine", "hoofdpijn", ["bij mensen met astma"]),
        ("Bij astma veroorzaakt aspirine hoofdpijn.", "aspirine", "hoofdpijn", ["Bij astma"]),
        ("Bij griep ontstaat hoofdpijn.", "griep", "hoofdpijn", []),  # an end is no qualifier
        ("Koffie geeft hoofdpijn.", "Koffie", "hoofdpijn", []),
    ],
)
def test_a_phrase_belongs_to_what_it_speaks_of(sentence: str, head: str, tail: str, expected: list[str]) -> None:
    assert phrases(sentence, head=head, tail=tail) == expected


def test_a_heading_restricts_what_stands_under_it() -> None:
    blocks = ((HEADING, None, "Oorzaken bij kinderen"), (ITEM, 0, "Griep geeft hoofdpijn"))
    assert phrases(*blocks, head="Griep", tail="hoofdpijn", evidence=(0, 1)) == ["bij kinderen"]
    assert phrases(*blocks, head="Griep", tail="hoofdpijn", evidence=(1,)) == []
