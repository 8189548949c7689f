"""What the localiser finds in a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

import numpy as np
import numpy.typing as npt

LEVELS = ("L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1")
"""Lumbar disc levels from head to foot."""

HALF_DISC = 0.46
"""Disc centre to posterior edge in disc distances (median over the masks of ``spider_space``)."""


class Structure(IntEnum):
    """Labels of an anatomy mask."""

    BACKGROUND = 0
    DISC = 1
    VERTEBRA = 2
    CANAL = 3


class Source(StrEnum):
    """Who placed a disc."""

    NETWORK = "network"
    READER = "reader"


@dataclass(frozen=True)
class Disc:
    """One intervertebral disc on the slice that shows it best.

    Pixel positions are (row, column) in that slice, (0, 0) at the centre of the first pixel.
    ``pitch_px`` is the distance to its neighbours, in columns of the slice (rows corrected for their height).
    ``down`` is the direction of the spine towards the feet at this disc, (row, column) in square pixels, length 1.
    """

    level: str
    series_uid: str
    slice_index: int
    center_px: tuple[float, float]
    posterior_px: tuple[float, float]
    center_mm: tuple[float, float, float] | None
    pitch_px: float
    down: tuple[float, float]
    confidence: float
    source: Source = Source.NETWORK


def pitch_of(discs: Sequence[Disc]) -> float:
    """Median disc distance of ``discs``, one or more, in columns of the slice."""
    return float(np.median([disc.pitch_px for disc in discs]))


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Discs of one sagittal series, and the outlines on their slices.

    ``masks``: by slice index, a uint8 picture (rows, columns) of ``Structure`` labels. ``doubts``: by slice index, how
    unsure these are (rows, columns), 0 sure to 1 no idea. ``canal``: mean share of spinal canal behind the discs, 0 to
    1, as the disc detector sees it; low beside the midline.
    """

    series_uid: str
    discs: tuple[Disc, ...]
    level_certain: bool
    reasons: tuple[str, ...] = ()
    canal: float = 0.0
    masks: Mapping[int, npt.NDArray[np.uint8]] = field(default_factory=dict)
    doubts: Mapping[int, npt.NDArray[np.float16]] = field(default_factory=dict)
