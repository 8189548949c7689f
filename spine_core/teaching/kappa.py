"""Weighted kappa of a learner's grades against the reference, with its interval over cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.bootstrap import multiplicities, percentile_interval
from spine_core.evaluation.kappa import kappa_of_counts
from spine_core.networks.conditions import Condition

LEAST_FINDINGS = 10
"""Below it kappa says more about chance than about the reader."""

HUMAN_BETWEEN, HUMAN_WITHIN = 0.6, 0.8
"""Kappa of human Pfirrmann grades, between readers and within one reader (Niemeyer 2021)."""

HUMAN_SOURCE = "Niemeyer 2021"

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Kappa:
    """``interval``: 95 % bootstrap interval over cases; None for a single case. ``n``: findings, of ``cases`` cases."""

    value: float
    interval: tuple[float, float] | None
    n: int
    cases: int


def weighted_kappa(
    condition: Condition, reference: Sequence[str], given: Sequence[str], cases: Sequence[str]
) -> Kappa | None:
    """Quadratic for ordinal grades, Cohen's otherwise. ``cases``: of each finding; resampled as a whole.

    None below ``LEAST_FINDINGS``, and where only one grade occurs.
    """
    if len(reference) < LEAST_FINDINGS:
        return None
    pairs = _pairs(condition, reference, given)
    value = float(kappa_of_counts(condition, pairs.sum(axis=0, keepdims=True))[0])
    if np.isnan(value):
        return None
    count = len(set(cases))
    drawn = np.tensordot(multiplicities(np.asarray(cases, dtype=np.str_)), pairs, axes=1)
    interval = percentile_interval(kappa_of_counts(condition, drawn)) if count > 1 else None
    return Kappa(value, interval, len(reference), count)


def _pairs(condition: Condition, reference: Sequence[str], given: Sequence[str]) -> Array:
    """(findings, grades, grades): 1 at the reference (row) and the answer (column) of each finding."""
    grades = len(condition.grades)
    pairs = np.zeros((len(reference), grades, grades))
    rows = [condition.grades.index(one) for one in reference]
    columns = [condition.grades.index(one) for one in given]
    pairs[np.arange(len(reference)), rows, columns] = 1.0
    return pairs
