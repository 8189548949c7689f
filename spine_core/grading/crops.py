"""Makes the network's input for a disc from the slices, by the network's preprocessing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Disc
from spine_core.grading.types import Channel, DiscImage
from spine_core.networks.grading_network import Preprocessing
from spine_core.study.geometry import Affine2, crop_frame
from spine_core.study.types import Series, Study

OFF_PLANE_MM = 8.0
"""Largest distance of a second series' nearest slice from a disc that it shows."""


def disc_frame(preprocessing: Preprocessing, disc: Disc, aspect: float) -> Affine2:
    """Frame of a disc's crop, from input pixels to pixels of its slice: spine upright, canal to the right.

    ``aspect``: height of a slice pixel over its width.
    """
    dr, dc = disc.caudal
    step = preprocessing.shift * disc.inter_disc_px
    center = (disc.center_px[0] - dc * step / aspect, disc.center_px[1] + dr * step)
    return crop_frame(
        center, disc.caudal, preprocessing.width * disc.inter_disc_px, preprocessing.size, aspect
    )


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
    frame = disc_frame(preprocessing, disc, own.row_to_column_spacing)
    shape = (preprocessing.size, preprocessing.size)
    pixels = np.zeros((len(preprocessing.channels), *shape), dtype=np.float32)
    channels: list[Channel | None] = []
    for position, weighting in enumerate(preprocessing.channels):
        channel = _channel(weighting, sources.get(weighting), own, disc, frame)
        counterpart = (counterparts or {}).get(weighting)
        if channel is None and counterpart is not None:
            counterpart_frame = disc_frame(
                preprocessing, counterpart, sources[weighting].row_to_column_spacing
            )
            channel = Channel(weighting, counterpart.series_uid, counterpart.slice_index, counterpart_frame)
        channels.append(channel)
        if channel is not None:
            pixels[position], channels[position] = _cut(preprocessing, channel, sources[weighting])
    regions = None
    if masks is not None and disc.slice_index in masks:
        regions = frame.resample(masks[disc.slice_index], shape, order=0).astype(np.uint8)
    return DiscImage(disc.level, pixels, tuple(channels), disc, regions)


def _cut(
    preprocessing: Preprocessing, channel: Channel, series: Series
) -> tuple[npt.NDArray[np.float32], Channel]:
    """The input of ``channel`` (size, size), standardised, and the channel with what lies outside the image."""
    shape = (preprocessing.size, preprocessing.size)
    image_slice, valid = series.display_slice(channel.slice_index), series.valid(channel.slice_index)
    crop = channel.frame.resample(image_slice, shape, outside=float(image_slice.min()))
    inside = channel.frame.resample(np.ones(image_slice.shape), shape, order=0) > 0
    if valid is None:
        return preprocessing.standardise(crop), replace(channel, outside=~inside)
    # Pixels beyond the edge are standardised as black, as in training; padding is excluded.
    padded = channel.frame.resample(~valid, shape, order=0) > 0
    return preprocessing.standardise(crop, ~padded), replace(channel, outside=~inside | padded)


def neighbouring_slice(preprocessing: Preprocessing, image: DiscImage, study: Study) -> DiscImage | None:
    """The same crop on the next slice of every series, or on the previous one where one of them ends.

    None where neither exists. The anatomy is that of ``image``, since only slices with discs are segmented.
    """
    by_uid = {series.uid: series for series in study.series}
    for step in (1, -1):
        channels = [
            None if one is None else _neighbour(one, image.disc, by_uid, step) for one in image.channels
        ]
        if [one is None for one in channels] == [one is None for one in image.channels]:
            break
    else:
        return None
    pixels = np.zeros_like(image.pixels)
    for position, channel in enumerate(channels):
        if channel is not None:
            pixels[position], channels[position] = _cut(preprocessing, channel, by_uid[channel.series_uid])
    return replace(image, pixels=pixels, channels=tuple(channels))


def _neighbour(channel: Channel, disc: Disc, by_uid: Mapping[str, Series], step: int) -> Channel | None:
    """The channel ``step`` slices further, in the direction in which the disc's own series counts."""
    own, series = by_uid.get(disc.series_uid), by_uid.get(channel.series_uid)
    if own is None or series is None:
        return None
    index = channel.slice_index + (step if _same_direction(own, series) else -step)
    return replace(channel, slice_index=index) if 0 <= index < series.slices else None


def _same_direction(own: Series, other: Series) -> bool:
    """Whether two series count their slices in the same direction; assumed without coordinates."""
    if own.geometry is None or other.geometry is None:
        return True
    directions = [stack.positions[-1] - stack.positions[0] for stack in (own.geometry, other.geometry)]
    return bool(directions[0] @ directions[1] >= 0)


def _channel(
    weighting: str, series: Series | None, own: Series, disc: Disc, frame: Affine2
) -> Channel | None:
    if series is None:
        return None
    if series is own:
        return Channel(weighting, series.uid, disc.slice_index, frame)
    mapped = map_to_series(frame, own, disc.slice_index, series)
    if mapped is None:
        return None
    return Channel(weighting, series.uid, mapped[0], mapped[1])


def map_to_series(frame: Affine2, source: Series, index: int, target: Series) -> tuple[int, Affine2] | None:
    """The slice of ``target`` nearest to a crop of slice ``index`` of ``source``, and the crop's frame there.

    None where the two do not share a frame of reference, or no slice lies within ``OFF_PLANE_MM``. Assumes parallel
    slices: the crop is projected onto the target's plane.
    """
    if source.geometry is None or target.geometry is None or not source.shares_coordinates(target):
        return None
    if abs(float(source.geometry.normal @ target.geometry.normal)) < 0.9:
        return None
    corners = frame([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]])
    middle = source.geometry.to_patient(index, *(float(v) for v in frame([95.5, 95.5])))
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
