"""Whether two series of one patient without common coordinates assign the same levels to their discs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spine_core.anatomy.types import Disc, median_inter_disc_distance
from spine_core.study.types import Series

MIN_SHIFT = 0.5
"""Least shift between discs of one level, in inter-disc distances, at which they count as different discs."""

LEVELS_DISAGREE = "T1 and T2 give the same discs different names: the level count is uncertain."


def levels_disagree(one: Sequence[Disc], series: Series, other: Sequence[Disc], other_series: Series) -> bool:
    """Whether discs of one level have different positions along the spine in ``series`` and ``other_series``.

    Images of the same size are assumed to show the same field of view, as images exported from one examination do.
    Images of different sizes cannot be compared: the result is False.
    """
    if (series.rows, series.columns) != (other_series.rows, other_series.columns):
        return False
    by_level = {disc.level: disc for disc in other}
    pairs = [(disc, by_level[disc.level]) for disc in one if disc.level in by_level]
    if not pairs:
        return False
    square = np.array([series.row_to_column_spacing, 1.0])
    along = [np.subtract(b.center_px, a.center_px) * square @ np.array(a.caudal) for a, b in pairs]
    return bool(abs(np.median(along)) > MIN_SHIFT * median_inter_disc_distance(one))
