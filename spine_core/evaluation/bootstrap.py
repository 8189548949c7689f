"""Intervals over patients: all discs of a patient are drawn together, since they resemble each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

RESAMPLES = 1000


Rows = npt.NDArray[np.int64]
"""Which discs, as positions; those of a patient drawn twice stand there twice."""
Figure = Callable[[Rows], float]


def interval(patients: npt.NDArray[np.str_], figure: Figure, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap interval of ``figure`` over patients (all discs of a patient are drawn together).

    Draws in which it is not defined are left out; nan where it never is.
    """
    return bounds(draws(patients, figure, seed))


def draws(patients: npt.NDArray[np.str_], figure: Figure, seed: int = 0) -> npt.NDArray[np.float64]:
    """``figure`` in each of ``RESAMPLES`` draws of patients; those of one seed are the same draws."""
    rng = np.random.default_rng(seed)
    names = np.unique(patients)
    rows = [np.flatnonzero(patients == name) for name in names]
    return np.array([
        figure(np.concatenate([rows[i] for i in rng.integers(len(names), size=len(names))]))
        for _ in range(RESAMPLES)
    ])  # fmt: skip


def bounds(drawn: npt.NDArray[np.float64]) -> tuple[float, float]:
    """What holds 95 % of ``drawn``, nan left out; nan where there is nothing else."""
    known = drawn[np.isfinite(drawn)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)
