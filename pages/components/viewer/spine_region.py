"""The part of a sagittal slice on which its pane opens: the discs of a reading, before one the body."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pages.components.slices import Mark
from spine_core.study.types import Plane, Series

Corners = list[list[float]]
"""Top left and bottom right corner as (row, column); pixel centres have whole numbers."""

MARGIN = 1.0
"""Space around the outermost discs in inter-disc distances: it shows a vertebra above and the sacrum below."""
BACKGROUND = 0.1
"""Air and noise lie below this fraction of the range of grey values."""
LINE = 0.05
"""Fraction of a row or column that must be tissue for the body to reach there."""


def spine_region(series: Series, marks: Sequence[Mark]) -> Corners | None:
    """Corners of the region, clipped to the slice; None for other planes and where nothing can be told apart."""
    if series.plane is not Plane.SAGITTAL:
        return None
    return _around_discs(series, marks) if len(marks) > 1 else _body(series)


def _around_discs(series: Series, marks: Sequence[Mark]) -> Corners:
    aspect = series.row_to_column_spacing
    centers = np.array(sorted(mark.center for mark in marks))
    steps = np.diff(centers, axis=0)
    margin = MARGIN * float(np.median(np.hypot(steps[:, 0] * aspect, steps[:, 1])))
    around = np.array([margin / aspect, margin])
    return _clipped(series, centers.min(0) - around, centers.max(0) + around)


def _body(series: Series) -> Corners | None:
    """Rows and columns with tissue on the middle slice."""
    index = series.slices // 2
    pixels, valid = series.display_slice(index), series.valid(index)
    values = pixels if valid is None else pixels[valid]
    if values.size == 0:
        return None
    low, high = np.percentile(values, (1, 99))
    tissue = pixels > low + BACKGROUND * (high - low)
    rows, columns = (np.flatnonzero(tissue.mean(axis) > LINE) for axis in (1, 0))
    if rows.size == 0 or columns.size == 0:
        return None
    return _clipped(series, np.array([rows[0], columns[0]]) - 0.5, np.array([rows[-1], columns[-1]]) + 0.5)


def _clipped(series: Series, low: np.ndarray, high: np.ndarray) -> Corners:
    edges = np.array([series.rows, series.columns]) - 0.5
    return [np.maximum(low, -0.5).tolist(), np.minimum(high, edges).tolist()]
