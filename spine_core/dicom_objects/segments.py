"""The segments of one series: discs by level, vertebrae and the canal, from the masks of the anatomy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from scipy import ndimage

from spine_core.anatomy.types import Anatomy, Disc, Structure
from spine_core.dicom_objects.codes import DISCS, UNNAMED_DISC
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
    """One segment. ``masks``: bool (rows, columns) by slice index."""

    label: str
    code: Code
    structure: Structure
    masks: Mapping[int, Mask] = field(repr=False)


def segments_of(anatomy: Anatomy, reading: Reading, series: Series) -> list[Segment]:
    """The segments with at least one pixel, cranial to caudal, then vertebrae and canal.

    Discs take the levels of ``reading``, which the reader may have corrected; a disc that lies at no level has none.
    """
    own = tuple(disc for disc in reading.discs if disc.series_uid == anatomy.series_uid)
    discs = _discs(anatomy, (*(own or anatomy.discs), *anatomy.beyond), series.row_to_column_spacing)
    whole = (
        ("Vertebrae", codes.SCT.Vertebra, Structure.VERTEBRA),
        ("Spinal canal", codes.SCT.VertebralCanal, Structure.CANAL),
    )
    others = [
        Segment(label, code, structure, {index: mask == structure for index, mask in anatomy.masks.items()})
        for label, code, structure in whole
    ]
    return [one for one in (*discs, *others) if any(mask.any() for mask in one.masks.values())]


def _discs(anatomy: Anatomy, discs: Sequence[Disc], aspect: float) -> list[Segment]:
    named: dict[str, dict[int, Mask]] = {level: {} for level in (*DISCS, "")}
    for index, mask in anatomy.masks.items():
        parts, count = ndimage.label(mask == Structure.DISC)
        for number in range(1, count + 1):
            part = parts == number
            level = _level(part, discs, aspect)
            there = named[level].get(index)
            named[level][index] = part if there is None else there | part
    return [
        Segment(f"{level} disc", DISCS[level], Structure.DISC, masks)
        if level
        else Segment("Disc, level not named", UNNAMED_DISC, Structure.DISC, masks)
        for level, masks in named.items()
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
