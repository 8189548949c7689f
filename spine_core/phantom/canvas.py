"""The canvas of a slice: signals of water and fat, true labels, and the texture of tissue."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Many
from contextlib import contextmanager
from copy import copy
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from spine_core.anatomy.types import Structure
from spine_core.phantom.curve import Image
from spine_core.phantom.signal import Sequence, water_and_fat
from spine_core.phantom.spec import generator
from spine_core.phantom.tissue import Tissue

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
    white = generator(seed, "texture").standard_normal((_GRAIN,) * 3, dtype=np.float32)
    smooth = ndimage.gaussian_filter(white, 0.6, mode="wrap")
    return np.asarray(smooth / smooth.std(), dtype=np.float32)


class _Field:
    """About standard normal noise at ``points`` (three coordinates in mm), computed where it is asked for."""

    def __init__(self, seed: int, purpose: str, points: Many[Image], cells: Many[float]) -> None:
        self._cube, self._points, self._cells = _cube(seed), points, cells
        self._start = generator(seed, "texture", purpose).uniform(0, _GRAIN, 3)
        self._values = np.zeros(points[0].shape, dtype=np.float32)
        self._missing = np.ones(points[0].shape, dtype=bool)
        if min(cells) >= _COARSE:
            self._whole()

    def at(self, where: Pixels | None) -> Image:
        """The field; what is not ``where``, and was not before, may be 0."""
        now = self._missing if where is None else self._missing & where
        if now.any():
            self._values[now] = self._sample([point[now] for point in self._points])
            self._missing = self._missing & ~now
        return self._values

    def _whole(self) -> None:
        """A coarse field is evaluated at every other pixel and interpolated linearly, without visible difference."""
        field = self._sample([point[::2, ::2] for point in self._points])
        rows, columns = self._points[0].shape[:2]
        self._values = _double(_double(field).T).T[:rows, :columns]
        self._missing[:] = False

    def _sample(self, points: Many[Image]) -> Image:
        steps = zip(points, self._cells, self._start, strict=True)
        at = [point / cell + offset for point, cell, offset in steps]
        return np.asarray(
            ndimage.map_coordinates(self._cube, at, order=1, mode="grid-wrap", output=np.float32)
        )


class Texture:
    """Random fields of a person for one slice; its sub-slices share the field of the first one."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._known: dict[str, _Field] = {}

    def __call__(
        self, purpose: str, points: Many[Image], cells: Many[float], where: Pixels | None = None
    ) -> Image:
        """About standard normal noise at ``points`` (three coordinates in mm), ``cells`` mm long in each.

        Stored for this slice under the name ``purpose``, which no other call may use. ``where``: the pixels that
        matter, others may be 0; most tissue covers little of a slice, and noise is what takes long.
        """
        if purpose not in self._known:
            self._known[purpose] = _Field(self._seed, purpose, points, cells)
        return self._known[purpose].at(where)

    def fresh(self, purpose: str, points: Many[Image], cells: Many[float]) -> Image:
        """The same without storing, for points that differ between calls."""
        return _Field(self._seed, purpose, points, cells).at(None)


def ramp(value: Image, low: float, high: float) -> Image:
    """0 below ``low``, 1 above ``high``, smooth between."""
    fraction = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(fraction * fraction * (3 - 2 * fraction), dtype=np.float32)


class Canvas:
    """One sub-slice while it is painted; later tissue covers earlier tissue.

    ``signal``: (2 x sequences, rows, columns), water and fat of each sequence. ``fractions``: (4, rows, columns), the
    fraction of each pixel that belongs to each ``Structure``.
    """

    def __init__(self, shape: tuple[int, int], sequences: Many[Sequence], pixel: float) -> None:
        self.signal = np.zeros((2 * len(sequences), *shape), dtype=np.float32)
        self.fractions = np.zeros((len(Structure), *shape), dtype=np.float32)
        self.fractions[0] = 1
        self._sequences = tuple(sequences)
        self._pixel = pixel

    def cover(self, distance: Image) -> Image:
        """Fraction of each pixel inside a surface at ``distance`` mm (negative inside)."""
        return np.asarray(np.clip(0.5 - distance / np.float32(self._pixel), 0, 1), dtype=np.float32)

    def paint(
        self,
        coverage: Image,
        tissue: Tissue,
        texture: Image | float = 1.0,
        *,
        structure: Structure | None = None,
    ) -> None:
        """Paints ``tissue`` over the canvas with its signal times ``texture``.

        ``coverage``: fraction of each pixel, 0 to 1. ``structure``: its label in the mask; None leaves the mask
        unchanged.
        """
        covered = coverage > 0
        if not covered.any():
            return
        share, grain = coverage[covered], texture[covered] if isinstance(texture, np.ndarray) else texture
        for channel, value in enumerate(_signals(self._sequences, tissue)):
            under = self.signal[channel]
            below = under[covered]
            below += share * (value * grain - below)
            under[covered] = below
        if structure is not None:
            self.label(coverage, structure)

    def label(self, coverage: Image, structure: Structure) -> None:
        """Sets the label of ``coverage`` in the mask only."""
        self.fractions *= 1 - coverage
        self.fractions[structure] += coverage

    def copy(self) -> Canvas:
        """An independent copy."""
        other = copy(self)
        other.signal, other.fractions = self.signal.copy(), self.fractions.copy()
        return other

    def part(self, box: tuple[slice, slice]) -> Canvas:
        """A view of a part of this canvas: painting on it changes this canvas."""
        window = copy(self)
        window.signal = self.signal[:, *box]
        window.fractions = self.fractions[:, *box]
        return window

    @contextmanager
    def row(self, where: Pixels) -> Iterator[Canvas]:
        """Some of the pixels in a row, as a canvas of their own; what is painted on it is on this canvas afterwards."""
        other = copy(self)
        other.signal, other.fractions = self.signal[:, where], self.fractions[:, where]
        yield other
        self.signal[:, where], self.fractions[:, where] = other.signal, other.fractions


@cache
def _signals(sequences: tuple[Sequence, ...], tissue: Tissue) -> tuple[float, ...]:
    return tuple(float(v) for sequence in sequences for v in water_and_fat(sequence, tissue))
