"""What a review leaves behind: gold of completed articles, and verdicts on triples beside the dataset."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from pipeline.dataset.inputs import numbered
from pipeline.dataset.staging import write_file, write_files
from pipeline.errors import UsageError
from pipeline.evaluation.gold import GoldDocument, GoldEntity, GoldRelation, check_gold, gold_bytes, stem
from pipeline.review.board import Board
from pipeline.review.events import End, Statement
from pipeline.review.truth import Truth, truth_of
from pipeline.schema import ArticleRecord, EntityType, ReviewedRecord, Verdict

REVIEWED_FILE: Final = "reviewed.jsonl"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    articles: int
    entities: int
    relations: int
    doubtful: int
    """Triples of these articles about which reviewers are unsure or differ; the gold is without them."""
    lost: int
    """Statements whose words the article has no longer, or that gold cannot hold."""
    verdicts: int


@dataclass(frozen=True, slots=True)
class Gold:
    """A gold file with the text that it was made on."""

    document: GoldDocument
    text: bytes
    doubtful: int
    lost: int


def export(board: Board, out: Path | None, *, overwrite: bool = False) -> Exported:
    """Write gold of all completed articles to a folder, all or nothing, and ``reviewed.jsonl`` beside the dataset.

    Without a folder only the latter.
    Raises UsageError where a file of the folder would be replaced, OutputError where one cannot be written.
    """
    golds = [] if out is None else list(golds_of(board))
    if out is not None and golds:
        _write(golds, out, overwrite=overwrite)
    verdicts = list(verdicts_of(board))
    write_file(board.dataset.folder / REVIEWED_FILE, "".join(f"{one.model_dump_json()}\n" for one in verdicts).encode())
    return Exported(
        articles=len(golds),
        entities=sum(len(gold.document.entities) for gold in golds),
        relations=sum(len(gold.document.relations) for gold in golds),
        doubtful=sum(gold.doubtful for gold in golds),
        lost=sum(gold.lost for gold in golds),
        verdicts=len(verdicts),
    )


def golds_of(board: Board) -> Iterator[Gold]:
    """The gold of every completed article, in the order of the dataset."""
    dataset = board.dataset
    names = gold_names(dataset.sources)
    for place in sorted(dataset.places[article] for article in board.state.completed_articles() if article in dataset.places):
        article = dataset.articles[place]
        yield gold_of(names[place], dataset.record(article), truth_of(board.state, article))


def verdicts_of(board: Board) -> Iterator[ReviewedRecord]:
    """What reviewers came to of each triple as it is now, in the order of the dataset."""
    for index in sorted(board.outcomes):
        yield ReviewedRecord(triple_id=board.dataset.ids[index], reviewed=Verdict(board.outcomes[index].answer))


def _write(golds: Iterable[Gold], out: Path, *, overwrite: bool) -> None:
    files = {}
    for gold in golds:
        files[f"{gold.document.id}.json"] = gold_bytes(gold.document)
        files[gold.document.source] = gold.text
    present = sorted(name for name in files if (out / name).exists())
    if present and not overwrite:
        raise UsageError(f"{out / present[0]} is there already: choose another folder, or replace such files with --overwrite")
    write_files(out, files)


def gold_names(sources: Iterable[str]) -> list[str]:
    """Names for gold files: those of the articles' files without suffix, as the loader of gold looks for them; the second of a name gets
    a number.
    """
    return numbered((stem(PurePosixPath(source).name) for source in sources), "-")


def gold_of(name: str, record: ArticleRecord, truth: Truth) -> Gold:
    """What reviewers say of an article as gold on its reading text. Raises ResourceError for gold that breaks a rule: a fault of ours."""
    statements, lost = _placed(record.text, truth.statements.values())
    entities = _entities(record, truth, [end for one in statements for end in (one.head, one.tail)])
    concepts = {entity.concept for entity in entities}
    relations: dict[tuple[str, ...], GoldRelation] = {}
    for one in statements:
        key = (one.head.concept, one.relation, one.tail.concept, one.polarity)
        if one.head.concept == one.tail.concept or not {one.head.concept, one.tail.concept} <= concepts:
            lost += 1
        elif key not in relations:
            relations[key] = GoldRelation(
                id=f"R{len(relations) + 1}",
                type=one.relation,
                head=one.head.concept,
                tail=one.tail.concept,
                polarity=one.polarity,
                evidence=one.evidence,
            )
    text = record.text.encode()
    document = GoldDocument(
        id=name,
        source=f"{name}.ref.txt",
        sha256=hashlib.sha256(text).hexdigest(),
        entities=entities,
        relations=tuple(relations.values()),
    )
    check_gold(document, text, Path(f"{name}.json"))
    return Gold(document, text, truth.doubtful, lost)


def _entities(record: ArticleRecord, truth: Truth, ends: Iterable[End]) -> tuple[GoldEntity, ...]:
    """What reviewers added or related, and what was found besides, without what they called none; nothing overlaps."""
    denied = {(end.start, end.end) for end in truth.wrong_entities}
    added, _ = _placed_ends(record.text, truth.added_entities)
    found = [(one.start, one.end, one.type, one.concept) for one in (*added, *ends)]
    found += [(one.start, one.end, one.type, one.concept) for one in record.entities if (one.start, one.end) not in denied]
    chosen: list[tuple[int, int, EntityType, str]] = []
    taken: set[int] = set()
    for start, end, kind, concept in found:
        places = range(start, end)
        if taken.isdisjoint(places):
            taken.update(places)
            chosen.append((start, end, kind, concept))
    return tuple(
        GoldEntity(id=f"T{number}", type=kind, start=start, end=end, text=record.text[start:end], concept=concept)
        for number, (start, end, kind, concept) in enumerate(sorted(chosen), 1)
    )


# places


def _placed(text: str, statements: Iterable[Statement]) -> tuple[list[Statement], int]:
    """Statements at their places in a text that may have been cleaned anew since, and how many have none there."""
    found, lost = [], 0
    for statement in statements:
        ends, missing = _placed_ends(text, (statement.head, statement.tail))
        if missing:
            lost += 1
            continue
        moved = ends[0].start - statement.head.start
        evidence = tuple((max(0, start + moved), min(len(text), end + moved)) for start, end in statement.evidence)
        valid = tuple((start, end) for start, end in evidence if start < end) or tuple((end.start, end.end) for end in ends)
        found.append(statement.model_copy(update={"head": ends[0], "tail": ends[1], "evidence": valid}))
    return found, lost


def _placed_ends(text: str, ends: Iterable[End]) -> tuple[list[End], int]:
    placed = [_at_place(text, end) for end in ends]
    found = [end for end in placed if end is not None]
    return found, len(placed) - len(found)


def _at_place(text: str, end: End) -> End | None:
    """An end where its words stand, which is its old place or the nearest to it."""
    if text[end.start : end.end] == end.text:
        return end
    starts = _occurrences(text, end.text)
    if not starts:
        return None
    start = min(starts, key=lambda place: abs(place - end.start))
    return end.model_copy(update={"start": start, "end": start + len(end.text)})


def _occurrences(text: str, words: str) -> list[int]:
    found = []
    start = text.find(words)
    while start >= 0:
        found.append(start)
        start = text.find(words, start + 1)
    return found
