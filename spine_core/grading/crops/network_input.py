"""The input of a network for one disc, by the crop that its preprocessing names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import Disc
from spine_core.grading.crops.axial import axial_channel
from spine_core.grading.crops.canal import canal_point
from spine_core.grading.crops.cut import cut
from spine_core.grading.crops.foramen import foramen_channel
from spine_core.grading.crops.sagittal import disc_image
from spine_core.grading.types import Channel, DiscImage
from spine_core.networks.preprocessing import Crop, Preprocessing
from spine_core.study.types import Series, Study

SAGITTAL_CROPS = (Crop.DISC, Crop.DISC_MM, Crop.SLICE)
"""Crops of the disc's own slice."""


@dataclass(frozen=True, eq=False)
class DiscSources:
    """What a disc's inputs are cut from.

    ``by_channel``: the sagittal series that are read, by weighting. ``masks``: structure labels by slice of the disc's
    own series. ``counterparts``: by weighting, the same disc in a series without common coordinates.
    """

    study: Study
    by_channel: Mapping[str, Series]
    masks: Mapping[int, npt.NDArray[np.uint8]]
    counterparts: Mapping[str, Disc] = field(default_factory=dict)


def network_input(preprocessing: Preprocessing, disc: Disc, sources: DiscSources) -> DiscImage:
    """The input for ``disc``. Channels that the study cannot give are None, and zeros in the image."""
    if preprocessing.crop in SAGITTAL_CROPS:
        return disc_image(preprocessing, disc, sources.by_channel, sources.masks, sources.counterparts)
    own = next(series for series in sources.by_channel.values() if series.uid == disc.series_uid)
    canal = canal_point(disc, own, sources.masks)
    size = preprocessing.size
    pixels = np.zeros((len(preprocessing.channels), size, size), dtype=np.float32)
    channels: list[Channel | None] = []
    for position, weighting in enumerate(preprocessing.channels):
        channel = None if canal is None else _channel(preprocessing, weighting, disc, sources, own, canal)
        if channel is not None:
            series = sources.study.by_uid(channel.series_uid)
            pixels[position], channel = cut(preprocessing, channel, series, position)
        channels.append(channel)
    return DiscImage(disc.level, pixels, tuple(channels), disc)


def _channel(
    preprocessing: Preprocessing,
    weighting: str,
    disc: Disc,
    sources: DiscSources,
    own: Series,
    canal: npt.NDArray[np.float64],
) -> Channel | None:
    assert own.geometry is not None
    if preprocessing.crop.is_axial:
        center = own.geometry.to_patient(disc.slice_index, *disc.center_px)
        return axial_channel(preprocessing, weighting, sources.study.series, center, canal, own)
    series = sources.by_channel.get(weighting)
    if series is None or (series.uid != own.uid and not series.shares_coordinates(own)):
        return None
    return foramen_channel(preprocessing, weighting, series, disc, canal)
