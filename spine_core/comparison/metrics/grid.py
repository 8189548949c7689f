"""Maps on coarser grids, and their cells ranked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BLOCKS = 24
"""Blocks per side that are masked or shown as one. Single pixels would test for speckle rather than for anatomy."""


def to_grid(picture: npt.NDArray[np.floating], shape: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Mean of the map over each cell of a coarser grid, (rows, columns); cells may cut through pixels."""
    rows, columns = (_averaging(old, new) for old, new in zip(picture.shape, shape, strict=True))
    return np.asarray(rows @ picture.astype(np.float64) @ columns.T)


def _averaging(old: int, new: int) -> npt.NDArray[np.float64]:
    """Matrix (new, old) whose row i averages the part of the axis that new cell i covers."""
    edges = np.linspace(0, old, new + 1)
    lower, upper = edges[:-1, None], edges[1:, None]
    pixel = np.arange(old)[None]
    covered = np.clip(np.minimum(upper, pixel + 1) - np.maximum(lower, pixel), 0, None)
    matrix: npt.NDArray[np.float64] = covered / covered.sum(axis=1, keepdims=True)
    return matrix


def strongest_first(values: npt.NDArray[np.floating], random: np.random.Generator) -> npt.NDArray[np.intp]:
    """Indices of the flattened values from largest to smallest; equal ones in random order.

    A fixed order among equals would run along the rows, and a map's empty parts would be taken from top to bottom.
    """
    flat = values.ravel()
    return np.lexsort((random.random(flat.size), -flat))
