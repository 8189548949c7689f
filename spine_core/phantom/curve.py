"""The spine's coordinates: position along the curve, and distance from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import interpolate, ndimage, spatial

Image = npt.NDArray[np.floating[Any]]
"""One number per pixel; float32 throughout, for speed."""
Array = npt.NDArray[np.float64]

_STEP = 0.25
"""Distance between points of the curve in mm."""
_CELL = 2.0
"""Distance between points of the look-up grid in mm. The curve's radius is above 60 mm, so the error is < 0.01 mm."""
_BEYOND = 70.0
"""Straight extension of the curve beyond its first and last disc in mm."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve in the midsagittal plane through the middle of every disc.

    ``s``: mm along it, caudally. ``points``: (n, 2), y (posterior) and z (cranial). ``angle``: (n,), of the caudal
    direction from straight down, positive towards posterior.
    """

    s: Array
    points: Array
    angle: Array
    sway: float
    corner: tuple[float, float]
    table: npt.NDArray[np.float32]

    @classmethod
    def through(cls, stations: Array, angles: Array, sway: float) -> Curve:
        """The curve whose direction at ``stations`` (mm along it) is ``angles`` (radians); ``sway`` in mm."""
        smooth = interpolate.Akima1DInterpolator(stations, angles)
        s = np.arange(stations[0] - _BEYOND, stations[-1] + _BEYOND, _STEP)
        angle = smooth(np.clip(s, stations[0], stations[-1]))
        angle = ndimage.gaussian_filter1d(angle, 7.0 / _STEP, mode="nearest")
        steps = np.stack([np.sin(angle), -np.cos(angle)], axis=1) * _STEP
        points = np.cumsum(steps, axis=0)
        middle = int(np.argmin(np.abs(s - stations.mean())))
        points -= points[middle]
        corner, table = _lookup(s, points, angle)
        return cls(s, points, angle, sway, corner, table)

    def locate(self, x: Image, y: Image, z: Image) -> tuple[Image, Image, Image]:
        """Curve coordinates of patient points: left of the curve, along it and posterior to it, in mm."""
        at = np.stack([(y - self.corner[0]) / _CELL, (z - self.corner[1]) / _CELL])
        along, behind = (
            ndimage.map_coordinates(layer, at, order=1, mode="nearest", output=np.float32)
            for layer in self.table
        )
        return x - self.sideways(along), along, behind

    def sideways(self, s: npt.ArrayLike) -> Image:
        """Distance of the curve to the left of the midsagittal plane at ``s`` in mm: a slight scoliosis."""
        return np.asarray(self.sway * np.sin(np.asarray(s) / 55.0), dtype=np.float32)

    def at(self, s: float, behind: float = 0.0) -> tuple[Array, float]:
        """LPS point (3,) ``behind`` mm posterior to the curve at ``s``, and the curve's angle there."""
        y, z = (float(np.interp(s, self.s, self.points[:, axis])) for axis in (0, 1))
        angle = float(np.interp(s, self.s, self.angle))
        x = float(self.sideways(s))
        return np.array([x, y + behind * np.cos(angle), z + behind * np.sin(angle)]), angle

    def curvature(self, s: npt.ArrayLike) -> Image:
        """Curvature in radians per mm, positive for lordosis."""
        bend = np.gradient(self.angle, _STEP)
        return np.asarray(np.interp(np.asarray(s), self.s, bend), dtype=np.float32)


def _lookup(s: Array, points: Array, angle: Array) -> tuple[tuple[float, float], npt.NDArray[np.float32]]:
    """Distances along and behind the curve on a grid over (y, z), shape (2, ny, nz)."""
    low = points.min(axis=0) - np.array([170, 0])
    high = points.max(axis=0) + np.array([120, 0])
    y, z = (np.arange(low[axis], high[axis], _CELL) for axis in (0, 1))
    grid = np.stack(np.meshgrid(y, z, indexing="ij"), axis=-1)
    _, nearest = spatial.cKDTree(points).query(grid.reshape(-1, 2))
    nearest = nearest.reshape(grid.shape[:2])
    offset = grid - points[nearest]
    sine, cosine = np.sin(angle[nearest]), np.cos(angle[nearest])
    # The nearest point of a polyline is off by up to half a step: the remaining distance along it is added.
    along = s[nearest] + offset[..., 0] * sine - offset[..., 1] * cosine
    behind = offset[..., 0] * cosine + offset[..., 1] * sine
    return (float(low[0]), float(low[1])), np.stack([along, behind]).astype(np.float32)
