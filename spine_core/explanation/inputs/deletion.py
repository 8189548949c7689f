"""Deletion test of an order of a few inputs, against all their other orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, permutations
from math import factorial

Subset = frozenset[int]
Scores = Mapping[Subset, float]
"""Score by which inputs are left, for every subset."""

CHANCE = 0.05
"""Largest fraction of all orders that do as well as an order that deletion confirms."""


class Support(StrEnum):
    """Whether deletion confirms an order.

    ``CONFIRMED``: at most ``CHANCE`` of all orders lower the score as fast; of two or three inputs, no other order.
    ``NOT_CONFIRMED``: more do. ``NOT_TESTABLE``: there is only one input.
    """

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not confirmed"
    NOT_TESTABLE = "not testable"


@dataclass(frozen=True)
class DeletionTest:
    """Scores while inputs are removed in ``order``, the one with the most support for the target first.

    ``scores``: before the first removal and after each, (inputs + 1,). ``random``: mean over all orders, likewise.
    ``area``, ``random_area``: mean score of the steps between both ends. ``as_good``: fraction of all orders, this one
    among them, with at most this area.
    """

    order: tuple[int, ...]
    scores: tuple[float, ...]
    random: tuple[float, ...]
    area: float
    random_area: float
    as_good: float
    support: Support


def subsets(count: int) -> Iterable[Subset]:
    """All subsets of ``count`` inputs, the empty one first."""
    return (frozenset(one) for size in range(count + 1) for one in combinations(range(count), size))


def deletion_test(scores: Scores, order: Sequence[int]) -> DeletionTest:
    """Removes the inputs in ``order`` and compares the scores with those of every order."""
    count = len(order)
    curves = [_curve(scores, one) for one in permutations(range(count))]
    own = _curve(scores, order)
    areas = [_area(curve) for curve in curves]
    as_good = sum(area <= _area(own) + 1e-9 for area in areas) / len(areas)
    mean = tuple(sum(values) / len(curves) for values in zip(*curves, strict=True))
    support = Support.NOT_TESTABLE
    if count > 1:
        # Of two or three inputs even the best order is more than CHANCE of all.
        confirmed = as_good <= max(CHANCE, 1 / factorial(count)) + 1e-9
        support = Support.CONFIRMED if confirmed else Support.NOT_CONFIRMED
    return DeletionTest(tuple(order), own, mean, _area(own), _area(mean), as_good, support)


def _curve(scores: Scores, order: Sequence[int]) -> tuple[float, ...]:
    return tuple(scores[frozenset(order[removed:])] for removed in range(len(order) + 1))


def _area(curve: Sequence[float]) -> float:
    inner = curve[1:-1]
    return sum(inner) / len(inner) if inner else curve[0]


def shapley(scores: Scores, count: int) -> tuple[float, ...]:
    """Exact Shapley values of ``count`` inputs (Shapley 1953); they sum to the score of all minus that of none."""
    orders = list(permutations(range(count)))
    values = [0.0] * count
    for order in orders:
        left: Subset = frozenset()
        for one in order:
            values[one] += scores[left | {one}] - scores[left]
            left = left | {one}
    return tuple(value / len(orders) for value in values)
