"""Intraclass correlation of one rating and of the mean of all raters, two-way random effects, absolute agreement.

ICC(2,1) and ICC(2,k) of Shrout and Fleiss 1979, doi 10.1037/0033-2909.86.2.420.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spine_core.audit.agreement.ratings import Array, Ratings, ratio


@dataclass(frozen=True, eq=False)
class IntraclassCorrelation:
    """``single``: ICC(2,1), of one rater. ``mean``: ICC(2,k), of the mean of all raters. Both (resamples,)."""

    single: Array
    mean: Array


def intraclass_correlation(ratings: Ratings, weights: Array | None = None) -> IntraclassCorrelation:
    """Of the items that every rater rated. ``weights``: (resamples, items), how often each item counts; once without.

    nan with fewer than two of them, where all ratings are equal, and where the means of the items vary less than the
    errors of the raters alone would make them vary.
    """
    weights = ratings.once() if weights is None else weights
    complete = ~np.isnan(ratings.values).any(axis=1)
    values, weights = ratings.values[complete], weights[:, complete]
    items, raters = weights.sum(axis=1), values.shape[1]
    # Below two items nothing varies, and the sums of squares are 0.
    freedom = np.maximum(items - 1, 1.0)
    rows, columns, rest = _sums_of_squares(values, weights)
    between, judges, error = rows / freedom, columns / (raters - 1), rest / (freedom * (raters - 1))
    single = between + (raters - 1) * error + raters * (judges - error) / np.maximum(items, 1.0)
    mean = between + (judges - error) / np.maximum(items, 1.0)
    enough = items >= 2
    return IntraclassCorrelation(
        np.where(enough, ratio(between - error, single), np.nan),
        np.where(enough, ratio(between - error, mean), np.nan),
    )


def _sums_of_squares(values: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Between items, between raters, and the rest, each (resamples,). Sums of whole ratings are exact."""
    raters = values.shape[1]
    by_rater = weights @ values
    count = np.maximum(weights.sum(axis=1), 1.0)
    correction = by_rater.sum(axis=1) ** 2 / (count * raters)
    total = weights @ (values**2).sum(axis=1) - correction
    rows = weights @ (values.sum(axis=1) ** 2) / raters - correction
    columns = (by_rater**2).sum(axis=1) / count - correction
    return rows, columns, total - rows - columns
