"""What a newer run of the pipeline added, lost and changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from pipeline.tables.dataset import Dataset

_SHOWN = ["source", "head_concept", "relation", "tail_concept", "polarity"]


@dataclass(frozen=True, slots=True)
class Difference:
    """``triples`` has a row for each triple that differs, ``articles`` one for each article that only one of the two has."""

    triples: pd.DataFrame
    articles: pd.DataFrame

    @property
    def by_article(self) -> pd.DataFrame:
        """Counts of added, lost and changed triples by article."""
        return _counts(self.triples, "source")

    @property
    def by_rule(self) -> pd.DataFrame:
        """Counts by rule: that of the newer run, and of the older one for what was lost."""
        return _counts(self.triples.assign(rule=self.triples["new_rule"].fillna(self.triples["old_rule"])), "rule")

    def __len__(self) -> int:
        return len(self.triples)

    def __repr__(self) -> str:
        counts = self.triples["change"].value_counts()
        return "Difference(" + ", ".join(f"{counts.get(name, 0):,} {name}" for name in ("added", "lost", "changed")) + ")"

    def _repr_html_(self) -> str:
        return f"<p>{self!r}</p>{self.triples.head(100).to_html(index=False, max_rows=100)}"


def _counts(triples: pd.DataFrame, by: str) -> pd.DataFrame:
    counts = pd.crosstab(triples[by].astype(object), triples["change"].astype(object))
    counts = counts.reindex(columns=["added", "lost", "changed"], fill_value=0)
    counts.columns.name = None
    return counts.loc[(-counts.sum(axis=1)).sort_values(kind="stable").index]


def difference(old: Dataset, new: Dataset) -> Difference:
    """Triples are the same when their ids are: article, concepts, relation and polarity agree."""
    before, after = (dataset.triples.set_index("triple_id") for dataset in (old, new))
    shared = after.index.intersection(before.index)
    fields = _changed(before.loc[shared], after.loc[shared])
    pieces = [
        _described("added", after.loc[after.index.difference(before.index)], None, after),
        _described("lost", before.loc[before.index.difference(after.index)], before, None),
        _described("changed", after.loc[fields.index], before, after, fields),
    ]
    triples = pd.concat([piece for piece in pieces if len(piece)] or [pieces[0]], ignore_index=True)
    return Difference(triples, _articles(old, new))


def _changed(before: pd.DataFrame, after: pd.DataFrame) -> pd.Series[str]:
    """For the triples of which anything changed, the names of what did."""
    names: dict[str, list[str]] = {}
    for column in after.columns:
        a, b = (pa.array(frame[column]).to_pylist() for frame in (before, after))
        for triple_id, one, other in zip(after.index, a, b, strict=True):
            if one != other:
                names.setdefault(triple_id, []).append(str(column))
    return pd.Series({triple_id: ", ".join(columns) for triple_id, columns in names.items()}, dtype="str")


def _described(
    change: str, rows: pd.DataFrame, before: pd.DataFrame | None, after: pd.DataFrame | None, fields: pd.Series[str] | None = None
) -> pd.DataFrame:
    found = pd.DataFrame({"change": change, "triple_id": rows.index}).astype("str")
    for name in _SHOWN:
        found[name] = rows[name].astype("str").to_numpy()
    for label, frame in (("old", before), ("new", after)):
        for name, kind in (("rule", "str"), ("confidence", "float64")):
            values = frame.loc[rows.index, name].to_numpy() if frame is not None else None
            found[f"{label}_{name}"] = pd.Series(values, index=found.index, dtype=kind)
    found["fields"] = "" if fields is None else fields.loc[rows.index].to_numpy()
    return found


def _articles(old: Dataset, new: Dataset) -> pd.DataFrame:
    before, after = (dataset.table("articles", ["article_id", "source"]) for dataset in (old, new))
    added = after[~after["article_id"].isin(before["article_id"])].assign(change="added")
    lost = before[~before["article_id"].isin(after["article_id"])].assign(change="lost")
    return pd.concat([added, lost], ignore_index=True)[["change", "article_id", "source"]]
