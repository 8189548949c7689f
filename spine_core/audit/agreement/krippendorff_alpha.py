"""Krippendorff's alpha: agreement of any number of raters, with missing ratings, on any scale.

Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability" (repository.upenn.edu/asc_papers/43).
"""

from __future__ import annotations

import numpy as np

from spine_core.audit.agreement.ratings import Array, Ratings, Scale


def krippendorff_alpha(ratings: Ratings, scale: Scale = Scale.ORDINAL) -> float:
    """1 for perfect agreement, 0 for that of chance; nan where all ratings are equal, or no item has two."""
    counts = ratings.counts()
    counts = counts[counts.sum(axis=1) >= 2]
    coincidences = _coincidences(counts)
    totals = coincidences.sum(axis=0)
    total = float(totals.sum())
    if total < 2:
        return float("nan")
    distance = _distances(np.array(ratings.categories), totals, scale)
    expected = float((np.outer(totals, totals) * distance).sum()) / (total - 1)
    if expected == 0:
        return float("nan")
    return 1.0 - float((coincidences * distance).sum()) / expected


def _coincidences(counts: Array) -> Array:
    """(categories, categories): pairs of ratings of one item, each item weighted by its number of ratings."""
    weights = 1.0 / (counts.sum(axis=1) - 1.0)
    pairs = np.einsum("i,ij,ik->jk", weights, counts, counts)
    pairs[np.diag_indices_from(pairs)] -= weights @ counts
    return np.asarray(pairs)


def _distances(categories: Array, totals: Array, scale: Scale) -> Array:
    """Squared distances of all pairs of categories."""
    if scale is Scale.NOMINAL:
        return 1.0 - np.eye(len(categories))
    if scale is Scale.INTERVAL:
        return np.asarray(np.subtract.outer(categories, categories) ** 2)
    # Ratings between two categories, with half of the ratings of both.
    below = np.cumsum(totals) - totals / 2
    return np.asarray(np.subtract.outer(below, below) ** 2)
