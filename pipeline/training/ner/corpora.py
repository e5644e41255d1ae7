"""Where training samples come from: gold articles, snippets, and open text with what the rules find in it (silver)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.article import Source, TypedSpan
from pipeline.cleaning import clean
from pipeline.errors import ResourceError, UsageError
from pipeline.evaluation.alignment import NOWHERE, Aligner
from pipeline.evaluation.gold import SPLITS_FILE, GoldArticle, Split, gold_paths, load_gold, load_splits
from pipeline.readers import read
from pipeline.schema import EntityType
from pipeline.settings import Settings
from pipeline.training.ner.samples import Sample, analysed, sample_of
from pipeline.training.reading import analysed_article
from pipeline.training.snippets import SNIPPETS_FOLDER, load_snippets


@dataclass(frozen=True, slots=True)
class Corpora:
    """All that a tagger is trained on."""

    articles: tuple[Sample, ...]
    snippets: tuple[Sample, ...]
    silver: tuple[Sample, ...]

    @property
    def sizes(self) -> dict[str, dict[str, int]]:
        """Texts, words and mentions of each kind."""
        return {name: _size(getattr(self, name)) for name in ("articles", "snippets", "silver")}


def _size(samples: tuple[Sample, ...]) -> dict[str, int]:
    blocks = [block for sample in samples for block in sample]
    return {"texts": len(samples), "words": sum(len(b.words) for b in blocks), "mentions": sum(len(b.marked) for b in blocks)}


def load_corpora(gold: Path, corpus: Path, treebank: Path | None, report: Callable[[str], None]) -> Corpora:
    """The train split of ``gold``, the snippets in it, and the sentences of a treebank. Raises UsageError or ResourceError."""
    report("reading the gold")
    articles = tuple(_gold_sample(article) for article in load_gold(gold, corpus, _train_split(gold)).articles)
    report("reading the snippets")
    snippets = tuple(_snippet_samples(gold / SNIPPETS_FOLDER)) if (gold / SNIPPETS_FOLDER).is_dir() else ()
    silver: tuple[Sample, ...] = ()
    if treebank:
        report("reading the open text")
        silver = tuple(_silver(treebank))
    return Corpora(articles, snippets, silver)


def load_dev(gold: Path, corpus: Path) -> tuple[Sample, ...]:
    """The dev articles that ``splits.json`` names; none where it names none."""
    if "dev" not in load_splits(gold / SPLITS_FILE, gold_paths(gold)).values():
        return ()
    return tuple(_gold_sample(article) for article in load_gold(gold, corpus, "dev").articles)


def _train_split(gold: Path) -> Split:
    """``train`` where there are splits; a folder without splits is for training as a whole."""
    return "train" if load_splits(gold / SPLITS_FILE, gold_paths(gold)) else "all"


def _gold_sample(article: GoldArticle) -> Sample:
    cleaned = clean(read(article.path, article.path.name, Settings()), Settings())
    return sample_of(analysed_article(cleaned), [span for span, _ in spans_of(article, cleaned.text)])


def spans_of(article: GoldArticle, reading: str) -> Iterator[tuple[TypedSpan, frozenset[EntityType]]]:
    """The gold's mentions in the reading text, with all types that count as right; without those that it has left out."""
    aligner = Aligner(article.text, reading)
    for entity in article.document.entities:
        span = aligner.span(entity.start, entity.end)
        if span != NOWHERE:
            yield TypedSpan(entity.type, *span, entity.concept), entity.types


def _snippet_samples(folder: Path) -> Iterator[Sample]:
    for snippet in load_snippets(folder):
        analysis = analysed(snippet.source)
        if analysis is None:
            continue
        aligner = Aligner(snippet.source.text, analysis.article.text)
        spans = [TypedSpan(mark.type, *aligner.span(mark.start, mark.end), "") for mark in snippet.marks]
        yield sample_of(analysis, [span for span in spans if (span.start, span.end) != NOWHERE])


def _silver(folder: Path) -> Iterator[Sample]:
    """One sample a sentence."""
    paths = sorted(folder.glob("*.conllu"))
    if not paths:
        raise UsageError(f"no open text in {folder}: there is no file that ends in .conllu")
    for path in paths:
        for number, text in enumerate(_sentences(path), 1):
            source = Source(f"{path.stem}-{number}", text, "plain", "utf-8", hashlib.sha256(text.encode()).hexdigest())
            analysis = analysed(source)
            if analysis is not None:
                yield sample_of(analysis, None)


def _sentences(path: Path) -> Iterator[str]:
    """The sentences of a CoNLL-U file, put together from their words."""
    text = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        columns = line.split("\t")
        if not line.strip():
            if any(c.isalpha() for c in text):
                yield text.strip()
            text = ""
        elif not line.startswith("#"):
            if len(columns) != 10:
                raise ResourceError(f"{path}: {line!r} has {len(columns)} columns where CoNLL-U has 10")
            if columns[0].isdigit():
                text += columns[1] + ("" if "SpaceAfter=No" in columns[9] else " ")
    if text.strip():
        yield text.strip()
