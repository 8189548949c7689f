"""Gwet's AC2: agreement that stays meaningful where nearly all ratings fall into one category; AC1 without order.

Gwet 2008, doi 10.1348/000711006X126600; with weights and missing ratings: Gwet, Handbook of Inter-Rater Reliability,
4th ed. 2014, chapters 4 and 5.
"""

from __future__ import annotations

import numpy as np

from spine_core.audit.agreement.ratings import Array, Ratings, Scale, ratio


def gwet_ac2(ratings: Ratings, scale: Scale = Scale.ORDINAL, weights: Array | None = None) -> Array:
    """(resamples,): 1 for perfect agreement, 0 for that of chance; nan where no item has two ratings, or one category
    exists.

    Interval ratings have quadratic weights, ordinal ones the ordinal weights of the handbook. ``weights``: (resamples,
    items), how often each item counts; once without.
    """
    weights = ratings.once() if weights is None else weights
    if len(ratings.categories) < 2:
        return np.full(len(weights), np.nan)
    counts = ratings.counts()
    given = counts.sum(axis=1)
    several, some = given >= 2, given > 0
    near = agreement_weights(np.array(ratings.categories), scale)
    pairs = (counts * (counts @ near - 1.0)).sum(axis=1)[several]
    agreeing = pairs / (given * (given - 1.0))[several]
    observed = ratio(weights[:, several] @ agreeing, weights[:, several].sum(axis=1))
    shares = ratio(
        weights[:, some] @ (counts[some] / given[some, None]), weights[:, some].sum(axis=1, keepdims=True)
    )
    categories = len(near)
    chance = near.sum() / (categories * (categories - 1)) * (shares * (1.0 - shares)).sum(axis=1)
    return ratio(observed - chance, 1.0 - chance)


def agreement_weights(categories: Array, scale: Scale) -> Array:
    """(categories, categories): how much two categories agree, 1 on the diagonal."""
    count = len(categories)
    if scale is Scale.NOMINAL:
        return np.eye(count)
    if scale is Scale.INTERVAL:
        span = float(categories[-1] - categories[0])
        return np.asarray(1.0 - (np.subtract.outer(categories, categories) / span) ** 2)
    steps = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    # Pairs of categories from the one to the other.
    pairs = (steps + 1) * steps / 2
    return np.asarray(1.0 - pairs / pairs.max())
