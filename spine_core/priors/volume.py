"""A series as a SimpleITK volume in patient millimetres."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from spine_core.priors.errors import NotRegistrable, Refusal
from spine_core.study.grid import Grid, regular_grid
from spine_core.study.types import Series

FEWEST_SLICES = 3


def simpleitk() -> Any:
    """SimpleITK, imported at first use: it takes a second. It has no types."""
    return import_module("SimpleITK")


def grid_of(series: Series) -> Grid:
    """The regular volume of a series. Raises ``NotRegistrable`` where its slices are not evenly spaced."""
    grid = None if series.geometry is None else regular_grid(series.geometry)
    if grid is None:
        raise NotRegistrable(Refusal.UNEVEN_SLICES)
    return grid


def volume(series: Series) -> Any:
    """The series as a float32 ``SimpleITK.Image``, brighter is larger. Pixels without grey value are the darkest.

    Raises ``NotRegistrable`` where the slices have no position, are too few, or are not evenly spaced.
    """
    if series.geometry is None:
        raise NotRegistrable(Refusal.NO_POSITIONS)
    if series.slices < FEWEST_SLICES:
        raise NotRegistrable(Refusal.TOO_FEW_SLICES)
    pixels = np.stack([series.display_slice(index) for index in range(series.slices)])
    return with_grid(np.nan_to_num(pixels, nan=0.0, posinf=0.0, neginf=0.0), series)


def with_grid(values: npt.NDArray[np.generic], series: Series) -> Any:
    """An array (slices, rows, columns) as a ``SimpleITK.Image`` on the grid of ``series``. Raises as ``volume``."""
    grid = grid_of(series)
    image = simpleitk().GetImageFromArray(values)
    image.SetOrigin(grid.origin.tolist())
    image.SetSpacing(list(grid.spacing))
    image.SetDirection(grid.directions.ravel().tolist())
    return image
