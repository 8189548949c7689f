"""Patient-level bootstrap: all discs of a patient are resampled together, because they are correlated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESAMPLES = 1000


Rows = npt.NDArray[np.int64]
"""Indices of discs; the discs of a patient that is drawn twice occur twice."""
Statistic = Callable[[Rows], float]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval over patients."""

    value: float
    low: float
    high: float


def interval(patients: npt.NDArray[np.str_], statistic: Statistic, seed: int = 0) -> tuple[float, float]:
    """95 % percentile interval of ``statistic`` over resamples of the patients.

    Resamples in which the statistic is nan are ignored; nan if it always is.
    """
    return percentile_interval(resampled(patients, statistic, seed))


def resampled(patients: npt.NDArray[np.str_], statistic: Statistic, seed: int = 0) -> npt.NDArray[np.float64]:
    """``statistic`` of each of ``RESAMPLES`` resamples of the patients; equal seeds give equal resamples."""
    rng = np.random.default_rng(seed)
    names = np.unique(patients)
    rows = [np.flatnonzero(patients == name) for name in names]
    return np.array([
        statistic(np.concatenate([rows[i] for i in rng.integers(len(names), size=len(names))]))
        for _ in range(RESAMPLES)
    ])  # fmt: skip


def multiplicities(patients: npt.NDArray[np.str_], seed: int = 0) -> npt.NDArray[np.float64]:
    """(``RESAMPLES``, rows): how often each row occurs in each resample that ``resampled`` draws with this seed.

    For statistics that take weights, which are then computed for all resamples at once.
    """
    names, of_row = np.unique(patients, return_inverse=True)
    drawn = np.random.default_rng(seed).integers(len(names), size=(RESAMPLES, len(names)))
    counts = np.zeros((RESAMPLES, len(names)))
    np.add.at(counts, (np.arange(RESAMPLES)[:, None], drawn), 1.0)
    return counts[:, of_row]


def percentile_interval(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The 2.5th and 97.5th percentile of ``values`` without nan; nan if nothing else is left."""
    known = values[np.isfinite(values)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)
