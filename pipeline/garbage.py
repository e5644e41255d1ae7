"""When the garbage collector works: what is loaded and remembered stays, and need not be looked through again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Objects made between two collections, and collections until older objects are looked through as well (Python has 700, 10, 10). The first
# 500 articles took 16.9 s of processor instead of 19.1; without any collection 16.4 s.
_SELDOM: Final = (100_000, 50, 100)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Collect garbage seldom, and never look for it among what there is already."""
    thresholds, frozen = gc.get_threshold(), gc.get_freeze_count()
    gc.freeze()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        if not frozen:
            gc.unfreeze()


@contextmanager
def without_collection() -> Iterator[None]:
    """Hold off the garbage collector while a hundred thousand objects are made that all stay: it would look through them again and again,
    which takes as long as making them.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
