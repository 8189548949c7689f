"""The measurement model on held-out patients, beside the level alone and the ensemble on the same discs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.bootstrap import Estimate, interval
from spine_core.evaluation.datasets import DATASET_KEYS
from spine_core.evaluation.metrics import TASKS, auroc, kappa
from spine_core.evaluation.types import DiscPrediction
from spine_core.explanation.concepts.measured_values import model_values
from spine_core.explanation.concepts.measurement_model import ConditionModel, MeasurementModel, linear_score
from spine_core.explanation.concepts.ordinal import grade_probabilities
from spine_core.networks.conditions import BY_NAME, Condition
from spine_core.training.models.measurement_cohort import MeasuredLabel, step_index, with_label

Array = npt.NDArray[np.float64]
Grades = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class MeasurementMetrics:
    """One condition in one dataset and weighting, each figure by "model", "level" and "ensemble" (kappa without level).

    ``auroc``, ``brier``: of the grades from ``at_least`` on. ``kappa``: quadratic for ordinal grades. ``gain``: AUROC
    of the model minus that of the level alone. ``informative``: as decided in training.
    """

    source: str
    sequence: str
    condition: str
    at_least: str
    patients: int
    discs: int
    positives: int
    informative: bool
    auroc: dict[str, Estimate]
    brier: dict[str, Estimate]
    kappa: dict[str, Estimate]
    gain: Estimate


@dataclass(frozen=True, eq=False)
class _Scored:
    """Discs of one condition. ``probabilities``: (N, grades of the model) by who gives them."""

    condition: Condition
    first: int
    grades: Grades
    patients: npt.NDArray[np.str_]
    probabilities: dict[str, Array]

    @property
    def truth(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.grades >= self.first)

    def score(self, name: str) -> Array:
        return np.asarray(self.probabilities[name][:, self.first :].sum(axis=1))


def labelled(predictions: Sequence[DiscPrediction], fold: int) -> list[MeasuredLabel]:
    """The discs of ``predictions`` as the measurement model takes them; their images have no spacing."""
    return [
        MeasuredLabel(
            one.source, one.patient, fold, one.sequence, one.level, model_values(one.measurements, None), one.truth
        )
        for one in predictions
    ]  # fmt: skip


def measurement_metrics(
    predictions: Sequence[DiscPrediction], model: MeasurementModel, fold: int
) -> list[MeasurementMetrics]:
    """One row per dataset and condition with labels of both classes, on T2; phantoms are left out."""
    predictions = [one for one in predictions if one.sequence != "t1"]
    discs = labelled(predictions, fold)
    ensemble = {id(disc): one for disc, one in zip(discs, predictions, strict=True)}
    groups = sorted(
        {(one.source, one.sequence) for one in discs if one.source != "phantom"},
        key=lambda key: (DATASET_KEYS.index(key[0]), key[1]),
    )
    rows = []
    for source, sequence in groups:
        group = [one for one in discs if (one.source, one.sequence) == (source, sequence)]
        for name, at_least in TASKS:
            known = with_label(group, name)
            if name not in model.conditions or not known:
                continue
            own = [ensemble[id(one)].probabilities[name] for one in known]
            found = _scored(BY_NAME[name], at_least, known, np.array(own, dtype=float), model)
            if found.truth.any() and not found.truth.all():
                rows.append(_row(source, sequence, at_least, found, model.conditions[name]))
    return rows


def _scored(
    condition: Condition,
    at_least: str,
    discs: Sequence[MeasuredLabel],
    ensemble: Array,
    model: MeasurementModel,
) -> _Scored:
    own = model.conditions[condition.name]
    scores = [linear_score(own, model.cohort, one.level, one.values) for one in discs]
    merged = np.zeros((len(discs), len(own.steps) + 1))
    for column, grade in enumerate(condition.grades):
        merged[:, step_index(condition, int(grade))] += ensemble[:, column]
    return _Scored(
        condition,
        own.steps.index(at_least) + 1,
        np.array([step_index(condition, one.truth[condition.name]) for one in discs]),
        np.array([one.patient for one in discs]),
        {
            "model": grade_probabilities(scores, own.thresholds),
            "level": np.array([own.by_level[one.level] for one in discs]),
            "ensemble": merged,
        },
    )


def _row(
    source: str, sequence: str, at_least: str, found: _Scored, model: ConditionModel
) -> MeasurementMetrics:
    truth, patients = found.truth, found.patients
    names = tuple(found.probabilities)
    scores = {name: found.score(name) for name in names}
    likely = {name: found.probabilities[name].argmax(axis=1) for name in names}

    def each(figure: Callable[[str, Rows], float], *without: str) -> dict[str, Estimate]:
        return {name: _estimate(patients, partial(figure, name)) for name in names if name not in without}

    return MeasurementMetrics(
        source,
        sequence,
        found.condition.name,
        at_least,
        len(set(patients)),
        len(truth),
        int(truth.sum()),
        model.informative,
        each(lambda name, rows: auroc(truth[rows], scores[name][rows])),
        each(lambda name, rows: float(np.mean((scores[name][rows] - truth[rows]) ** 2))),
        each(lambda name, rows: _kappa(found.condition, found.grades[rows], likely[name][rows]), "level"),
        _estimate(
            patients,
            lambda rows: (
                auroc(truth[rows], scores["model"][rows]) - auroc(truth[rows], scores["level"][rows])
            ),
        ),
    )


def _kappa(condition: Condition, truth: Grades, predicted: Grades) -> float:
    """``metrics.kappa`` of the model's grades; a categorical condition has two of them here."""
    two = BY_NAME["bulging"] if len(condition.grades) != 5 else condition
    return kappa(two, truth, predicted)


def _estimate(patients: npt.NDArray[np.str_], figure: Callable[[Rows], float]) -> Estimate:
    value = figure(np.arange(len(patients)))
    return Estimate(value, *interval(patients, figure))
