"""Thresholds of the prediction sets, from patients whom the networks did not learn from."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from spine_core.grading.conditions import Condition, Scale
from spine_core.grading.sets import COVERAGE

FEWEST = 20
"""Patients that a grade must have for a threshold of its own; rarer grades are merged with their neighbour."""


def least_probabilities(
    condition: Condition,
    probabilities: npt.NDArray[np.float64],
    truth: npt.NDArray[np.int64],
    patients: npt.NDArray[np.str_],
) -> list[float]:
    """Least probability per grade for ``probabilities`` (N, grades), ``truth`` (N,) as positions of grades.

    Every patient counts the same, however many discs of a grade there are: discs of one patient resemble each other.
    """
    out = [0.0] * len(condition.grades)
    for group in merged(condition, truth, patients):
        rows = np.isin(truth, group)
        own = probabilities[rows, truth[rows]]
        limit = _lowest_tenth(own, patients[rows])
        for grade in group:
            out[grade] = limit
    return out


def merged(
    condition: Condition, truth: npt.NDArray[np.int64], patients: npt.NDArray[np.str_]
) -> list[list[int]]:
    """Positions of grades in groups of at least ``FEWEST`` patients, as far as there are as many.

    A rare ordinal grade joins its rarer neighbour; a rare category joins the other rare ones, never the first
    ("none"), which would drown them.
    """
    groups = [[position] for position in range(len(condition.grades))]

    def count(group: list[int]) -> int:
        return len(set(patients[np.isin(truth, group)]))

    while True:
        rare = [i for i, group in enumerate(groups) if count(group) < FEWEST]
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


def _lowest_tenth(own: npt.NDArray[np.float64], patients: npt.NDArray[np.str_]) -> float:
    """Probability of the true grade that ``COVERAGE`` of the patients reach, with conformal's small correction."""
    names, counts = np.unique(patients, return_counts=True)
    count = len(names)
    level = math.ceil((count + 1) * COVERAGE) / count if count else 2.0
    if level > 1:
        return 0.0  # so few patients cannot promise anything: the grade is never ruled out
    weight = 1 / counts[np.searchsorted(names, patients)] / count
    order = np.argsort(-own)
    reached = np.cumsum(weight[order])
    return float(own[order][min(int(np.searchsorted(reached, level - 1e-9)), len(own) - 1)])
