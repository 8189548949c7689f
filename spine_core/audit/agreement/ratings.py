"""Ratings of items by raters, as the coefficients take them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Scale(StrEnum):
    """How far apart two ratings are."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


@dataclass(frozen=True, eq=False)
class Ratings:
    """``values``: (items, raters), nan where a rater did not rate an item. ``categories``: all that may be given, in
    order; those that nobody gave count for the distance of ordinal ratings.

    Raises ``ValueError`` for ratings outside the categories, fewer than two raters, or repeated categories.
    """

    values: Array
    categories: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[1] < 2:
            msg = "agreement needs items rated by at least two raters"
            raise ValueError(msg)
        if list(self.categories) != sorted(set(self.categories)):
            msg = "categories must differ and be in order"
            raise ValueError(msg)
        given = self.values[~np.isnan(self.values)]
        if not np.isin(given, self.categories).all():
            msg = "a rating is none of the categories"
            raise ValueError(msg)

    def counts(self) -> Array:
        """(items, categories): how many raters gave each category to each item."""
        return np.stack([(self.values == one).sum(axis=1) for one in self.categories], axis=1).astype(float)

    def once(self) -> Array:
        """(1, items): weights with which every item counts once."""
        return np.ones((1, len(self.values)))

    @property
    def shared_items(self) -> int:
        """Items with two ratings or more."""
        return int(((~np.isnan(self.values)).sum(axis=1) >= 2).sum())


def ratio(part: Array, whole: Array) -> Array:
    """``part / whole``; nan where ``whole`` is not above 0, up to rounding."""
    defined = whole > 1e-12
    return np.where(defined, part / np.where(defined, whole, 1.0), np.nan)
