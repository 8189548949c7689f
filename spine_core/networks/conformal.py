"""Prediction sets: the grades that a finding may well have, found so that the true one is among them nine times in ten.

A grade belongs to the set where its probability reaches a threshold, the highest with which, on fold 1, nine in ten of
a patient's sets hold the true grade (conformal risk control, Angelopoulos 2022, arXiv 2208.02814). That alone would let
a rare grade never be in a set, so the grade's own threshold is lowered until eight in ten of its discs have it in
theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from spine_core.networks.conditions import Condition, Scale

COVERAGE = 0.9
"""Share of sets that must hold the true grade."""

OF_EACH_GRADE = 0.8
"""The same among the discs of one grade, however rare."""

ConformalThresholds = Mapping[str, Sequence[float]]
"""By condition, the least probability of every grade that belongs to the set."""


def prediction_set(
    condition: Condition, probabilities: Mapping[str, float], thresholds: ConformalThresholds
) -> tuple[str, ...]:
    """Grades that cannot be ruled out, in their order, the likeliest always among them.

    Ordinal grades between two of the set belong to it: "II or IV, but not III" is no answer. Empty where the
    condition has no thresholds.
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
