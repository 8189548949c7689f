"""Coefficients of agreement, and in words why one of them has no figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spine_core.audit.agreement.ratings import Array, Ratings
from spine_core.audit.agreement.registry import LEAST_ITEMS, LEAST_RATERS, Agreement, agreements
from spine_core.audit.ratings.protocol import Question

UNDEFINED = "not defined: all ratings are equal, or no item has all ratings"


@dataclass(frozen=True)
class Coefficient:
    """``value``, ``interval`` (95 %, over cases): None where ``reason`` says why. ``items``: with two ratings or more.

    ``columns``: raters, or showings of an item, with ratings.
    """

    name: str
    value: float | None
    interval: tuple[float, float] | None
    items: int
    columns: int
    reason: str = ""


def coefficients(values: Array, question: Question, cases: Sequence[str]) -> tuple[Coefficient, ...]:
    """Every coefficient of the registry. ``values``: (items, raters), nan where there is no rating; two columns or
    more. ``cases``: of the items.
    """
    categories = tuple(float(one) for one in range(question.low, question.high + 1))
    return tuple(map(_coefficient, agreements(Ratings(values, categories), list(cases))))


def _coefficient(one: Agreement) -> Coefficient:
    # A number differs from itself where it is nan.
    value = None if one.value is None or one.value != one.value else float(one.value)
    return Coefficient(
        one.coefficient,
        value,
        None if value is None else one.interval,
        one.items,
        one.raters,
        _reason(one) if value is None else "",
    )


def _reason(one: Agreement) -> str:
    if one.raters < LEAST_RATERS:
        return f"fewer than {LEAST_RATERS} raters"
    if one.items < LEAST_ITEMS:
        return f"fewer than {LEAST_ITEMS} items with two ratings"
    return UNDEFINED
