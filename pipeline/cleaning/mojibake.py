"""Mojibake: UTF-8 that was once read as Windows-1252 or Latin-1 and saved again, so that *ë* stands as two signs.

The table is generated from the letters and signs that Dutch texts hold; only exact sequences are repaired, each in its place, so that
positions stay exact.
Sequences that a sane text could hold are left out: each must begin with a capital or small letter that is followed by a sign no word has
there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

_LETTERS = "áàâäãåçéèêëíìîïñóòôöõúùûüýÿÁÀÂÄÃÅÇÉÈÊËÍÌÎÏÑÓÒÔÖÕÚÙÛÜœŒæÆøØßšžł"
_SIGNS = "‘’“”‚„–—•…€©®°½¼¾²³·«»±×µ§´™\u00a0\u00ad✓➤→≥≤●■\u200b\ufeff\u2011\ufb01\ufb02"


@dataclass(frozen=True, slots=True)
class Mojibake:
    """A regular expression of all sequences, longest first, and what each stands for."""

    pattern: str
    table: Mapping[str, str]


def _forms(char: str) -> Iterator[str]:
    """What the UTF-8 bytes of ``char`` look like in the two encodings, and once more where that happened twice."""
    data = char.encode()
    for encoding in ("cp1252", "latin-1"):
        try:
            yield data.decode(encoding)
        except UnicodeDecodeError:
            # Windows fills the five holes of its code page with controls.
            yield "".join(
                bytes([b]).decode("latin-1") if b in {0x81, 0x8D, 0x8F, 0x90, 0x9D} else bytes([b]).decode("cp1252") for b in data
            )


def _build() -> Mojibake:
    table: dict[str, str] = {}
    for char in _LETTERS + _SIGNS:
        for form in _forms(char):
            table.setdefault(form, char)
            for twice in _forms_of_text(form):
                table.setdefault(twice, char)
    longest_first = sorted(table, key=lambda form: (-len(form), form))
    heads = "".join(sorted({form[0] for form in longest_first}))
    return Mojibake(f"(?=[{re.escape(heads)}])(?:{'|'.join(map(re.escape, longest_first))})", MappingProxyType(table))


def _forms_of_text(form: str) -> Iterator[str]:
    parts = [list(dict.fromkeys(_forms(c))) if c > "\x7f" else [c] for c in form]
    yield "".join(p[0] for p in parts)
    yield "".join(p[-1] for p in parts)


MOJIBAKE = _build()
