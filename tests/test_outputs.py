"""``outputs/`` is what this version makes of ``corpus/``, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import dataset
from pipeline.settings import Settings

ROOT = Path(__file__).parents[1]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder that is not hidden, and was not put there by a review."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith((".", "review")))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The dataset of ``corpus/`` as it is made now."""
    out = tmp_path_factory.mktemp("outputs")
    dataset.run([str(ROOT / "corpus")], out, Settings(model="none"))
    return contents(out)


def test_no_article_of_the_corpus_is_rejected(fresh: dict[str, bytes]) -> None:
    assert fresh["rejected.jsonl"].decode() == ""


def test_outputs_are_those_of_a_fresh_run(fresh: dict[str, bytes]) -> None:
    tracked = contents(ROOT / "outputs")
    stale = sorted(name for name in fresh.keys() | tracked.keys() if fresh.get(name) != tracked.get(name))
    assert not stale, (
        f"outputs/ is not what this version makes of corpus/ ({', '.join(stale)}): run `make run`, and look at `git diff outputs/`"
    )
