"""Fleiss' kappa: agreement of a fixed number of raters on unordered categories. Fleiss 1971, doi 10.1037/h0031619."""

from __future__ import annotations

from spine_core.audit.agreement.ratings import Array, Ratings, ratio


def fleiss_kappa(ratings: Ratings, weights: Array | None = None) -> Array:
    """(resamples,): 1 for perfect agreement, 0 for that of chance; nan where all ratings are equal.

    ``weights``: (resamples, items), how often each item counts; once without. Items that some rater left out are not
    counted; nan where none is left.
    """
    weights = ratings.once() if weights is None else weights
    raters = ratings.values.shape[1]
    counts = ratings.counts()
    complete = counts.sum(axis=1) == raters
    counts, weights = counts[complete], weights[:, complete]
    agreeing = ((counts**2).sum(axis=1) - raters) / (raters * (raters - 1))
    observed = ratio(weights @ agreeing, weights.sum(axis=1))
    shares = ratio(weights @ counts, weights.sum(axis=1, keepdims=True) * raters)
    chance = (shares**2).sum(axis=1)
    return ratio(observed - chance, 1 - chance)
