"""Which part of the region around the spine a transform finds inside the prior."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Disc
from spine_core.priors.matching import positions
from spine_core.priors.rigid import Array, Rigid
from spine_core.priors.volume import grid_of
from spine_core.study.types import Series

REACH_MM = 50.0
"""Registration looks at what is this close to a disc: bowel, skin and fat move against the spine."""

EVERY = 37
"""Every so many voxels of the region are looked up; it is no divisor of a row."""


def near_spine(series: Series, discs: tuple[Disc, ...]) -> npt.NDArray[np.uint8]:
    """1 for voxels within ``REACH_MM`` of a disc, else 0: (slices, rows, columns)."""
    grid, near = grid_of(series), np.zeros(series.pixels.shape, dtype=np.uint8)
    for index in range(series.slices):
        points = grid.slice_points(index, (series.rows, series.columns))
        for center in positions(discs).values():
            near[index] |= (np.square(points - center).sum(axis=-1) < REACH_MM**2).astype(np.uint8)
    return near


def sampled_points(series: Series, near: npt.NDArray[np.uint8]) -> Array:
    """LPS mm of some voxels of the region ``near``: (N, 3)."""
    grid = grid_of(series)
    slices = [
        grid.slice_points(index, (series.rows, series.columns))[near[index] > 0][::EVERY]
        for index in range(series.slices)
    ]
    return np.concatenate(slices)


def covered(points: Array, to_prior: Rigid, prior: Series) -> float:
    """Fraction of ``points``, 0 to 1, that lie inside the volume of ``prior``."""
    grid = grid_of(prior)
    voxels = (to_prior(points) - grid.origin) @ grid.directions / np.array(grid.spacing)
    last = np.array([prior.columns - 1, prior.rows - 1, prior.slices - 1])
    return float(((voxels >= 0) & (voxels <= last)).all(axis=1).mean())
