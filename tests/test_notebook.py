"""The notebook runs, and shows what the dataset of this repository holds now."""

from __future__ import annotations

import pytest

from tests.notebook import PATH, executed, texts


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")  # sockets to the kernel
def test_the_notebook_shows_what_is_in_outputs() -> None:
    import nbformat

    committed = nbformat.read(str(PATH), as_version=4)  # type: ignore[no-untyped-call]
    now = executed()
    assert texts(now) == texts(committed), "docs/notebooks/explore.ipynb is not what it shows now: run `make notebook`, and read its diff"
    shown = texts(committed)
    assert sum(one == ["a picture"] for one in shown) == 3
    assert all(shown), "every cell shows something"
