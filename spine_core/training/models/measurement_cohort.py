"""Labelled discs with their measurements, and the cohort that the measurement model compares values with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spine_core.anatomy.types import LEVELS
from spine_core.evaluation.metrics import gradable
from spine_core.explanation.concepts.measured_values import CONCEPTS, Values
from spine_core.explanation.concepts.measurement_model import CohortValues
from spine_core.networks.conditions import CONDITIONS, Condition, Scale

RANGE = (0.5, 99.5)
"""Percentiles beyond which a measurement counts as the percentile."""
QUANTILES = 41


@dataclass(frozen=True)
class MeasuredLabel:
    """One labelled disc of one image: its measurements in the model's units, and its labels by condition."""

    source: str
    patient: str
    fold: int
    sequence: str
    level: str
    values: Values
    truth: Mapping[str, int]


def cohort_of(discs: Sequence[MeasuredLabel]) -> dict[str, CohortValues]:
    """Means, ranges and percentiles of every measurement over ``discs``."""
    return {concept.name: _cohort_values(discs, concept.name) for concept in CONCEPTS}


def _cohort_values(discs: Sequence[MeasuredLabel], name: str) -> CohortValues:
    known = [one for one in discs if one.values[name] is not None]
    values = np.array([one.values[name] for one in known], dtype=float)
    low, high = np.percentile(values, RANGE)
    levels = np.array([one.level for one in known])
    patients = np.array([f"{one.source} {one.patient}" for one in known])
    at = {level: levels == level for level in LEVELS if (levels == level).any()}
    return CohortValues(
        mean=rounded_value(float(np.clip(values, low, high).mean())),
        low=rounded_value(float(low)),
        high=rounded_value(float(high)),
        quantiles={
            level: tuple(
                rounded_value(float(q)) for q in np.percentile(values[rows], np.linspace(0, 100, QUANTILES))
            )
            for level, rows in at.items()
        },
        discs={level: int(rows.sum()) for level, rows in at.items()},
        patients={level: len(set(patients[rows])) for level, rows in at.items()},
    )


def modelled_steps(condition: Condition) -> tuple[str, ...]:
    """The grades whose "at least" is modelled: of a categorical condition only presence."""
    return condition.grades[1:2] if condition.scale is Scale.CATEGORICAL else condition.grades[1:]


def step_index(condition: Condition, grade: int) -> int:
    """Index of a labelled grade among the model's: 0 below the first step."""
    return sum(grade >= int(step) for step in modelled_steps(condition))


def with_label(discs: Sequence[MeasuredLabel], name: str) -> list[MeasuredLabel]:
    """The discs with a label of the condition that their image can show."""
    return [
        one for one in discs if name in one.truth and gradable(name, one.sequence) and one.level in LEVELS
    ]


def conditions_with_labels(discs: Sequence[MeasuredLabel]) -> list[Condition]:
    """The conditions of which every modelled grade occurs in each of the folds of ``discs``."""
    folds = {one.fold for one in discs}
    return [
        condition
        for condition in CONDITIONS
        if all(
            {
                step_index(condition, one.truth[condition.name])
                for one in with_label(discs, condition.name)
                if one.fold == fold
            }
            == set(range(len(modelled_steps(condition)) + 1))
            for fold in folds
        )
    ]


def rounded_value(value: float) -> float:
    """As it is stored: six decimals."""
    return round(value, 6)
