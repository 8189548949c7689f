"""How concentrated a map is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.comparison.metrics.faithfulness.deletion_insertion import GRID, Ranked
from spine_core.comparison.metrics.grid import to_grid
from spine_core.comparison.types import Sparseness


def sparseness(ranked: Ranked) -> Sparseness:
    """Gini of the map's size over blocks of ``GRID`` per side, so that fine and coarse maps can be compared."""
    side = min(GRID, ranked.map.shape[-1])
    sizes = to_grid(np.abs(ranked.map), (side, side))
    return Sparseness(ranked.method, gini(sizes) if sizes.any() else None, ranked.draw)


def gini(sizes: npt.NDArray[np.floating]) -> float:
    """Gini index of numbers that are not negative and not all zero. Chalasani 2020, arXiv 1810.06583."""
    ordered = np.sort(sizes.ravel().astype(np.float64))
    count = ordered.size
    rank = np.arange(1, count + 1)
    return float(((2 * rank - count - 1) @ ordered) / (count * ordered.sum()))
