"""Thresholds of the prediction sets, from patients whom the networks did not learn from."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from spine_core.networks.conditions import Condition, Scale
from spine_core.networks.conformal import COVERAGE, OF_EACH_GRADE, membership

FEWEST = 20
"""Patients that a grade must have for a threshold of its own; rarer grades are merged with their neighbour."""


def least_probabilities(
    condition: Condition,
    probabilities: npt.NDArray[np.float64],
    truth: npt.NDArray[np.int64],
    patients: npt.NDArray[np.str_],
) -> list[float]:
    """Least probability per grade for ``probabilities`` (N, grades), ``truth`` (N,) as positions of grades."""
    everything = range(len(condition.grades))
    least = [1.0] * len(condition.grades)

    def lower(group: Sequence[int], share: float) -> None:
        rows = np.isin(truth, group)
        limit = _highest(condition, probabilities[rows], truth[rows], patients[rows], least, group, share)
        for grade in group:
            least[grade] = limit

    lower(everything, COVERAGE)
    for group in merged(condition, truth, patients):
        lower(group, OF_EACH_GRADE)
    return least


def _highest(
    condition: Condition,
    probabilities: npt.NDArray[np.float64],
    truth: npt.NDArray[np.int64],
    patients: npt.NDArray[np.str_],
    least: Sequence[float],
    group: Sequence[int],
    share: float,
) -> float:
    """Highest threshold of the grades of ``group``, not above ``least``, with which ``share`` of sets hold the truth.

    Tried on sets as readers see them, never empty and without holes: those of the threshold alone would be larger than
    they need be. They only grow as it falls, so it is found by halving. Every patient counts the same, however many
    discs there are: discs of one patient resemble each other. 0 where so few patients cannot promise anything.
    """
    _, patient, discs = np.unique(patients, return_inverse=True, return_counts=True)
    own = np.arange(len(truth)), truth
    most = least[group[0]]
    steps = np.unique(np.append(np.minimum(probabilities[own], most), [0.0, most]))

    def holds(threshold: float) -> bool:
        tried = [threshold if grade in group else limit for grade, limit in enumerate(least)]
        missed = ~membership(condition, probabilities, tried)[own]
        # The patient who comes next may be the worst there can be.
        worst = float((np.bincount(patient, missed, len(discs)) / discs).sum()) + 1
        return worst <= (1 - share) * (len(discs) + 1) + 1e-9

    return float(steps[max(0, bisect_left(steps, True, key=lambda step: not holds(step)) - 1)])


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
