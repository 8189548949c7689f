"""All coefficients of agreement with bootstrap intervals over items. A new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from spine_core.audit.agreement.fleiss_kappa import fleiss_kappa
from spine_core.audit.agreement.gwet_ac2 import gwet_ac2
from spine_core.audit.agreement.intraclass_correlation import intraclass_correlation
from spine_core.audit.agreement.krippendorff_alpha import krippendorff_alpha
from spine_core.audit.agreement.ratings import Ratings
from spine_core.evaluation.bootstrap import interval

LEAST_RATERS, LEAST_ITEMS = 2, 10
"""Below these no figure is given: its interval would span nearly everything."""

COEFFICIENTS: Mapping[str, Callable[[Ratings], float]] = {
    "Krippendorff's alpha (ordinal)": krippendorff_alpha,
    "Gwet's AC2 (ordinal)": gwet_ac2,
    "Fleiss' kappa (nominal)": fleiss_kappa,
    "ICC(2,1)": lambda ratings: intraclass_correlation(ratings).single,
    "ICC(2,k)": lambda ratings: intraclass_correlation(ratings).mean,
}


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
    enough = items >= LEAST_ITEMS and raters >= LEAST_RATERS
    names = np.array(cases, dtype=np.str_)
    found = []
    for name, coefficient in COEFFICIENTS.items():
        value, spread = None, None
        if enough:
            value = coefficient(ratings)
            spread = interval(names, lambda rows, of=coefficient: of(ratings.of(rows)), seed)  # type: ignore[misc]
        found.append(Agreement(name, value, spread, items, raters))
    return found
