"""Whether probabilities mean what they say and prediction sets hold what they promise, per condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.bootstrap import interval
from spine_core.evaluation.calibration import BINS, expected_calibration_error
from spine_core.evaluation.metrics import QUESTIONS, Array, gradable, sets_of
from spine_core.evaluation.types import Answered
from spine_core.networks.conditions import BY_NAME, Condition
from spine_core.networks.conformal import ConformalThresholds
from spine_core.training.calibration.conformal import merged

DRAWS = 200
"""How often labels are drawn for the least error."""


@dataclass(frozen=True)
class SetsOfGrade:
    """Prediction sets of the discs whose true grade is one of ``grades``; rare grades are told together.

    ``coverage``: share of them whose set holds the true grade, with its 95 % interval over patients.
    """

    grades: Sequence[str]
    patients: int
    discs: int
    coverage: float | None
    low: float | None
    high: float | None
    set_size: float | None


@dataclass(frozen=True)
class Calibrated:
    """Whether probabilities mean what they say: all sets and weightings of real patients pooled, one condition.

    ``error``: expected calibration error over ten bins of equal mass, with its interval over patients. ``least``: what
    it would be on the average if the probabilities were exactly right: so few discs scatter about them.
    ``likeliest``: share of discs whose likeliest grade is the true one. Sets that are never empty cover no less.
    """

    condition: str
    at_least: str
    discs: int
    error: float
    low: float
    high: float
    least: float
    coverage: float | None
    coverage_low: float | None
    coverage_high: float | None
    set_size: float | None
    likeliest: float
    by_grade: Sequence[SetsOfGrade]


@dataclass(frozen=True)
class Pooled:
    """The calibration of all ``QUESTIONS`` together, each answer about a disc counted once; else as ``Calibrated``.

    What one finding says too often and another too seldom can cancel out here, and does not in their own lines.
    """

    answers: int
    error: float
    low: float
    high: float
    least: float


def calibration_table(answers: Sequence[Answered], thresholds: ConformalThresholds) -> list[Calibrated]:
    """One row per condition over all real pictures in which it can be graded."""
    return [
        row
        for name, at_least in QUESTIONS
        if (row := _calibrated(BY_NAME[name], at_least, answers, thresholds)) is not None
    ]


def pooled(answers: Sequence[Answered]) -> list[Pooled]:
    """One row over all real pictures and everything that can be graded in them; none without enough answers."""
    parts = [
        _claimed(BY_NAME[name], at_least, known)
        for name, at_least in QUESTIONS
        if (known := _known(BY_NAME[name], answers))
    ]
    if sum(len(part.score) for part in parts) < BINS:
        return []
    together = Claimed(
        np.concatenate([part.score for part in parts]),
        np.concatenate([part.truth for part in parts]),
        np.concatenate([part.patients for part in parts]),
        np.concatenate([part.asked for part in parts]),
    )
    return [Pooled(len(together.score), *_errors(together))]


@dataclass(frozen=True, eq=False)
class Claimed:
    """Probabilities that findings are present, whether they are, whose discs these are, and which question of which
    disc it is; all (N,).
    """

    score: Array
    truth: npt.NDArray[np.bool_]
    patients: npt.NDArray[np.str_]
    asked: npt.NDArray[np.str_]


def _known(condition: Condition, answers: Sequence[Answered]) -> list[Answered]:
    """Those about discs of real patients whose grade is known and can be seen."""
    return [
        a
        for a in answers
        if condition.name in a.truth and a.source != "phantom" and gradable(condition.name, a.sequence)
    ]


def _claimed(condition: Condition, at_least: str, known: Sequence[Answered]) -> Claimed:
    shares = np.array([a.shares[condition.name] for a in known], dtype=float)
    return Claimed(
        shares[:, condition.grades.index(at_least) :].sum(1),
        np.array([a.truth[condition.name] >= int(at_least) for a in known], dtype=bool),
        # A number is a patient of each set: sudirman's 12 is not spider's 12.
        np.array([f"{a.source} {a.patient}" for a in known]),
        np.array([f"{a.source} {a.patient} {a.level} {condition.name}" for a in known]),
    )


def _errors(claimed: Claimed) -> tuple[float, float, float, float]:
    """The calibration error, its interval, and what it would be if the probabilities were exact."""
    low, high = interval(
        claimed.patients,
        lambda chosen: expected_calibration_error(claimed.score[chosen], claimed.truth[chosen]),
    )
    error = expected_calibration_error(claimed.score, claimed.truth)
    return error, low, high, least_error(claimed.score, claimed.asked)


def _calibrated(
    condition: Condition, at_least: str, answers: Sequence[Answered], thresholds: ConformalThresholds
) -> Calibrated | None:
    known = _known(condition, answers)
    if len(known) < BINS:
        return None
    claimed = _claimed(condition, at_least, known)
    patients = claimed.patients
    shares = np.array([a.shares[condition.name] for a in known], dtype=float)
    grades = np.array([condition.grades.index(str(a.truth[condition.name])) for a in known])
    by_grade = []
    for group in merged(condition, grades, patients):
        rows = np.isin(grades, group)
        if rows.any():
            names = tuple(condition.grades[position] for position in group)
            found = sets_of(condition, shares[rows], grades[rows], patients[rows], thresholds)
            by_grade.append(SetsOfGrade(names, len(set(patients[rows])), int(rows.sum()), *found))
    sets = sets_of(condition, shares, grades, patients, thresholds)
    likeliest = float((shares.argmax(axis=1) == grades).mean())
    return Calibrated(condition.name, at_least, len(known), *_errors(claimed), *sets, likeliest, by_grade)


def least_error(score: Array, discs: Sequence[str] | npt.NDArray[np.str_]) -> float:
    """Mean calibration error of ``score`` over labels drawn by it, ``DRAWS`` times; one label for each of ``discs``.

    A disc that is seen on T1 and on T2 has one label, so that the two scatter together.
    """
    rng = np.random.default_rng(0)
    _, disc = np.unique(discs, return_inverse=True)
    drawn = (rng.random(disc.max() + 1)[disc] < score for _ in range(DRAWS))
    return float(np.mean([expected_calibration_error(score, truth) for truth in drawn]))
