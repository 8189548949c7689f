"""Whether probabilities mean what they say and prediction sets hold what they promise, per condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spine_core.grading.conditions import BY_NAME, Condition
from spine_core.grading.sets import Thresholds
from spine_core.training.answering import Answered
from spine_core.training.bootstrap import interval
from spine_core.training.calibration import BINS, expected_calibration_error
from spine_core.training.conformal import merged
from spine_core.training.figures import QUESTIONS, Array, gradable, sets_of

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


def calibration_table(answers: Sequence[Answered], thresholds: Thresholds) -> list[Calibrated]:
    """One row per condition over all real pictures in which it can be graded."""
    return [
        row
        for name, at_least in QUESTIONS
        if (row := _calibrated(BY_NAME[name], at_least, answers, thresholds)) is not None
    ]


def _calibrated(
    condition: Condition, at_least: str, answers: Sequence[Answered], thresholds: Thresholds
) -> Calibrated | None:
    known = [
        a
        for a in answers
        if condition.name in a.truth and a.source != "phantom" and gradable(condition.name, a.sequence)
    ]
    if len(known) < BINS:
        return None
    shares = np.array([a.shares[condition.name] for a in known], dtype=float)
    score = shares[:, condition.grades.index(at_least) :].sum(1)
    truth = np.array([a.truth[condition.name] >= int(at_least) for a in known], dtype=bool)
    # A number is a patient of each set: sudirman's 12 is not spider's 12.
    patients = np.array([f"{a.source} {a.patient}" for a in known])
    low, high = interval(patients, lambda chosen: expected_calibration_error(score[chosen], truth[chosen]))
    grades = np.array([condition.grades.index(str(a.truth[condition.name])) for a in known])
    by_grade = []
    for group in merged(condition, grades, patients):
        rows = np.isin(grades, group)
        if rows.any():
            names = tuple(condition.grades[position] for position in group)
            found = sets_of(condition, shares[rows], grades[rows], patients[rows], thresholds)
            by_grade.append(SetsOfGrade(names, len(set(patients[rows])), int(rows.sum()), *found))
    error = expected_calibration_error(score, truth)
    sets = sets_of(condition, shares, grades, patients, thresholds)
    least = least_error(score, [f"{a.source} {a.patient} {a.level}" for a in known])
    likeliest = float((shares.argmax(axis=1) == grades).mean())
    return Calibrated(
        condition.name, at_least, len(known), error, low, high, least, *sets, likeliest, by_grade
    )


def least_error(score: Array, discs: Sequence[str]) -> float:
    """Mean calibration error of ``score`` over labels drawn by it, ``DRAWS`` times; one label for each of ``discs``.

    A disc that is seen on T1 and on T2 has one label, so that the two scatter together.
    """
    rng = np.random.default_rng(0)
    _, disc = np.unique(discs, return_inverse=True)
    drawn = (rng.random(disc.max() + 1)[disc] < score for _ in range(DRAWS))
    return float(np.mean([expected_calibration_error(score, truth) for truth in drawn]))
