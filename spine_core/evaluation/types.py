"""Labelled slices, and what networks predicted for their discs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]


@dataclass(frozen=True)
class DiscLabel:
    """What is known of one disc. Points are (row, column); ``level`` is "other" above L1/L2."""

    level: str
    center: Point | None
    posterior: Point | None
    grades: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Picture:
    """One sagittal slice with its labels; discs run from the lowest upwards."""

    source: str
    patient: str
    fold: int
    sequence: str
    name: str
    pixels: npt.NDArray[np.uint8]
    discs: tuple[DiscLabel, ...]
    mask: npt.NDArray[np.uint8] | None = None

    @property
    def pitch(self) -> float:
        """Median distance between neighbouring labelled discs, in pixels."""
        points = [disc.center or disc.posterior for disc in self.discs]
        steps = [np.hypot(*np.subtract(a, b)) for a, b in itertools.pairwise(points) if a and b]
        return float(np.median(steps))


SETS_IN_ORDER = ("sudirman", "spider", "phantom")


@dataclass(frozen=True)
class Located:
    """How well discs are found in one set and weighting."""

    source: str
    sequence: str
    patients: int
    discs: int
    found: float
    low: float
    high: float
    median_error: float
    """Median distance to the mark in disc distances, over discs given the right level."""
    miscounted: int
    """Pictures in which most levels have the wrong name, or none."""
    miscounted_told: int
    """Those of them that were called uncertain."""
    counted: int
    """All other pictures."""
    counted_doubted: int
    """Those of them that were called uncertain without need."""


@dataclass(frozen=True, eq=False)
class Answered:
    """One disc with its truth and its answers.

    ``logits``: calibrated, (LOGITS,). ``shares``: probability of every grade by condition. ``votes``: the same by each
    member of the ensemble. ``pooled``: what the networks saw, (C,).
    ``measured``: on the masks. ``said``: the calibrated logits (LOGITS,) of each member.
    """

    source: str
    sequence: str
    patient: str
    level: str
    truth: Mapping[str, int]
    logits: npt.NDArray[np.float32]
    shares: Mapping[str, npt.NDArray[np.float32]]
    votes: Mapping[str, Mapping[str, npt.NDArray[np.float32]]]
    pooled: npt.NDArray[np.float32]
    measured: Measurements
    said: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict)


def by_group(answers: Sequence[Answered], members: Sequence[str]) -> list[Answered]:
    """``answers`` with the ``logits`` that some members alone would give together, before a calibration of their own.

    Nothing else of an answer is theirs.
    """
    return [
        replace(one, logits=np.mean([one.said[name] for name in members], axis=0, dtype=np.float32))
        for one in answers
    ]
