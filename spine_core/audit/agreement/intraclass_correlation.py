"""Intraclass correlation of one rating and of the mean of all raters, two-way random effects, absolute agreement.

ICC(2,1) and ICC(2,k) of Shrout and Fleiss 1979, doi 10.1037/0033-2909.86.2.420.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spine_core.audit.agreement.ratings import Ratings


@dataclass(frozen=True)
class IntraclassCorrelation:
    """``single``: ICC(2,1), of one rater. ``mean``: ICC(2,k), of the mean of all raters."""

    single: float
    mean: float


def intraclass_correlation(ratings: Ratings) -> IntraclassCorrelation:
    """Of the items that every rater rated.

    nan with fewer than two of them, where all ratings are equal, and where the means of the items vary less than the
    errors of the raters alone would make them vary.
    """
    values = ratings.values[~np.isnan(ratings.values).any(axis=1)]
    items, raters = values.shape
    if items < 2:
        return IntraclassCorrelation(float("nan"), float("nan"))
    grand = values.mean()
    between = raters * float(((values.mean(axis=1) - grand) ** 2).sum()) / (items - 1)
    judges = items * float(((values.mean(axis=0) - grand) ** 2).sum()) / (raters - 1)
    residual = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0, keepdims=True) + grand
    error = float((residual**2).sum()) / ((items - 1) * (raters - 1))
    single = between + (raters - 1) * error + raters * (judges - error) / items
    mean = between + (judges - error) / items
    return IntraclassCorrelation(_ratio(between - error, single), _ratio(between - error, mean))


def _ratio(part: float, whole: float) -> float:
    return float("nan") if whole <= 0 else part / whole
