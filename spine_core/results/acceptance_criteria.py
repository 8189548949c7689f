"""Acceptance criteria of the networks on test patients, and whether they are met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from spine_core.evaluation.metrics import TASKS

MIN_AUROC: Mapping[tuple[str, str], Mapping[str, float]] = {
    ("sudirman", "t2"): {"pfirrmann": 0.95, "bulging": 0.95, "canal_stenosis": 0.95, "ddd": 0.93},
    ("sudirman", "t1"): {"bulging": 0.92, "canal_stenosis": 0.92},
    ("spider", "t2"): {
        "pfirrmann": 0.97, "bulging": 0.93, "herniation": 0.86, "narrowing": 0.94, "modic": 0.87,
        "endplate_upper": 0.86, "endplate_lower": 0.86, "spondylolisthesis": 0.96,
    },
}  # fmt: skip
"""By dataset and weighting, then condition; ``TASKS`` holds the lowest positive grade."""
MIN_KAPPA = {("sudirman", "t2"): 0.82, ("spider", "t2"): 0.86}
"""Quadratic kappa of the Pfirrmann grades."""
MIN_DICE = {"disc": 0.90, "vertebra": 0.93, "canal": 0.91}
"""Segmentation of SPIDER's T2 SPACE slices."""
MIN_DETECTION_RATE = {
    ("sudirman", "t2"): 0.98,
    ("sudirman", "t1"): 0.98,
    ("spider", "t2"): 0.97,
    ("spider", "t1"): 0.97,
}
"""Fraction of discs detected at the correct level."""
MAX_CALIBRATION_ERROR = 0.05
"""Of all findings together, and of each finding."""
COVERAGE_RANGE = 0.87, 0.93
"""Of prediction sets: within three points of the nominal 90 %. Sets with a higher coverage are larger than needed."""


@dataclass(frozen=True)
class Criterion:
    """An inclusive range for one metric.

    ``table``: the stored table. ``selector``: fields that identify its row. ``metric``: the row's field;
    ``interval_fields``: the fields of its interval.
    """

    table: str
    selector: Mapping[str, str]
    metric: str
    minimum: float = 0.0
    maximum: float = 1.0
    interval_fields: tuple[str, str] = ("low", "high")

    @property
    def key(self) -> str:
        """Its name in the log of test evaluations."""
        return " ".join([self.metric, *self.selector.values()])


def _task(condition: str) -> dict[str, str]:
    return {"condition": condition, "at_least": dict(TASKS)[condition]}


def _group(group: tuple[str, str]) -> dict[str, str]:
    return {"source": group[0], "sequence": group[1]}


CRITERIA: tuple[Criterion, ...] = (
    *(
        Criterion("grading", _group(group) | _task(condition), "auroc", minimum)
        for group, by_condition in MIN_AUROC.items()
        for condition, minimum in by_condition.items()
    ),
    *(
        Criterion(
            "grading",
            _group(group) | _task("pfirrmann"),
            "kappa",
            minimum,
            interval_fields=("kappa_low", "kappa_high"),
        )
        for group, minimum in MIN_KAPPA.items()
    ),
    *(
        Criterion("segmentation", {"structure": structure}, "dice", minimum)
        for structure, minimum in MIN_DICE.items()
    ),
    *(
        Criterion("detection", _group(group), "found", minimum)
        for group, minimum in MIN_DETECTION_RATE.items()
    ),
    Criterion("overall_calibration", {}, "error", maximum=MAX_CALIBRATION_ERROR),
    *(
        Criterion("calibration", _task(condition), "error", maximum=MAX_CALIBRATION_ERROR)
        for condition, _ in TASKS
    ),
    *(
        Criterion(
            "calibration", _task(condition), "coverage", *COVERAGE_RANGE, ("coverage_low", "coverage_high")
        )
        for condition, _ in TASKS
    ),
)


class CriterionStatus(StrEnum):
    """Whether a criterion is met. ``WITHIN_INTERVAL``: the value is outside the range, its interval is not."""

    MET = "met"
    WITHIN_INTERVAL = "not met, but within the interval"
    NOT_MET = "not met"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class CriterionResult:
    """A criterion and the stored row that it is checked against; None if there is none."""

    criterion: Criterion
    row: Mapping[str, Any] | None

    @property
    def status(self) -> CriterionStatus:
        """Whether the value, or at least its interval, lies in the range."""
        criterion = self.criterion
        if self.row is None or self.row[criterion.metric] is None:
            return CriterionStatus.NOT_MEASURED
        if criterion.minimum <= self.row[criterion.metric] <= criterion.maximum:
            return CriterionStatus.MET
        low, high = (self.row[name] for name in criterion.interval_fields)
        overlaps = low is not None and low <= criterion.maximum and high >= criterion.minimum
        return CriterionStatus.WITHIN_INTERVAL if overlaps else CriterionStatus.NOT_MET


def check_criteria(figures: Mapping[str, Any]) -> list[CriterionResult]:
    """Checks every criterion against the figures of a fold, as ``evaluate`` stores them with the ensemble."""
    return [CriterionResult(criterion, _row(criterion, figures)) for criterion in CRITERIA]


def _row(criterion: Criterion, figures: Mapping[str, Any]) -> Mapping[str, Any] | None:
    matching = (
        row
        for row in figures[criterion.table]
        if all(row[name] == value for name, value in criterion.selector.items())
    )
    return next(matching, None)
