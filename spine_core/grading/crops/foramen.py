"""Inputs that show a neural foramen: the sagittal slice some millimetres to the side of the canal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Disc
from spine_core.grading.crops.axial import lateral_offset
from spine_core.grading.types import Channel
from spine_core.networks.preprocessing import Preprocessing
from spine_core.study.geometry import crop_frame
from spine_core.study.types import Series


def foramen_channel(
    preprocessing: Preprocessing,
    weighting: str,
    series: Series,
    disc: Disc,
    canal_mm: npt.NDArray[np.float64],
) -> Channel | None:
    """The channel of ``weighting`` cut from ``series``, upright along the spine at ``disc``, centred on the foramen.

    ``canal_mm``: centre of the canal, LPS millimetres. None where the series has no slice there.
    """
    if series.geometry is None or series.spacing is None:
        return None
    index, row, column, distance = series.geometry.to_pixel(canal_mm + lateral_offset(preprocessing))
    if distance > _half_gap(series) or not (0 <= row < series.rows and 0 <= column < series.columns):
        return None
    frame = crop_frame(
        (row, column),
        disc.caudal,
        preprocessing.width / series.spacing[1],
        preprocessing.size,
        series.row_to_column_spacing,
    )
    return Channel(weighting, series.uid, index, frame)


def _half_gap(series: Series) -> float:
    """Half of the distance between slices in mm: further away, a place lies beyond the first or the last slice."""
    assert series.geometry is not None
    if series.slices < 2:
        return 0.5 * (series.slice_thickness or 0.0)
    steps = np.diff(series.geometry.positions, axis=0) @ series.geometry.normal
    return float(np.abs(steps).max()) / 2 + 1e-6
