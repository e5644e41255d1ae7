"""The report: one page about a dataset that needs nothing but itself. What comes from articles reaches it as data, never as markup."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
from collections import Counter
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

import pandas as pd
import pyarrow.compute as pc

from pipeline.errors import ResourceError
from pipeline.resources import load_text
from pipeline.schema import SCHEMA_VERSION, EntityType, Polarity, RelationType
from pipeline.tables import Dataset
from pipeline.tables.statements import PAIR

_MOST_STATEMENTS: Final = 4_000
"""A page with this many statements and their evidence is 2 MB and opens at once; of larger datasets it shows those of most articles."""
_MOST_CONFLICTS: Final = 300
_EXAMPLES: Final = 3
_BINS: Final = 20
_MOST_RULES: Final = 60
_LONGEST: Final = 400
"""Characters of a sentence that are shown; what is longer is a table or a list without stops."""


def page(dataset: Dataset, title: str = "", genres: Path | None = None) -> str:
    """The whole page. ``genres`` is a table (tab-separated, columns ``article`` or ``name`` and ``genre``) by name of the article."""
    script, style = load_text("publishing/report.js"), load_text("publishing/report.css")
    data = json.dumps(report_data(dataset, genres), ensure_ascii=False, separators=(",", ":"))
    return Template(load_text("publishing/report.html")).substitute(
        title=escape(title or f"What the articles of {dataset.folder.resolve().name} say"),
        hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        style=style,
        script=script,
        data=data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"),
        version=escape(SCHEMA_VERSION),
    )


def report_data(dataset: Dataset, genres: Path | None = None) -> dict[str, Any]:
    """What the page shows."""
    statements = dataset.statements
    shown, conflicts = _chosen(statements)
    known, concepts = _numbered(shown)
    articles = dataset.table("articles", ["article_id", "source", "source_format"])
    triples = dataset.table("triples", ["relation", "polarity", "certainty", "confidence", "rule", "reviewed"])
    entities = dataset.table("entities", ["type", "subtype"])
    return {
        "counts": {
            "articles": len(articles),
            "words": _words(dataset),
            "entities": len(entities),
            "relations": len(triples),
            "statements": len(statements),
            "contested": conflicts,
            "rejected": len(dataset.rejected),
            "reviewed": int(triples["reviewed"].notna().sum()),
        },
        "shown": len(shown),
        "formats": _counted(articles["source_format"]),
        "genres": _genres(articles["source"], genres) if genres else [],
        "types": [[kind.value, int(count)] for kind in EntityType if (count := (entities["type"] == kind.value).sum())],
        "subtypes": _counted(entities["subtype"]),
        "relations": _relations(triples),
        "certainty": _counted(triples["certainty"]),
        "reviewed": _counted(triples["reviewed"].dropna()),
        "bins": _histogram(triples),
        "rules": _rules(triples),
        "rejected": _counted(dataset.rejected["reason"]),
        "relationNames": [kind.value for kind in RelationType],
        "typeNames": [kind.value for kind in EntityType],
        "concepts": concepts,
        "statements": _statements(dataset, shown, known),
    }


def _chosen(statements: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The statements of the page: those that most articles make, and those about which articles disagree."""
    pairs = statements[statements["contested"]].groupby(PAIR, observed=True)["articles"].min()
    chosen = pairs.sort_values(ascending=False, kind="stable").index[:_MOST_CONFLICTS]
    disputed = pd.MultiIndex.from_frame(statements[PAIR].astype("str")).isin([tuple(map(str, pair)) for pair in chosen])
    keep = (statements.index < _MOST_STATEMENTS) | disputed
    return statements[keep], len(pairs)


def _numbered(shown: pd.DataFrame) -> tuple[dict[str, int], list[list[Any]]]:
    """Concept id -> its place in the list of concepts, each with its name and the number of its type."""
    kinds = {kind.value: number for number, kind in enumerate(EntityType)}
    known: dict[str, int] = {}
    concepts: list[list[Any]] = []
    for end in ("head", "tail"):
        columns = (shown[f"{end}_{what}"].astype(object) for what in ("concept_id", "concept", "type"))
        for concept_id, name, kind in zip(*columns, strict=True):
            if concept_id not in known:
                known[concept_id] = len(concepts)
                concepts.append([name, kinds[kind]])
    return known, concepts


def _statements(dataset: Dataset, shown: pd.DataFrame, known: dict[str, int]) -> list[list[Any]]:
    """Head, relation, tail, negated, articles, highest confidence, evidence: each by number where it has one."""
    names = {kind.value: number for number, kind in enumerate(RelationType)}
    picked = [list(ids)[:_EXAMPLES] for ids in shown["evidence"]]
    examples = _examples(dataset, [one for ids in picked for one in ids])
    columns = [
        shown[name].astype(object) for name in ("head_concept_id", "relation", "tail_concept_id", "polarity", "articles", "confidence")
    ]
    return [
        [known[head], names[relation], known[tail], int(polarity == Polarity.NEGATED), articles, confidence, [examples[one] for one in ids]]
        for head, relation, tail, polarity, articles, confidence, ids in zip(*columns, picked, strict=True)
    ]


def _examples(dataset: Dataset, ids: list[str]) -> dict[str, list[Any]]:
    """Triple id -> the id, its sentences, source, rule, confidence and certainty."""
    wanted = ["triple_id", "evidence", "source", "rule", "confidence", "certainty"]
    rows = dataset.rows("triples", wanted, pc.field("triple_id").isin(ids)).to_pylist()
    return {
        row["triple_id"]: [
            row["triple_id"],
            [sentence if len(sentence) <= _LONGEST else sentence[:_LONGEST] + " …" for sentence in row["evidence"]],
            row["source"],
            row["rule"],
            row["confidence"],
            row["certainty"],
        ]
        for row in rows
    }


def _words(dataset: Dataset) -> int:
    """Runs of characters between white space, as the manifest counts them."""
    pieces = dataset.pieces("articles")
    return sum(pc.sum(pc.count_substring_regex(piece["text"], r"\S+")).as_py() or 0 for piece in pieces)


def _counted(values: pd.Series[Any]) -> list[list[Any]]:
    counts = Counter(values.dropna().astype(object))
    return [[name, count] for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def _relations(triples: pd.DataFrame) -> list[list[Any]]:
    """By relation how many are affirmed and negated."""
    counts = triples.groupby(["relation", "polarity"], observed=True).size()
    return [
        [kind.value, *(int(counts.get((kind.value, polarity.value), 0)) for polarity in Polarity)]
        for kind in RelationType
        if kind.value in counts.index.get_level_values(0)
    ]


def _histogram(triples: pd.DataFrame) -> list[int]:
    """Triples by confidence; the last bin includes 1."""
    bins = (triples["confidence"] * _BINS + 1e-9).astype("int64").clip(upper=_BINS - 1)
    counts = bins.value_counts()
    return [int(counts.get(number, 0)) for number in range(_BINS)]


def _rules(triples: pd.DataFrame) -> list[list[Any]]:
    """Rules with what they gave, how sure they are on average, and how much of it is negated."""
    negated = (triples["polarity"] == Polarity.NEGATED).rename("negated")
    frame = triples[["rule", "confidence"]].assign(negated=negated)
    found = frame.groupby("rule", observed=True).agg(count=("rule", "size"), confidence=("confidence", "mean"), negated=("negated", "sum"))
    found = found.reset_index().sort_values(["count", "rule"], ascending=[False, True]).head(_MOST_RULES)
    return [
        [rule, int(count), round(float(confidence), 2), int(negated)]
        for rule, count, confidence, negated in zip(*(found[name] for name in ("rule", "count", "confidence", "negated")), strict=True)
    ]


def _genres(sources: pd.Series[Any], path: Path) -> list[list[Any]]:
    """Articles by genre, of a table by name. Raises ResourceError."""
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError) as error:
        raise ResourceError(f"{path} cannot be read: {error}") from error
    name = next((column for column in ("article", "name") if rows and column in rows[0]), None)
    if not name or "genre" not in rows[0]:
        raise ResourceError(f"{path} should be a table with the columns article (or name) and genre, separated by tabs")
    genres = {row[name]: row["genre"] for row in rows}
    stems = (Path(str(source)).name for source in sources)
    found = Counter(genres.get(stem, genres.get(stem.partition(".")[0], "unknown")) for stem in stems)
    return [[genre, count] for genre, count in sorted(found.items(), key=lambda item: (-item[1], item[0]))]
