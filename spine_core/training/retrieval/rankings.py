"""Rankings of labelled discs by similarity, and how often neighbours share a grade."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.bootstrap import multiplicities
from spine_core.evaluation.retrieval_metrics import METRICS, RetrievalMetrics, patient_mean, query_metrics
from spine_core.networks.conditions import CONDITIONS, Condition, Scale
from spine_core.retrieval.embedding import unit
from spine_core.training.datasets.crop_cache import UNKNOWN
from spine_core.training.retrieval.embedded_discs import CHANNELS, SUBSETS, EmbeddedDiscs

Features = Callable[[EmbeddedDiscs], npt.NDArray[np.float32]]
"""Unit features (N, C) of discs."""

MIN_GRADED = 10
"""Queries of at least two grades, and candidates, that a row of the result needs."""

SAME_LEVEL = "same level"
P5 = METRICS.index("p5")


@dataclass(frozen=True, eq=False)
class Task:
    """One condition on one set of weightings. ``allowed``: bool (Q, N), not of the query's patient."""

    condition: Condition
    weightings: str
    queries: EmbeddedDiscs
    compared: EmbeddedDiscs
    own: npt.NDArray[np.int64]
    grades: npt.NDArray[np.int64]
    allowed: npt.NDArray[np.bool_]

    def metrics(self, similarity: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The metrics (Q, 4) of a ranking by ``similarity`` (Q, N)."""
        left = np.where(self.allowed, similarity, -np.inf)
        return query_metrics(left, self.grades, self.own, ordinal=self.condition.scale is Scale.ORDINAL)

    @property
    def patients(self) -> npt.NDArray[np.str_]:
        """The patient of every query, (Q,)."""
        return np.array([
            f"{source} {patient}"
            for source, patient in zip(self.queries.source, self.queries.patient, strict=True)
        ])  # fmt: skip


def tasks(queries: EmbeddedDiscs, compared: EmbeddedDiscs) -> Iterator[Task]:
    """Every condition and set of weightings for which there are enough discs of two grades."""
    for use in SUBSETS:
        named = "+".join(name for name, used in zip(CHANNELS, use, strict=True) if used)
        asked = queries.where((queries.use == use).all(axis=1))
        seen = compared.where((compared.use == use).all(axis=1))
        for column, condition in enumerate(CONDITIONS):
            own = asked.where(asked.labels[:, column] != UNKNOWN)
            there = seen.where(seen.labels[:, column] != UNKNOWN)
            grades = own.labels[:, column].astype(np.int64)
            if len(grades) < MIN_GRADED or len(set(grades.tolist())) < 2 or len(there.level) < MIN_GRADED:
                continue
            other = (own.source[:, None] != there.source) | (own.patient[:, None] != there.patient)
            yield Task(condition, named, own, there, grades, there.labels[:, column].astype(np.int64), other)


def cosine(task: Task, features: Features) -> npt.NDArray[np.float64]:
    """Similarity (Q, N) by the cosine of features."""
    return np.asarray(features(task.queries) @ features(task.compared).T, dtype=np.float64)


def evaluate_ranking(
    name: str, queries: EmbeddedDiscs, compared: EmbeddedDiscs, features: Features
) -> list[RetrievalMetrics]:
    """Metrics of one ranking without a comparison, a row per task."""
    return [
        summary(task, name, task.metrics(cosine(task, features)), None) for task in tasks(queries, compared)
    ]


def evaluate_rankings(
    queries: EmbeddedDiscs, compared: EmbeddedDiscs, rankings: dict[str, Features], seed: int = 0
) -> list[RetrievalMetrics]:
    """Metrics of the rankings by features, of random order and of random order within the same level first."""
    rows = []
    for task in tasks(queries, compared):
        # Drawn anew for every task, so that a task's figures do not depend on which others there are.
        rng = np.random.default_rng(seed)
        shape = task.allowed.shape
        by_level = (task.queries.level[:, None] == task.compared.level) + 0.5 * rng.random(shape)
        level = task.metrics(by_level)
        for name, features in rankings.items():
            rows.append(summary(task, name, task.metrics(cosine(task, features)), level))
        rows.append(summary(task, SAME_LEVEL, level, None))
        rows.append(summary(task, "random", task.metrics(rng.random(shape)), level))
    return rows


def summary(
    task: Task, name: str, values: npt.NDArray[np.float64], level: npt.NDArray[np.float64] | None
) -> RetrievalMetrics:
    """Means with intervals over patients, and the paired difference of P@5 from ``level`` (Q, 4)."""
    weights = multiplicities(task.patients)
    p1, p5, ap, ndcg = (patient_mean(values[:, column], weights) for column in range(len(METRICS)))
    gain = None if level is None else patient_mean(values[:, P5] - level[:, P5], weights)
    return RetrievalMetrics(
        task.condition.name, task.weightings, name, len(task.own), len(np.unique(task.patients)),
        len(task.grades), p1, p5, ap, ndcg, gain,
    )  # fmt: skip


def unit_features(field: str) -> Features:
    """The stored features of that name, of length 1."""
    return lambda discs: unit(getattr(discs, field).astype(np.float32))
