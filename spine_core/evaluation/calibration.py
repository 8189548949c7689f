"""How well predicted probabilities agree with frequencies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BINS = 10


def bins_of_equal_mass(probability: Array) -> list[npt.NDArray[np.int64]]:
    """Rows by rising probability in ``BINS`` parts of equal size; fewer where there are fewer rows."""
    return [part for part in np.array_split(np.argsort(probability), BINS) if len(part)]


def expected_calibration_error(probability: Array, truth: npt.NDArray[np.bool_]) -> float:
    """Mean distance between confidence and frequency over bins of equal mass (0 is perfect)."""
    gaps = [
        len(part) * abs(probability[part].mean() - truth[part].mean())
        for part in bins_of_equal_mass(probability)
    ]
    return float(np.sum(gaps) / len(probability))
