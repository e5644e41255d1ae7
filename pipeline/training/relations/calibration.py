"""Making probabilities honest."""

from __future__ import annotations

from typing import Final

import numpy as np

from pipeline.matrices import Floats, logistic

_STEPS: Final = 25


def calibration_of(scores: Floats, right: Floats) -> Floats:
    """Slope and offset that make log-odds honest: logistic regression on one variable, by Newton's method."""
    design = np.stack([scores, np.ones_like(scores)], axis=1).astype(np.float64)
    weights = np.asarray([0.0, np.log(right.mean() / (1 - right.mean()))])
    for _ in range(_STEPS):
        probability = logistic(design @ weights)
        gradient = design.T @ (probability - right)
        curvature = (design * (probability * (1 - probability))[:, None]).T @ design
        weights = weights - np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient)
    return weights.astype(np.float32)
