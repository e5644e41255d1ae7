"""Cleaning: a source becomes an article, what a person reads of it, in blocks, with an exact way back to the source.

The steps, in order: a *scan* by format makes drafts of blocks (:mod:`.plain`, :mod:`.markdown`, :mod:`.html`); *furniture* gives those
that are no part
of the article a reason; *structure* decides what each block is and what it stands under; *building* lays the text and its offset map.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pipeline.article import Article, Source
from pipeline.cleaning import furniture, html, markdown, plain, sites, structure
from pipeline.cleaning.building import build
from pipeline.cleaning.drafts import Scan
from pipeline.cleaning.dutch import other_language
from pipeline.errors import UncleanableInput
from pipeline.schema import SourceFormat
from pipeline.settings import Settings

__all__ = ["SCANNERS", "clean"]

SCANNERS: Mapping[SourceFormat, Callable[[str], Scan]] = MappingProxyType(
    {"plain": plain.scan, "markdown": markdown.scan, "html": html.scan}
)
"""How each format is taken apart."""


def clean(source: Source, settings: Settings) -> Article:
    """The article in ``source``. Raises UncleanableInput where none is left, or where it is not Dutch."""
    scan = SCANNERS[source.format](source.text)
    drafts = scan.drafts
    furniture.mark(drafts)
    sites.mark(drafts)
    kept = [draft for draft in drafts if draft.reason is None]
    structure.settle(kept)
    left_out = [*scan.left_out, *((draft.start, draft.end, draft.reason) for draft in drafts if draft.reason is not None)]
    article = build(source, kept, left_out)
    _check(article, settings)
    return article


def _check(article: Article, settings: Settings) -> None:
    name = article.source.name
    words = len(article.text.split())
    if words < settings.min_words:
        raise UncleanableInput(
            "no-text",
            f"{name}: no article is left after cleaning ({words} words; at least {settings.min_words} are needed); "
            "check that the file holds the article itself, or lower the setting min_words",
        )
    language = other_language(article.text) if settings.check_language else None
    if language:
        message = f"{name}: the text is not Dutch (it looks like {language!r}); leave it out, or set check_language to false"
        raise UncleanableInput("not-dutch", message)
