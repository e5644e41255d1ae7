"""Which encoding a file is in: byte order marks, UTF-8, a declared one, and the one-byte encodings of western Europe.

The chosen encoding always decodes the bytes strictly; nothing is replaced or skipped, because every later position rests on it.
"""

from __future__ import annotations

import codecs
import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.errors import UnreadableInput
from pipeline.schema import SourceFormat


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a reader makes of the bytes of a file."""

    text: str
    encoding: str
    format: SourceFormat


_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Files that people drop into a folder of articles by mistake, with what they are called in the message.
_MAGIC = (
    (b"%PDF-", "a PDF; extract its text first, for example with pdftotext"),
    (b"PK\x03\x04", "a zip, docx or epub file; unpack it or save it as text first"),
    (b"\xd0\xcf\x11\xe0", "an old Office file; save it as text first"),
    (b"\x1f\x8b", "gzip data; unpack it first"),
    (b"\x89PNG", "an image; give text"),
    (b"\xff\xd8\xff", "an image; give text"),
    (b"GIF8", "an image; give text"),
    (b"{\\rtf", "an RTF file; save it as plain text first"),
)

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MAX_CONTROL_SHARE = 0.01
"""Text extracts hold a stray control character now and then; in compiled and compressed files a tenth of the bytes are."""

_SAMPLE = 65_536

_ONE_BYTE = ("cp1252", "latin-1", "cp850", "mac-roman", "cp437")
"""The one-byte encodings in which Dutch was ever written, the most likely first."""

_HIGH = re.compile(r"(?=(\A|.)([^\x00-\x7f])(.?))", re.DOTALL)
_LETTERS = "áàâäãåçéèêëíìîïñóòôöõúùûüÿœæøß"
_CAPITALS = "ÁÀÂÄÃÅÇÉÈÊËÍÌÎÏÑÓÒÔÖÕÚÙÛÜŒÆØ"
_SIGNS = "‘’“”‚„–—•…€©®°½¼¾²³·«»±×µ§\u00a0\u00ad´™"

# What the WHATWG encoding standard lets a page declare, without the multi-byte ones that would decode anything as ASCII look-alikes.
_DECLARABLE = re.compile(
    r"utf-8|iso8859-\d+|cp125\d|cp85\d|cp437|cp866|koi8-[ru]|mac-roman|euc_jp|euc_kr|shift_jis|gb2312|gbk|gb18030|big5"
)


def decode(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """The text of ``data`` and the name of its encoding, so that ``data.decode(encoding) == text``.

    ``declared`` is what the file says of itself; it is believed when UTF-8 is not possible. Raises UnreadableInput.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _checked(_strict(data, encoding), encoding)
    _refuse_known_binary(data)
    for encoding in _candidates(data, declared):
        text = _try(data, encoding)
        if text is not None:
            return _checked(text, encoding)
    raise _undecodable()


def _candidates(data: bytes, declared: str | None) -> Iterator[str]:
    """Encodings to try, best first."""
    sample = data[:_SAMPLE]
    if wide := _wide_without_mark(sample):
        yield wide
    yield "utf-8"
    if known := _declarable(declared):
        # Pages that say Latin-1 mean Windows-1252, of which it is a part; the encoding standard says so too.
        yield from ("cp1252", "latin-1") if known == "iso8859-1" else (known,)
    yield from sorted(_ONE_BYTE, key=lambda encoding: -_plausibility(data, encoding))


def _wide_without_mark(sample: bytes) -> str | None:
    """UTF-16 without a mark shows as a NUL in nearly every second byte."""
    half = len(sample) // 2
    if half < 4:
        return None
    if sample[1::2].count(0) > 0.7 * half and sample[0::2].count(0) < 0.05 * half:
        return "utf-16-le"
    if sample[0::2].count(0) > 0.7 * half and sample[1::2].count(0) < 0.05 * half:
        return "utf-16-be"
    return None


def _declarable(declared: str | None) -> str | None:
    try:
        name = codecs.lookup(declared).name if declared else ""
    except (LookupError, ValueError):
        return None
    return name if _DECLARABLE.fullmatch(name) else None


def _plausibility(data: bytes, encoding: str) -> float:
    """How much a western text reads like one in this encoding: accented letters stand in words and signs beside them, not the other
    way round.
    """
    text = _try(data, encoding)
    if text is None:
        return -math.inf
    return sum(1 if _is_plausible(*match.groups()) else -2 for match in _HIGH.finditer(text[:_SAMPLE]))


def _is_plausible(before: str, high: str, after: str) -> bool:
    if high in _LETTERS:
        return before.isalpha() or after.isalpha()
    if high in _CAPITALS:
        return not before.islower() and (before.isupper() or after.isalpha())
    return high in _SIGNS and not (before.isalpha() and after.isalpha() and high not in "’\u00ad")


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _strict(data: bytes, encoding: str) -> str:
    text = _try(data, encoding)
    if text is None:
        raise _undecodable()
    return text


def _undecodable() -> UnreadableInput:
    return UnreadableInput("undecodable", "the bytes fit no text encoding that is known here; save the file as UTF-8")


def _refuse_known_binary(data: bytes) -> None:
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise UnreadableInput("binary", f"is {what}")


def _checked(text: str, encoding: str) -> tuple[str, str]:
    """Refuse what decodes but is no text."""
    if not text.strip("\ufeff\u200b \t\r\n\x0b\x0c\xa0\x00"):
        raise UnreadableInput("empty", "is empty; leave it out or fill it")
    sample = text[:_SAMPLE]
    if len(_CONTROLS.findall(sample)) > max(_MAX_CONTROL_SHARE * len(sample), 2):
        raise UnreadableInput("binary", "is no text but binary data; give text")
    unassigned = sum(unicodedata.category(c) in {"Cn", "Co"} for c in set(sample))
    if encoding.startswith("utf-") and unassigned > 0.1 * len(set(sample)):
        raise UnreadableInput("binary", "is no text but binary data; give text")
    return text, encoding
