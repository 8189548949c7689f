"""Calibration of probabilities and coverage of prediction sets, per condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.bootstrap import interval
from spine_core.evaluation.calibration import BINS, expected_calibration_error
from spine_core.evaluation.conformal_fit import merge_rare_grades
from spine_core.evaluation.metrics import TASKS, Array, gradable, prediction_set_metrics
from spine_core.evaluation.types import DiscPrediction
from spine_core.networks.conditions import BY_NAME, Condition
from spine_core.networks.conformal import ConformalThresholds

SIMULATIONS = 200
"""Simulations of labels for the expected error."""


@dataclass(frozen=True)
class GradeCoverage:
    """Prediction sets of the discs whose true grade is one of ``grades``; rare grades are merged.

    ``coverage``: fraction of sets that contain the true grade, with its 95 % interval over patients.
    """

    grades: Sequence[str]
    patients: int
    discs: int
    coverage: float | None
    low: float | None
    high: float | None
    set_size: float | None


@dataclass(frozen=True)
class CalibrationMetrics:
    """Calibration of one condition over the real patients of all datasets and weightings.

    ``error``: expected calibration error over ten equal-mass bins, with its interval over patients.
    ``expected_error``: its mean if the probabilities were exact; it is not 0 because the number of discs is finite.
    ``top1_accuracy``: fraction of discs whose most likely grade is correct. Sets that are never empty cover no less.
    """

    condition: str
    at_least: str
    discs: int
    error: float
    low: float
    high: float
    expected_error: float
    coverage: float | None
    coverage_low: float | None
    coverage_high: float | None
    set_size: float | None
    top1_accuracy: float
    by_grade: Sequence[GradeCoverage]


@dataclass(frozen=True)
class OverallCalibration:
    """Calibration of all ``TASKS`` together, one prediction per disc and task; fields as in ``CalibrationMetrics``.

    Overconfidence in one finding and underconfidence in another can cancel out here.
    """

    predictions: int
    error: float
    low: float
    high: float
    expected_error: float


def calibration_table(
    predictions: Sequence[DiscPrediction], thresholds: ConformalThresholds
) -> list[CalibrationMetrics]:
    """One row per condition over all real images in which it can be graded."""
    return [
        row
        for name, at_least in TASKS
        if (row := _condition_metrics(BY_NAME[name], at_least, predictions, thresholds)) is not None
    ]


def overall_calibration(predictions: Sequence[DiscPrediction]) -> list[OverallCalibration]:
    """One row over all real images and all tasks; empty if there are too few predictions."""
    parts = [
        _binary_predictions(BY_NAME[name], at_least, labelled)
        for name, at_least in TASKS
        if (labelled := _labelled(BY_NAME[name], predictions))
    ]
    if sum(len(part.score) for part in parts) < BINS:
        return []
    overall = BinaryPredictions(
        np.concatenate([part.score for part in parts]),
        np.concatenate([part.truth for part in parts]),
        np.concatenate([part.patients for part in parts]),
        np.concatenate([part.discs for part in parts]),
    )
    return [OverallCalibration(len(overall.score), *_errors(overall))]


@dataclass(frozen=True, eq=False)
class BinaryPredictions:
    """Probabilities of binary tasks, labels, patients, and an identifier of disc and task; all (N,)."""

    score: Array
    truth: npt.NDArray[np.bool_]
    patients: npt.NDArray[np.str_]
    discs: npt.NDArray[np.str_]


def _labelled(condition: Condition, predictions: Sequence[DiscPrediction]) -> list[DiscPrediction]:
    """Predictions for discs of real patients with a label for ``condition`` that the weighting can show."""
    return [
        a
        for a in predictions
        if condition.name in a.truth and a.source != "phantom" and gradable(condition.name, a.sequence)
    ]


def _binary_predictions(
    condition: Condition, at_least: str, labelled: Sequence[DiscPrediction]
) -> BinaryPredictions:
    probabilities = np.array([a.probabilities[condition.name] for a in labelled], dtype=float)
    return BinaryPredictions(
        probabilities[:, condition.grades.index(at_least) :].sum(1),
        np.array([a.truth[condition.name] >= int(at_least) for a in labelled], dtype=bool),
        # Patient numbers are unique within a dataset only.
        np.array([f"{a.source} {a.patient}" for a in labelled]),
        np.array([f"{a.source} {a.patient} {a.level} {condition.name}" for a in labelled]),
    )


def _errors(binary: BinaryPredictions) -> tuple[float, float, float, float]:
    """The calibration error, its interval, and its expectation if the probabilities were exact."""
    low, high = interval(
        binary.patients,
        lambda drawn: expected_calibration_error(binary.score[drawn], binary.truth[drawn]),
    )
    error = expected_calibration_error(binary.score, binary.truth)
    return error, low, high, expected_error(binary.score, binary.discs)


def _condition_metrics(
    condition: Condition,
    at_least: str,
    predictions: Sequence[DiscPrediction],
    thresholds: ConformalThresholds,
) -> CalibrationMetrics | None:
    labelled = _labelled(condition, predictions)
    if len(labelled) < BINS:
        return None
    binary = _binary_predictions(condition, at_least, labelled)
    patients = binary.patients
    probabilities = np.array([a.probabilities[condition.name] for a in labelled], dtype=float)
    grades = np.array([condition.grades.index(str(a.truth[condition.name])) for a in labelled])
    by_grade = []
    for group in merge_rare_grades(condition, grades, patients):
        rows = np.isin(grades, group)
        if rows.any():
            names = tuple(condition.grades[position] for position in group)
            metrics = prediction_set_metrics(
                condition, probabilities[rows], grades[rows], patients[rows], thresholds
            )
            by_grade.append(GradeCoverage(names, len(set(patients[rows])), int(rows.sum()), *metrics))
    sets = prediction_set_metrics(condition, probabilities, grades, patients, thresholds)
    top1_accuracy = float((probabilities.argmax(axis=1) == grades).mean())
    return CalibrationMetrics(
        condition.name, at_least, len(labelled), *_errors(binary), *sets, top1_accuracy, by_grade
    )


def expected_error(score: Array, discs: Sequence[str] | npt.NDArray[np.str_]) -> float:
    """Mean calibration error if labels are drawn with probability ``score``, over ``SIMULATIONS`` draws.

    ``discs``: identifiers (N,). A disc that is seen on T1 and T2 gets one label, so that both deviate overall.
    """
    rng = np.random.default_rng(0)
    _, disc = np.unique(discs, return_inverse=True)
    drawn = (rng.random(disc.max() + 1)[disc] < score for _ in range(SIMULATIONS))
    return float(np.mean([expected_calibration_error(score, truth) for truth in drawn]))
