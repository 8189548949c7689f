"""Data types of the detected anatomy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

import numpy as np
import numpy.typing as npt

LEVELS = ("L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1")
"""Lumbar disc levels from head to foot."""

ABOVE, BELOW = "T12/L1", "S1/S2"
"""The discs next to the lumbar ones. They are not graded, but get a lumbar name when the reader shifts all levels."""

HALF_DISC = 0.46
"""Distance from disc centre to posterior edge in inter-disc distances (median over the masks of ``spider_space``)."""

CUTS_DISC_MM = 4.0
"""A slice this close to a disc's centre still cuts the disc, which is 8 to 14 mm high."""


class Structure(IntEnum):
    """Labels of an anatomy mask."""

    BACKGROUND = 0
    DISC = 1
    VERTEBRA = 2
    CANAL = 3


class Source(StrEnum):
    """What determined a disc's position."""

    NETWORK = "network"
    READER = "reader"


@dataclass(frozen=True)
class Disc:
    """One intervertebral disc on the slice that shows it best.

    Pixel positions are (row, column) in that slice, (0, 0) at the centre of the first pixel.
    ``inter_disc_px``: distance to the neighbouring discs, in columns of the slice (rows corrected for their height).
    ``caudal``: caudal direction of the spine at this disc, (row, column) in square pixels, unit length.
    ``confidence``: response of the detector, 0 to 1; 1 for discs placed by the reader.
    """

    level: str
    series_uid: str
    slice_index: int
    center_px: tuple[float, float]
    posterior_px: tuple[float, float]
    center_mm: tuple[float, float, float] | None
    inter_disc_px: float
    caudal: tuple[float, float]
    confidence: float
    source: Source = Source.NETWORK


def median_inter_disc_distance(discs: Sequence[Disc]) -> float:
    """Median inter-disc distance of one or more ``discs``, in columns of the slice."""
    return float(np.median([disc.inter_disc_px for disc in discs]))


@dataclass(frozen=True)
class LevelCount:
    """Probabilities of the level names, which sum to 1.

    ``higher``: every disc is one level more cranial than its name. ``correct``: the names are correct. ``lower``:
    every disc is one level more caudal. ``limit``: probability of wrong names from which the count is uncertain. Raises
    ``ValueError`` where the probabilities are negative or do not sum to 1.
    """

    higher: float
    correct: float
    lower: float
    limit: float

    def __post_init__(self) -> None:
        probabilities = (self.higher, self.correct, self.lower)
        if min(probabilities) < 0 or not math.isclose(sum(probabilities), 1.0, abs_tol=1e-6):
            msg = f"probabilities of a level count must be 0 or more and sum to 1, not {probabilities}"
            raise ValueError(msg)

    @property
    def wrong(self) -> float:
        """Probability that the names are wrong."""
        return self.higher + self.lower

    @property
    def certain(self) -> bool:
        """True where the probability of wrong names is below ``limit``."""
        return self.wrong < self.limit

    @property
    def shift(self) -> int:
        """The more probable correction in levels, caudally: -1 or +1."""
        return -1 if self.higher > self.lower else 1


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Discs of one sagittal series, and the segmentation of their slices.

    ``masks``: by slice index, uint8 (rows, columns) of ``Structure`` labels. ``uncertainty``: by slice index,
    normalised entropy (rows, columns), 0 certain to 1 uniform. ``canal_fraction``: mean canal probability behind the
    discs, 0 to 1, by the disc detector; low on parasagittal slices. ``level_count``: None without a level counter.
    ``beyond``: the discs ``ABOVE`` and ``BELOW``, where they were found. ``reasons``: warnings, or why no discs exist.
    """

    series_uid: str
    discs: tuple[Disc, ...]
    level_certain: bool
    reasons: tuple[str, ...] = ()
    canal_fraction: float = 0.0
    masks: Mapping[int, npt.NDArray[np.uint8]] = field(default_factory=dict)
    uncertainty: Mapping[int, npt.NDArray[np.float16]] = field(default_factory=dict)
    level_count: LevelCount | None = None
    beyond: tuple[Disc, ...] = ()
