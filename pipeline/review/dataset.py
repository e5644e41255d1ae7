"""A dataset for review: its triples as columns in memory, its articles read one by one from their places in the file.

Nothing is kept on disk: Arrow parses 100,000 triples in about a second, and columns of codes answer every question about them in a few
milliseconds. The file of articles stays open, so that a run that replaces it does not mix old places with new lines.
"""

from __future__ import annotations

import hashlib
import json
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from pipeline.errors import ResourceError, UsageError
from pipeline.review.events import Seen
from pipeline.review.reading import Reading
from pipeline.review.statements import statement_of
from pipeline.schema import ArticleRecord, RelationRecord
from pipeline.tables import load_dataset

Codes: TypeAlias = npt.NDArray[np.int32]
Mask: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]
Report: TypeAlias = Callable[[str], None]

_COLUMNS: Final = (
    "triple_id",
    "article_id",
    "head_text",
    "head_concept",
    "head_concept_id",
    "head_type",
    "relation",
    "tail_text",
    "tail_concept",
    "tail_concept_id",
    "tail_type",
    "polarity",
    "certainty",
    "confidence",
    "evidence",
    "rule",
)
_JUDGED: Final = ("head_text", "head_type", "relation", "tail_text", "tail_type", "polarity", "evidence")
_FILES: Final = ("articles.jsonl", "triples.jsonl")
_KEPT_ARTICLES: Final = 32
"""Parsed articles that are kept: a reviewer stays in one for a while."""


class UnknownId(UsageError):
    """The dataset has no such triple or article."""


@dataclass(frozen=True, slots=True)
class Category:
    """A column of few values: the values, sorted, and for each triple the place of its own."""

    values: tuple[str, ...]
    codes: Codes

    def mask(self, value: str) -> Mask:
        """The triples that have a value."""
        place = bisect_left(self.values, value)
        known = place < len(self.values) and self.values[place] == value
        found: Mask = self.codes == (place if known else -1)
        return found

    def of(self, index: int) -> str:
        """The value of a triple."""
        return self.values[int(self.codes[index])]

    def counts(self) -> dict[str, int]:
        """How many triples have each value."""
        return dict(zip(self.values, np.bincount(self.codes, minlength=len(self.values)).tolist(), strict=True))

    @classmethod
    def made_of(cls, values: Sequence[str] | pa.ChunkedArray) -> Category:
        """The column of these values."""
        if not isinstance(values, pa.ChunkedArray):
            values = pa.chunked_array([pa.array(values, pa.string())])
        encoded = values.cast(pa.string()).combine_chunks().dictionary_encode()
        known: list[str] = encoded.dictionary.to_pylist()
        order = sorted(range(len(known)), key=known.__getitem__)
        places = np.empty(len(known), np.int32)
        places[order] = np.arange(len(known), dtype=np.int32)
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        return cls(tuple(known[place] for place in order), places[codes] if len(known) else codes.astype(np.int32))


class ReviewDataset:
    """The triples and articles of a folder. Triples are named by their index, which is their place in ``triples.jsonl``."""

    def __init__(self, folder: Path, report: Report = lambda line: None) -> None:
        """Read the triples, and find the articles. Raises UsageError or ResourceError where the folder is no dataset of lines."""
        self.folder = folder
        source = load_dataset(folder)
        for name in _FILES:
            if not (folder / name).is_file():
                raise UsageError(f"{folder} has no {name}: make it with `health-triples export {folder} --format jsonl`, and review that")
        self._stamp = _stamp(folder)
        self._file = (folder / "articles.jsonl").open("rb")
        self._at_file = threading.Lock()
        self.reading = lru_cache(_KEPT_ARTICLES)(self._reading_of)
        try:
            report("reading the triples")
            self._read_triples(source.rows("triples", list(_COLUMNS)))
            report(f"{len(self.ids):,} triples; finding the articles")
            self._read_articles(source.rows("articles", ["article_id", "source", "title"]))
            self._check()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file of articles."""
        self._file.close()

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def outdated(self) -> bool:
        """Whether the files are others by now."""
        try:
            return _stamp(self.folder) != self._stamp
        except OSError:
            return True

    def _read_triples(self, rows: pa.Table) -> None:
        self._rows = rows
        self.ids: list[str] = rows["triple_id"].to_pylist()
        self._index = {triple: index for index, triple in enumerate(self.ids)}
        self.confidence: Floats = rows["confidence"].to_numpy()
        self.relation = Category.made_of(rows["relation"])
        self.rule = Category.made_of(rows["rule"])
        self.polarity = Category.made_of(rows["polarity"])

    def _read_articles(self, articles: pa.Table) -> None:
        self.articles: list[str] = articles["article_id"].to_pylist()
        self.sources: list[str] = articles["source"].to_pylist()
        self.titles: list[str | None] = articles["title"].to_pylist()
        self.places = {article: place for place, article in enumerate(self.articles)}
        self._offsets = [offset for offset, line in _lines(self._file) if line.strip()]
        if len(self._offsets) != len(self.articles):
            raise ResourceError(f"{self.folder / 'articles.jsonl'} has {len(self._offsets)} lines, and {len(self.articles)} articles")
        named = self._rows["article_id"].combine_chunks()
        found = pc.index_in(named, value_set=pa.array(self.articles, pa.string()))
        if found.null_count:
            missing = named.filter(found.is_null())[0].as_py()
            raise ResourceError(f"{self.folder / 'triples.jsonl'} has triples of {missing}, and articles.jsonl no such article")
        self.article: Codes = found.to_numpy(zero_copy_only=False).astype(np.int32)
        """For each triple the place of its article."""

    def _check(self) -> None:
        if len(self._index) != len(self.ids):
            raise ResourceError(f"{self.folder / 'triples.jsonl'} has a triple twice: make the dataset anew")
        if self.outdated:
            raise ResourceError(f"{self.folder} changed while it was read: is a run writing to it? try again when it is done")

    # one triple

    def index(self, triple: str) -> int:
        """The index of a triple. Raises UnknownId."""
        found = self._index.get(triple)
        if found is None:
            raise UnknownId(f"{self.folder} has no triple {triple[:80]!r}")
        return found

    def find(self, triple: str) -> int | None:
        """The index of a triple, if it is there."""
        return self._index.get(triple)

    def values(self, indices: Sequence[int]) -> list[dict[str, Any]]:
        """The columns of some triples."""
        rows: list[dict[str, Any]] = self._rows.take(pa.array(indices, pa.int64())).to_pylist()
        return rows

    def fingerprints(self, indices: Sequence[int]) -> list[str]:
        """A digest for each of what a reviewer judges: ends, relation, polarity and sentences, but not rule and confidence."""
        columns = self._rows.select(list(_JUDGED)).take(pa.array(indices, pa.int64())).to_pydict()
        seen = zip(*(columns[name] for name in _JUDGED), strict=True)
        return [hashlib.sha256(json.dumps(one, ensure_ascii=False).encode()).hexdigest()[:16] for one in seen]

    def relation_of(self, index: int) -> tuple[Reading, RelationRecord]:
        """A triple in its article. Raises ResourceError where the two files are not of one run."""
        article = self.reading(self.articles[self.article[index]])
        relation = article.relations.get(self.ids[index].rpartition(":")[2])
        if relation is None:
            raise ResourceError(f"{self.folder}: the article of {self.ids[index]} has no such relation: make the dataset anew")
        return article, relation

    def seen(self, index: int) -> Seen:
        """What a reviewer sees of a triple."""
        article, relation = self.relation_of(index)
        return Seen(
            statement=statement_of(article, relation),
            rule=relation.rule,
            confidence=relation.confidence,
            fingerprint=self.fingerprints([index])[0],
        )

    # articles

    def record(self, article: str) -> ArticleRecord:
        """An article. Raises UnknownId, or ResourceError where its line is none."""
        return self.reading(article).record

    def _reading_of(self, article: str) -> Reading:
        place = self.place_of(article)
        with self._at_file:
            self._file.seek(self._offsets[place])
            line = self._file.readline()
        try:
            return Reading(ArticleRecord.model_validate_json(line))
        except ValidationError as error:
            raise ResourceError(
                f"{self.folder / 'articles.jsonl'}, article {place + 1}: {error.errors()[0]['msg']}; run it anew"
            ) from error

    def place_of(self, article: str) -> int:
        """The place of an article in the file. Raises UnknownId."""
        found = self.places.get(article)
        if found is None:
            raise UnknownId(f"{self.folder} has no article {article[:80]!r}")
        return found

    def of_article(self, article: str) -> list[int]:
        """The triples of an article."""
        place = self.place_of(article)
        starts, order = self._by_article
        return [int(index) for index in order[starts[place] : starts[place + 1]]]

    @cached_property
    def _by_article(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        order = np.argsort(self.article, kind="stable")
        return np.searchsorted(self.article[order], np.arange(len(self.articles) + 1)), order

    # all triples

    @cached_property
    def head(self) -> Category:
        """Concept ids of heads."""
        return Category.made_of(self._rows["head_concept_id"])

    @cached_property
    def tail(self) -> Category:
        """Concept ids of tails."""
        return Category.made_of(self._rows["tail_concept_id"])

    @cached_property
    def pair(self) -> Category:
        """The types of both ends: ``REMEDY-CONDITION``."""
        ends = (self._rows[name].cast(pa.string()) for name in ("head_type", "tail_type"))
        return Category.made_of(pc.binary_join_element_wise(*ends, "-"))

    @cached_property
    def kind(self) -> Category:
        """What made the triple: the rule before its colon."""
        return self._coarser(self.rule, lambda rule: rule.partition(":")[0])

    @cached_property
    def source(self) -> Category:
        """Where the article is from: the folder of its source, or where all lie in one folder the source itself."""
        folders = [source.rpartition("/")[0] for source in self.sources]
        names = folders if len(set(folders)) > 1 else self.sources
        return Category.made_of([names[place] for place in self.article])

    @cached_property
    def band(self) -> Category:
        """The confidence in tenths: ``0.8-0.9``; the last has 1 in it."""
        tenths = np.clip(np.floor(self.confidence * 10 + 1e-9).astype(int), 0, 9)
        return Category.made_of([f"{tenth / 10:.1f}-{(tenth + 1) / 10:.1f}" for tenth in tenths.tolist()])

    @staticmethod
    def _coarser(fine: Category, name: Callable[[str], str]) -> Category:
        coarse = Category.made_of([name(value) for value in fine.values])
        return Category(coarse.values, coarse.codes[fine.codes] if len(fine.values) else fine.codes)

    @cached_property
    def triples_of_concept(self) -> dict[str, int]:
        """In how many triples each concept stands."""
        found = self.head.counts()
        for concept, count in self.tail.counts().items():
            found[concept] = found.get(concept, 0) + count
        return found

    @cached_property
    def weight_of_concepts(self) -> Floats:
        """For each triple in how many triples its concepts stand: the geometric mean of both ends."""
        counts = self.triples_of_concept
        head, tail = (np.array([counts[name] for name in end.values], float)[end.codes] for end in (self.head, self.tail))
        found: Floats = np.sqrt(head * tail)
        return found

    def between(self, index: int) -> list[int]:
        """The other triples with the same head and tail concept."""
        pairs, order, ordered = self._pairs
        first, last = np.searchsorted(ordered, pairs[index], "left"), np.searchsorted(ordered, pairs[index], "right")
        return [other for other in order[first:last].tolist() if other != index]

    @cached_property
    def _pairs(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        pairs = self.head.codes.astype(np.int64) * max(len(self.tail.values), 1) + self.tail.codes
        order = np.argsort(pairs, kind="stable")
        return pairs, order, pairs[order]

    def with_concept(self, name: str) -> Mask:
        """The triples with a concept of this id or name."""
        found: Mask = np.zeros(len(self), np.bool_)
        for column in (self.head, self.tail):
            found |= column.mask(name)
        for column_name in ("head_concept", "tail_concept"):
            found |= pc.equal(self._rows[column_name].cast(pa.string()), name.lower()).to_numpy(zero_copy_only=False)
        return found

    def with_text(self, text: str) -> Mask:
        """The triples that have a text in their concepts, mentions or sentences, without regard to case."""
        found: Mask = pc.match_substring(self._searchable, text, ignore_case=True).to_numpy(zero_copy_only=False)
        return found

    @cached_property
    def _searchable(self) -> pa.ChunkedArray:
        evidence = pc.binary_join(self._rows["evidence"], "\n")
        names = (self._rows[name].cast(pa.string()) for name in ("head_text", "head_concept", "tail_text", "tail_concept"))
        return pc.binary_join_element_wise(*names, evidence, "\n")

    def with_source(self, name: str) -> Mask:
        """The triples of the article with this id, or of those with this in their source or title, without regard to case."""
        if name in self.places:
            places = [self.places[name]]
        else:
            wanted = name.casefold()
            texts = (f"{source}\n{title or ''}".casefold() for source, title in zip(self.sources, self.titles, strict=True))
            places = [place for place, text in enumerate(texts) if wanted in text]
        found: Mask = np.isin(self.article, places)
        return found


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their places."""
    offset = 0
    for line in file:
        yield offset, line
        offset += len(line)


def _stamp(folder: Path) -> tuple[tuple[int, int], ...]:
    """What tells one state of the files from another. Raises OSError where one is missing."""
    found = ((folder / name).stat() for name in _FILES)
    return tuple((status.st_size, status.st_mtime_ns) for status in found)
