"""What the articles together say: their triples counted by concepts, as a table and as a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.schema import Certainty, Polarity

if TYPE_CHECKING:
    import networkx as nx

    from pipeline.tables.dataset import Dataset

PAIR: Final = ["head_concept_id", "relation", "tail_concept_id"]
STATEMENT: Final = [*PAIR, "polarity"]
_ENDS: Final = [f"{end}_{what}" for end in ("head", "tail") for what in ("concept_id", "concept", "type")]


def statements_of(dataset: Dataset) -> pd.DataFrame:
    """A row a statement, those that most articles make first.

    ``articles`` and ``triples`` count, ``confidence`` is the highest, ``mean_confidence`` the mean; ``stated``, ``possible``, ``disputed``
    count by certainty, ``evidence`` holds the triple ids, and ``contested`` says whether other articles deny (or state) the same.
    """
    triples = dataset.table("triples", ["triple_id", "article_id", *_ENDS, "relation", "polarity", "certainty", "confidence"])
    for name in ("polarity", "certainty", "relation", *_ENDS):
        triples[name] = triples[name].astype("category")
    for grade in Certainty:
        triples[grade.value] = (triples["certainty"] == grade.value).astype("int32")
    groups = triples.groupby(STATEMENT, observed=True, sort=True)
    found = groups.agg(
        **{name: (name, "first") for name in _ENDS if name not in STATEMENT},
        articles=("article_id", "nunique"),
        triples=("triple_id", "size"),
        confidence=("confidence", "max"),
        mean_confidence=("confidence", "mean"),
        **{grade.value: (grade.value, "sum") for grade in Certainty},
    ).reset_index()
    found["evidence"] = _lists(triples["triple_id"], groups.ngroup(), len(found))
    found["mean_confidence"] = found["mean_confidence"].round(4)
    found["contested"] = found.groupby(PAIR, observed=True)["polarity"].transform("nunique") > 1
    order = ["articles", "confidence", *STATEMENT]
    found = found.sort_values(order, ascending=[False, False, *[True] * len(STATEMENT)], kind="stable")
    return found.reset_index(drop=True)


def _lists(ids: pd.Series[Any], group: pd.Series[int], groups: int) -> pd.Series[Any]:
    """For each group the list of its ids."""
    ordered = pa.array(ids.to_numpy(dtype=object)[group.argsort(kind="stable")], pa.string())
    offsets = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    lists = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), ordered)
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([lists])))


def graph_of(dataset: Dataset) -> nx.MultiDiGraph[str]:
    """Nodes are concept ids with what is known of the concept; edges are statements, with ``relation`` and ``polarity`` as their key."""
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    statements = dataset.statements
    used = set(statements["head_concept_id"]) | set(statements["tail_concept_id"])
    concepts = dataset.concepts
    for row in _plain(concepts[concepts["concept_id"].isin(used)]):
        graph.add_node(row.pop("concept_id"), **row)
    for row in _plain(statements):
        head, tail = row.pop("head_concept_id"), row.pop("tail_concept_id")
        for end, node in (("head", head), ("tail", tail)):
            if node not in graph:
                graph.add_node(node, name=row[f"{end}_concept"], type=row[f"{end}_type"])
        ends = {f"{end}_{what}" for end in ("head", "tail") for what in ("concept", "type")}
        negated = "" if row["polarity"] == Polarity.AFFIRMED else f" {row['polarity']}"
        known = {name: value for name, value in row.items() if name not in ends}
        graph.add_edge(head, tail, key=f"{row['relation']}{negated}", **known)
    return graph


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows with plain Python values, without what is missing."""
    columns = {str(name): pa.array(frame[name]).to_pylist() for name in frame.columns}
    rows = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    return [{name: value for name, value in row.items() if value is not None} for row in rows]
