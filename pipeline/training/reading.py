"""Articles as training reads them: short ones too, and whatever their language."""

from __future__ import annotations

from typing import Final

from pipeline.article import Article, Source
from pipeline.cleaning import clean
from pipeline.language import Analysis, analyse, tokenise
from pipeline.sentences import split_sentences
from pipeline.settings import Settings

SETTINGS: Final = Settings(check_language=False, min_words=1)


def analysed(source: Source) -> Analysis:
    """Words and sentences of a source. Raises RejectedInput where cleaning leaves nothing of it."""
    return analysed_article(clean(source, SETTINGS))


def analysed_article(article: Article) -> Analysis:
    """Words and sentences of an article."""
    return analyse(article, tokenise(article), split_sentences(article))
