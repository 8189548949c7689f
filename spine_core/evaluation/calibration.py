"""Calibration: agreement of predicted probabilities with observed frequencies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

BINS = 10


def equal_mass_bins(probability: Array) -> list[npt.NDArray[np.int64]]:
    """Indices sorted by probability in ``BINS`` bins of equal size; fewer bins if there are fewer rows."""
    return [part for part in np.array_split(np.argsort(probability), BINS) if len(part)]


def expected_calibration_error(probability: Array, truth: npt.NDArray[np.bool_]) -> float:
    """Mean gap between mean probability and frequency over equal-mass bins, from 0 (perfect) to 1."""
    gaps = [
        len(part) * abs(probability[part].mean() - truth[part].mean())
        for part in equal_mass_bins(probability)
    ]
    return float(np.sum(gaps) / len(probability))
