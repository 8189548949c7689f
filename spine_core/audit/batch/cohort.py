"""What the table of a batch says: grades against the reference, methods against controls, the worst maps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spine_core.audit.batch.finding_maps import CHANCE
from spine_core.audit.batch.table import METRIC
from spine_core.audit.batch.types import Status
from spine_core.comparison.metrics.base import Direction, Metric
from spine_core.comparison.metrics.registry import metrics
from spine_core.evaluation.bootstrap import interval
from spine_core.evaluation.metrics import kappa
from spine_core.networks.conditions import BY_NAME, Condition

if TYPE_CHECKING:
    import pandas as pd

LEAST_FINDINGS = 10
"""Fewer findings with a reference grade give no figure: an interval would span nearly everything."""


@dataclass(frozen=True)
class ReferenceAgreement:
    """Grades of a network against the reference, for one condition; intervals (95 %) over studies.

    ``kappa``: Cohen's, quadratic for ordinal grades. The figures are None below ``LEAST_FINDINGS``.
    """

    network: str
    condition: str
    findings: int
    studies: int
    exact: float | None = None
    exact_interval: tuple[float, float] | None = None
    kappa: float | None = None
    kappa_interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class MethodSpread:
    """Values of one metric over the findings of a batch. ``beats_controls``: fraction of the findings in which the map
    is better than every control of the same finding; None for controls, and metrics without a better direction.
    """

    method: str
    control: bool
    values: npt.NDArray[np.float64]
    beats_controls: float | None = None


@dataclass(frozen=True)
class PairAgreement:
    """Agreement of two methods over the findings of a batch, by one metric.

    ``median``, ``interval``: of the values, the interval (95 %) over studies; None below ``LEAST_FINDINGS``.
    ``above_chance``: fraction of the findings in which the value is above its chance level.
    """

    method: str
    other: str
    findings: int
    studies: int
    median: float | None = None
    interval: tuple[float, float] | None = None
    above_chance: float | None = None


def pair_agreement(table: pd.DataFrame, column: str) -> list[PairAgreement]:
    """One record per pair of methods. ``table``: ``pair_table``; ``column``: of its metrics."""
    chance = f"{column}.{CHANCE}"
    done = table[(table["status"] == Status.DONE) & table[column].notna() & table[chance].notna()]
    return [
        _pair(str(method), str(other), part, column, chance)
        for (method, other), part in done.groupby(["method", "other"], sort=True)
    ]


def _pair(method: str, other: str, part: pd.DataFrame, column: str, chance: str) -> PairAgreement:
    values, studies = part[column].to_numpy(dtype=np.float64), part["study_sha256"].to_numpy(dtype=np.str_)
    counts = PairAgreement(method, other, len(values), len(set(studies)))
    if len(values) < LEAST_FINDINGS:
        return counts
    return replace(
        counts,
        median=float(np.median(values)),
        interval=interval(studies, lambda rows: float(np.median(values[rows]))),
        above_chance=float(np.mean(values > part[chance].to_numpy(dtype=np.float64))),
    )


def reference_agreement(table: pd.DataFrame) -> list[ReferenceAgreement]:
    """One record per network and condition with reference grades."""
    if table.empty:
        return []
    place = ["network", "study_sha256", "level", "condition"]
    graded = table[table["reference"].notna()].drop_duplicates(place)
    return [
        _agreement(str(network), str(condition), part)
        for (network, condition), part in graded.groupby(["network", "condition"], sort=True)
        if condition in BY_NAME
    ]


def _agreement(network: str, name: str, part: pd.DataFrame) -> ReferenceAgreement:
    condition, studies = BY_NAME[name], part["study_sha256"].to_numpy(dtype=np.str_)
    counts = ReferenceAgreement(network, name, len(part), len(set(studies)))
    if len(part) < LEAST_FINDINGS:
        return counts
    truth, found = (_indices(condition, part[column]) for column in ("reference", "grade"))
    return ReferenceAgreement(
        network,
        name,
        len(part),
        len(set(studies)),
        float((truth == found).mean()),
        interval(studies, lambda rows: float((truth[rows] == found[rows]).mean())),
        kappa(condition, truth, found),
        interval(studies, lambda rows: kappa(condition, truth[rows], found[rows])),
    )


def _indices(condition: Condition, grades: pd.Series) -> npt.NDArray[np.int64]:
    return np.array([condition.grades.index(grade) for grade in grades], dtype=np.int64)


def metric_columns(table: pd.DataFrame) -> dict[str, tuple[Metric, str]]:
    """The metric and variant of every column with a metric, in the order of the registry."""
    known = metrics()
    found = {}
    for column in table.columns:
        name, _, variant = str(column).removeprefix(METRIC).partition(".")
        if str(column).startswith(METRIC) and name in known:
            found[str(column)] = (known[name], variant)
    order = list(known)
    return dict(sorted(found.items(), key=lambda item: (order.index(item[1][0].name), item[1][1])))


def spreads(table: pd.DataFrame, column: str) -> list[MethodSpread]:
    """One record per method, explaining methods first."""
    done = table[(table["status"] == Status.DONE) & table[column].notna()]
    metric, _ = metric_columns(table)[column]
    found = []
    for (control, method), part in done.groupby(["control", "method"], sort=True):
        beats = None if control or metric.direction is Direction.NONE else _beats(done, part, column, metric)
        found.append(MethodSpread(str(method), bool(control), part[column].to_numpy(dtype=np.float64), beats))
    return found


def _beats(done: pd.DataFrame, part: pd.DataFrame, column: str, metric: Metric) -> float | None:
    finding = ["network", "study_sha256", "level", "condition"]
    controls = done[done["control"]].groupby(finding)[column]
    best = controls.max() if metric.direction is Direction.HIGHER else controls.min()
    values = part.set_index(finding)[column]
    both = values.index.intersection(best.index)
    if both.empty:
        return None
    return float(np.mean([metric.better(values[one], best[one]) for one in both]))


def worst(table: pd.DataFrame, column: str, count: int = 100) -> pd.DataFrame:
    """The maps with the worst values of a metric, the worst first; in the order of the table where none is better."""
    metric, _ = metric_columns(table)[column]
    shown = table[~table["control"] & table[column].notna()]
    if metric.direction is not Direction.NONE:
        shown = shown.sort_values(column, ascending=metric.direction is Direction.HIGHER, kind="stable")
    return shown.head(count)
