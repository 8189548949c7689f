"""The texture of tissue: random fields that are equal wherever they are computed."""

from __future__ import annotations

from collections.abc import Sequence as Many
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.phantom.curve import Image
from spine_core.phantom.spec import generator

Pixels = npt.NDArray[np.bool_]
"""Some of the pixels of a slice."""

_GRAIN = 48
"""Points along an edge of the noise cube, after which the noise repeats."""


_COARSE = 4.0
"""Cell size in mm from which noise is computed at half resolution: such cells are more than five pixels wide."""


def _double(field: Image) -> Image:
    """The field with twice the rows, linearly interpolated."""
    twice = np.repeat(field, 2, axis=0)
    twice[1:-1:2] = (field[:-1] + field[1:]) / 2
    return twice


@cache
def _cube(seed: int) -> npt.NDArray[np.float32]:
    """White noise, a little smoothed. Each axis ends with its beginning, between which there are ``_GRAIN`` cells."""
    white = generator(seed, "texture").standard_normal((_GRAIN,) * 3, dtype=np.float32)
    smooth = ndimage.gaussian_filter(white, 0.6, mode="wrap")
    return np.pad(np.asarray(smooth / smooth.std(), dtype=np.float32), ((0, 1),) * 3, mode="wrap")


def _interpolated(cube: npt.NDArray[np.float32], at: Many[Image]) -> Image:
    """Trilinear interpolation in a cube that repeats itself; two and a half times as fast as ``map_coordinates``."""
    corners = [np.floor(axis) for axis in at]
    i, j, k = (np.mod(corner.astype(np.int32), _GRAIN) for corner in corners)
    u, v, w = (np.asarray(axis - corner, dtype=np.float32) for axis, corner in zip(at, corners, strict=True))
    size, flat = len(cube), cube.ravel()
    first = (i * size + j) * size + k

    def line(start: int) -> Image:
        low, high = flat.take(first + start), flat.take(first + start + 1)
        return low + w * (high - low)

    def plane(start: int) -> Image:
        low, high = line(start), line(start + size)
        return low + v * (high - low)

    low, high = plane(0), plane(size * size)
    return low + u * (high - low)


class _Field:
    """About standard normal noise at ``points`` (three coordinates in mm), computed where it is asked for."""

    def __init__(
        self, seed: int, purpose: str, points: Many[Image], cells: Many[float], row: Pixels | None = None
    ) -> None:
        self._cube, self._points, self._cells = _cube(seed), points, cells
        self._start = generator(seed, "texture", purpose).uniform(0, _GRAIN, 3)
        self._values = np.zeros(points[0].shape, dtype=np.float32)
        self._missing = np.ones(points[0].shape, dtype=bool)
        if min(cells) >= _COARSE:
            self._values = self._whole(points) if row is None else self._whole(_spread(points, row))[row]
            self._missing[:] = False

    def at(self, where: Pixels | None) -> Image:
        """The field; what is not ``where``, and was not before, may be 0."""
        now = self._missing if where is None else self._missing & where
        if now.any():
            self._values[now] = self._sample([point[now] for point in self._points])
            self._missing = self._missing & ~now
        return self._values

    def _whole(self, points: Many[Image]) -> Image:
        """A coarse field is evaluated at every other pixel and interpolated linearly, without visible difference."""
        field = self._sample([point[::2, ::2] for point in points])
        rows, columns = points[0].shape[:2]
        return _double(_double(field).T).T[:rows, :columns]

    def _sample(self, points: Many[Image]) -> Image:
        steps = zip(points, self._cells, self._start, strict=True)
        return _interpolated(self._cube, [point / cell + offset for point, cell, offset in steps])


def _spread(points: Many[Image], row: Pixels) -> list[Image]:
    """``points`` in rows and columns, 0 elsewhere."""
    spread: list[Image] = [np.zeros(row.shape, dtype=point.dtype) for point in points]
    for image, point in zip(spread, points, strict=True):
        image[row] = point
    return spread


class Texture:
    """Random fields of a person for one slice; its sub-slices share the field of the first one.

    ``row``: (rows, columns), of which pixels the points of every call are, in a row; None where points have rows and
    columns.
    """

    def __init__(self, seed: int, row: Pixels | None = None) -> None:
        self._seed, self._row = seed, row
        self._known: dict[str, _Field] = {}

    def __call__(
        self, purpose: str, points: Many[Image], cells: Many[float], where: Pixels | None = None
    ) -> Image:
        """About standard normal noise at ``points`` (three coordinates in mm), ``cells`` mm long in each.

        Stored for this slice under the name ``purpose``, which no other call may use. ``where``: the pixels that
        matter, others may be 0; most tissue covers little of a slice, and noise is what takes long.
        """
        if purpose not in self._known:
            self._known[purpose] = _Field(self._seed, purpose, points, cells, self._row)
        return self._known[purpose].at(where)

    def fresh(self, purpose: str, points: Many[Image], cells: Many[float]) -> Image:
        """The same without storing, for points that differ between calls."""
        return _Field(self._seed, purpose, points, cells).at(None)
