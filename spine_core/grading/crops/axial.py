"""Inputs that show the axial slice through a disc, centred on the canal or on a lateral recess."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import CUTS_DISC_MM
from spine_core.grading.crops.canal import LEFT, POSTERIOR
from spine_core.grading.types import Channel
from spine_core.networks.preprocessing import CHANNEL_OF, Preprocessing, Side
from spine_core.study.geometry import Affine2
from spine_core.study.types import Plane, Series


def axial_channel(
    preprocessing: Preprocessing,
    weighting: str,
    series: Iterable[Series],
    disc_mm: npt.NDArray[np.float64],
    canal_mm: npt.NDArray[np.float64],
    own: Series,
) -> Channel | None:
    """The channel of ``weighting`` cut from the axial slice nearest to a disc; None where no slice cuts the disc.

    ``disc_mm``, ``canal_mm``: centres of disc and canal, LPS millimetres. ``own``: the disc's series, which shares its
    coordinates with the axial one.
    """
    best: tuple[float, Series, int] | None = None
    for one in series:
        if one.plane is not Plane.AXIAL or CHANNEL_OF.get(one.weighting) != weighting:
            continue
        if one.geometry is None or one.spacing is None or not one.shares_coordinates(own):
            continue
        index, row, column, distance = one.geometry.to_pixel(disc_mm)
        inside = 0 <= row < one.rows and 0 <= column < one.columns
        if inside and distance <= CUTS_DISC_MM and (best is None or distance < best[0]):
            best = (distance, one, index)
    if best is None:
        return None
    _, chosen, index = best
    return Channel(weighting, chosen.uid, index, _frame(preprocessing, chosen, canal_mm))


def _frame(preprocessing: Preprocessing, series: Series, canal_mm: npt.NDArray[np.float64]) -> Affine2:
    """From input pixels to pixels of the slice: rows to posterior, columns to the patient's left."""
    assert series.geometry is not None
    geometry = series.geometry
    # Axial slices of a lumbar spine are tilted with the discs, so the axes are projected onto the slice.
    rows_mm, columns_mm = (_in_plane(axis, geometry.normal) for axis in (POSTERIOR, LEFT))
    if preprocessing.mirror and preprocessing.side is Side.LEFT:
        columns_mm = -columns_mm
    step = preprocessing.width / preprocessing.size
    matrix = np.array(
        [
            [axis @ geometry.column_direction * step / geometry.spacing[0] for axis in (rows_mm, columns_mm)],
            [axis @ geometry.row_direction * step / geometry.spacing[1] for axis in (rows_mm, columns_mm)],
        ]
    )
    _, row, column, _ = geometry.to_pixel(canal_mm + lateral_offset(preprocessing))
    middle = (preprocessing.size - 1) / 2
    offset = np.array([row, column]) - matrix @ [middle, middle]
    pairs = tuple((float(a), float(b)) for a, b in matrix)
    return Affine2((pairs[0], pairs[1]), (float(offset[0]), float(offset[1])))


def lateral_offset(preprocessing: Preprocessing) -> npt.NDArray[np.float64]:
    """From the canal to the side that the input shows, LPS millimetres (3,)."""
    if preprocessing.side is None:
        return np.zeros(3)
    return LEFT * preprocessing.lateral * (1 if preprocessing.side is Side.LEFT else -1)


def _in_plane(axis: npt.NDArray[np.float64], normal: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    projected = axis - (axis @ normal) * normal
    return np.asarray(projected / np.linalg.norm(projected))
