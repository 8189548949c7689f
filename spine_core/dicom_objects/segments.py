"""The segments of one series: discs by level, vertebrae and the canal, from its masks as the reader left them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from scipy import ndimage

from spine_core.anatomy.outline_edits import Masks
from spine_core.anatomy.types import Disc, Structure
from spine_core.dicom_objects.codes import DISCS, UNNAMED_DISC
from spine_core.grading.outlines import CurrentSegmentation
from spine_core.grading.types import Reading
from spine_core.study.types import Series

Mask = npt.NDArray[np.bool_]

NEAR = 0.5
"""Largest distance of a segmented disc's middle from the centre of its level, in inter-disc distances."""

COLOURS = {
    Structure.DISC: (86, 180, 233),
    Structure.VERTEBRA: (230, 159, 0),
    Structure.CANAL: (204, 121, 167),
}
"""RGB, as the viewer draws the outlines."""


@dataclass(frozen=True, eq=False)
class Segment:
    """One segment. ``masks``: bool (rows, columns) by slice index. ``readers``: who edited its outlines."""

    label: str
    code: Code
    structure: Structure
    masks: Mapping[int, Mask] = field(repr=False)
    readers: tuple[str, ...] = ()


def segments_of(current: CurrentSegmentation, reading: Reading, series: Series) -> list[Segment]:
    """The segments with at least one pixel, cranial to caudal, then vertebrae and canal.

    Discs take the levels of ``reading``, which the reader may have corrected; a disc that lies at no level has none.
    """
    anatomy = next(one for one in reading.anatomies if one.series_uid == current.series_uid)
    own = tuple(disc for disc in reading.discs if disc.series_uid == anatomy.series_uid)
    discs = (*(own or anatomy.discs), *anatomy.beyond)
    segmented = {one.label: one for one in _segments(anatomy.masks, discs, series)}
    return [
        replace(one, readers=current.readers.get(one.structure, ()))
        if _differs(one, segmented.get(one.label))
        else one
        for one in _segments(current.masks, discs, series)
    ]


def _differs(segment: Segment, segmented: Segment | None) -> bool:
    """Whether a segment is not what the segmentation made of it."""
    other = {} if segmented is None else segmented.masks
    blank = np.zeros_like(next(iter(segment.masks.values())))
    return any(
        not np.array_equal(segment.masks.get(index, blank), other.get(index, blank))
        for index in {*segment.masks, *other}
    )


def _segments(masks: Masks, discs: Sequence[Disc], series: Series) -> list[Segment]:
    whole = (
        ("Vertebrae", codes.SCT.Vertebra, Structure.VERTEBRA),
        ("Spinal canal", codes.SCT.VertebralCanal, Structure.CANAL),
    )
    others = [
        Segment(label, code, structure, {index: mask == structure for index, mask in masks.items()})
        for label, code, structure in whole
    ]
    found = (*_discs(masks, discs, series.row_to_column_spacing), *others)
    return [one for one in found if any(mask.any() for mask in one.masks.values())]


def _discs(masks: Masks, discs: Sequence[Disc], aspect: float) -> list[Segment]:
    named: dict[str, dict[int, Mask]] = {level: {} for level in (*DISCS, "")}
    for index, mask in masks.items():
        parts, count = ndimage.label(mask == Structure.DISC)
        for number in range(1, count + 1):
            part = parts == number
            level = _level(part, discs, aspect)
            there = named[level].get(index)
            named[level][index] = part if there is None else there | part
    return [
        Segment(f"{level} disc", DISCS[level], Structure.DISC, found)
        if level
        else Segment("Disc, level not named", UNNAMED_DISC, Structure.DISC, found)
        for level, found in named.items()
    ]


def _level(part: Mask, discs: Sequence[Disc], aspect: float) -> str:
    """The level whose centre is nearest to the middle of ``part``; empty where none is near."""
    square = np.array([aspect, 1.0])
    middle = np.array(ndimage.center_of_mass(part)) * square
    away = {
        disc.level: float(np.linalg.norm(middle - np.array(disc.center_px) * square)) / disc.inter_disc_px
        for disc in discs
        if disc.level in DISCS
    }
    level = min(away, key=lambda one: away[one], default="")
    return level if level and away[level] <= NEAR else ""
