"""WARC files, as crawlers and Common Crawl write them: pages (``response``), files (``resource``) and extracted text (``conversion``, WET).

Read by hand rather than by a library, because those that there are take a damaged or endless record for a short one, and an article that is
cut off without a word would be published as a whole one. The tests compare it with warcio.
"""

from __future__ import annotations

import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import IO

from pipeline.dataset.containers.fields import rejected
from pipeline.dataset.containers.packing import DAMAGE, Unpacked, damaged, too_large
from pipeline.dataset.items import Item
from pipeline.errors import UnreadableInput
from pipeline.schema import RejectedRecord
from pipeline.settings import Settings

_LINE = 1 << 16
_HEADERS = 1 << 18
_CHUNK = 1 << 20
_SUFFIXES = {"text/html": ".html", "application/xhtml+xml": ".html", "text/plain": ".txt", "text/markdown": ".md"}
"""Media types that are read, and by which reader."""
_KEPT = ("response", "resource", "conversion")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.I)
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b", re.I)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"\s*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")

Headers = dict[str, str]


class _Broken(Exception):
    """A record that does not keep to the format."""


def read(stream: IO[bytes], name: str, settings: Settings, skipped: Counter[str]) -> Iterator[Item | RejectedRecord]:
    """The pages and texts in order, called by the number of their record; ``skipped`` counts what is none.

    A damaged record costs itself: reading goes on at the next one, in a compressed file at the next member.
    """
    records = _Records(stream)
    number = 0
    while True:
        number += 1
        try:
            headers = records.next()
            if headers is None:
                return
            article = _article(records, headers, f"{name}#{number}", settings, skipped)
        except UnreadableInput as error:
            yield rejected(f"{name}#{number}", error)
        except _Broken as error:
            yield rejected(f"{name}#{number}", UnreadableInput("damaged", f"{error}; get the file again"))
        except DAMAGE as error:
            yield rejected(f"{name}#{number}", damaged(f"{name}#{number}", error))
            if not records.go_on():
                return
        else:
            if article is not None:
                yield article


class _Records:
    """A stream of records: their headers, then their content."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._begin = b""
        """The first line of a record that was met while looking for one."""
        self._left = 0
        """Bytes of the content that were not read yet."""

    def next(self) -> Headers | None:
        """The headers of the next record, None at the end. Raises _Broken where something else stands; the next call goes on behind it."""
        while self._left:
            self.content(min(self._left, _CHUNK))
        line, self._begin = self._begin or self._stream.readline(_LINE), b""
        while line and not line.strip():
            line = self._stream.readline(_LINE)
        if line and not line.startswith(b"WARC/"):
            while line and not line.startswith(b"WARC/"):
                line = self._stream.readline(_LINE)
            self._begin = line
            raise _Broken("something that is no record stands here")
        if not line:
            return None
        headers = self._headers()
        length = headers.get("content-length", "")
        if not length.isdecimal() or len(length) > 15:
            raise _Broken("the record does not say how long it is")
        self._left = int(length)
        return headers

    def content(self, size: int) -> bytes:
        """The next ``size`` bytes of the content."""
        data = self._stream.read(size)
        if len(data) < size:
            self._left = 0
            raise EOFError("the file ends in the middle of a record")
        self._left -= size
        return data

    def check_end(self) -> None:
        """Raises _Broken where the content of the record goes on behind its end: then its length is wrong, and so is what was read."""
        line = self._stream.readline(_LINE)
        if line.strip():
            self._begin = line if line.startswith(b"WARC/") else b""
            raise _Broken("the record is longer than it says")

    def go_on(self) -> bool:
        """Behind damage in a compressed file: whether there is more to read."""
        raw = getattr(self._stream, "raw", None)
        self._left, self._begin = 0, b""
        if not isinstance(raw, Unpacked) or not raw.go_on():
            return False
        self._stream = io.BufferedReader(raw, _CHUNK)
        return True

    def _headers(self) -> Headers:
        headers: Headers = {}
        last, size = "", 0
        while (line := self._stream.readline(_LINE)).strip():
            size += len(line)
            if size > _HEADERS:
                raise _Broken("the headers of the record do not end")
            last = _take(headers, line, last)
        return headers


def _take(headers: Headers, line: bytes, last: str) -> str:
    """Add a line of headers, which may go on with the one before it. Of several of a name the first counts."""
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    if text[:1] in " \t" and last:
        headers[last] += " " + text.strip()
        return last
    name, _, value = text.partition(":")
    name = name.strip().lower()
    headers.setdefault(name, value.strip())
    return name


def _article(records: _Records, headers: Headers, name: str, settings: Settings, skipped: Counter[str]) -> Item | None:
    """The article of a record, None where it is of another kind. Raises UnreadableInput, _Broken, and what the stream raises."""
    kind = headers.get("warc-type", "").lower()
    if kind not in _KEPT:
        skipped[f"WARC {kind or 'record without a type'}"] += 1
        return None
    size = int(headers["content-length"])
    limit = int(settings.max_megabytes * 1_000_000)
    media = _media(headers.get("content-type", ""))
    http = kind == "response" and media in ("application/http", "")
    if not http and _suffix(media, skipped) is None:
        return None
    if size > limit + _HEADERS:
        raise too_large(name, settings.max_megabytes)
    body, declared = records.content(size), headers.get("content-type", "")
    records.check_end()
    if http:
        status, said, body = _split(body)
        if not 200 <= status < 300:
            skipped[f"HTTP {status}"] += 1
            return None
        declared = said.get("content-type") or headers.get("warc-identified-payload-type", "")
        media = _media(declared)
        if _suffix(media, skipped) is None:
            return None
        body = _decoded(body, said, name, settings.max_megabytes)
    if len(body) > limit:
        raise too_large(name, settings.max_megabytes)
    charset = _CHARSET.search(declared)
    url = headers.get("warc-target-uri", "").strip("<> ") or None
    return Item(name, None, body, _SUFFIXES[media], url, charset[1] if charset else None)


def _media(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _suffix(media: str, skipped: Counter[str]) -> str | None:
    """Which reader reads a media type; counts what none reads."""
    if media not in _SUFFIXES:
        skipped[media[:60] or "no media type"] += 1
    return _SUFFIXES.get(media)


def _split(data: bytes) -> tuple[int, Headers, bytes]:
    """Status, headers and body of an HTTP response."""
    status = _STATUS.match(data)
    end = _HEAD_END.search(data, 0, _HEADERS)
    if not status:
        raise _Broken("the record holds no answer of a web server")
    head, body = (data[: end.start()], data[end.end() :]) if end else (data, b"")
    headers: Headers = {}
    last = ""
    for line in head.split(b"\n")[1:]:
        last = _take(headers, line, last)
    return int(status[1]), headers, body


def _decoded(body: bytes, headers: Headers, name: str, max_megabytes: float) -> bytes:
    """The body without chunks and compression. Crawlers that undid these often leave the headers: the body is believed, not they."""
    if "chunked" in headers.get("transfer-encoding", "").lower() and _CHUNK_SIZE.match(body):
        body = _joined(body)
    coding = headers.get("content-encoding", "").lower()
    if "gzip" in coding and body.startswith(b"\x1f\x8b"):
        return _inflated(body, 16 + zlib.MAX_WBITS, name, max_megabytes)
    if "deflate" in coding and body[:1] == b"\x78":
        return _inflated(body, zlib.MAX_WBITS, name, max_megabytes)
    if coding in ("br", "zstd") and b"<" not in body[:1000]:
        raise UnreadableInput("unreadable", f"{name}: the page is packed with {coding}, which is not read; let the crawler unpack pages")
    return body


def _joined(body: bytes) -> bytes:
    """The content of chunks."""
    pieces: list[bytes] = []
    place = 0
    while match := _CHUNK_SIZE.match(body, place):
        size = int(match[1], 16)
        if size == 0:
            return b"".join(pieces)
        pieces.append(body[match.end() : match.end() + size])
        place = match.end() + size
        if place > len(body):
            break
    raise _Broken("the page is cut off in the middle of a chunk")


def _inflated(body: bytes, kind: int, name: str, max_megabytes: float) -> bytes:
    limit = int(max_megabytes * 1_000_000)
    inflate = zlib.decompressobj(kind)
    try:
        data = inflate.decompress(body, limit + 1)
    except zlib.error as error:
        raise damaged(name, error) from None
    if len(data) > limit:
        raise too_large(name, max_megabytes)
    if not inflate.eof:
        raise damaged(name, EOFError("the page is cut off"))
    return data
