"""Conformal prediction sets: the grades that a finding cannot exclude at 90 % coverage.

A grade belongs to the set where its probability reaches a threshold. The threshold is the highest at which 90 % of a
patient's sets contain the true grade on fold 1 (conformal risk control, Angelopoulos 2022, arXiv 2208.02814). A rare
grade could then be absent from every set, so its own threshold is lowered until 80 % of its discs have it in theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from spine_core.networks.conditions import Condition, Scale

COVERAGE = 0.9
"""Fraction of the sets that must contain the true grade."""

GRADE_COVERAGE = 0.8
"""The same fraction among the discs of each grade, however rare."""

ConformalThresholds = Mapping[str, Sequence[float]]
"""By condition, the threshold of each grade: the least probability with which it belongs to the set."""


def prediction_set(
    condition: Condition, probabilities: Mapping[str, float], thresholds: ConformalThresholds
) -> tuple[str, ...]:
    """Grades of the prediction set, in the order of the condition. The most probable grade always belongs to it.

    Ordinal grades between two members are members too: "II or IV, but not III" makes no sense. The set is empty where
    ``thresholds`` lacks the condition.
    """
    least = thresholds.get(condition.name)
    if least is None:
        return ()
    [row] = membership(condition, np.array([[probabilities[grade] for grade in condition.grades]]), least)
    return tuple(grade for grade, belongs in zip(condition.grades, row, strict=True) if belongs)


def membership(
    condition: Condition, probabilities: npt.NDArray[np.float64], least: Sequence[float]
) -> npt.NDArray[np.bool_]:
    """Whether each grade belongs to the set, (N, grades) as ``probabilities``; see ``prediction_set``."""
    out = probabilities >= np.asarray(least)
    out[np.arange(len(out)), probabilities.argmax(axis=1)] = True
    if condition.scale is Scale.ORDINAL:
        after_first = np.logical_or.accumulate(out, axis=1)
        before_last = np.logical_or.accumulate(out[:, ::-1], axis=1)[:, ::-1]
        out = after_first & before_last
    return out
