"""Lines of a stream, none longer than allowed, in the encoding that they are in."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import IO, Any

from pipeline.errors import UnreadableInput
from pipeline.readers import decode

_WIDE = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_PIECE = 1 << 16


class _Narrowed(io.RawIOBase):
    """A stream in UTF-16 or UTF-32 as UTF-8, so that a line end is one byte again."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._rest:
            data = self._stream.read(_PIECE)
            self._rest = self._decoder.decode(data, final=not data).encode()
            if not data:
                break
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def narrowed(stream: IO[bytes]) -> IO[bytes]:
    """The stream in an encoding whose line ends are single bytes, without a byte order mark."""
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream, _PIECE)  # type: ignore[type-var]
    beginning = buffered.peek(4)[:4]
    for mark, encoding in _WIDE:
        if beginning.startswith(mark):
            return io.BufferedReader(_Narrowed(buffered, encoding), _PIECE)
    if beginning.startswith(codecs.BOM_UTF8):
        buffered.read(len(codecs.BOM_UTF8))
    return buffered


def lines(stream: IO[bytes], limit: int) -> Iterator[bytes | None]:
    """The lines with their ends; None for one that is longer than ``limit`` bytes, which is passed over."""
    while line := stream.readline(limit + 1):
        if len(line) <= limit:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(_PIECE)
        yield None


def text_of(line: bytes) -> str:
    """A line as text: UTF-8, or else what it looks like. Raises UnreadableInput."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return decode(line)[0]


def too_long(limit: int) -> UnreadableInput:
    """The refusal of an endless line."""
    return UnreadableInput("too-large", f"the line is longer than {limit / 1e6:g} MB; split the record, or raise the setting max_megabytes")
