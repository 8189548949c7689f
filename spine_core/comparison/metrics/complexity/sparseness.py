"""How concentrated a map is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from spine_core.comparison.metrics.base import (
    Direction,
    EvaluatedMap,
    MapMetric,
    Metric,
    MetricContext,
    MetricResult,
    Property,
)
from spine_core.progress import Progress

SPARSENESS = Metric(
    "sparseness",
    "Sparseness (Gini)",
    Direction.HIGHER,
    Property.COMPLEXITY,
    "Chalasani et al. 2020, arXiv 1810.06583",
    "A map can be concentrated on the wrong place; coarse maps are blurred by their cells.",
)


class Sparseness(MapMetric):
    """Gini index of the map's magnitude over the context's blocks, so that fine and coarse maps compare."""

    metrics = (SPARSENESS,)

    def evaluate(
        self, maps: Sequence[EvaluatedMap], context: MetricContext, progress: Progress
    ) -> tuple[MetricResult, ...]:
        """One result per map, 0 (uniform) to 1 (one block); None for an empty map."""
        sizes = [context.on_blocks(np.abs(one.attribution)) for one in maps]
        return tuple(
            one.result(SPARSENESS, gini(size) if size.any() else None)
            for one, size in zip(maps, sizes, strict=True)
        )


def gini(sizes: npt.NDArray[np.floating]) -> float:
    """Gini index of non-negative numbers that are not all zero, 0 to 1. Chalasani 2020, arXiv 1810.06583."""
    ordered = np.sort(sizes.ravel().astype(np.float64))
    count = ordered.size
    rank = np.arange(1, count + 1)
    return float(((2 * rank - count - 1) @ ordered) / (count * ordered.sum()))
