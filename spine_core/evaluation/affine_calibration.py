"""Calibration of raw logits into log-odds: an affine map per logit, fitted on patients of no other use.

Platt 1999. Temperature scaling alone cannot undo the class weights of training. A weak prior towards the identity keeps
rare grades from extreme probabilities based on a few discs.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import log_softmax

from spine_core.networks.outputs import RELEASED, Activation, Output

PRIOR = 1.0
"""Strength of the prior on log-slope and offset, in discs."""
Array = npt.NDArray[np.float64]


def fit_affine(
    raw: Array,
    targets: npt.NDArray[np.float32],
    known: npt.NDArray[np.bool_],
    outputs: Mapping[str, Output] = RELEASED,
) -> Array:
    """Slopes and offsets, shape (2, K), for raw logits (N, K), their targets and which of them are known."""
    out = np.stack([np.ones(raw.shape[1]), np.zeros(raw.shape[1])])
    for output in outputs.values():
        part = output.part
        if output.activation is Activation.SOFTMAX:
            rows = known[:, part.start]
            out[:, part] = _categories(raw[rows][:, part], targets[rows][:, part])
            continue
        for column in range(part.start, part.stop):
            rows = known[:, column]
            out[:, column] = fit_platt(raw[rows, column], targets[rows, column])
    return out


def logit_targets(
    grades: Mapping[str, npt.NDArray[np.int64]], width: int, outputs: Mapping[str, Output]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Targets of each logit and which of them are known, both (N, ``width``).

    ``grades``: indices of the labelled grades (N,) by condition, -1 where unknown. A step of continuation ratios is
    known only where the grade before it is reached.
    """
    count = len(next(iter(grades.values())))
    targets = np.zeros((count, width), dtype=np.float32)
    known = np.zeros((count, width), dtype=bool)
    for name, found in grades.items():
        output = outputs[name]
        labelled = found >= 0
        for column in range(output.start, output.stop):
            step = column - output.start
            if output.activation is Activation.SOFTMAX:
                targets[:, column], known[:, column] = found == step, labelled
            else:
                reached = found >= step if output.activation is Activation.CONTINUATION else labelled
                targets[:, column], known[:, column] = found > step, labelled & reached
    return targets, known


def fit_platt(raw: Array, targets: Array | npt.NDArray[np.float32]) -> Array:
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
