"""Runs ``docs/notebooks/explore.ipynb``. ``python -m tests.notebook`` (``make notebook``) writes it with its new outputs."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any, Final

PATH: Final = Path(__file__).parents[1] / "docs" / "notebooks" / "explore.ipynb"
_TIMEOUT: Final = 120


def executed() -> Any:
    """The notebook as it comes out now; raises where a cell does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the notebook's own machinery: how it starts kernels is not ours to mend
        import nbformat
        from nbclient import NotebookClient

        notebook = nbformat.read(PATH, as_version=4)  # type: ignore[no-untyped-call]
        NotebookClient(notebook, timeout=_TIMEOUT, resources={"metadata": {"path": str(PATH.parent)}}, record_timing=False).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "outputs" in cell:  # what libraries tell of themselves, such as that they make a cache, is no output of the notebook
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
    notebook.metadata = {name: notebook.metadata[name] for name in ("kernelspec",)} | {"language_info": {"name": "python"}}
    return notebook


def texts(notebook: Any) -> list[list[str]]:
    """For each cell of code what it shows as text; where it shows a picture, that it does."""
    shown = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown.append(["a picture" if "image/png" in out.get("data", {}) else _text(out) for out in cell.outputs])
    return shown


def _text(output: Any) -> str:
    return str(output["data"].get("text/plain", "")) if "data" in output else str(output.get("text", output.get("evalue", "")))


if __name__ == "__main__":
    import nbformat

    made = executed()
    with PATH.open("w", encoding="utf-8", newline="\n") as file:
        nbformat.write(made, file)  # type: ignore[no-untyped-call]
    print(f"{PATH.name} is written with its outputs", file=sys.stderr)
