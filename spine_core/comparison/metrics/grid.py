"""Resampling of maps to coarser grids, and ranking of their cells."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BLOCKS = 24
"""Blocks per side, each masked as a whole. Single pixels would test speckle rather than anatomy."""


def to_grid(attribution: npt.NDArray[np.floating], shape: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Mean of the map over each cell of a coarser grid, (rows, columns); cells may cut through pixels."""
    rows, columns = (_averaging(old, new) for old, new in zip(attribution.shape, shape, strict=True))
    return np.asarray(rows @ attribution.astype(np.float64) @ columns.T)


def _averaging(old: int, new: int) -> npt.NDArray[np.float64]:
    """Matrix (new, old) whose row i averages the part of the axis covered by new cell i."""
    edges = np.linspace(0, old, new + 1)
    lower, upper = edges[:-1, None], edges[1:, None]
    pixel = np.arange(old)[None]
    covered = np.clip(np.minimum(upper, pixel + 1) - np.maximum(lower, pixel), 0, None)
    matrix: npt.NDArray[np.float64] = covered / covered.sum(axis=1, keepdims=True)
    return matrix


def strongest_first(values: npt.NDArray[np.floating], random: np.random.Generator) -> npt.NDArray[np.intp]:
    """Indices of the flattened values from largest to smallest; ties in random order.

    In a fixed order of ties, a map's empty parts would be taken from top to bottom.
    """
    flat = values.ravel()
    return np.lexsort((random.random(flat.size), -flat))
