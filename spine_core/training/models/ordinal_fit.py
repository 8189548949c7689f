"""Fits proportional odds with a ridge penalty; with two grades this is ridge logistic regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OrdinalFit:
    """``weights``: (F,), of the features as given. ``thresholds``: (grades - 1,), increasing."""

    weights: Array
    thresholds: Array


def fit_ordinal(features: Array, grades: npt.NDArray[np.int64], count: int, penalty: float) -> OrdinalFit:
    """Maximises the log-likelihood minus ``penalty / 2`` times the squared length of the weights.

    ``features``: (N, F), standardised. ``grades``: (N,) indices below ``count``; each must occur. Thresholds are not
    penalised. Raises ``ValueError`` where a grade does not occur: its threshold would be infinite.
    """
    from scipy.optimize import minimize

    if set(np.unique(grades)) != set(range(count)):
        msg = f"every grade from 0 to {count - 1} must occur"
        raise ValueError(msg)
    reached = np.array([(grades >= k).mean() for k in range(1, count)])
    start = np.log1p(-reached) - np.log(reached)
    steps = np.log(np.diff(start))
    first = np.concatenate([start[:1], steps, np.zeros(features.shape[1])])
    found = minimize(
        _loss, first, args=(features, grades, count, penalty), jac=True, method="L-BFGS-B",
        options={"maxiter": 2000, "ftol": 1e-12, "gtol": 1e-7},
    )  # fmt: skip
    return OrdinalFit(found.x[count - 1 :], _thresholds(found.x[: count - 1]))


def _thresholds(parameters: Array) -> Array:
    """The first threshold, and the logarithms of the steps to the next ones: so they stay in order."""
    return np.cumsum(np.concatenate([parameters[:1], np.exp(parameters[1:])]))


def _loss(
    parameters: Array, features: Array, grades: npt.NDArray[np.int64], count: int, penalty: float
) -> tuple[float, Array]:
    """Penalised negative log-likelihood and its gradient."""
    thresholds, weights = _thresholds(parameters[: count - 1]), parameters[count - 1 :]
    score = features @ weights
    ends = np.concatenate([[-np.inf], thresholds, [np.inf]])
    upper, lower = ends[grades + 1] - score, ends[grades] - score
    above, below = _sigmoid(upper), _sigmoid(lower)
    probability = np.clip(above - below, 1e-300, None)
    # Derivatives of the probability by its upper and its lower end.
    by_upper, by_lower = above * (1 - above) / probability, below * (1 - below) / probability
    loss = -np.log(probability).sum() + penalty / 2 * float(weights @ weights)
    by_weights = features.T @ (by_upper - by_lower) + penalty * weights
    by_threshold = np.array(
        [by_lower[grades == k + 1].sum() - by_upper[grades == k].sum() for k in range(count - 1)]
    )
    # A step moves all thresholds above it.
    later = np.cumsum(by_threshold[::-1])[::-1]
    scale = np.concatenate([[1.0], np.exp(parameters[1 : count - 1])])
    return loss, np.concatenate([later * scale, by_weights])


def _sigmoid(values: Array) -> Array:
    from scipy.special import expit

    return np.asarray(expit(values), dtype=float)
