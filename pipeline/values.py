"""Plain values that an article makes by the thousand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[_Class]) -> type[_Class]:
    """A dataclass that the type checker holds to be frozen, so that nobody changes what others share.

    ``dataclass(frozen=True)`` guards it at run time as well, and has to go around its own guard for every field: making one then takes
    five times as long.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
