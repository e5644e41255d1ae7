"""An article, and the evidence for a relation, for people who read them in a notebook. Whatever comes from articles is escaped."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from pipeline.errors import UsageError
from pipeline.schema import BlockKind, EntityType

if TYPE_CHECKING:
    from pipeline.tables.dataset import Dataset

COLOURS: Final = {
    EntityType.CONDITION: "rgba(214, 60, 60, .28)",
    EntityType.NUTRIENT: "rgba(40, 150, 70, .28)",
    EntityType.REMEDY: "rgba(40, 110, 215, .28)",
    EntityType.SPECIALIST: "rgba(150, 80, 200, .28)",
}
"""Translucent, so that they can be read on light and on dark pages."""
_TAGS: Final = {BlockKind.TITLE: "h3", BlockKind.HEADING: "h4", BlockKind.QUOTE: "blockquote"}


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article with its rows of the tables."""

    article_id: str
    source: str
    title: str | None
    text: str
    blocks: pd.DataFrame
    sentences: pd.DataFrame
    entities: pd.DataFrame
    relations: pd.DataFrame

    def __repr__(self) -> str:
        return f"<article {self.article_id}: {self.source}, {len(self.entities)} entities, {len(self.relations)} relations>"

    def _repr_html_(self) -> str:
        legend = " ".join(_mark(kind.lower(), kind, "") for kind in EntityType)
        blocks = "".join(self._block(row) for row in self.blocks.itertuples())
        return f"<div><p>{escape(self.source)} · {legend}</p>{blocks}{self._relations()}</div>"

    def _block(self, block: Any) -> str:
        kind = BlockKind(block.kind)
        tag = _TAGS.get(kind, "p")
        sign = f"{' ' * 2 * (block.level - 1)}• " if kind is BlockKind.LIST_ITEM else ""
        return f"<{tag}>{sign}{_marked(self.text, int(block.start), int(block.end), self.entities)}</{tag}>"

    def _relations(self) -> str:
        if not len(self.relations):
            return ""
        shown = self.relations[["head_concept", "type", "tail_concept", "polarity", "certainty", "confidence", "rule", "relation_id"]]
        return str(shown.to_html(index=False, escape=True))


def _mark(text: str, kind: str, says: str) -> str:
    style = f"background:{COLOURS[EntityType(kind)]};border-radius:3px;padding:0 2px"
    return f'<span style="{style}" title="{escape(says)}">{escape(text)}</span>'


def _marked(text: str, start: int, end: int, entities: pd.DataFrame) -> str:
    pieces: list[str] = []
    within: list[Any] = entities[(entities["start"] >= start) & (entities["end"] <= end)].to_dict("records")
    for entity in within:
        words = _mark(entity["text"], entity["type"], f"{entity['concept_id']} ({entity['found_by']})")
        pieces += [escape(text[start : entity["start"]]), words]
        start = entity["end"]
    return "".join([*pieces, escape(text[start:end])])


def article_view(dataset: Dataset, name: str) -> ArticleView:
    """The article with this id or source. Raises UsageError."""
    found = dataset.table("articles", where=[("article_id", "=", name)])
    if not len(found):
        found = dataset.table("articles", where=[("source", "=", name)])
    if not len(found):
        raise UsageError(f"{dataset.folder} has no article with the id or source {name!r}")
    article = found.iloc[0]
    own = [("article_id", "=", article["article_id"])]
    tables = {table: dataset.table(table, where=own) for table in ("blocks", "sentences", "entities", "relations")}
    title = None if pd.isna(article["title"]) else str(article["title"])
    return ArticleView(str(article["article_id"]), str(article["source"]), title, str(article["text"]), **tables)


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of the evidence, between its neighbours."""

    sentence_id: str
    before: str
    sentence: str
    after: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a relation was found. ``head_source`` and ``tail_source`` are where its ends stand in the decoded source."""

    relation_id: str
    article_id: str
    source: str
    title: str | None
    statement: str
    rule: str
    confidence: float
    head_source: tuple[int, int]
    tail_source: tuple[int, int]
    passages: tuple[Passage, ...]
    _view: ArticleView

    def __repr__(self) -> str:
        return f"{self.statement} ({self.source})\n" + "\n".join(f"  {passage.sentence}" for passage in self.passages)

    def _repr_html_(self) -> str:
        faint = '<span style="opacity:.6">{}</span>'
        shown = "".join(
            f"<blockquote>{faint.format(escape(p.before))} {_marked(self._view.text, p.start, p.end, self._view.entities)} "
            f"{faint.format(escape(p.after))}</blockquote>"
            for p in self.passages
        )
        places = f"{self.head_source[0]}–{self.head_source[1]} and {self.tail_source[0]}–{self.tail_source[1]}"
        where = f"{escape(self.source)}, characters {places} of the source · {escape(self.rule)} · {self.confidence:.2f}"
        return f"<div><p><b>{escape(self.statement)}</b></p>{shown}<p><small>{where}</small></p></div>"


def evidence_of(dataset: Dataset, relation_id: str, neighbours: int) -> Evidence:
    """The evidence for a relation by its id, which is that of its triple as well. Raises UsageError."""
    view = article_view(dataset, relation_id.rpartition(":")[0])
    rows = view.relations[view.relations["relation_id"] == relation_id]
    if not len(rows):
        raise UsageError(f"article {view.article_id} has no relation {relation_id!r}")
    relation = rows.iloc[0]
    entities = view.entities.set_index("entity_id")
    head, tail = entities.loc[relation["head"]], entities.loc[relation["tail"]]
    order = {sentence_id: number for number, sentence_id in enumerate(view.sentences["sentence_id"])}
    passages = tuple(_passage(view, order[sentence_id], neighbours) for sentence_id in relation["evidence"])
    negated = "" if relation["polarity"] == "affirmed" else f" ({relation['polarity']})"
    return Evidence(
        relation_id=relation_id,
        article_id=view.article_id,
        source=view.source,
        title=view.title,
        statement=f"{relation['head_concept']} {relation['type']} {relation['tail_concept']}{negated}",
        rule=str(relation["rule"]),
        confidence=float(relation["confidence"]),
        head_source=(int(head["source_start"]), int(head["source_end"])),
        tail_source=(int(tail["source_start"]), int(tail["source_end"])),
        passages=passages,
        _view=view,
    )


def _passage(view: ArticleView, number: int, neighbours: int) -> Passage:
    sentences = view.sentences
    texts = [view.text[start:end] for start, end in zip(sentences["start"], sentences["end"], strict=True)]
    row = sentences.iloc[number]
    return Passage(
        sentence_id=str(row["sentence_id"]),
        before=" ".join(texts[max(0, number - neighbours) : number]),
        sentence=texts[number],
        after=" ".join(texts[number + 1 : number + 1 + neighbours]),
        start=int(row["start"]),
        end=int(row["end"]),
    )
