"""What the network reports with other slices and without a weighting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import expit

from spine_core.explanation.inputs.deletion import DeletionTest
from spine_core.networks.target import Target
from spine_core.weights import ModelId


class Side(StrEnum):
    """Where a slice lies from the graded one, in the patient."""

    LEFT = "left"
    RIGHT = "right"
    ANTERIOR = "anterior"
    POSTERIOR = "posterior"
    CRANIAL = "cranial"
    CAUDAL = "caudal"


@dataclass(frozen=True)
class SliceScore:
    """The score with the crop cut from another slice of the same series, at the disc's own place.

    ``step``: slices from the graded one, 0 for that one. ``offset_mm``: distance to ``side``; None where the files have
    no coordinates. ``slices``: index by series. ``log_odds``: of the target.
    """

    step: int
    offset_mm: float | None
    side: Side | None
    slices: Mapping[str, int]
    log_odds: float

    @property
    def probability(self) -> float:
        """Of the target."""
        return float(expit(self.log_odds))


@dataclass(frozen=True)
class WeightingScore:
    """The score without one weighting, and with it alone.

    ``without``, ``alone``: log-odds of the target where the others, or it, are left out: channels of zeros, as for a
    study that lacks them. ``blurred``: where its image is blurred instead. ``contribution``: exact Shapley value of
    leaving it out, in log-odds; the contributions sum to the score minus that of no image.
    """

    weighting: str
    without: float
    alone: float
    blurred: float
    contribution: float


@dataclass(frozen=True)
class InputExplanation:
    """Which slice and which weighting decided one target.

    ``log_odds``: of the unchanged input. ``empty``: without any image. ``slices``: from first to last, the graded one
    among them. ``weightings``: those of the input, in order. ``slice_test``: slices removed from their mean, in the
    order of ``slices``' scores. ``weighting_test``: weightings blurred, in the order of their contributions.
    """

    level: str
    target: Target
    log_odds: float
    empty: float
    slices: tuple[SliceScore, ...]
    weightings: tuple[WeightingScore, ...]
    slice_test: DeletionTest
    weighting_test: DeletionTest
    model: ModelId
    backend: str
    model_evaluations: int
    seconds: float

    @property
    def agreeing_slices(self) -> tuple[SliceScore, ...]:
        """The other slices on which the target is as likely, or as unlikely, as on the graded one."""
        return tuple(one for one in self.slices if one.step and (one.log_odds > 0) == (self.log_odds > 0))
