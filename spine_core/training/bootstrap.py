"""Intervals over patients: all discs of a patient are drawn together, since they resemble each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

RESAMPLES = 1000


def interval(
    patients: npt.NDArray[np.str_], figure: Callable[[npt.NDArray[np.int64]], float], seed: int = 0
) -> tuple[float, float]:
    """95 % bootstrap interval of ``figure`` over patients (all discs of a patient are drawn together)."""
    rng = np.random.default_rng(seed)
    names = np.unique(patients)
    rows = [np.flatnonzero(patients == name) for name in names]
    draws = [
        figure(np.concatenate([rows[i] for i in rng.integers(len(names), size=len(names))]))
        for _ in range(RESAMPLES)
    ]
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return float(low), float(high)
