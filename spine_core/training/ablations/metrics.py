"""Metrics of an experiment from its stored predictions: each arm's AUROC and its difference from the reference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.bootstrap import Estimate, Statistic, interval, percentile_interval, resampled
from spine_core.evaluation.datasets import DATASET_KEYS
from spine_core.evaluation.metrics import TASKS, auroc, kappa
from spine_core.networks.conditions import BY_NAME, Scale
from spine_core.results.experiments import EXPERIMENTS, EXPERIMENTS_DIR, Experiment
from spine_core.training.ablations.predictions import Prediction, read_predictions


@dataclass(frozen=True)
class ArmComparison:
    """One metric of every arm. ``differences``: from the reference, over the same resamples of patients (paired); empty
    if the reference was not trained on the condition.
    """

    values: Mapping[str, Estimate]
    differences: Mapping[str, Estimate]


@dataclass(frozen=True)
class TaskComparison:
    """One task in one dataset, weighting and fold, for the arms that were trained on its condition.

    ``kappas``: quadratic kappa of the most likely grades; None if the grades are not ordinal.
    """

    fold: int
    source: str
    sequence: str
    condition: str
    at_least: str
    patients: int
    discs: int
    positives: int
    aurocs: ArmComparison
    kappas: ArmComparison | None


@dataclass(frozen=True)
class ExperimentResult:
    """The metrics of an experiment with the command that made its predictions."""

    name: str
    command: str
    rows: tuple[TaskComparison, ...]


def experiment_results(folder: Path = EXPERIMENTS_DIR) -> list[ExperimentResult]:
    """The results of every experiment whose predictions are stored in ``folder``."""
    results = []
    for experiment in EXPERIMENTS.values():
        path = folder / f"{experiment.name}.csv.gz"
        if path.is_file():
            command, predictions = read_predictions(path)
            rows = tuple(compare_arms(experiment, predictions))
            results.append(ExperimentResult(experiment.name, command, rows))
    return results


Group = tuple[int, str, str, str]
"""Fold, dataset, weighting, condition."""


def compare_arms(experiment: Experiment, predictions: Sequence[Prediction]) -> list[TaskComparison]:
    """One row per fold, dataset, weighting and task with labels of both classes, test patients first."""
    groups: dict[Group, dict[str, list[Prediction]]] = defaultdict(lambda: defaultdict(list))
    for one in predictions:
        groups[(one.fold, one.source, one.sequence, one.condition)][one.arm].append(one)
    rows = []
    for group in sorted(groups, key=_order):
        truth = [one.truth for one in next(iter(groups[group].values()))]
        if 0 < sum(truth) < len(truth):
            rows.append(_compare_task(experiment, groups[group]))
    return rows


def _order(group: Group) -> tuple[int, int, str, int]:
    fold, source, sequence, condition = group
    tasks = [name for name, _ in TASKS]
    return fold, DATASET_KEYS.index(source), sequence, tasks.index(condition)


def _compare_task(experiment: Experiment, by_arm: Mapping[str, Sequence[Prediction]]) -> TaskComparison:
    """Raises ``ValueError`` if two arms predict different discs: the bootstrap is paired."""
    first = next(iter(by_arm.values()))
    discs = [(one.patient, one.level, one.label) for one in first]
    if any([(one.patient, one.level, one.label) for one in own] != discs for own in by_arm.values()):
        msg = f"{experiment.name}: the arms {', '.join(by_arm)} predict different discs"
        raise ValueError(msg)
    patients = np.array([one.patient for one in first])
    truth = np.array([one.truth for one in first])
    aurocs = {arm: _auroc_of(own) for arm, own in by_arm.items()}
    kappas = {arm: statistic for arm, own in by_arm.items() if (statistic := _kappa_of(own)) is not None}
    return TaskComparison(
        first[0].fold, first[0].source, first[0].sequence, first[0].condition, first[0].at_least,
        len(set(patients)), len(first), int(truth.sum()),
        _comparison(experiment, patients, aurocs),
        _comparison(experiment, patients, kappas) if kappas else None,
    )  # fmt: skip


def kappa_estimate(predictions: Sequence[Prediction]) -> Estimate | None:
    """Quadratic kappa between labels and most likely grades of one condition; None if the grades are not ordinal."""
    statistic = _kappa_of(predictions)
    if statistic is None:
        return None
    patients = np.array([one.patient for one in predictions])
    return Estimate(statistic(np.arange(len(patients))), *interval(patients, statistic))


def _auroc_of(predictions: Sequence[Prediction]) -> Statistic:
    truth = np.array([one.truth for one in predictions])
    score = np.array([one.score for one in predictions])
    return lambda drawn: auroc(truth[drawn], score[drawn])


def _kappa_of(predictions: Sequence[Prediction]) -> Statistic | None:
    """None if the grades are not ordinal."""
    condition = BY_NAME[predictions[0].condition]
    if condition.scale is not Scale.ORDINAL:
        return None
    labels, grades = (
        np.array([condition.grades.index(grade) for grade in own])
        for own in ([one.label for one in predictions], [one.grade for one in predictions])
    )
    return lambda drawn: kappa(condition, labels[drawn], grades[drawn])


def _comparison(
    experiment: Experiment, patients: npt.NDArray[np.str_], statistics: Mapping[str, Statistic]
) -> ArmComparison:
    all_rows = np.arange(len(patients))
    values = {arm: statistic(all_rows) for arm, statistic in statistics.items()}
    samples = {arm: resampled(patients, statistic) for arm, statistic in statistics.items()}
    reference = experiment.reference
    others = [arm for arm in statistics if reference in statistics and arm != reference]
    return ArmComparison(
        {arm: Estimate(values[arm], *percentile_interval(samples[arm])) for arm in statistics},
        {
            arm: Estimate(
                values[arm] - values[reference], *percentile_interval(samples[arm] - samples[reference])
            )
            for arm in others
        },
    )
