"""Fits proportional odds with a ridge penalty; with two grades this is ridge logistic regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Grades = npt.NDArray[np.int64]

STEPS, HALVINGS = 100, 40
DONE = 1e-10
"""Newton's method ends where a step would lower the loss by less than this fraction of it."""


@dataclass(frozen=True, eq=False)
class OrdinalFit:
    """``weights``: (F,), of the features as given. ``thresholds``: (grades - 1,), increasing."""

    weights: Array
    thresholds: Array


def fit_ordinal(features: Array, grades: Grades, count: int, penalty: float) -> OrdinalFit:
    """Maximises the log-likelihood minus ``penalty / 2`` times the squared length of the weights.

    ``features``: (N, F), standardised. ``grades``: (N,) indices below ``count``; each must occur. Thresholds are not
    penalised. The problem is convex, and Newton's method finds its only optimum. Raises ``ValueError`` where a grade
    does not occur: its threshold would be infinite.
    """
    if set(np.unique(grades)) != set(range(count)):
        msg = f"every grade from 0 to {count - 1} must occur"
        raise ValueError(msg)
    problem = _Problem(features, grades, count, penalty)
    reached = np.array([(grades >= k).mean() for k in range(1, count)])
    at = np.concatenate([np.log1p(-reached) - np.log(reached), np.zeros(features.shape[1])])
    loss = problem.loss(at)
    for _ in range(STEPS):
        gradient, hessian = problem.derivatives(at)
        step: Array = np.linalg.solve(hessian, gradient).astype(np.float64)
        if gradient @ step / 2 < DONE * loss:
            break
        at, loss = _downhill(problem, at, loss, step)
    return OrdinalFit(at[count - 1 :], at[: count - 1])


class _Problem:
    """Penalised negative log-likelihood of thresholds and weights, in one vector.

    A disc of grade k has the probability F(threshold k - score) - F(threshold k - 1 - score), F the logistic function.
    """

    def __init__(self, features: Array, grades: Grades, count: int, penalty: float) -> None:
        ends = np.eye(count + 1)[:, 1:count]
        self.upper = np.hstack([ends[grades + 1], -features])
        self.lower = np.hstack([ends[grades], -features])
        self.highest, self.lowest = grades == count - 1, grades == 0
        self.ridge = np.concatenate([np.zeros(count - 1), np.full(features.shape[1], penalty)])

    def loss(self, at: Array) -> float:
        """Infinite where thresholds are not in order."""
        above, below = self._ends(at)
        probability = above - below
        if probability.min() <= 0:
            return float("inf")
        return float(-np.log(probability).sum() + (self.ridge * at**2).sum() / 2)

    def derivatives(self, at: Array) -> tuple[Array, Array]:
        """Gradient (P,) and Hessian (P, P)."""
        above, below = self._ends(at)
        probability = above - below
        # Densities over the probability, and the derivatives of the densities.
        up, low = above * (1 - above) / probability, below * (1 - below) / probability
        up_up, low_low = up * (1 - 2 * above) - up**2, -low * (1 - 2 * below) - low**2
        gradient = -(self.upper.T @ up - self.lower.T @ low) + self.ridge * at
        mixed = self.upper.T @ ((up * low)[:, None] * self.lower)
        hessian = -(
            self.upper.T @ (up_up[:, None] * self.upper)
            + self.lower.T @ (low_low[:, None] * self.lower)
            + mixed
            + mixed.T
        )
        return gradient, hessian + np.diag(self.ridge)

    def _ends(self, at: Array) -> tuple[Array, Array]:
        """Probability of at most the grade, and of less than it."""
        from scipy.special import expit

        above = np.where(self.highest, 1.0, expit(self.upper @ at))
        below = np.where(self.lowest, 0.0, expit(self.lower @ at))
        return above, below


def _downhill(problem: _Problem, at: Array, loss: float, step: Array) -> tuple[Array, float]:
    """The largest halving of a Newton step that lowers the loss, which also keeps the thresholds in order."""
    for halving in range(HALVINGS):
        there = at - step / 2**halving
        found = problem.loss(there)
        if found < loss:
            return there, found
    return at, loss
