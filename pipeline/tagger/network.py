"""The network behind the tagger: two layers of windows over hashed words.

A word is the sum of learned rows for its form, affixes, inner letters, shape and class (the hashing trick), which is computed once for a
distinct word. A window of such words, and the mean of the heading or lead-in above, give a hidden layer, a window of that a second
one, and this the tags. Plain numpy: an article is a handful of matrix products, and a model file is a handful of arrays.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ResourceError
from pipeline.matrices import Floats, product
from pipeline.resources import load_bytes
from pipeline.tagger.features import BORDERS, MARKS, TYPES

Ints = NDArray[np.int64]
OUTSIDE: Final = 0
TAGS: Final = 1 + 2 * len(TYPES)
"""Outside; then *begins* and *goes on* of each type."""
MODEL_FILE: Final = "model/ner/model.npz"
_META = "meta.json"


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a network is."""

    rows: int
    width: int
    hidden: int
    reach: int
    """Words on either side that the first layer sees."""
    reach_hidden: int
    """Places on either side that the second layer sees of the first one."""

    def arrays(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of all learned arrays."""
        return {
            "words": (self.rows, self.width),
            "marks": (MARKS, self.width),
            "borders": (BORDERS, self.width),
            "window": ((2 * self.reach + 1) * self.width, self.hidden),
            "above": (self.width, self.hidden),
            "window_bias": (self.hidden,),
            "second": ((2 * self.reach_hidden + 1) * self.hidden, self.hidden),
            "second_bias": (self.hidden,),
            "tags": (self.hidden, TAGS),
            "direct": (self.width, TAGS),
            "tags_bias": (TAGS,),
        }


@dataclass(frozen=True, slots=True)
class Network:
    """Learned arrays, with what was measured and set after learning (``meta``)."""

    shape: Shape
    arrays: Mapping[str, Floats]
    meta: Mapping[str, Any]

    def probabilities(self, inputs: Floats, above: Floats, block: Ints) -> Floats:
        """Tag probabilities of every place: ``inputs`` one row a place, ``above`` one row a block, ``block`` the block of each place."""
        a = self.arrays
        hidden = product(spread(inputs, self.shape.reach), a["window"])
        hidden += (product(above, a["above"]) + a["window_bias"]).take(block, axis=0)
        np.maximum(hidden, 0, out=hidden)
        deeper = product(spread(hidden, self.shape.reach_hidden), a["second"])
        deeper += a["second_bias"]
        np.maximum(deeper, 0, out=deeper)
        deeper += hidden
        scores = product(deeper, a["tags"])
        scores += product(inputs, a["direct"])
        scores += a["tags_bias"]
        return softmax(scores)

    def to_bytes(self) -> bytes:
        """The model as one file: half-precision arrays and a JSON header, without a clock, so that equal models are equal bytes."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            meta = {"shape": {name: getattr(self.shape, name) for name in Shape.__slots__}, **self.meta}
            archive.writestr(zipfile.ZipInfo(_META), json.dumps(meta, sort_keys=True, indent=1), zipfile.ZIP_DEFLATED)
            for name, array in self.arrays.items():
                part = io.BytesIO()
                np.save(part, array.astype(np.float16), allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(f"{name}.npy"), part.getvalue(), zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, place: str) -> Self:
        """The model in a file. Raises ResourceError, naming ``place``, if it is none or of another version."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                meta = json.loads(archive.read(_META))
                shape = Shape(**meta.pop("shape"))
                arrays = {name: _array(archive.read(f"{name}.npy")) for name in shape.arrays()}
        except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError) as error:
            raise ResourceError(f"{place} is no model of this version ({type(error).__name__}: {error}); train it again") from error
        for name, size in shape.arrays().items():
            if arrays[name].shape != size:
                raise ResourceError(f"{place}: {name} has the shape {arrays[name].shape} where {size} is expected; train it again")
        return cls(shape, arrays, meta)


def _array(content: bytes) -> Floats:
    return np.asarray(np.load(io.BytesIO(content), allow_pickle=False), dtype=np.float32)


def spread(inputs: Floats, reach: int) -> Floats:
    """Every row with those of its neighbours behind each other, zeros beyond the ends."""
    count, width = inputs.shape
    windows = np.zeros((count, (2 * reach + 1) * width), dtype=np.float32)
    for step in range(-reach, reach + 1):
        column = (step + reach) * width
        first, end = max(0, -step), min(count, count - step)
        if first < end:
            windows[first:end, column : column + width] = inputs[first + step : end + step]
    return windows


def relu(values: Floats) -> Floats:
    """Negative values become zero."""
    return np.maximum(values, 0, dtype=np.float32)


def softmax(scores: Floats) -> Floats:
    """Scores of a row as probabilities."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Floats = powers / powers.sum(axis=1, keepdims=True)
    return result


@cache
def load_network() -> Network:
    """The bundled model. Raises ResourceError."""
    return Network.from_bytes(load_bytes(MODEL_FILE), MODEL_FILE)
