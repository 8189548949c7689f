"""All coefficients of agreement with bootstrap intervals over items. A new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from spine_core.audit.agreement.fleiss_kappa import fleiss_kappa
from spine_core.audit.agreement.gwet_ac2 import gwet_ac2
from spine_core.audit.agreement.intraclass_correlation import intraclass_correlation
from spine_core.audit.agreement.krippendorff_alpha import krippendorff_alpha
from spine_core.audit.agreement.ratings import Array, Ratings
from spine_core.evaluation.bootstrap import multiplicities, percentile_interval

LEAST_RATERS, LEAST_ITEMS = 2, 10
"""Below these no figure is given: its interval would span nearly everything."""

COEFFICIENTS: Mapping[str, Callable[[Ratings, Array | None], Array]] = {
    "Krippendorff's alpha (ordinal)": lambda ratings, weights: krippendorff_alpha(ratings, weights=weights),
    "Gwet's AC2 (ordinal)": lambda ratings, weights: gwet_ac2(ratings, weights=weights),
    "Fleiss' kappa (nominal)": fleiss_kappa,
    "ICC(2,1)": lambda ratings, weights: intraclass_correlation(ratings, weights).single,
    "ICC(2,k)": lambda ratings, weights: intraclass_correlation(ratings, weights).mean,
}
"""Ratings and weights (resamples, items), how often each item counts, to (resamples,); without weights (1,)."""


@dataclass(frozen=True)
class Agreement:
    """A coefficient with its 95 % bootstrap interval over cases; both None with too few ratings."""

    coefficient: str
    value: float | None
    interval: tuple[float, float] | None
    items: int
    raters: int


def agreements(ratings: Ratings, cases: list[str], seed: int = 0) -> list[Agreement]:
    """Every coefficient. ``cases``: of each item, since ratings of one case are not independent."""
    items, raters = ratings.shared_items, int((~np.isnan(ratings.values)).any(axis=0).sum())
    if items < LEAST_ITEMS or raters < LEAST_RATERS:
        return [Agreement(name, None, None, items, raters) for name in COEFFICIENTS]
    weights = multiplicities(np.array(cases, dtype=np.str_), seed)
    return [
        Agreement(
            name,
            float(coefficient(ratings, None)[0]),
            percentile_interval(coefficient(ratings, weights)),
            items,
            raters,
        )
        for name, coefficient in COEFFICIENTS.items()
    ]
