"""HTML files: the page may say its encoding."""

from __future__ import annotations

import re

from pipeline.readers.decoding import Decoded, decode

_CHARSET = re.compile(rb"<(?:meta|\?xml)\b[^>]{0,500}?\b(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.I)
_HEAD_BYTES = 4096
"""The standard asks for the declaration in the first 1,024 bytes; pages with long comments come later."""


def read(data: bytes, declared: str | None = None) -> Decoded:
    """HTML, in the declared encoding where UTF-8 is not possible."""
    if declared is None and (said := _CHARSET.search(data[:_HEAD_BYTES])):
        declared = said[1].decode("ascii")
    return Decoded(*decode(data, declared), "html")
