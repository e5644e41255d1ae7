"""Plain text files, and pages that were saved with the suffix of one."""

from __future__ import annotations

import re

from pipeline.readers import html
from pipeline.readers.decoding import Decoded, decode

_PAGE = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_BLOCK_TAG = re.compile(rb"</(?:p|div|li|h[1-6]|ul|ol|td|tr|article|section)\s*>", re.I)
_MANY_TAGS = 3


def read(data: bytes, declared: str | None = None) -> Decoded:
    """Plain text, or HTML where the content says so: a page's beginning, or a text that opens with a tag and closes several blocks."""
    if _PAGE.match(data[:4096]) or (data.lstrip()[:1] == b"<" and len(_BLOCK_TAG.findall(data[:65_536])) >= _MANY_TAGS):
        return html.read(data, declared)
    return Decoded(*decode(data, declared), "plain")
