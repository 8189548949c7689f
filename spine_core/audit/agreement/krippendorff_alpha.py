"""Krippendorff's alpha: agreement of any number of raters, with missing ratings, on any scale.

Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability" (repository.upenn.edu/asc_papers/43).
"""

from __future__ import annotations

import numpy as np

from spine_core.audit.agreement.ratings import Array, Ratings, Scale, ratio


def krippendorff_alpha(ratings: Ratings, scale: Scale = Scale.ORDINAL, weights: Array | None = None) -> Array:
    """(resamples,): 1 for perfect agreement, 0 for that of chance; nan where all ratings are equal, or no item has two.

    ``weights``: (resamples, items), how often each item counts; once without.
    """
    weights = ratings.once() if weights is None else weights
    counts = ratings.counts()
    several = counts.sum(axis=1) >= 2
    coincidences = _coincidences(counts[several], weights[:, several])
    totals = coincidences.sum(axis=1)
    distances = _distances(np.array(ratings.categories), totals, scale)
    observed = (coincidences * distances).sum(axis=(1, 2)) * (totals.sum(axis=1) - 1)
    expected = (totals[:, :, None] * totals[:, None, :] * distances).sum(axis=(1, 2))
    return 1.0 - ratio(observed, expected)


def _coincidences(counts: Array, weights: Array) -> Array:
    """(resamples, categories, categories): pairs of ratings of an item, weighted by its number of them."""
    pairs = counts[:, :, None] * counts[:, None, :]
    own = np.arange(counts.shape[1])
    pairs[:, own, own] -= counts
    pairs /= counts.sum(axis=1)[:, None, None] - 1.0
    return np.asarray(np.tensordot(weights, pairs, axes=1))


def _distances(categories: Array, totals: Array, scale: Scale) -> Array:
    """(resamples or 1, categories, categories): squared distances of all pairs. ``totals``: (resamples, categories)."""
    if scale is Scale.NOMINAL:
        return 1.0 - np.eye(len(categories))[None]
    if scale is Scale.INTERVAL:
        return np.asarray(np.subtract.outer(categories, categories)[None] ** 2)
    # Ratings between two categories, with half of the ratings of both.
    below = np.cumsum(totals, axis=1) - totals / 2
    return np.asarray((below[:, :, None] - below[:, None, :]) ** 2)
