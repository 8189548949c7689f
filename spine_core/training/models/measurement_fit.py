"""Fits the measurement model: penalty by cross-validation over folds, calibration on fold 1, intervals of patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS
from spine_core.evaluation.bootstrap import RESAMPLES, interval
from spine_core.explanation.concepts.measured_values import CONCEPTS
from spine_core.explanation.concepts.measurement_model import CohortValues, ConditionModel, Term
from spine_core.explanation.concepts.ordinal import grade_probabilities
from spine_core.networks.conditions import Condition
from spine_core.training.models.measurement_cohort import (
    MeasuredLabel,
    modelled_steps,
    rounded_value,
    step_index,
)
from spine_core.training.models.ordinal_fit import OrdinalFit, fit_ordinal

Array = npt.NDArray[np.float64]
Grades = npt.NDArray[np.int64]

PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
SLOPE_PENALTY = 10.0
"""Of the calibration's slope towards 1: fold 1 has few positives of the rare conditions."""
COEFFICIENT_RESAMPLES = RESAMPLES
"""Fits for the intervals of the coefficients."""


@dataclass(frozen=True, eq=False)
class _Table:
    """Discs as arrays. ``features``: (N, F), standardised. ``patients``, ``folds``: (N,)."""

    features: Array
    grades: Grades
    patients: npt.NDArray[np.str_]
    folds: Grades

    def where(self, rows: npt.NDArray[np.bool_] | Grades) -> _Table:
        return _Table(self.features[rows], self.grades[rows], self.patients[rows], self.folds[rows])


def _table(
    discs: Sequence[MeasuredLabel], condition: Condition, cohort: Mapping[str, CohortValues]
) -> _Table:
    return _Table(
        np.array([_features(one, cohort) for one in discs]),
        np.array([step_index(condition, one.truth[condition.name]) for one in discs]),
        np.array([f"{one.source} {one.patient}" for one in discs]),
        np.array([one.fold for one in discs]),
    )


def _features(disc: MeasuredLabel, cohort: Mapping[str, CohortValues]) -> list[float]:
    """Levels, measurements from the cohort's mean in parts of its range, and which of them are missing."""
    levels = [float(disc.level == level) for level in LEVELS]
    values, missing = [], []
    for concept in CONCEPTS:
        value, known = disc.values[concept.name], cohort[concept.name]
        missing.append(float(value is None))
        values.append(0.0 if value is None else (known.clipped(value) - known.mean) / _scale(known))
    return [*levels, *values, *missing]


def _scale(known: CohortValues) -> float:
    """About a standard deviation: ``RANGE`` of a normal distribution is 5.15 of them wide."""
    return (known.high - known.low) / 5.15


def fit_condition(
    condition: Condition,
    discs: Sequence[MeasuredLabel],
    calibration: Sequence[MeasuredLabel],
    cohort: Mapping[str, CohortValues],
) -> tuple[ConditionModel, dict[str, float | int]]:
    """The model of one condition and how it was chosen. ``discs``: of the training folds; both with labels."""
    table = _table(discs, condition, cohort)
    levels = len(LEVELS)
    losses = {penalty: _left_out_losses(table, penalty) for penalty in PENALTIES}
    penalty = min(losses, key=lambda one: losses[one].mean())
    prior_table = _Table(table.features[:, :levels], table.grades, table.patients, table.folds)
    prior = min((_left_out_losses(prior_table, one) for one in PENALTIES), key=lambda found: found.mean())
    gain = prior - losses[penalty]
    low, high = interval(table.patients, lambda drawn: float(gain[drawn].mean()))
    fit = _fit(table, penalty)
    slope, thresholds = _calibrated(fit, _table(calibration, condition, cohort))
    chosen: dict[str, float | int] = {
        "penalty": penalty, "slope": slope, "gain": float(gain.mean()), "gain_low": low, "gain_high": high,
        "discs": len(table.grades), "patients": len(set(table.patients)), "positives": int((table.grades > 0).sum()),
    }  # fmt: skip
    model = _model(condition, table, fit, penalty, slope, thresholds, cohort, informative=low > 0)
    return model, chosen


def _grades_in(table: _Table) -> int:
    return int(table.grades.max()) + 1


def _fit(table: _Table, penalty: float) -> OrdinalFit:
    return fit_ordinal(table.features, table.grades, _grades_in(table), penalty)


def _left_out_losses(table: _Table, penalty: float) -> Array:
    """Log loss of every disc by the model of the other training folds, (N,)."""
    losses = np.empty(len(table.grades))
    for fold in np.unique(table.folds):
        out = table.folds == fold
        fit = _fit(table.where(~out), penalty)
        found = grade_probabilities(table.features[out] @ fit.weights, fit.thresholds.tolist())
        losses[out] = -np.log(np.clip(found[np.arange(out.sum()), table.grades[out]], 1e-12, None))
    return losses


def _calibrated(fit: OrdinalFit, table: _Table) -> tuple[float, Array]:
    """The slope of the score and new thresholds by the discs of fold 1, the slope drawn towards 1.

    Fold 1 fits thresholds only where each of its grades occurs; else the fit's own stay, times the slope.
    """
    score = table.features @ fit.weights
    count = len(fit.thresholds) + 1
    if set(np.unique(table.grades)) != set(range(count)):
        return 1.0, fit.thresholds
    spread = float(score.std())
    if spread == 0:
        return 1.0, fit_ordinal(np.zeros((len(score), 1)), table.grades, count, 1.0).thresholds
    return _drawn_to_one(score, table.grades, count)


def _drawn_to_one(score: Array, grades: Grades, count: int) -> tuple[float, Array]:
    from scipy.optimize import minimize_scalar

    def loss(slope: float) -> float:
        thresholds = _thresholds_for(slope * score, grades, count)
        found = grade_probabilities(slope * score, thresholds.tolist())
        chosen = np.clip(found[np.arange(len(grades)), grades], 1e-12, None)
        return float(-np.log(chosen).sum() + SLOPE_PENALTY / 2 * (slope - 1) ** 2)

    slope = float(minimize_scalar(loss, bounds=(0.2, 2.0), method="bounded").x)
    return slope, _thresholds_for(slope * score, grades, count)


def _thresholds_for(score: Array, grades: Grades, count: int) -> Array:
    """Thresholds that make the mean probability of each step its frequency: those of a fit with the score as offset."""
    from scipy.optimize import brentq
    from scipy.special import expit

    return np.array([
        brentq(lambda at, k=k: float(expit(score - at).mean() - (grades >= k).mean()), -60.0, 60.0)
        for k in range(1, count)
    ])  # fmt: skip


def _model(
    condition: Condition,
    table: _Table,
    fit: OrdinalFit,
    penalty: float,
    slope: float,
    thresholds: Array,
    cohort: Mapping[str, CohortValues],
    *,
    informative: bool,
) -> ConditionModel:
    """In the units of the measurements, with the mean of the levels moved into the thresholds."""
    count, weights = len(LEVELS), slope * fit.weights
    low, high = (slope * end for end in _weight_intervals(table, penalty))
    shares = table.features[:, :count].mean(axis=0)
    middle = float(weights[:count] @ shares / shares.sum()) if shares.sum() else 0.0
    terms = {}
    for position, concept in enumerate(CONCEPTS, start=count):
        unit = _scale(cohort[concept.name])
        terms[concept.name] = Term(
            rounded_value(float(weights[position]) / unit),
            rounded_value(float(low[position]) / unit),
            rounded_value(float(high[position]) / unit),
            rounded_value(float(weights[position + len(CONCEPTS)])),
        )
    reached = [(table.grades >= k).mean() for k in range(1, len(thresholds) + 1)]
    return ConditionModel(
        modelled_steps(condition),
        tuple(rounded_value(float(one) - middle) for one in thresholds),
        {level: rounded_value(float(weights[i]) - middle) for i, level in enumerate(LEVELS)},
        terms,
        tuple(rounded_value(float(np.log(one / (1 - one)))) for one in reached),
        _by_level(table, len(thresholds) + 1),
        informative=informative,
    )


def _by_level(table: _Table, count: int) -> dict[str, tuple[float, ...]]:
    """Frequency of every grade by level; a disc more of each grade, so that none is impossible."""
    found = {}
    for column, level in enumerate(LEVELS):
        grades = table.grades[table.features[:, column] > 0]
        counts = np.bincount(grades, minlength=count) + 1.0
        found[level] = tuple(rounded_value(float(share)) for share in counts / counts.sum())
    return found


def _weight_intervals(table: _Table, penalty: float) -> tuple[Array, Array]:
    """95 % intervals of the weights over resamples of the patients, (F,) each."""
    rng = np.random.default_rng(0)
    names = np.unique(table.patients)
    rows = [np.flatnonzero(table.patients == name) for name in names]
    found: list[Array] = []
    while len(found) < COEFFICIENT_RESAMPLES:
        drawn = np.concatenate([rows[i] for i in rng.integers(len(names), size=len(names))])
        one = table.where(drawn)
        if len(np.unique(one.grades)) == _grades_in(table):
            found.append(_fit(one, penalty).weights)
    low, high = np.percentile(np.array(found), [2.5, 97.5], axis=0)
    return low, high
