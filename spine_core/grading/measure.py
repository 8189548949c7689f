"""Measures the disc of a network's input."""

from __future__ import annotations

from spine_core.anatomy.measurements import Measurements, measure, scaled
from spine_core.grading.types import DiscImage
from spine_core.networks.preprocessing import Preprocessing
from spine_core.study.types import Series


def measure_disc(image: DiscImage, preprocessing: Preprocessing, series: Series) -> Measurements:
    """Measurements of the disc of ``image`` on its slice of ``series``.

    Signal is measured on T2 only; lengths are in mm where the spacing is known. All are None without segmentation.
    """
    disc = image.disc
    channel = next((c for c in image.channels if c is not None and c.series_uid == series.uid), None)
    if image.regions is None or channel is None:
        return Measurements()
    pixels = None
    if channel.weighting == "t2":
        pixels = channel.frame.resample(series.display_slice(disc.slice_index), image.regions.shape)
    row, column = channel.frame.inverse()([disc.center_px])[0]
    found = measure(image.regions, pixels, preprocessing.width, (float(row), float(column)))
    return scaled(found, series.millimetres(disc.inter_disc_px))
