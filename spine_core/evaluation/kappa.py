"""Cohen's kappa of grades, from counts: Cohen 1960; weighted for ordinal grades: Cohen 1968, doi 10.1037/h0026256."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.networks.conditions import Condition, Scale


def kappa_of_counts(condition: Condition, counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Kappa of each table of ``counts``, (tables, grades, grades), reference in rows: shape (tables,), at most 1.

    Quadratic weights for ordinal grades, none otherwise; nan where only one grade occurs.
    """
    at = np.arange(len(condition.grades))
    apart = np.subtract.outer(at, at)
    weights = apart**2 if condition.scale is Scale.ORDINAL else (apart != 0)
    expected = counts.sum(2)[:, :, None] * counts.sum(1)[:, None, :] / counts.sum((1, 2))[:, None, None]
    chance = (weights * expected).sum((1, 2))
    disagreement = (weights * counts).sum((1, 2))
    relative: npt.NDArray[np.float64] = np.divide(
        disagreement, chance, out=np.full_like(chance, np.nan), where=chance > 0
    )
    return 1 - relative
