"""Whether two series of one patient that share no coordinates name their discs alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spine_core.anatomy.types import Disc, median_inter_disc_distance
from spine_core.study.types import Series

MOVED = 0.5
"""Disc distances between discs of one name from which on they are taken for two discs: half the way to the next."""

LEVELS_DISAGREE = "T1 and T2 give the same discs different names: the level count is uncertain."


def levels_disagree(one: Sequence[Disc], series: Series, other: Sequence[Disc], beside: Series) -> bool:
    """Whether discs of one name lie in different places in ``series`` and ``beside``, along the spine.

    Only pictures of one size can be asked: they are taken to show one field of view, as pictures exported from one
    examination do. Of others nothing is said.
    """
    if (series.rows, series.columns) != (beside.rows, beside.columns):
        return False
    twins = {disc.level: disc for disc in other}
    pairs = [(disc, twins[disc.level]) for disc in one if disc.level in twins]
    if not pairs:
        return False
    square = np.array([series.row_to_column_spacing, 1.0])
    along = [np.subtract(b.center_px, a.center_px) * square @ np.array(a.caudal) for a, b in pairs]
    return bool(abs(np.median(along)) > MOVED * median_inter_disc_distance(one))
