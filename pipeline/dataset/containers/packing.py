"""Compressed files as streams of bytes. Nothing is ever unpacked whole: a file of a megabyte may hold a terabyte."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Protocol

import zstandard

from pipeline.errors import UnreadableInput

_CHUNK = 65_536
GZIP_MAGIC = b"\x1f\x8b\x08"
_BITE = 1024
"""Bytes that zstandard is given at a time; they unpack to 32 MB at most, a block of 128 KB for every four of them."""
_XZ_MEMORY = 256_000_000
"""What an xz file may ask for to be unpacked; those of `xz -9` ask for 65 MB."""

DAMAGE = (EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError)
"""What the libraries raise over data that is cut off or wrong; bz2 raises a bare OSError, see :func:`damaged`."""


class _Unpacks(Protocol):
    """A decompressor of the standard library."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class _Gzip:
    """zlib in the terms of the other decompressors; it checks length and checksum of a member at its end."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._member.eof

    @property
    def needs_input(self) -> bool:
        return not self._member.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._member.unused_data

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        return self._member.decompress(self._member.unconsumed_tail + data, max_length)


class _Zstandard:
    """A frame of zstandard. The library has a reader of its own, but that takes a file that is cut off for a whole one."""

    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._input = self._output = memoryview(b"")

    @property
    def eof(self) -> bool:
        return self._frame.eof and not self._output

    @property
    def needs_input(self) -> bool:
        return not self._input and not self._output

    @property
    def unused_data(self) -> bytes:
        return self._frame.unused_data + bytes(self._input)

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        if data:
            self._input = memoryview(bytes(self._input) + data)
        while self._input and not self._output and not self._frame.eof:
            self._output = memoryview(self._frame.decompress(self._input[:_BITE]))
            self._input = self._input[_BITE:]
        result, self._output = bytes(self._output[:max_length]), self._output[max_length:]
        return result


class Unpacked(io.RawIOBase):
    """Reads through a decompressor, member after member, no more at a time than it is asked for."""

    def __init__(self, file: IO[bytes], start: Callable[[], _Unpacks], magic: bytes = b"") -> None:
        self._file = file
        self._start = start
        self._magic = magic
        self._unpack = start()
        self._fresh = True
        self._member = 0

    def go_on(self) -> bool:
        """After damage: find the next place that looks like the beginning of a member; whether there is one."""
        if not self._magic or not self._file.seekable():
            return False
        place, before = self._member + 1, b""
        self._file.seek(place)
        while data := self._file.read(_CHUNK):
            window = before + data
            found = window.find(self._magic)
            if found >= 0:
                self._member = place - len(before) + found
                self._file.seek(self._member)
                self._unpack, self._fresh = self._start(), True
                return True
            place += len(data)
            before = window[1 - len(self._magic) :]
        return False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while True:
            rest = b""
            if self._unpack.eof:
                rest = self._unpack.unused_data or self._file.read(_CHUNK)
                if not rest.strip(b"\x00"):  # padding, or the end
                    return 0
                if self._magic and self._file.seekable():
                    self._member = self._file.tell() - len(rest)
                self._unpack, self._fresh = self._start(), True
            elif self._unpack.needs_input:
                rest = self._file.read(_CHUNK)
                if not rest and self._fresh:
                    return 0
            data = self._unpack.decompress(rest, len(buffer))
            if not data and not rest and not self._unpack.eof and self._unpack.needs_input:
                raise EOFError("the data ends in the middle")
            self._fresh = False
            if data:
                buffer[: len(data)] = data
                return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def _gzip(file: IO[bytes]) -> IO[bytes]:
    return io.BufferedReader(Unpacked(file, _Gzip, GZIP_MAGIC), _CHUNK)


def _bzip2(file: IO[bytes]) -> IO[bytes]:
    return io.BufferedReader(Unpacked(file, bz2.BZ2Decompressor), _CHUNK)


def _xz(file: IO[bytes]) -> IO[bytes]:
    return io.BufferedReader(Unpacked(file, lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY)), _CHUNK)


def _zstandard(file: IO[bytes]) -> IO[bytes]:
    return io.BufferedReader(Unpacked(file, _Zstandard), _CHUNK)


PACKINGS: Mapping[str, Callable[[IO[bytes]], IO[bytes]]] = MappingProxyType(
    {".gz": _gzip, ".bz2": _bzip2, ".xz": _xz, ".zst": _zstandard, ".zstd": _zstandard}
)
"""Suffix of a packed file -> what reads it unpacked."""

_MAGIC = ((b"\x1f\x8b", ".gz"), (b"BZh", ".bz2"), (b"\xfd7zXZ\x00", ".xz"), (b"\x28\xb5\x2f\xfd", ".zst"))


def packing_of(beginning: bytes) -> str | None:
    """How a stream that begins like this is packed."""
    return next((packing for magic, packing in _MAGIC if beginning.startswith(magic)), None)


def open_unpacked(path: Path, packing: str | None) -> IO[bytes]:
    """The file as a stream of unpacked bytes. Raises OSError."""
    file = path.open("rb")
    return PACKINGS[packing](file) if packing else file


def read_bounded(stream: IO[bytes], name: str, max_megabytes: float) -> bytes:
    """All of a stream, if that is no more than allowed. Raises UnreadableInput, and what the stream raises."""
    limit = int(max_megabytes * 1_000_000)
    pieces, size = [], 0
    while piece := stream.read(min(_CHUNK * 16, limit + 1 - size)):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise too_large(name, max_megabytes)
    return b"".join(pieces)


def too_large(name: str, max_megabytes: float) -> UnreadableInput:
    """The refusal of what is more than allowed when unpacked."""
    return UnreadableInput(
        "too-large", f"{name}: holds more than the limit of {max_megabytes:g} MB; split it, or raise the setting max_megabytes"
    )


def damaged(name: str, error: BaseException, where: str = "") -> UnreadableInput:
    """The refusal of packed data that cannot be unpacked (to the end)."""
    said = " ".join(str(error).split()) or type(error).__name__
    return UnreadableInput("damaged", f"{name}: the compressed data is damaged or cut off{where} ({said}); get the file again")


def load_packed(path: Path, packing: str, name: str, max_megabytes: float) -> bytes:
    """The unpacked bytes of a packed article. Raises UnreadableInput."""
    try:
        with open_unpacked(path, packing) as stream:
            return read_bounded(stream, name, max_megabytes)
    except DAMAGE as error:
        raise damaged(name, error) from None
    except OSError as error:
        raise refused(name, error) from None


def refused(name: str, error: OSError) -> UnreadableInput:
    """The refusal of a file that the system does not give, or of which bz2 says in these terms that it is none of its own."""
    if error.errno is None:
        return damaged(name, error)
    if isinstance(error, FileNotFoundError):
        return UnreadableInput("missing", f"{name}: no such file; check the path")
    if isinstance(error, PermissionError):
        return UnreadableInput("permission", f"{name}: may not be read; check the permissions of the file and its folder")
    return UnreadableInput("unreadable", f"{name}: cannot be read ({error.strerror or error}); check the path and the disk")
