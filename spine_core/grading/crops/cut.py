"""Cuts a network's input from the slices that its channels name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Disc
from spine_core.grading.types import Channel, DiscImage
from spine_core.networks.preprocessing import Preprocessing
from spine_core.study.types import Series, Study


def cut(
    preprocessing: Preprocessing, channel: Channel, series: Series, position: int = 0
) -> tuple[npt.NDArray[np.float32], Channel]:
    """The input of ``channel`` (size, size), standardised, and the channel with what lies outside the image.

    ``position``: of the channel in the input.
    """
    shape = (preprocessing.size, preprocessing.size)
    image_slice, valid = series.display_slice(channel.slice_index), series.valid(channel.slice_index)
    crop = channel.frame.resample(image_slice, shape, outside=float(image_slice.min()))
    inside = channel.frame.resample(np.ones(image_slice.shape), shape, order=0) > 0
    if valid is None:
        return preprocessing.standardise(crop, None, position), replace(channel, outside=~inside)
    # Pixels beyond the edge are standardised as black, as in training; padding is excluded.
    padded = channel.frame.resample(~valid, shape, order=0) > 0
    return preprocessing.standardise(crop, ~padded, position), replace(channel, outside=~inside | padded)


def neighbouring_slice(preprocessing: Preprocessing, image: DiscImage, study: Study) -> DiscImage | None:
    """The same crop on the next slice of every series, or on the previous one where one of them ends.

    None where neither exists. The anatomy is that of ``image``, since only slices with discs are segmented.
    """
    return next((one for step in (1, -1) if (one := slice_at(preprocessing, image, study, step))), None)


def slice_at(preprocessing: Preprocessing, image: DiscImage, study: Study, step: int) -> DiscImage | None:
    """The same crop ``step`` slices further in every series, in the direction in which the disc's own series counts.

    None where one of the series ends before. The anatomy is that of ``image``.
    """
    by_uid = {series.uid: series for series in study.series}
    channels = [None if one is None else _neighbour(one, image.disc, by_uid, step) for one in image.channels]
    if [one is None for one in channels] != [one is None for one in image.channels]:
        return None
    pixels = np.zeros_like(image.pixels)
    for position, channel in enumerate(channels):
        if channel is not None:
            pixels[position], channels[position] = cut(
                preprocessing, channel, by_uid[channel.series_uid], position
            )
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
