"""Train on synthetic, test on real (TSTR): what a judge learns from generated images, beside what real ones teach it.

Esteban 2017, arXiv 1706.02633.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.bootstrap import Estimate, percentile_interval, resampled
from spine_core.evaluation.metrics import auroc
from spine_core.networks.conditions import BY_NAME
from spine_core.results.generator_results import Utility
from spine_core.synthesis.conditions import GRADED
from spine_core.training.synthesis.judges import Labels, Scores

ARMS = ("synthetic", "real", "both", "prior")
LEAST = 5
"""Discs with a grade, and without it, below which its AUROC is left out."""


def utility(
    judge: str,
    epochs: int,
    scores: Mapping[str, Scores],
    labels: Labels,
    patients: npt.NDArray[np.str_],
    images: int,
) -> Utility:
    """The figures of one judge.

    ``scores``: by arm of ``ARMS``, for the discs whose ``labels`` and ``patients`` these are.
    """
    tasks = gradable_tasks(labels)

    everything = np.arange(len(labels))
    whole = np.array([mean_auroc(scores[arm], labels, tasks, everything) for arm in ARMS])
    draws = np.stack([
        resampled(patients, partial(mean_auroc, scores[arm], labels, tasks)) for arm in ARMS
    ])  # fmt: skip

    def estimate(values: npt.NDArray[np.float64], drawn: npt.NDArray[np.float64]) -> Estimate:
        return Estimate(float(values), *percentile_interval(drawn))

    arms = {arm: estimate(whole[place], draws[place]) for place, arm in enumerate(ARMS)}
    return Utility(
        judge, epochs, images, **arms,
        gain=estimate(whole[0] - whole[3], draws[0] - draws[3]),
        loss=estimate(whole[0] - whole[1], draws[0] - draws[1]),
        by_grade=_by_grade(scores, labels, tasks, patients),
    )  # fmt: skip


def gradable_tasks(labels: Labels) -> list[tuple[str, str]]:
    """Conditions and grades with enough discs with and without the grade."""
    tasks = []
    for column, name in enumerate(GRADED):
        grades = BY_NAME[name].grades
        # Absent is the complement of present and would count twice.
        for place, grade in list(enumerate(grades))[1 if len(grades) == 2 else 0 :]:
            known = labels[:, column] >= 0
            positive = int((labels[known, column] == place).sum())
            if positive >= LEAST and int(known.sum()) - positive >= LEAST:
                tasks.append((name, grade))
    return tasks


def mean_auroc(
    scores: Scores, labels: Labels, tasks: list[tuple[str, str]], rows: npt.NDArray[np.int64]
) -> float:
    """Mean over ``tasks`` of the AUROC among ``rows``; nan where none can be computed."""
    values = []
    for task in tasks:
        positive, known = _truth(labels[rows], task)
        values.append(auroc(positive[known], scores[task][rows][known]))
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def _truth(labels: Labels, task: tuple[str, str]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    name, grade = task
    own = labels[:, GRADED.index(name)]
    return own == BY_NAME[name].grades.index(grade), own >= 0


def _by_grade(
    scores: Mapping[str, Scores], labels: Labels, tasks: list[tuple[str, str]], patients: npt.NDArray[np.str_]
) -> dict[str, dict[str, dict[str, float]]]:
    found: dict[str, dict[str, dict[str, float]]] = {}
    everything = np.arange(len(labels))
    for task in tasks:
        row = {}
        for arm in ARMS:
            draws = resampled(patients, partial(mean_auroc, scores[arm], labels, [task]))
            low, high = percentile_interval(draws)
            row[arm] = {
                "value": mean_auroc(scores[arm], labels, [task], everything),
                "low": low,
                "high": high,
            }
        found["=".join(task)] = row
    return found
