"""The crop of a disc on the slices around the graded one."""

from __future__ import annotations

import numpy as np

from spine_core.explanation.inputs.types import Side
from spine_core.grading.crops.cut import slice_at
from spine_core.grading.types import Channel, DiscImage
from spine_core.networks.preprocessing import Preprocessing
from spine_core.study.types import Study

EACH_WAY = 3
"""Slices on each side: with the graded one seven, whose 128 subsets and 5,040 orders can all be computed."""
LEAST_STEP_MM = 2.5
"""Least distance between the slices that are compared. Sagittal series have 3 to 5 mm; volumes of 1 mm would give seven
slices of nearly the same image."""
SIDES = ((Side.LEFT, Side.RIGHT), (Side.POSTERIOR, Side.ANTERIOR), (Side.CRANIAL, Side.CAUDAL))
"""By axis of LPS coordinates, where it grows and where it falls."""


def slice_images(preprocessing: Preprocessing, image: DiscImage, study: Study) -> list[tuple[int, DiscImage]]:
    """The images by step from the graded slice, in order; only the graded one where the series has no other slice."""
    stride = _stride(image, study)
    found = [(0, image)]
    for direction in (-1, 1):
        for count in range(1, EACH_WAY + 1):
            step = direction * count * stride
            one = slice_at(preprocessing, image, study, step)
            if one is None:
                break
            found.append((step, one))
    return sorted(found, key=lambda pair: pair[0])


def _stride(image: DiscImage, study: Study) -> int:
    """Slices per step, so that steps are at least ``LEAST_STEP_MM`` in every series."""
    steps = [gap for one in image.channels if one is not None and (gap := _gap_mm(one, study)) is not None]
    if not steps or min(steps) <= 0:
        return 1
    return max(1, int(np.ceil(LEAST_STEP_MM / min(steps) - 1e-6)))


def _gap_mm(channel: Channel, study: Study) -> float | None:
    geometry = study.by_uid(channel.series_uid).geometry
    if geometry is None or len(geometry.positions) < 2:
        return None
    return float(np.median(np.abs(np.diff(geometry.positions, axis=0) @ geometry.normal)))


def offset_of(image: DiscImage, other: DiscImage, study: Study) -> tuple[float | None, Side | None]:
    """Distance in mm between the slices of two images, and to which side of the patient; None without coordinates.

    Of the first channel that is present.
    """
    channels = [
        (one, two)
        for one, two in zip(image.channels, other.channels, strict=True)
        if one is not None and two is not None
    ]
    if not channels:
        return None, None
    here, there = channels[0]
    geometry = study.by_uid(here.series_uid).geometry
    if geometry is None:
        return None, None
    moved = geometry.positions[there.slice_index] - geometry.positions[here.slice_index]
    along = float(moved @ geometry.normal)
    if along == 0:
        return 0.0, None
    direction = geometry.normal * np.sign(along)
    axis = int(np.argmax(np.abs(direction)))
    return abs(along), SIDES[axis][0 if direction[axis] > 0 else 1]


def slices_by_series(image: DiscImage) -> dict[str, int]:
    """Slice index by series uid."""
    return {one.series_uid: one.slice_index for one in image.channels if one is not None}
