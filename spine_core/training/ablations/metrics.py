"""What an experiment gave, from its kept predictions: every arm's AUROC, and its gain over the reference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.bootstrap import Figure, bounds, draws, interval
from spine_core.evaluation.metrics import QUESTIONS, auroc, kappa
from spine_core.evaluation.types import SETS_IN_ORDER
from spine_core.networks.conditions import BY_NAME, Scale
from spine_core.results.experiments import EXPERIMENTS, KEPT, Experiment
from spine_core.training.ablations.predictions import Prediction, read


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % bootstrap interval over patients."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Compared:
    """One figure of every arm. ``gains``: what it has more than the reference, over the same draws of patients
    (paired); empty where the reference was not taught the condition.
    """

    values: Mapping[str, Estimate]
    gains: Mapping[str, Estimate]


@dataclass(frozen=True)
class Tried:
    """One question in one set, weighting and fold, by the arms that were taught its condition.

    ``aurocs``: areas under the curve. ``kappas``: quadratic, of the likeliest grades; None where there are two grades,
    or none in order.
    """

    fold: int
    source: str
    sequence: str
    condition: str
    at_least: str
    patients: int
    discs: int
    positives: int
    aurocs: Compared
    kappas: Compared | None


@dataclass(frozen=True)
class Outcome:
    """An experiment with the command that made its predictions."""

    name: str
    command: str
    rows: tuple[Tried, ...]


def outcomes(folder: Path = KEPT) -> list[Outcome]:
    """Of every experiment whose predictions are in ``folder``."""
    found = []
    for experiment in EXPERIMENTS.values():
        path = folder / f"{experiment.name}.csv.gz"
        if path.is_file():
            command, predictions = read(path)
            found.append(Outcome(experiment.name, command, tuple(tried(experiment, predictions))))
    return found


Group = tuple[int, str, str, str]
"""Fold, set, weighting, condition."""


def tried(experiment: Experiment, predictions: Sequence[Prediction]) -> list[Tried]:
    """One row per fold, set, weighting and question for which both answers occur, test patients first."""
    groups: dict[Group, dict[str, list[Prediction]]] = defaultdict(lambda: defaultdict(list))
    for one in predictions:
        groups[(one.fold, one.source, one.sequence, one.condition)][one.arm].append(one)
    rows = []
    for group in sorted(groups, key=_order):
        truth = [one.truth for one in next(iter(groups[group].values()))]
        if 0 < sum(truth) < len(truth):
            rows.append(_tried(experiment, groups[group]))
    return rows


def _order(group: Group) -> tuple[int, int, str, int]:
    fold, source, sequence, condition = group
    asked = [name for name, _ in QUESTIONS]
    return fold, SETS_IN_ORDER.index(source), sequence, asked.index(condition)


def _tried(experiment: Experiment, by_arm: Mapping[str, Sequence[Prediction]]) -> Tried:
    """Raises ``ValueError`` where two arms were not asked about the same discs: pairs could not be drawn."""
    first = next(iter(by_arm.values()))
    asked = [(one.patient, one.level, one.label) for one in first]
    if any([(one.patient, one.level, one.label) for one in own] != asked for own in by_arm.values()):
        msg = f"{experiment.name}: the arms {', '.join(by_arm)} were asked about different discs"
        raise ValueError(msg)
    patients = np.array([one.patient for one in first])
    truth = np.array([one.truth for one in first])
    areas = {arm: _area(own) for arm, own in by_arm.items()}
    kappas = {arm: figure for arm, own in by_arm.items() if (figure := _kappa(own)) is not None}
    return Tried(
        first[0].fold, first[0].source, first[0].sequence, first[0].condition, first[0].at_least,
        len(set(patients)), len(first), int(truth.sum()),
        _compared(experiment, patients, areas),
        _compared(experiment, patients, kappas) if kappas else None,
    )  # fmt: skip


def agreement(predictions: Sequence[Prediction]) -> Estimate | None:
    """Quadratic kappa between the labels of one condition and the likeliest grades; None where none are in order."""
    figure = _kappa(predictions)
    if figure is None:
        return None
    patients = np.array([one.patient for one in predictions])
    return Estimate(figure(np.arange(len(patients))), *interval(patients, figure))


def _area(predictions: Sequence[Prediction]) -> Figure:
    truth = np.array([one.truth for one in predictions])
    score = np.array([one.score for one in predictions])
    return lambda chosen: auroc(truth[chosen], score[chosen])


def _kappa(predictions: Sequence[Prediction]) -> Figure | None:
    """None where the grades are in no order."""
    condition = BY_NAME[predictions[0].condition]
    if condition.scale is not Scale.ORDINAL:
        return None
    labels, grades = (
        np.array([condition.grades.index(grade) for grade in own])
        for own in ([one.label for one in predictions], [one.grade for one in predictions])
    )
    return lambda chosen: kappa(condition, labels[chosen], grades[chosen])


def _compared(
    experiment: Experiment, patients: npt.NDArray[np.str_], figures: Mapping[str, Figure]
) -> Compared:
    everyone = np.arange(len(patients))
    values = {arm: figure(everyone) for arm, figure in figures.items()}
    drawn = {arm: draws(patients, figure) for arm, figure in figures.items()}
    reference = experiment.reference
    others = [arm for arm in figures if reference in figures and arm != reference]
    return Compared(
        {arm: Estimate(values[arm], *bounds(drawn[arm])) for arm in figures},
        {
            arm: Estimate(values[arm] - values[reference], *bounds(drawn[arm] - drawn[reference]))
            for arm in others
        },
    )
