"""A mean with its interval over cases, as all tables of an audit have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spine_core.evaluation.bootstrap import multiplicities, percentile_interval

LEAST_CASES = 2
"""Resamples of a single case are all equal, and an interval would have no width."""


@dataclass(frozen=True)
class Mean:
    """``value``: None where nothing was measured. ``interval``: 95 % bootstrap interval over cases, None below
    ``LEAST_CASES``. ``n``: values that were averaged, of ``cases`` cases.
    """

    value: float | None
    interval: tuple[float, float] | None
    n: int
    cases: int


def mean_over_cases(values: Sequence[float], cases: Sequence[str], seed: int = 0) -> Mean:
    """``cases``: of each value; values of one case are resampled together, since they are not independent."""
    measured, names = np.asarray(values, dtype=np.float64), np.asarray(cases, dtype=np.str_)
    count = len(set(names.tolist()))
    if not measured.size:
        return Mean(None, None, 0, 0)
    if count < LEAST_CASES:
        return Mean(float(measured.mean()), None, measured.size, count)
    weights = multiplicities(names, seed)
    means = weights @ measured / weights.sum(axis=1)
    return Mean(float(measured.mean()), percentile_interval(means), measured.size, count)
