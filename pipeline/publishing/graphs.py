"""The statements as a graph of concepts, for programs that draw or query graphs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import networkx as nx

from pipeline.tables import Dataset

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NEO4J: Final = {bool: "boolean", int: "int", float: "double", list: "string[]"}
Files = Iterator[tuple[str, bytes]]


def write_graphml(dataset: Dataset) -> Files:
    """GraphML, which Gephi, yEd and igraph read. It has no lists: triple ids are separated by spaces."""
    graph = _mapped(dataset.graph(), lambda value: " ".join(value) if isinstance(value, list) else _printable(value))
    content = io.BytesIO()
    nx.write_graphml(graph, content, edge_id_from_attribute=None)
    yield "graph.graphml", content.getvalue()


def write_cytoscape(dataset: Dataset) -> Files:
    """Cytoscape's JSON."""
    yield "graph.cyjs", (json.dumps(nx.cytoscape_data(dataset.graph()), ensure_ascii=False) + "\n").encode()


def write_neo4j(dataset: Dataset) -> Files:
    """Two files for ``neo4j-admin database import full --nodes=nodes.csv --relationships=relationships.csv``."""
    graph = dataset.graph()
    nodes = [({":ID": node} | data, str(data["type"]).capitalize()) for node, data in graph.nodes(data=True)]
    edges = [({":START_ID": u, ":END_ID": v} | data, str(data["relation"])) for u, v, data in graph.edges(data=True)]
    yield "nodes.csv", _csv(nodes, ":LABEL")
    yield "relationships.csv", _csv(edges, ":TYPE")


def _csv(rows: list[tuple[dict[str, Any], str]], label: str) -> bytes:
    """Rows with typed columns in the order in which they first appear; lists are separated by semicolons."""
    names = list(dict.fromkeys(name for row, _ in rows for name in row))
    kinds = {name: next(type(row[name]) for row, _ in rows if name in row) for name in names}
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*(name if name.startswith(":") else _column(name, kinds[name]) for name in names), label])
    for row, kind in rows:
        writer.writerow([*(_text(row.get(name)) for name in names), kind])
    return file.getvalue().encode()


def _column(name: str, kind: type) -> str:
    return f"{name}:{_NEO4J[kind]}" if kind in _NEO4J else name


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join(str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _printable(value: Any) -> Any:
    """XML has no place for control characters."""
    return _CONTROL.sub("\ufffd", value) if isinstance(value, str) else value


def _mapped(graph: nx.MultiDiGraph[str], change: Callable[[Any], Any]) -> nx.MultiDiGraph[str]:
    attributes: Iterable[dict[str, Any]] = (
        *(data for _, data in graph.nodes(data=True)),
        *(data for _, _, data in graph.edges(data=True)),
    )
    for data in attributes:
        data.update({name: change(value) for name, value in data.items()})
    return graph
