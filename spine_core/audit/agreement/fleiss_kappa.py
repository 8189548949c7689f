"""Fleiss' kappa: agreement of a fixed number of raters on unordered categories. Fleiss 1971, doi 10.1037/h0031619."""

from __future__ import annotations

from spine_core.audit.agreement.ratings import Ratings


def fleiss_kappa(ratings: Ratings) -> float:
    """1 for perfect agreement, 0 for that of chance; nan where all ratings are equal.

    Items that some rater left out are not counted; nan where none is left.
    """
    counts = ratings.counts()
    raters = ratings.values.shape[1]
    counts = counts[counts.sum(axis=1) == raters]
    if not len(counts):
        return float("nan")
    observed = float((((counts**2).sum(axis=1) - raters) / (raters * (raters - 1))).mean())
    shares = counts.sum(axis=0) / counts.sum()
    chance = float((shares**2).sum())
    return float("nan") if chance == 1 else (observed - chance) / (1 - chance)
