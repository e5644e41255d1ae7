"""A dataset in a notebook: its tables as DataFrames, loaded when they are asked for, and the questions that everybody has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import UsageError
from pipeline.schema import ArticleRecord, Polarity, RelationType, Verdict
from pipeline.tables.layout import Table, layout
from pipeline.tables.reading import files_of, read_pieces, read_table, to_pandas

if TYPE_CHECKING:
    import networkx as nx

    from pipeline.tables.difference import Difference
    from pipeline.tables.views import ArticleView, Evidence

Where: TypeAlias = Any
"""A pyarrow expression, or a list such as ``[("type", "=", "TREATS")]``; None keeps all rows."""
_SUFFIXES: Final = (".parquet", ".jsonl", ".jsonl.gz")
_NEEDED: Final = ("articles", "triples")
"""Files without which a folder is no dataset; the others may have nothing to say."""
_RELATION: Final = {"relations": "type", "triples": "relation"}
"""Tables of what articles say -> their column with the relation."""


def load_dataset(path: str | Path) -> Dataset:
    """The dataset in a folder: of JSON lines or Parquet, in single files or many. Nothing is read before it is asked for.

    Raises UsageError where there is none.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise UsageError(f"no such folder: {folder}; a dataset is what `health-triples run` writes")
    for name in _NEEDED:
        if not files_of(folder, name, _SUFFIXES):
            raise UsageError(f"{folder} is no dataset: it has no {name}.jsonl or {name}.parquet")
    return Dataset(folder)


@dataclass(frozen=True, slots=True)
class _Kept:
    """Which statements a filtered dataset keeps."""

    min_confidence: float = 0.0
    polarity: str | None = None
    certainty: str | None = None
    relation: tuple[str, ...] = ()
    reviewed: bool | str | None = None

    def expression(self, table: str) -> pc.Expression | None:
        """What can be decided while the file is read."""
        parts = []
        if self.min_confidence > 0:
            parts.append(pc.field("confidence") >= self.min_confidence)
        if self.polarity:
            parts.append(pc.field("polarity") == self.polarity)
        if self.certainty:
            parts.append(pc.field("certainty") == self.certainty)
        if self.relation:
            parts.append(pc.field(_RELATION[table]).cast(pa.string()).isin(list(self.relation)))
        return _all(parts)


class Dataset:
    """The tables of a dataset as attributes, each read once, when it is first asked for.

    ``articles``, ``blocks``, ``sentences``, ``entities``, ``relations``, ``furniture``, ``triples``, ``concepts``, ``identifiers``,
    ``rejected``, ``reviewed``, and ``statements``, which is counted of the triples.
    """

    def __init__(self, folder: Path, kept: _Kept | None = None) -> None:
        self.folder = folder
        self._kept = kept or _Kept()
        self._frames: dict[str, pd.DataFrame] = {}

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name not in layout():
            raise AttributeError(f"a dataset has no table {name!r}; it has {', '.join(layout())}")
        if name not in self._frames:
            self._frames[name] = self.table(name)
        return self._frames[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *layout()]

    def __repr__(self) -> str:
        kept = "" if self._kept == _Kept() else ", filtered"
        return f"Dataset({self.folder.as_posix()!r}{kept})"

    def table(self, name: str, columns: Sequence[str] | None = None, where: Where = None) -> pd.DataFrame:
        """Some columns of the rows of a table for which ``where`` holds; only these are read.

        ``where`` is a pyarrow expression or a list such as ``[("type", "=", "TREATS"), ("confidence", ">", 0.8)]``.
        """
        frame: pd.DataFrame = to_pandas(self.rows(name, columns, where), layout()[name])
        return frame

    def rows(self, name: str, columns: Sequence[str] | None = None, where: Where = None) -> pa.Table:
        """The same as an Arrow table."""
        table, wanted = _table(name, columns)
        condition = self._condition(name, where)
        if name == "concepts" and not files_of(self.folder, name, _SUFFIXES):
            found = self._concepts_of_entities()
            return (found.filter(condition) if condition is not None else found).select(wanted)
        if name in _RELATION and ("reviewed" in wanted or self._kept.reviewed is not None):
            key = table.key or ""
            rows = read_table(self.folder, table, list(dict.fromkeys([key, "reviewed", *wanted])), condition)
            return self._with_verdicts(rows, key).select(wanted)
        return read_table(self.folder, table, wanted, condition)

    def pieces(self, name: str) -> Iterator[pa.Table]:
        """All rows of a table, in pieces that fit into little memory."""
        table, wanted = _table(name, None)
        if name == "concepts" and not files_of(self.folder, name, _SUFFIXES):
            yield self._concepts_of_entities()
            return
        for piece in read_pieces(self.folder, table, wanted, self._condition(name, None)):
            yield self._with_verdicts(piece, table.key or "") if name in _RELATION else piece

    def _condition(self, name: str, where: Where) -> pc.Expression | None:
        asked = pq.filters_to_expression(where) if isinstance(where, list) else where
        kept = self._kept.expression(name) if name in _RELATION else None
        return _all([part for part in (asked, kept) if part is not None])

    @cached_property
    def _verdicts(self) -> pa.Table:
        return read_table(self.folder, layout()["reviewed"], ["triple_id", "reviewed"])

    def _with_verdicts(self, rows: pa.Table, key: str) -> pa.Table:
        """The rows with what reviewers said of them, and of a filtered dataset those that it keeps."""
        known = self._verdicts
        if known.num_rows:
            ids = known["triple_id"].combine_chunks()
            newest = pc.subtract(len(ids) - 1, pc.index_in(rows[key], value_set=ids[::-1]))
            verdicts = known["reviewed"].cast(pa.string()).combine_chunks().take(newest.combine_chunks())
            rows = rows.set_column(rows.column_names.index("reviewed"), "reviewed", verdicts.dictionary_encode())
        wanted = self._kept.reviewed
        if wanted is None:
            return rows
        said = rows["reviewed"].cast(pa.string())
        return rows.filter(pc.equal(said, wanted) if isinstance(wanted, str) else said.is_valid() if wanted else said.is_null())

    def _concepts_of_entities(self) -> pa.Table:
        """What version 1.0 says of concepts: their names and types, in its entities."""
        table = layout()["concepts"]
        frame = self.table("entities", ["concept_id", "concept", "type"]).drop_duplicates("concept_id").astype(str)
        rows = {"concept_id": frame["concept_id"], "name": frame["concept"], "type": frame["type"]}
        columns = []
        for column in table.columns:
            values = pa.array(rows[column.name].tolist(), pa.string()) if column.name in rows else pa.nulls(len(frame), pa.string())
            columns.append(values.dictionary_encode() if pa.types.is_dictionary(column.type) else values)
        return pa.table(columns, names=[column.name for column in table.columns])

    # what everybody asks

    def filter(
        self,
        *,
        min_confidence: float = 0.0,
        polarity: str | None = None,
        certainty: str | None = None,
        relation: str | Sequence[str] = (),
        reviewed: bool | str | None = None,
    ) -> Dataset:
        """The dataset with these relations and triples only; articles, entities and concepts stay.

        ``reviewed`` keeps what reviewers judged (True), what nobody looked at (False), or what they called ``"correct"`` and so on.
        """
        names = (relation,) if isinstance(relation, str) else tuple(relation)
        for value, known in ((polarity, Polarity), *((name, RelationType) for name in names), (reviewed, Verdict)):
            if isinstance(value, str) and value not in set(known):
                raise UsageError(f"there is no {known.__name__.lower()} {value!r}: choose one of {', '.join(known)}")
        old = self._kept
        kept = _Kept(
            min_confidence=max(old.min_confidence, min_confidence),
            polarity=polarity or old.polarity,
            certainty=certainty or old.certainty,
            relation=names or old.relation,
            reviewed=old.reviewed if reviewed is None else reviewed,
        )
        return Dataset(self.folder, kept)

    def records(self) -> Iterator[ArticleRecord]:
        """The articles as validated records, one at a time."""
        from pipeline.tables.articles import lines_of

        return (ArticleRecord.model_validate(line) for line in lines_of(self, "articles"))

    def article(self, name: str) -> ArticleView:
        """An article by its id or its source, for reading: in a notebook with entities coloured and relations listed."""
        from pipeline.tables.views import article_view

        return article_view(self, name)

    def evidence(self, relation_id: str, neighbours: int = 1) -> Evidence:
        """The sentences that state a relation, with those around them, and where its ends stand in the source."""
        from pipeline.tables.views import evidence_of

        return evidence_of(self, relation_id, neighbours)

    @cached_property
    def statements(self) -> pd.DataFrame:
        """What the articles together say: a row for each (head concept, relation, tail concept, polarity)."""
        from pipeline.tables.statements import statements_of

        return statements_of(self)

    def graph(self) -> nx.MultiDiGraph[str]:
        """The statements as a graph of concepts."""
        from pipeline.tables.statements import graph_of

        return graph_of(self)

    def diff(self, other: Dataset) -> Difference:
        """What ``other``, a newer run, added, lost and changed."""
        from pipeline.tables.difference import difference

        return difference(self, other)


def _table(name: str, columns: Sequence[str] | None) -> tuple[Table, list[str]]:
    if name not in layout():
        raise UsageError(f"there is no table {name!r}: choose one of {', '.join(layout())}")
    table = layout()[name]
    known = [column.name for column in table.columns]
    for column in columns or ():
        if column not in known:
            raise UsageError(f"the table {name} has no column {column!r}: it has {', '.join(known)}")
    return table, list(known if columns is None else columns)


def _all(parts: Sequence[pc.Expression]) -> pc.Expression | None:
    found: pc.Expression | None = None
    for part in parts:
        found = part if found is None else found & part
    return found
