"""Spearman's rank correlation with its bootstrap interval, all resamples at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from spine_core.evaluation.bootstrap import multiplicities, percentile_interval

Array = npt.NDArray[np.float64]


def rank_correlation(
    first: Array, second: Array, cases: Sequence[str], seed: int = 0
) -> tuple[float, tuple[float, float]]:
    """Spearman's coefficient and its 95 % percentile interval over cases; nan where a side does not vary.

    ``first``, ``second``: (items,), without nan. ``cases``: of the items.
    """
    weights = multiplicities(np.asarray(cases, dtype=np.str_), seed)
    spread = percentile_interval(weighted_spearman(first, second, weights))
    return float(weighted_spearman(first, second, np.ones((1, len(first))))[0]), spread


def weighted_spearman(first: Array, second: Array, weights: Array) -> Array:
    """(resamples,): Spearman's coefficient where every item occurs as often as ``weights`` (resamples, items) says."""
    one, other = (_centred(weighted_ranks(values, weights), weights) for values in (first, second))
    product = (weights * one * other).sum(axis=1)
    size = np.sqrt((weights * one**2).sum(axis=1) * (weights * other**2).sum(axis=1))
    # Equal ranks leave rounding errors only; the smallest real spread of ranks is far larger.
    varied = size > 1e-9
    return np.where(varied, product / np.where(varied, size, 1.0), np.nan)


def weighted_ranks(values: Array, weights: Array) -> Array:
    """(resamples, items): mean ranks from 1 of values of which each occurs as often as ``weights`` says."""
    levels, level = np.unique(values, return_inverse=True)
    at_level = weights @ (level[:, None] == np.arange(len(levels)))
    ranks = np.cumsum(at_level, axis=1) - at_level / 2 + 0.5
    return np.asarray(ranks[:, level])


def _centred(ranks: Array, weights: Array) -> Array:
    means = (weights * ranks).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)
    return np.asarray(ranks - means)
