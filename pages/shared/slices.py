"""Pictures of slices for the screen: square pixels, disc marks and level labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from spine_core.anatomy.model import Disc
from spine_core.study.model import Series, Study

SKY, ORANGE = (86, 180, 233), (230, 159, 0)
"""Marks and the selected mark; the two stay apart for the colour-blind (Okabe and Ito)."""

THROUGH_MM = 4.0
"""A slice this close to a disc's middle still cuts the disc, which is 8 to 14 mm high."""


@dataclass(frozen=True)
class Mark:
    """A disc on a slice: its place, the side on which its label stands clear of the spine, and its level."""

    level: str
    center: tuple[float, float]
    label: tuple[float, float]
    here: bool


def square(picture: npt.NDArray[np.uint8], aspect: float, height: int) -> Image.Image:
    """A slice (or RGB slice) enlarged to ``height`` with square pixels; ``aspect`` is pixel height over width."""
    rows, columns = picture.shape[:2]
    width = max(1, round(height * columns / (rows * aspect)))
    return Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC)


def marks(study: Study, series: Series, index: int, discs: tuple[Disc, ...]) -> list[Mark]:
    """Where the discs lie on slice ``index`` of ``series``; on another series, where patient coordinates put them."""
    found = []
    for disc in discs:
        if disc.series_uid == series.uid:
            center, posterior, here = disc.center_px, disc.posterior_px, disc.slice_index == index
        else:
            moved = _moved(study, series, index, disc)
            if moved is None:
                continue
            center, posterior, here = moved
        label = tuple(c + 1.9 * (c - p) for c, p in zip(center, posterior, strict=True))
        found.append(Mark(disc.level, center, (label[0], label[1]), here))
    return found


def _moved(
    study: Study, series: Series, index: int, disc: Disc
) -> tuple[tuple[float, float], tuple[float, float], bool] | None:
    source = study.by_uid(disc.series_uid)
    same_frame = source.frame_of_reference_uid == series.frame_of_reference_uid
    if source.geometry is None or series.geometry is None or not same_frame or source.plane != series.plane:
        return None
    nearest, row, column, _ = series.geometry.to_pixel(
        source.geometry.to_patient(disc.slice_index, *disc.center_px)
    )
    _, *posterior, _ = series.geometry.to_pixel(
        source.geometry.to_patient(disc.slice_index, *disc.posterior_px)
    )
    return (row, column), (posterior[0], posterior[1]), nearest == index


def nearest_slice(study: Study, series: Series, disc: Disc) -> int | None:
    """The slice of ``series`` that passes closest to ``disc``; None where the two share no coordinates."""
    if disc.series_uid == series.uid:
        return disc.slice_index
    place = _place(study, series, disc)
    return None if place is None else place[0]


def passes_through(study: Study, series: Series, disc: Disc) -> bool:
    """True where a slice of ``series`` cuts the middle of ``disc``."""
    place = _place(study, series, disc)
    return place is not None and place[3] <= THROUGH_MM


def _place(study: Study, series: Series, disc: Disc) -> tuple[int, float, float, float] | None:
    source = study.by_uid(disc.series_uid)
    if series.geometry is None or disc.center_mm is None:
        return None
    if source.frame_of_reference_uid != series.frame_of_reference_uid:
        return None
    return series.geometry.to_pixel(disc.center_mm)


def with_marks(
    picture: Image.Image, found: list[Mark], scale: tuple[float, float], selected: str
) -> Image.Image:
    """Draws marks on an enlarged slice; ``scale`` is its pixels per slice (row, column).

    Discs of another slice are drawn hollow, so that a reader sees which slice was graded.
    """
    picture = picture.convert("RGB")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=max(13, picture.height // 42))
    for mark in found:
        colour = ORANGE if mark.level == selected else SKY
        y, x = ((value + 0.5) * step for value, step in zip(mark.center, scale, strict=True))
        ly, lx = ((value + 0.5) * step for value, step in zip(mark.label, scale, strict=True))
        radius = 4
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius),
            outline=colour,
            fill=colour if mark.here else None,
        )
        draw.line((x + (lx - x) * 0.35, y + (ly - y) * 0.35, lx, ly), fill=colour, width=1)
        half = draw.textlength(mark.level, font=font)
        place = (min(max(lx - half - 4, 2), picture.width - half - 2), ly)
        draw.text(
            place, mark.level, fill=colour, font=font, anchor="lm", stroke_width=2, stroke_fill=(0, 0, 0)
        )
    return picture
