"""Calibration of raw logits into log-odds: an affine map per logit, fitted on the selection patients (fold 1).

Platt 1999. Temperature scaling alone cannot undo the class weights of training. A weak prior towards the identity keeps
rare grades from extreme probabilities based on a few discs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import log_softmax

from spine_core.networks.conditions import CONDITIONS, Scale
from spine_core.networks.outputs import LOGIT_SLICES, LOGITS

PRIOR = 1.0
"""Strength of the prior on log-slope and offset, in discs."""
Array = npt.NDArray[np.float64]


def fit_affine(raw: Array, targets: npt.NDArray[np.float32], known: npt.NDArray[np.bool_]) -> Array:
    """Slopes and offsets, shape (2, LOGITS), for raw logits (N, LOGITS)."""
    out = np.stack([np.ones(LOGITS), np.zeros(LOGITS)])
    for condition in CONDITIONS:
        part = LOGIT_SLICES[condition.name]
        if condition.scale is Scale.CATEGORICAL:
            rows = known[:, part.start]
            out[:, part] = _categories(raw[rows][:, part], targets[rows][:, part])
            continue
        for column in range(part.start, part.stop):
            rows = known[:, column]
            out[:, column] = _platt(raw[rows, column], targets[rows, column])
    return out


def _platt(raw: Array, targets: Array | npt.NDArray[np.float32]) -> Array:
    """Slope and offset of one logit."""

    def cost(values: Array) -> float:
        logits = np.exp(values[0]) * raw + values[1]
        return float((np.logaddexp(0, logits) - targets * logits).sum() + PRIOR * (values**2).sum() / 2)

    best = minimize(cost, np.zeros(2), method="L-BFGS-B").x
    return np.array([np.exp(best[0]), best[1]])


def _categories(raw: Array, targets: Array | npt.NDArray[np.float32]) -> Array:
    count = raw.shape[1]

    def cost(values: Array) -> float:
        logits = np.exp(values[0]) * raw + values[1:]
        return float(-(log_softmax(logits, axis=1) * targets).sum() + PRIOR * (values**2).sum() / 2)

    best = minimize(cost, np.zeros(count + 1), method="L-BFGS-B").x
    return np.stack([np.full(count, np.exp(best[0])), best[1:]])
