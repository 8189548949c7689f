"""The ellipse that a rater drew, in pixels of its slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

TOOL = "EllipticalROI"
"""Cornerstone's name of the tool."""


def drawn_ellipse(
    measured: Sequence[Mapping[str, Any]], series: Mapping[str, Any], slice_index: int
) -> list[list[float]] | None:
    """The extreme points (row, column) of the ellipse that was drawn last on that slice; None where there is none.

    ``measured``: as the viewer stores measurements, with points in patient coordinates (mm). ``series``: its data.
    """
    origin = np.asarray(series["positions"][slice_index], float)
    across, down = (np.asarray(series[name], float) for name in ("rowDirection", "columnDirection"))
    rows, columns = series["spacing"]
    normal = np.cross(across, down)
    found = None
    for one in measured:
        if one["metadata"].get("toolName") != TOOL:
            continue
        points = np.asarray(one["data"]["handles"]["points"], float) - origin
        if np.abs(points @ normal).max() < min(rows, columns) / 2:
            found = np.stack([points @ down / rows, points @ across / columns], axis=1)
    return None if found is None else np.round(found, 2).tolist()
