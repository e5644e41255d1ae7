"""Looks for articles that the program stumbles over: mutates real ones for as long as it is told, and keeps what goes wrong.

``nice python -m tests.fuzz corpus more-pages --minutes 20 --keep /tmp/findings``. Not a test: it has a clock and chance in it. What it
finds becomes a test in :mod:`tests.test_robustness`.
"""

from __future__ import annotations

import argparse
import random
import signal
import time
import traceback
from collections import Counter
from pathlib import Path
from types import FrameType

from pipeline.cleaning import clean
from pipeline.errors import RejectedInput
from pipeline.extractor import Extractor
from pipeline.readers import READERS, read_bytes
from pipeline.settings import Settings

_PIECES = [
    *(
        b"<div>",
        b"</div>",
        b"<p>",
        b"</p>",
        b"<ul><li>",
        b"</li></ul>",
        b"<table><tr><td>",
        b"</td></tr></table>",
        b"<h1>",
        b"</h1>",
        b"<h3>",
    ),
    *(
        b"<br>",
        b"<pre>",
        b"<svg>",
        b"<math>",
        b"<template>",
        b"<select><option>",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<script>",
        b"</script>",
    ),
    *(
        b"<style>",
        b"<title>",
        b"<textarea>",
        b"<noscript>",
        b"<plaintext>",
        b"<frameset>",
        b"</body>",
        b"</html>",
        b"<base href=x>",
        b"<a href='",
    ),
    *(
        b"&amp;",
        b"&#0;",
        b"&#xD800;",
        b"&#x110000;",
        b"&#99999999999;",
        b"&eacute",
        b"&nbsp;",
        b"&shy;",
        b"&zwj;",
        b"&lrm;",
        b"&",
        b"<",
        b">",
        b'"',
        b"'",
    ),
    *(
        b"\x00",
        b"\x1b",
        b"\x85",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\xe2\x80\x8f",
        b"\xe2\x80\xae",
        b"\xe2\x80\x8b",
        b"\xc2\xad",
        b"\xcc\x81",
    ),
    *(
        b"\xe2\x80\xa8",
        b"\xf0\x9f\x91\xa9",
        b"\xd7\x90",
        b"\xc3\x83\xc2\xab",
        b"\r\n",
        b"\n",
        b"\r",
        b"\t",
        b"\x0b",
        b"\x0c",
        b"\n\n",
        b"\n- ",
        b"\n* ",
    ),
    *(
        b"\n# ",
        b"\n> ",
        b"\n1. ",
        b"\n| a | b |\n|---|---|\n",
        b"```\n",
        b"---\n",
        b"===\n",
        b"[x](y)",
        b"**",
        b"_",
        b"`",
        b"\\",
        b"- ",
        b".",
        b"...",
        b"; ",
    ),
    *(
        b"(",
        b")",
        b"/",
        b":",
        b"Oorzaken:\n",
        b"mg",
        b"vitamine B6, E en D",
        b"hoofd- en nekpijn",
        b"niet ",
        b"(PDS)",
        b"magnesium",
        b"0",
        b"a" * 300,
    ),
]
_LARGEST = 300_000


def _cut(data: bytes, chance: random.Random, longest: int = 2_000) -> tuple[int, int]:
    begin = chance.randrange(len(data) + 1)
    return begin, min(len(data), begin + chance.randrange(1, longest))


def mutate(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """A few changes, from one byte to pieces repeated a thousand times."""
    for _ in range(chance.choice((1, 1, 2, 3, 5, 20))):
        begin, end = _cut(data, chance)
        piece = chance.choice(_PIECES)
        kind = chance.randrange(9)
        if kind == 0:
            data = data[:begin] + data[end:]
        elif kind == 1:
            data = data[:end] + data[begin:]
        elif kind == 2:
            data = data[:begin] + piece + data[begin:]
        elif kind == 3:
            data = data[:begin] + piece * chance.choice((2, 10, 100, 1000)) + data[begin:]
        elif kind == 4:
            data = data[:begin] + data[begin:end] * chance.choice((2, 5, 30)) + data[end:]
        elif kind == 5:
            first, last = _cut(other, chance)
            data = data[:begin] + other[first:last] + data[end:]
        elif kind == 6 and data:
            data = data[:begin] + bytes([chance.randrange(256)]) + data[begin + 1 :]
        elif kind == 7:
            data = data.replace(chance.choice((b"\n", b" ", b">", b".")), piece, chance.choice((1, 5, 100)))
        else:
            data = data[:begin] + data[begin:end].upper() + data[end:]
    return data[:_LARGEST]


def _late(number: int, frame: FrameType | None) -> None:
    raise TimeoutError


def check(data: bytes, suffix: str, settings: Settings, extractor: Extractor | None) -> None:
    """Raises where the program breaks a promise."""
    try:
        source = read_bytes(data, "fuzz", suffix)
        assert data.decode(source.encoding) == source.text
        if extractor is None:
            article = clean(source, settings)
            for block in article.blocks:
                span = article.offsets.to_source(block.start, block.end)
                assert 0 <= span.start < span.end <= len(source.text)
        else:
            extractor.extract(source).model_dump_json().encode()
    except RejectedInput as error:
        if error.reason == "invalid-record":
            raise AssertionError(str(error)) from error


def main() -> None:
    """Fuzz, and say what was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("findings"))
    parser.add_argument("--limit", type=float, default=10, help="seconds of processor time for an article")
    options = parser.parse_args()
    files = sorted(
        p for folder in options.folders for p in folder.rglob("*") if p.suffix.lower() in READERS and p.stat().st_size < _LARGEST
    )
    chance, settings = random.Random(options.seed), Settings(check_language=False)
    extractor = Extractor(settings)
    options.keep.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGVTALRM, _late)
    end, count, found, seen = time.monotonic() + 60 * options.minutes, 0, 0, Counter[str]()
    while time.monotonic() < end:
        path = chance.choice(files)
        data = mutate(path.read_bytes(), chance.choice(files).read_bytes(), chance)
        suffix = chance.choice((path.suffix, path.suffix, ".html", ".txt", ".md"))
        count += 1
        signal.setitimer(signal.ITIMER_VIRTUAL, options.limit)
        try:
            check(data, suffix, settings, extractor if count % 3 == 0 else None)
        except Exception as error:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            frames = [f for f in traceback.extract_tb(error.__traceback__) if "/pipeline/" in f.filename]
            place = (
                f"{type(error).__name__} {Path(frames[-1].filename).name}:{frames[-1].lineno} {error}"[:200]
                if frames
                else repr(error)[:200]
            )
            seen[place] += 1
            if seen[place] <= 3:
                found += 1
                (options.keep / f"{options.seed}-{found}{suffix}").write_bytes(data)
                print(f"{options.seed}-{found}{suffix} {len(data)} bytes of {path.name}: {place}", flush=True)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print(f"{count} articles, {sum(seen.values())} findings in {len(seen)} places", flush=True)


if __name__ == "__main__":
    main()
