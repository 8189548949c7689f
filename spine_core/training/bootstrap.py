"""Intervals over patients: all discs of a patient are drawn together, since they resemble each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

RESAMPLES = 1000


def interval(
    patients: npt.NDArray[np.str_], figure: Callable[[npt.NDArray[np.int64]], float], seed: int = 0
) -> tuple[float, float]:
    """95 % bootstrap interval of ``figure`` over patients (all discs of a patient are drawn together).

    Draws in which it is not defined are left out; nan where it never is.
    """
    rng = np.random.default_rng(seed)
    names = np.unique(patients)
    rows = [np.flatnonzero(patients == name) for name in names]
    draws = [
        figure(np.concatenate([rows[i] for i in rng.integers(len(names), size=len(names))]))
        for _ in range(RESAMPLES)
    ]
    known = [draw for draw in draws if np.isfinite(draw)]
    if not known:
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)
