"""A cache with a bound, for what is asked of nearly every word of a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_MOST: Final = 1 << 16
"""Words that are remembered; an article has a thousand different ones, and those of a million articles do not fit into memory."""


class Remembered(dict[_Key, _Value]):
    """A dict that makes what is missing, with a function of one argument; it may be called like the function, and decorate it.

    An ``lru_cache`` notes at each call which key was last asked for. In a run, where between two articles everything else has passed
    through the processor's cache, that takes twice the time. When this is full it begins anew.
    """

    __slots__ = ("_make", "_most")

    def __init__(self, make: Callable[[_Key], _Value], most: int = _MOST) -> None:
        super().__init__()
        self._make, self._most = make, most

    def __missing__(self, key: _Key) -> _Value:
        value = self._make(key)
        if len(self) >= self._most:
            self.clear()
        self[key] = value
        return value

    __call__ = dict.__getitem__
