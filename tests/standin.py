"""An extractor that starts at once and misbehaves on demand, for tests of whole runs; and such a run as a process of its own.

``python -m tests.standin OUT INPUT... [--workers N] [--part N] [--slow SECONDS]`` is killed by tests at any moment.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from pipeline.article import Source
from pipeline.dataset import Options, run
from pipeline.schema import ArticleRecord
from tests.conftest import FakeExtractor


class Standin(FakeExtractor):
    """Does what the text of an article says."""

    def __init__(self, slow: float = 0.0, version: str = "1", once: str = "") -> None:
        super().__init__()
        self.slow = slow
        self.version = version
        self.once = once
        """A file: an article that kills its process does so only while it exists, and removes it."""

    def extract(self, source: Source, clock: object = None) -> ArticleRecord:
        time.sleep(self.slow)
        if "sterft" in source.text and self._again():
            os.kill(os.getpid(), signal.SIGKILL)
        if "stopt" in source.text:
            os._exit(3)
        if "wacht" in source.text:
            time.sleep(60)
        if "geheugen" in source.text:
            _ = bytearray(2**40)
        return super().extract(source)

    def _again(self) -> bool:
        if self.once and not os.path.exists(self.once):
            return False
        if self.once:
            os.unlink(self.once)
        return True

    def prepare(self) -> None:
        pass

    def versions(self) -> dict[str, str]:
        return {"spacy": "0", "pipeline": "0.0", "lexicon": self.version}


def main() -> None:
    """A run that can be killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--part", type=int, default=3)
    parser.add_argument("--slow", type=float, default=0.0)
    arguments = parser.parse_args()
    options = Options(workers=arguments.workers, part_items=arguments.part)
    print("begins", flush=True)
    try:
        run(arguments.inputs, arguments.out, extractor=Standin(arguments.slow), options=options)
    except KeyboardInterrupt as stop:
        print(f"interrupted: {stop}", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that started the tests in the background has it ignored
    main()
