"""Where the spinal canal is beside a disc: the reference point of crops of foramina, recesses and axial slices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Disc, Structure
from spine_core.study.types import Series

HALF_LEVEL = 0.3
"""Half of the height along the spine in which canal belongs to a disc, in inter-disc distances."""

LEFT = np.array([1.0, 0.0, 0.0])
"""The patient's left in LPS coordinates."""

POSTERIOR = np.array([0.0, 1.0, 0.0])
"""The patient's back in LPS coordinates."""


def canal_point(
    disc: Disc, series: Series, masks: Mapping[int, npt.NDArray[np.uint8]] | None
) -> npt.NDArray[np.float64] | None:
    """Centre of the segmented canal at the level of ``disc``, LPS millimetres (3,).

    ``series``: the disc's own; ``masks``: structure labels by slice. The disc's posterior edge where no canal is
    segmented there; None for a series without patient coordinates.
    """
    if series.geometry is None:
        return None
    row, column = _canal_pixel(disc, series, masks) or disc.posterior_px
    return series.geometry.to_patient(disc.slice_index, row, column)


def _canal_pixel(
    disc: Disc, series: Series, masks: Mapping[int, npt.NDArray[np.uint8]] | None
) -> tuple[float, float] | None:
    if masks is None or disc.slice_index not in masks:
        return None
    pixels = np.argwhere(masks[disc.slice_index] == Structure.CANAL).astype(np.float64)
    if not len(pixels):
        return None
    # Square pixels of one column's width, in which the caudal direction and the inter-disc distance are given.
    aspect = np.array([series.row_to_column_spacing, 1.0])
    along = ((pixels - disc.center_px) * aspect) @ np.asarray(disc.caudal)
    near = pixels[np.abs(along) <= HALF_LEVEL * disc.inter_disc_px]
    if not len(near):
        return None
    row, column = near.mean(axis=0)
    return float(row), float(column)
