"""Thresholds of the prediction sets, fitted on held-out patients (conformal prediction)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from spine_core.networks.conditions import Condition, Scale
from spine_core.networks.conformal import COVERAGE, GRADE_COVERAGE, membership

MIN_PATIENTS = 20
"""Patients that a grade needs for a threshold of its own; rarer grades are merged with a neighbour."""


def fit_thresholds(
    condition: Condition,
    probabilities: npt.NDArray[np.float64],
    truth: npt.NDArray[np.int64],
    patients: npt.NDArray[np.str_],
) -> list[float]:
    """Probability threshold per grade. ``probabilities``: (N, grades). ``truth``: grade indices (N,)."""
    all_grades = range(len(condition.grades))
    thresholds = [1.0] * len(condition.grades)

    def lower(group: Sequence[int], coverage: float) -> None:
        rows = np.isin(truth, group)
        limit = _highest_threshold(
            condition, probabilities[rows], truth[rows], patients[rows], thresholds, group, coverage
        )
        for grade in group:
            thresholds[grade] = limit

    lower(all_grades, COVERAGE)
    for group in merge_rare_grades(condition, truth, patients):
        lower(group, GRADE_COVERAGE)
    return thresholds


def _highest_threshold(
    condition: Condition,
    probabilities: npt.NDArray[np.float64],
    truth: npt.NDArray[np.int64],
    patients: npt.NDArray[np.str_],
    thresholds: Sequence[float],
    group: Sequence[int],
    coverage: float,
) -> float:
    """Highest threshold of the grades in ``group``, up to the present one, at which the sets reach ``coverage``.

    It is evaluated on the sets that readers see, never empty and without gaps; sets of the threshold alone would be
    larger than needed. Sets only grow as the threshold falls, so bisection finds it. Every patient has the same weight,
    because discs of one patient are correlated. 0 if there are too few patients for a guarantee.
    """
    _, patient, discs = np.unique(patients, return_inverse=True, return_counts=True)
    own = np.arange(len(truth)), truth
    highest = thresholds[group[0]]
    steps = np.unique(np.append(np.minimum(probabilities[own], highest), [0.0, highest]))

    def holds(threshold: float) -> bool:
        candidate = [threshold if grade in group else limit for grade, limit in enumerate(thresholds)]
        missed = ~membership(condition, probabilities, candidate)[own]
        # The next patient may be the worst case.
        worst = float((np.bincount(patient, missed, len(discs)) / discs).sum()) + 1
        return worst <= (1 - coverage) * (len(discs) + 1) + 1e-9

    return float(steps[max(0, bisect_left(steps, True, key=lambda step: not holds(step)) - 1)])


def merge_rare_grades(
    condition: Condition, truth: npt.NDArray[np.int64], patients: npt.NDArray[np.str_]
) -> list[list[int]]:
    """Grade indices in groups of at least ``MIN_PATIENTS`` patients, as far as there are enough.

    A rare ordinal grade joins its rarer neighbour. A rare category joins the other rare ones, never the first ("none"),
    which would dominate them.
    """
    groups = [[position] for position in range(len(condition.grades))]

    def count(group: list[int]) -> int:
        return len(set(patients[np.isin(truth, group)]))

    while True:
        rare = [i for i, group in enumerate(groups) if count(group) < MIN_PATIENTS]
        free = 0 if condition.scale is Scale.ORDINAL else 1
        if not rare or len(groups) - free < 2:
            return groups
        i = min(rare, key=lambda i: count(groups[i]))
        neighbours = [j for j in (i - 1, i + 1) if free <= j < len(groups)]
        if i < free or not neighbours:
            return groups
        j = min(neighbours, key=lambda j: count(groups[j]))
        low, high = sorted((i, j))
        groups[low : high + 1] = [groups[low] + groups[high]]
