"""A stack of slices as a regular volume, for what resamples between volumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spine_core.study.geometry import Array, StackGeometry

IRREGULAR = 0.25
"""Largest distance of a slice from its place in a regular grid, as a fraction of the distance between slices. It covers
rounded header values; beyond it, slices are missing or staggered."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A regular volume. Axes in the order column index, row index, slice index.

    ``origin``: (3,), LPS mm of the first pixel of the first slice. ``directions``: (3, 3), orthonormal, one column per
    axis. ``spacing``: mm between columns, rows and slices.
    """

    origin: Array
    directions: Array
    spacing: tuple[float, float, float]

    def slice_points(self, index: int, shape: tuple[int, int]) -> Array:
        """LPS mm of every pixel of slice ``index`` of ``shape`` (rows, columns): (rows, columns, 3)."""
        rows, columns = np.arange(shape[0])[:, None, None], np.arange(shape[1])[:, None]
        across, down, onward = self.directions.T * np.array(self.spacing)[:, None]
        return np.asarray(self.origin + index * onward + rows * down + columns * across, dtype=np.float64)


def regular_grid(geometry: StackGeometry) -> Grid | None:
    """The regular volume of a stack; None for fewer than two slices, and where slices are missing or staggered."""
    positions = np.asarray(geometry.positions, dtype=np.float64)
    if len(positions) < 2 or not np.isfinite(positions).all():
        return None
    across = geometry.normal / np.linalg.norm(geometry.normal)
    mean = (positions[-1] - positions[0]) @ across / (len(positions) - 1)
    step = abs(float(mean))
    if not step > 0:
        return None
    axis = across * np.sign(mean)
    expected = positions[0] + np.arange(len(positions))[:, None] * (step * axis)
    if np.linalg.norm(positions - expected, axis=1).max() > IRREGULAR * step:
        return None
    # Directions of a header are rounded; a volume needs orthonormal ones.
    column_direction = np.cross(across, geometry.row_direction)
    row_direction = geometry.row_direction / np.linalg.norm(geometry.row_direction)
    column_direction = column_direction / np.linalg.norm(column_direction)
    directions = np.stack([row_direction, column_direction, axis], axis=1)
    return Grid(positions[0], directions, (geometry.spacing[1], geometry.spacing[0], step))
