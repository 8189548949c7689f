"""Slices on the screen: square pixels, and where the discs of the reading lie on a series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from spine_core.anatomy.types import CUTS_DISC_MM, Disc
from spine_core.study.types import Series, Study


@dataclass(frozen=True)
class Mark:
    """A disc on a series: its slice, its place there, and the side on which its label stands clear of the spine."""

    level: str
    slice_index: int
    center: tuple[float, float]
    label: tuple[float, float]


WIDEST = 4
"""Width over height of a thumbnail at most: one of a slice one pixel high would be wider than any screen."""


def square(picture: npt.NDArray[np.uint8], aspect: float, height: int) -> Image.Image:
    """A slice (or RGB slice) enlarged to ``height`` with square pixels; ``aspect`` is pixel height over width.

    What is wider than ``WIDEST`` times its height is made less high instead.
    """
    rows, columns = picture.shape[:2]
    width = height * columns / (rows * aspect)
    scale = min(1.0, WIDEST * height / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)


def marks(study: Study, series: Series, discs: tuple[Disc, ...]) -> list[Mark]:
    """Where the discs lie on ``series``; on another series of the same plane, where patient coordinates put them."""
    found = []
    for disc in discs:
        if disc.series_uid == series.uid:
            index, center, posterior = disc.slice_index, disc.center_px, disc.posterior_px
        else:
            moved = _moved(study, series, disc)
            if moved is None:
                continue
            index, center, posterior = moved
        label = tuple(c + 1.9 * (c - p) for c, p in zip(center, posterior, strict=True))
        found.append(Mark(disc.level, index, center, (label[0], label[1])))
    return found


def _moved(
    study: Study, series: Series, disc: Disc
) -> tuple[int, tuple[float, float], tuple[float, float]] | None:
    source = study.by_uid(disc.series_uid)
    if source.plane != series.plane:
        return None
    place = on_series(source, disc.slice_index, disc.center_px, series)
    edge = on_series(source, disc.slice_index, disc.posterior_px, series)
    if place is None or edge is None:
        return None
    return place[0], (place[1], place[2]), (edge[1], edge[2])


def on_series(
    source: Series, index: int, place: tuple[float, float], target: Series
) -> tuple[int, float, float] | None:
    """Nearest slice, row and column of ``target`` for a place on ``source``; None where they share no coordinates."""
    if source.uid == target.uid:
        return index, *place
    if source.geometry is None or target.geometry is None or not source.shares_coordinates(target):
        return None
    nearest, row, column, _ = target.geometry.to_pixel(source.geometry.to_patient(index, *place))
    return nearest, row, column


def nearest_slice(study: Study, series: Series, disc: Disc) -> int | None:
    """The slice of ``series`` that passes closest to ``disc``; None where the two share no coordinates."""
    place = _place(study, series, disc)
    return None if place is None else place[0]


def passes_through(study: Study, series: Series, disc: Disc) -> bool:
    """True where a slice of ``series`` cuts the middle of ``disc``."""
    place = _place(study, series, disc)
    return place is not None and place[3] <= CUTS_DISC_MM


def center_on(study: Study, series: Series, disc: Disc) -> tuple[float, float] | None:
    """Row and column of the disc's middle on the slice of ``series`` that passes closest; None where unknown."""
    place = _place(study, series, disc)
    return None if place is None else (place[1], place[2])


def _place(study: Study, series: Series, disc: Disc) -> tuple[int, float, float, float] | None:
    """Slice, row and column of the disc's middle, and how far it lies from that slice in mm."""
    if disc.series_uid == series.uid:
        return disc.slice_index, *disc.center_px, 0.0
    source = study.by_uid(disc.series_uid)
    if series.geometry is None or disc.center_mm is None or not source.shares_coordinates(series):
        return None
    return series.geometry.to_pixel(disc.center_mm)
