"""Proportional odds (McCullagh 1980): one linear score of a disc, and a threshold for each grade above the lowest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Array = npt.NDArray[np.float64]


def step_log_odds(score: npt.ArrayLike, thresholds: Sequence[float]) -> Array:
    """Log-odds of "at least grade k", (N, grades - 1), for linear scores (N,): score minus threshold.

    ``thresholds``: increasing. With one threshold this is logistic regression.
    """
    steps: Array = np.asarray(score, dtype=float)[..., None] - np.asarray(thresholds, dtype=float)
    return steps


def grade_probabilities(score: npt.ArrayLike, thresholds: Sequence[float]) -> Array:
    """Probability of every grade from the lowest, (N, grades); each row sums to 1."""
    reached = expit(step_log_odds(score, thresholds))
    ends = np.ones((*reached.shape[:-1], 1))
    return -np.diff(np.concatenate([ends, reached, 0 * ends], axis=-1), axis=-1)
