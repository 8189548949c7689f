"""Metrics of a ranking of discs by similarity, per query: P@k, average precision and nDCG@10."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.bootstrap import percentile_interval

Array = npt.NDArray[np.float64]

METRICS = ("p1", "p5", "ap", "ndcg")
"""Columns of ``query_metrics``: P@1, P@5, average precision, nDCG@10."""
NDCG_DEPTH = 10


@dataclass(frozen=True)
class RetrievalMetrics:
    """How well neighbours share the grade of their query, for one condition, set of weightings and way of ranking.

    ``queries``: discs of ``patients`` patients; each is compared with about ``candidates`` discs. ``p1``, ``p5``:
    fraction of the nearest one and five with the query's grade; ``balanced``: P@5, the mean over the grades, so that a
    rare grade counts as much as a common one. ``ap``: mean average precision. ``ndcg``: nDCG@10. The lists hold value,
    lower and upper end of the 95 % interval over patients. ``gain``: P@5 minus that of discs of the same level in
    random order, for the same queries, with its interval; None for that ranking itself.
    """

    condition: str
    weightings: str
    ranking: str
    queries: int
    patients: int
    candidates: int
    p1: list[float]
    p5: list[float]
    balanced: list[float]
    ap: list[float]
    ndcg: list[float]
    gain: list[float] | None = None

    @property
    def beats_level(self) -> bool | None:
        """Whether the interval of ``gain`` lies above 0; None where there is none."""
        return None if self.gain is None else self.gain[1] > 0


def query_metrics(
    similarity: Array, grades: npt.NDArray[np.int64], own: npt.NDArray[np.int64], *, ordinal: bool
) -> Array:
    """The ``METRICS`` (Q, 4) of Q rankings.

    ``similarity``: (Q, N), larger is nearer, -inf for discs that are left out. ``grades``: (N,) of the candidates,
    ``own``: (Q,) of the queries. ``ordinal``: the gain of nDCG is ``max(0, 1 - abs(difference of the grades) / 2)``;
    without an order of more than two grades it is 1 for the same grade, else 0. Average precision is nan where no
    candidate has the query's grade. Where fewer than k candidates are there, P@k is over those.
    """
    return np.array([
        _of_query(row, grades, grade, ordinal=ordinal) for row, grade in zip(similarity, own, strict=True)
    ]).reshape(len(own), len(METRICS))  # fmt: skip


def _of_query(similarity: Array, grades: npt.NDArray[np.int64], own: int, *, ordinal: bool) -> list[float]:
    kept = np.isfinite(similarity)
    order = np.argsort(-similarity[kept], kind="stable")
    ranked = grades[kept][order]
    relevant = ranked == own
    hits = np.flatnonzero(relevant)
    precision = float("nan") if not hits.size else float((np.arange(1, hits.size + 1) / (hits + 1)).mean())
    gains = np.clip(1 - np.abs(ranked - own) / 2, 0, None) if ordinal else relevant.astype(float)
    return [float(relevant[:1].mean()), float(relevant[:5].mean()), precision, _ndcg(gains)]


def _ndcg(gains: Array) -> float:
    """nDCG@10 (Järvelin and Kekäläinen 2002) of ``gains`` in the order of the ranking; nan where all are 0."""
    discount = 1 / np.log2(np.arange(2, NDCG_DEPTH + 2))
    best = np.sort(gains)[::-1][:NDCG_DEPTH]
    ideal = float(best @ discount[: len(best)])
    return float("nan") if ideal == 0 else float(gains[:NDCG_DEPTH] @ discount[: len(best)]) / ideal


def patient_mean(values: Array, weights: Array) -> list[float]:
    """Mean of ``values`` (Q,) over queries that are not nan, and its 95 % interval over patients.

    ``weights``: (resamples, Q), how often each query occurs in each resample (``bootstrap.multiplicities``).
    """
    known = np.isfinite(values)
    if not known.any():
        return [float("nan")] * 3
    drawn = weights[:, known]
    totals = drawn.sum(axis=1)
    means = (drawn @ values[known])[totals > 0] / totals[totals > 0]
    return [float(values[known].mean()), *percentile_interval(means)]


def balanced_mean(values: Array, grades: npt.NDArray[np.int64], weights: Array) -> list[float]:
    """Mean over the grades of the mean of ``values`` (Q,) over queries of each grade, and its 95 % interval.

    ``weights``: as in ``patient_mean``. A grade that a resample lacks is left out of that resample.
    """
    of_grade = (np.unique(grades)[:, None] == grades).astype(float)
    value = float((of_grade @ values / of_grade.sum(axis=1)).mean())
    totals = weights @ of_grade.T
    with np.errstate(invalid="ignore"):
        means = np.nanmean((weights @ (of_grade * values).T) / totals, axis=1)
    return [value, *percentile_interval(means)]
