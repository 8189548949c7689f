"""How far the labels can be trusted: the same disc boxed twice, on T1 and on T2 of one examination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spine_core.grading.conditions import BY_NAME, Condition
from spine_core.training.bootstrap import interval
from spine_core.training.data import Picture
from spine_core.training.figures import kappa

BOXED = ("bulging", "canal_stenosis", "ddd", "spondylolisthesis")
"""Conditions that were boxed on each weighting by itself."""

Labels = dict[tuple[str, str, str], dict[str, int]]
"""Label by weighting, by patient, level and condition."""


@dataclass(frozen=True)
class Repeated:
    """Agreement of two labels of one disc. ``kappa``: Cohen's, with its interval over patients."""

    condition: str
    patients: int
    discs: int
    agree: float
    kappa: float
    low: float
    high: float


def repeated_labels(pictures: Sequence[Picture]) -> list[Repeated]:
    """One row per condition of the set of which both weightings were labelled."""
    labels: Labels = {}
    for picture in pictures:
        if picture.source == "sudirman":
            for disc in picture.discs:
                for condition in BOXED:
                    found = labels.setdefault((picture.patient, disc.level, condition), {})
                    found[picture.sequence] = disc.grades[condition]
    return [_repeated(BY_NAME[name], labels) for name in BOXED]


def _repeated(condition: Condition, labels: Labels) -> Repeated:
    pairs = [
        (patient, both["t1"], both["t2"])
        for (patient, level, boxed), both in labels.items()
        if boxed == condition.name and level != "other" and len(both) == 2
    ]
    patients = np.array([patient for patient, _, _ in pairs])
    first, second = (np.array([pair[i] for pair in pairs]) for i in (1, 2))
    low, high = interval(patients, lambda chosen: kappa(condition, first[chosen], second[chosen]))
    agree = float((first == second).mean())
    return Repeated(
        condition.name, len(set(patients)), len(pairs), agree, kappa(condition, first, second), low, high
    )
