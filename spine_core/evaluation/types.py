"""Labelled slices, and the predictions of the networks for their discs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.measurements import Measurements

Point = tuple[float, float]


@dataclass(frozen=True)
class DiscLabel:
    """Labels of one disc. Points are (row, column) in pixels; ``level`` is "other" above L1/L2."""

    level: str
    center: Point | None
    posterior: Point | None
    grades: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class LabelledImage:
    """One sagittal slice with its labels; discs from caudal to cranial.

    ``source``: the dataset. ``fold``: as in ``data/splits.csv``. ``mask``: ``Structure`` labels, if there are any.
    """

    source: str
    patient: str
    fold: int
    sequence: str
    name: str
    pixels: npt.NDArray[np.uint8]
    discs: tuple[DiscLabel, ...]
    mask: npt.NDArray[np.uint8] | None = None

    @property
    def inter_disc_px(self) -> float:
        """Median distance between adjacent labelled discs, in pixels."""
        points = [disc.center or disc.posterior for disc in self.discs]
        steps = [np.hypot(*np.subtract(a, b)) for a, b in itertools.pairwise(points) if a and b]
        return float(np.median(steps))


@dataclass(frozen=True)
class DetectionMetrics:
    """Disc detection in one dataset and weighting. ``found``: fraction of discs, with its 95 % interval."""

    source: str
    sequence: str
    patients: int
    discs: int
    found: float
    low: float
    high: float
    median_error: float
    """Median distance to the mark in inter-disc distances, over discs at the correct level."""
    miscounted: int
    """Images in which most discs have a wrong level name or none."""
    miscounted_flagged: int
    """Those of them that were flagged as uncertain."""
    well_counted: int
    """All other images."""
    well_counted_flagged: int
    """Those of them that were flagged as uncertain."""


@dataclass(frozen=True, eq=False)
class DiscPrediction:
    """One disc with its labels and the networks' predictions.

    ``truth``: labelled grades by condition. ``logits``: of the ensemble, calibrated, (LOGITS,). ``probabilities``: of
    every grade, by condition. ``member_probabilities``: the same of each network. ``embedding``: pooled features of
    the networks, (C,). ``measurements``: taken on the segmentation. ``member_logits``: calibrated, (LOGITS,).
    """

    source: str
    sequence: str
    patient: str
    level: str
    truth: Mapping[str, int]
    logits: npt.NDArray[np.float32]
    probabilities: Mapping[str, npt.NDArray[np.float32]]
    member_probabilities: Mapping[str, Mapping[str, npt.NDArray[np.float32]]]
    embedding: npt.NDArray[np.float32]
    measurements: Measurements
    member_logits: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict)


def with_group_logits(predictions: Sequence[DiscPrediction], members: Sequence[str]) -> list[DiscPrediction]:
    """``predictions`` with ``logits`` replaced by the mean of some members' logits, without a calibration of the mean.

    All other fields stay those of the whole ensemble.
    """
    return [
        replace(one, logits=np.mean([one.member_logits[name] for name in members], axis=0, dtype=np.float32))
        for one in predictions
    ]
