"""Inputs that show a disc on its sagittal slice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Disc
from spine_core.grading.crops.cut import cut
from spine_core.grading.types import Channel, DiscImage
from spine_core.networks.preprocessing import Crop, Preprocessing
from spine_core.study.geometry import Affine2, crop_frame
from spine_core.study.types import Series

OFF_PLANE_MM = 8.0
"""Largest distance of a second series' nearest slice from a disc that it shows."""


def disc_frame(preprocessing: Preprocessing, disc: Disc, aspect: float, unit: float | None = None) -> Affine2:
    """Frame of a disc's crop, from input pixels to pixels of its slice: spine upright, canal to the right.

    ``aspect``: height of a slice pixel over its width. ``unit``: of the crop's width and shift, in columns of the
    slice; by default the inter-disc distance.
    """
    unit = disc.inter_disc_px if unit is None else unit
    dr, dc = disc.caudal
    step = preprocessing.shift * unit
    center = (disc.center_px[0] - dc * step / aspect, disc.center_px[1] + dr * step)
    return crop_frame(center, disc.caudal, preprocessing.width * unit, preprocessing.size, aspect)


def slice_frame(preprocessing: Preprocessing, series: Series) -> Affine2:
    """Frame of a whole slice of ``series``, from input pixels to pixels of the slice, centred and not distorted."""
    aspect = series.row_to_column_spacing
    center = ((series.rows - 1) / 2, (series.columns - 1) / 2)
    side = max(series.rows * aspect, series.columns)
    return crop_frame(center, (1.0, 0.0), side, preprocessing.size, aspect)


def sagittal_frame(preprocessing: Preprocessing, disc: Disc, series: Series) -> Affine2 | None:
    """Frame of the crop on the disc's slice of ``series``; None where it is in millimetres and they are unknown."""
    aspect = series.row_to_column_spacing
    if preprocessing.crop is Crop.SLICE:
        return slice_frame(preprocessing, series)
    if preprocessing.crop is Crop.DISC:
        return disc_frame(preprocessing, disc, aspect)
    return None if series.spacing is None else disc_frame(preprocessing, disc, aspect, 1 / series.spacing[1])


def disc_image(
    preprocessing: Preprocessing,
    disc: Disc,
    sources: Mapping[str, Series],
    masks: Mapping[int, npt.NDArray[np.uint8]] | None = None,
    counterparts: Mapping[str, Disc] | None = None,
) -> DiscImage:
    """The input for ``disc``.

    ``sources``: the series of each channel's weighting, including the disc's own; the others are cropped by patient
    coordinates. ``masks``: structure labels by slice of the disc's own series. ``counterparts``: by weighting, the same
    disc as detected in a series without common patient coordinates.
    """
    own = next(series for series in sources.values() if series.uid == disc.series_uid)
    frame = sagittal_frame(preprocessing, disc, own)
    shape = (preprocessing.size, preprocessing.size)
    pixels = np.zeros((len(preprocessing.channels), *shape), dtype=np.float32)
    channels: list[Channel | None] = []
    for position, weighting in enumerate(preprocessing.channels):
        series = sources.get(weighting)
        channel = None if frame is None else _channel(preprocessing.size, weighting, series, own, disc, frame)
        counterpart = (counterparts or {}).get(weighting)
        if channel is None and counterpart is not None:
            there = sagittal_frame(preprocessing, counterpart, sources[weighting])
            if there is not None:
                channel = Channel(weighting, counterpart.series_uid, counterpart.slice_index, there)
        channels.append(channel)
        if channel is not None:
            pixels[position], channels[position] = cut(preprocessing, channel, sources[weighting], position)
    regions = structure_regions(preprocessing, disc, own, masks or {})
    return DiscImage(disc.level, pixels, tuple(channels), disc, regions)


def structure_regions(
    preprocessing: Preprocessing, disc: Disc, series: Series, masks: Mapping[int, npt.NDArray[np.uint8]]
) -> npt.NDArray[np.uint8] | None:
    """Structure labels over the input for ``disc`` of ``series``, (size, size); None where they are unknown."""
    frame = sagittal_frame(preprocessing, disc, series)
    if frame is None or disc.slice_index not in masks:
        return None
    shape = (preprocessing.size, preprocessing.size)
    return frame.resample(masks[disc.slice_index], shape, order=0).astype(np.uint8)


def _channel(
    size: int, weighting: str, series: Series | None, own: Series, disc: Disc, frame: Affine2
) -> Channel | None:
    if series is None:
        return None
    if series is own:
        return Channel(weighting, series.uid, disc.slice_index, frame)
    mapped = map_to_series(frame, own, disc.slice_index, series, size)
    if mapped is None:
        return None
    return Channel(weighting, series.uid, mapped[0], mapped[1])


def map_to_series(
    frame: Affine2, source: Series, index: int, target: Series, size: int
) -> tuple[int, Affine2] | None:
    """The slice of ``target`` nearest to a crop of slice ``index`` of ``source``, and the crop's frame there.

    ``size``: side of the crop in its own pixels. None where the two do not share a frame of reference, or no slice lies
    within ``OFF_PLANE_MM``. Assumes parallel slices: the crop is projected onto the target's plane.
    """
    if source.geometry is None or target.geometry is None or not source.shares_coordinates(target):
        return None
    if abs(float(source.geometry.normal @ target.geometry.normal)) < 0.9:
        return None
    corners = frame([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]])
    middle = source.geometry.to_patient(index, *(float(v) for v in frame([(size - 1) / 2] * 2)))
    nearest, _, _, distance = target.geometry.to_pixel(middle)
    if distance > OFF_PLANE_MM:
        return None
    points = np.array([_project(source, index, corner, target) for corner in corners])
    if not _inside(points[0], target):
        return None
    rows, columns = (points[1] - points[0]) / 100, (points[2] - points[0]) / 100
    matrix = ((float(rows[0]), float(columns[0])), (float(rows[1]), float(columns[1])))
    return nearest, Affine2(matrix, (float(points[0][0]), float(points[0][1])))


def _project(
    source: Series, index: int, corner: npt.NDArray[np.float64], target: Series
) -> tuple[float, float]:
    assert source.geometry is not None
    assert target.geometry is not None
    point = source.geometry.to_patient(index, float(corner[0]), float(corner[1]))
    _, row, column, _ = target.geometry.to_pixel(point)
    return row, column


def _inside(point: npt.NDArray[np.float64], series: Series) -> bool:
    slack = 0.25
    return bool(
        -slack * series.rows < point[0] < (1 + slack) * series.rows
        and -slack * series.columns < point[1] < (1 + slack) * series.columns
    )
