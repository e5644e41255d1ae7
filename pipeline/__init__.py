"""Health knowledge from Dutch articles: conditions, nutrients, remedies, specialists, and the relations between them.

>>> from pipeline import extract
>>> record = extract("Magnesium helpt tegen krampen in de benen.")

>>> from pipeline import load_dataset
>>> triples = load_dataset("outputs").triples
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.extractor import Extractor, extract
    from pipeline.tables import load_dataset

__all__ = ["Extractor", "extract", "load_dataset"]


def __getattr__(name: str) -> Any:
    # spaCy and the lexicon, or pandas, are loaded when they are first needed, so that importing the package (and `--help`) is quick
    if name == "load_dataset":
        from pipeline.tables import load_dataset

        return load_dataset
    if name in __all__:
        from pipeline import extractor

        return getattr(extractor, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
