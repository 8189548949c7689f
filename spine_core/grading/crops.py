"""Cuts the network's input for a disc out of the slices, as the network's contract says."""

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
"""How far the nearest slice of a second series may lie from a disc and still show it."""


def disc_frame(contract: Preprocessing, disc: Disc, aspect: float) -> Affine2:
    """Frame of a disc's crop: input pixels to pixels of the disc's slice, spine upright, canal to the right."""
    dr, dc = disc.caudal
    step = contract.shift * disc.inter_disc_px
    center = (disc.center_px[0] - dc * step / aspect, disc.center_px[1] + dr * step)
    return crop_frame(center, disc.caudal, contract.width * disc.inter_disc_px, contract.size, aspect)


def disc_image(
    contract: Preprocessing,
    disc: Disc,
    sources: Mapping[str, Series],
    masks: Mapping[int, npt.NDArray[np.uint8]] | None = None,
    twins: Mapping[str, Disc] | None = None,
) -> DiscImage:
    """The input for ``disc``.

    ``sources``: the series of each channel's weighting, the disc's own series among them; others are cut where
    patient coordinates put the disc. ``masks``: structure labels by slice of the disc's own series.
    ``twins``: by weighting, the same disc as found in a series that shares no patient coordinates with this one.
    """
    own = next(series for series in sources.values() if series.uid == disc.series_uid)
    frame = disc_frame(contract, disc, own.row_to_column_spacing)
    shape = (contract.size, contract.size)
    pixels = np.zeros((len(contract.channels), *shape), dtype=np.float32)
    channels: list[Channel | None] = []
    for position, weighting in enumerate(contract.channels):
        channel = _channel(weighting, sources.get(weighting), own, disc, frame)
        twin = (twins or {}).get(weighting)
        if channel is None and twin is not None:
            place = disc_frame(contract, twin, sources[weighting].row_to_column_spacing)
            channel = Channel(weighting, twin.series_uid, twin.slice_index, place)
        channels.append(channel)
        if channel is not None:
            pixels[position], channels[position] = _cut(contract, channel, sources[weighting])
    regions = None
    if masks is not None and disc.slice_index in masks:
        regions = frame.resample(masks[disc.slice_index], shape, order=0).astype(np.uint8)
    return DiscImage(disc.level, pixels, tuple(channels), disc, regions)


def _cut(
    contract: Preprocessing, channel: Channel, series: Series
) -> tuple[npt.NDArray[np.float32], Channel]:
    """The input of ``channel`` (size, size), standardised, and the channel with what lies outside the image."""
    shape = (contract.size, contract.size)
    picture, valid = series.display_slice(channel.slice_index), series.valid(channel.slice_index)
    crop = channel.frame.resample(picture, shape, outside=float(picture.min()))
    inside = channel.frame.resample(np.ones(picture.shape), shape, order=0) > 0
    if valid is None:
        return contract.standardise(crop), replace(channel, outside=~inside)
    # Beyond the edge the networks were trained on what standardise makes of black pixels there; padding has no value.
    padded = channel.frame.resample(~valid, shape, order=0) > 0
    return contract.standardise(crop, ~padded), replace(channel, outside=~inside | padded)


def neighbouring_slice(contract: Preprocessing, image: DiscImage, study: Study) -> DiscImage | None:
    """The same crop one slice further on in every series, or one slice back where one of them ends.

    None where neither is there. The anatomy is taken to be that of the picture, since masks are only made of the
    slices in which discs were looked for.
    """
    by_uid = {series.uid: series for series in study.series}
    for step in (1, -1):
        channels = [None if one is None else _beside(one, image.disc, by_uid, step) for one in image.channels]
        if [one is None for one in channels] == [one is None for one in image.channels]:
            break
    else:
        return None
    pixels = np.zeros_like(image.pixels)
    for position, channel in enumerate(channels):
        if channel is not None:
            pixels[position], channels[position] = _cut(contract, channel, by_uid[channel.series_uid])
    return replace(image, pixels=pixels, channels=tuple(channels))


def _beside(channel: Channel, disc: Disc, by_uid: Mapping[str, Series], step: int) -> Channel | None:
    """The channel's slice, ``step`` on in the direction in which the disc's own series counts."""
    own, series = by_uid.get(disc.series_uid), by_uid.get(channel.series_uid)
    if own is None or series is None:
        return None
    index = channel.slice_index + (step if _same_way(own, series) else -step)
    return replace(channel, slice_index=index) if 0 <= index < series.slices else None


def _same_way(own: Series, other: Series) -> bool:
    """Whether two series count their slices in one direction; taken to be so where coordinates do not tell."""
    if own.geometry is None or other.geometry is None:
        return True
    ways = [stack.positions[-1] - stack.positions[0] for stack in (own.geometry, other.geometry)]
    return bool(ways[0] @ ways[1] >= 0)


def _channel(
    weighting: str, series: Series | None, own: Series, disc: Disc, frame: Affine2
) -> Channel | None:
    if series is None:
        return None
    if series is own:
        return Channel(weighting, series.uid, disc.slice_index, frame)
    moved = map_to_series(frame, own, disc.slice_index, series)
    if moved is None:
        return None
    return Channel(weighting, series.uid, moved[0], moved[1])


def map_to_series(frame: Affine2, source: Series, index: int, target: Series) -> tuple[int, Affine2] | None:
    """The slice of ``target`` that shows what ``frame`` shows of slice ``index`` of ``source``, and its frame there.

    None where the two do not share a frame of reference, or no slice lies within ``OFF_PLANE_MM``.
    Assumes parallel slices: what lies off the target's plane is projected on it.
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
