"""What the localiser finds in a study."""

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
"""The discs next to the lumbar ones. They are not graded; they take a name when all names move."""

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
    ``inter_disc_px`` is the distance to its neighbours, in columns of the slice (rows corrected for their height).
    ``caudal`` is the direction of the spine towards the feet at this disc, (row, column) in square pixels, length 1.
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
    """Median disc distance of ``discs``, one or more, in columns of the slice."""
    return float(np.median([disc.inter_disc_px for disc in discs]))


@dataclass(frozen=True)
class LevelCount:
    """How likely the level names are right, as probabilities that sum to 1.

    ``up``: every disc is one level higher (nearer to the head) than its name says. ``right``: the names are right.
    ``down``: every disc is one level lower. ``limit``: probability of being wrong from which on the count is called
    uncertain.
    """

    up: float
    right: float
    down: float
    limit: float

    def __post_init__(self) -> None:
        shares = (self.up, self.right, self.down)
        if min(shares) < 0 or not math.isclose(sum(shares), 1.0, abs_tol=1e-6):
            msg = f"probabilities of a level count must be 0 or more and sum to 1, not {shares}"
            raise ValueError(msg)

    @property
    def wrong(self) -> float:
        """Probability that the names are wrong."""
        return self.up + self.down

    @property
    def certain(self) -> bool:
        """False where the names are too likely to be wrong."""
        return self.wrong < self.limit

    @property
    def shift(self) -> int:
        """The likelier correction, in levels towards the feet: -1 or +1."""
        return -1 if self.up > self.down else 1


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Discs of one sagittal series, and the outlines on their slices.

    ``masks``: by slice index, a uint8 picture (rows, columns) of ``Structure`` labels. ``uncertainty``: by slice index,
    how unsure these are (rows, columns), 0 sure to 1 no idea. ``canal_fraction``: mean share of spinal canal behind the
    discs, 0 to 1, as the disc detector sees it; low beside the midline. ``level_count``: None where nothing said how
    sure it is. ``beyond``: the discs ``ABOVE`` and ``BELOW`` these, where they were seen.
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
