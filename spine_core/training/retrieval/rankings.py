"""Rankings of labelled discs by similarity, and how often neighbours share a grade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.bootstrap import multiplicities
from spine_core.evaluation.retrieval_metrics import (
    METRICS,
    RetrievalMetrics,
    balanced_mean,
    patient_mean,
    query_metrics,
)
from spine_core.networks.conditions import CONDITIONS, Condition, Scale
from spine_core.training.datasets.crop_cache import UNKNOWN
from spine_core.training.retrieval.embedded_discs import CHANNELS, SUBSETS, EmbeddedDiscs

Array = npt.NDArray[np.float32]
Pair = tuple[Array, Array]
"""Unit features of all queries (Q, C) and of all discs that they are compared with (N, C)."""

MIN_GRADED = 10
"""Queries, and discs to compare with, that a row of the result needs."""

SAME_LEVEL, RANDOM = "same level", "random"
P1, P5 = METRICS.index("p1"), METRICS.index("p5")


@dataclass(frozen=True, eq=False)
class Task:
    """One condition on one set of weightings: Q queries and N discs to compare them with.

    ``asked``, ``seen``: their rows among all queries and all compared discs. ``own``, ``grades``: their labels.
    ``patients``: of the queries. ``allowed``: bool (Q, N), not of the query's patient. ``same_level``: bool (Q, N).
    """

    condition: Condition
    weightings: str
    asked: npt.NDArray[np.int64]
    seen: npt.NDArray[np.int64]
    own: npt.NDArray[np.int64]
    grades: npt.NDArray[np.int64]
    patients: npt.NDArray[np.str_]
    allowed: npt.NDArray[np.bool_]
    same_level: npt.NDArray[np.bool_]

    @cached_property
    def weights(self) -> npt.NDArray[np.float64]:
        """How often each query occurs in each resample of the patients."""
        return multiplicities(self.patients)

    def cosine(self, features: Pair) -> npt.NDArray[np.float64]:
        """Similarity (Q, N) by the cosine of features; -inf for discs of the query's patient."""
        queries, compared = features
        return self._left(np.asarray(queries[self.asked] @ compared[self.seen].T, dtype=np.float64))

    def drawn(self, seed: int) -> dict[str, npt.NDArray[np.float64]]:
        """Similarities (Q, N) in random order, and with discs of the query's level first."""
        # Drawn anew for every task, so that its figures do not depend on which others there are.
        order = np.random.default_rng(seed).random((2, *self.allowed.shape))
        return {SAME_LEVEL: self._left(self.same_level + 0.5 * order[0]), RANDOM: self._left(order[1])}

    def _left(self, similarity: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.where(self.allowed, similarity, -np.inf)

    def metrics(self, similarity: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The metrics (Q, 4) of a ranking by ``similarity`` (Q, N)."""
        ordinal = self.condition.scale is Scale.ORDINAL
        return query_metrics(similarity, self.grades, self.own, ordinal=ordinal)


def tasks(queries: EmbeddedDiscs, compared: EmbeddedDiscs) -> Iterator[Task]:
    """Every condition and set of weightings for which there are enough discs, of two grades or more."""
    for use in SUBSETS:
        named = "+".join(name for name, used in zip(CHANNELS, use, strict=True) if used)
        for column, condition in enumerate(CONDITIONS):
            asked, seen = (
                np.flatnonzero((one.use == use).all(axis=1) & (one.labels[:, column] != UNKNOWN))
                for one in (queries, compared)
            )
            own, grades = (
                one.labels[rows, column].astype(np.int64)
                for one, rows in ((queries, asked), (compared, seen))
            )
            if min(len(own), len(grades)) < MIN_GRADED or len(set(own.tolist())) < 2:
                continue
            patients, others = (_patients(one, rows) for one, rows in ((queries, asked), (compared, seen)))
            yield Task(
                condition, named, asked, seen, own, grades, patients,
                patients[:, None] != others, queries.level[asked][:, None] == compared.level[seen],
            )  # fmt: skip


def _patients(discs: EmbeddedDiscs, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.str_]:
    names = zip(discs.source[rows], discs.patient[rows], strict=True)
    return np.array([f"{source} {patient}" for source, patient in names])


def mean_p1(queries: EmbeddedDiscs, compared: EmbeddedDiscs, features: Pair) -> tuple[float, int]:
    """P@1, the mean over all tasks, and the number of tasks."""
    found = [float(task.metrics(task.cosine(features))[:, P1].mean()) for task in tasks(queries, compared)]
    return float(np.mean(found)), len(found)


def evaluate_rankings(
    queries: EmbeddedDiscs, compared: EmbeddedDiscs, features: Mapping[str, Pair], seed: int = 0
) -> list[RetrievalMetrics]:
    """Metrics of the rankings by features, of random order and of random order within the same level first."""
    rows = []
    for task in tasks(queries, compared):
        similarities = {name: task.cosine(pair) for name, pair in features.items()} | task.drawn(seed)
        values = {name: task.metrics(similarity) for name, similarity in similarities.items()}
        for name in values:
            level = None if name == SAME_LEVEL else values[SAME_LEVEL]
            rows.append(summary(task, name, values[name], level))
    return rows


def summary(
    task: Task, name: str, values: npt.NDArray[np.float64], level: npt.NDArray[np.float64] | None
) -> RetrievalMetrics:
    """Means with intervals over patients, and the paired difference of P@5 from ``level`` (Q, 4)."""
    p1, p5, ap, ndcg = (patient_mean(values[:, column], task.weights) for column in range(len(METRICS)))
    gain = None if level is None else patient_mean(values[:, P5] - level[:, P5], task.weights)
    return RetrievalMetrics(
        task.condition.name, task.weightings, name, len(task.own), len(np.unique(task.patients)),
        len(task.grades), p1, p5, balanced_mean(values[:, P5], task.own, task.weights), ap, ndcg, gain,
    )  # fmt: skip
