"""How a network's input is made from slices. Stored with its weights."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from spine_core.study.types import Weighting

CHANNEL_OF = {Weighting.T2: "t2", Weighting.T2_SPACE: "t2", Weighting.T1: "t1"}
"""Name of the channel that a series of each weighting fills."""


class Crop(StrEnum):
    """What of a study a network sees for one disc, and the unit of ``Preprocessing.width`` and ``shift``.

    ``DISC``: the disc on its sagittal slice, upright, canal to the right; in inter-disc distances, so that large and
    small spines look alike. ``DISC_MM``: the same in millimetres. ``SLICE``: the whole sagittal slice, padded to a
    square. ``FORAMEN``: the sagittal slice ``lateral`` mm to the side of the canal. ``AXIAL``: the axial slice through
    the disc, centred on the canal, anterior up, the patient's right to the left. ``RECESS``: the same, ``lateral`` mm
    to the side. The last three are in millimetres and need series with patient coordinates.
    """

    DISC = "disc"
    DISC_MM = "disc_mm"
    SLICE = "slice"
    FORAMEN = "foramen"
    AXIAL = "axial"
    RECESS = "recess"

    @property
    def is_axial(self) -> bool:
        """Whether the crop is cut from axial series."""
        return self in (Crop.AXIAL, Crop.RECESS)


class Side(StrEnum):
    """Side of the patient."""

    LEFT = "left"
    RIGHT = "right"


class Intensity(StrEnum):
    """What becomes 0 and 1 before mean and standard deviation are applied.

    ``PERCENTILES``: ``low`` and ``high`` of the crop. ``RANGE``: its least and its largest value. ``Z_SCORE``: its mean
    becomes 0, and its standard deviation 1.
    """

    PERCENTILES = "percentiles"
    RANGE = "range"
    Z_SCORE = "z_score"


@dataclass(frozen=True)
class Preprocessing:
    """How a disc's crop becomes the network's input. Stored with the weights.

    ``size``: side of the input in pixels. ``width``: side of the crop in the unit of ``crop``.
    ``shift``: how far the crop is moved from the disc's centre towards the canal, in the same unit.
    ``channels``: weighting of each input channel, in order; one may be repeated.
    ``low``, ``high``: percentiles of the crop that become 0 and 1; ``ceiling``: where brighter pixels are clipped.
    ``mean``, ``std``: of all channels, or one for each. ``side``, ``lateral``: of foramina and recesses; ``mirror``
    turns left ones, so that they look like right ones.
    """

    size: int = 192
    width: float = 2.2
    shift: float = 0.22
    channels: tuple[str, ...] = ("t2", "t1")
    low: float = 1.0
    high: float = 99.5
    mean: float | tuple[float, ...] = 0.35
    std: float | tuple[float, ...] = 0.25
    crop: Crop = Crop.DISC
    intensity: Intensity = Intensity.PERCENTILES
    ceiling: float = 1.2
    side: Side | None = None
    lateral: float = 0.0
    mirror: bool = False

    def standardise(
        self, crop: npt.NDArray[np.float32], valid: npt.NDArray[np.bool_] | None = None, position: int = 0
    ) -> npt.NDArray[np.float32]:
        """Standardised intensities of one crop (size, size). A crop of one intensity becomes zeros.

        ``valid``: pixels that set the scale, (size, size); None for all. ``position``: of the channel.
        """
        known = crop if valid is None else crop[valid]
        if not known.size:
            return np.zeros_like(crop, dtype=np.float32)
        low, high = self._ends(known)
        if not np.isfinite(high - low) or high - low <= 0:
            return np.zeros_like(crop, dtype=np.float32)
        grey = (crop - low) / (high - low)
        if self.intensity is not Intensity.Z_SCORE:
            grey = np.clip(grey, 0.0, self.ceiling)
        mean, std = (one[position] if isinstance(one, tuple) else one for one in (self.mean, self.std))
        return np.asarray((grey - mean) / std, dtype=np.float32)

    def _ends(self, known: npt.NDArray[np.float32]) -> tuple[float, float]:
        """The intensities that become 0 and 1."""
        if self.intensity is Intensity.PERCENTILES:
            low, high = np.percentile(known, [self.low, self.high])
            return low, high
        if self.intensity is Intensity.RANGE:
            return float(known.min()), float(known.max())
        return float(known.mean()), float(known.mean() + known.std())
