"""Health knowledge from Dutch articles: conditions, nutrients, remedies, specialists, and the relations between them.

>>> from pipeline import extract
>>> record = extract("Magnesium helpt tegen krampen in de benen.")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.extractor import Extractor, extract

__all__ = ["Extractor", "extract"]


def __getattr__(name: str) -> Any:
    # spaCy and the lexicon are loaded when they are first needed, so that importing the package (and `--help`) is quick
    if name in __all__:
        from pipeline import extractor

        return getattr(extractor, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
