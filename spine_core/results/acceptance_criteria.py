"""What the networks were to reach on test patients, as data, and whether they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from spine_core.evaluation.metrics import QUESTIONS

AUROC: Mapping[tuple[str, str], Mapping[str, float]] = {
    ("sudirman", "t2"): {"pfirrmann": 0.95, "bulging": 0.95, "canal_stenosis": 0.95, "ddd": 0.93},
    ("sudirman", "t1"): {"bulging": 0.92, "canal_stenosis": 0.92},
    ("spider", "t2"): {
        "pfirrmann": 0.97, "bulging": 0.93, "herniation": 0.86, "narrowing": 0.94, "modic": 0.87,
        "endplate_upper": 0.86, "endplate_lower": 0.86, "spondylolisthesis": 0.96,
    },
}  # fmt: skip
"""By set and weighting, then condition; the grade from which it counts as present is that of ``QUESTIONS``."""
KAPPA = {("sudirman", "t2"): 0.82, ("spider", "t2"): 0.86}
"""Quadratic, of the Pfirrmann grades."""
DICE = {"disc": 0.90, "vertebra": 0.93, "canal": 0.91}
"""On SPIDER's T2 SPACE slices."""
FOUND = {("sudirman", "t2"): 0.98, ("sudirman", "t1"): 0.98, ("spider", "t2"): 0.97, ("spider", "t1"): 0.97}
"""Share of discs found at the right level."""
ERROR = 0.05
"""Largest calibration error of all findings together, and of each."""
COVERAGE = 0.87, 0.93
"""Of prediction sets: three points about the 90 % that they promise. Sets that cover more are larger than they need."""


@dataclass(frozen=True)
class Goal:
    """A range for one figure, both ends included.

    ``rows``: which of the stored tables. ``where``: what its row holds. ``figure``: the row's field, ``bounds`` those
    of its interval.
    """

    rows: str
    where: Mapping[str, str]
    figure: str
    least: float = 0.0
    most: float = 1.0
    bounds: tuple[str, str] = ("low", "high")

    @property
    def key(self) -> str:
        """Its name in the log of looks, which outlives changes of wording."""
        return " ".join([self.figure, *self.where.values()])


def _question(condition: str) -> dict[str, str]:
    return {"condition": condition, "at_least": dict(QUESTIONS)[condition]}


def _in(group: tuple[str, str]) -> dict[str, str]:
    return {"source": group[0], "sequence": group[1]}


GOALS: tuple[Goal, ...] = (
    *(
        Goal("graded", _in(group) | _question(condition), "auroc", least)
        for group, wanted in AUROC.items()
        for condition, least in wanted.items()
    ),
    *(
        Goal(
            "graded", _in(group) | _question("pfirrmann"), "kappa", least, bounds=("kappa_low", "kappa_high")
        )
        for group, least in KAPPA.items()
    ),
    *(Goal("outlined", {"structure": structure}, "dice", least) for structure, least in DICE.items()),
    *(Goal("located", _in(group), "found", least) for group, least in FOUND.items()),
    Goal("pooled", {}, "error", most=ERROR),
    *(Goal("calibrated", _question(condition), "error", most=ERROR) for condition, _ in QUESTIONS),
    *(
        Goal("calibrated", _question(condition), "coverage", *COVERAGE, ("coverage_low", "coverage_high"))
        for condition, _ in QUESTIONS
    ),
)


class Verdict(StrEnum):
    """How a figure stands to its goal. One that only the interval reaches is not met, though chance may be why."""

    MET = "met"
    WITHIN = "not met, but within the interval"
    MISSED = "not met"
    UNKNOWN = "not measured"


@dataclass(frozen=True)
class Reached:
    """A goal and the stored row that answers it; None where there is none."""

    goal: Goal
    row: Mapping[str, Any] | None

    @property
    def verdict(self) -> Verdict:
        """Whether the figure, or at least its interval, lies in the range."""
        goal = self.goal
        if self.row is None or self.row[goal.figure] is None:
            return Verdict.UNKNOWN
        if goal.least <= self.row[goal.figure] <= goal.most:
            return Verdict.MET
        low, high = (self.row[name] for name in goal.bounds)
        near = low is not None and low <= goal.most and high >= goal.least
        return Verdict.WITHIN if near else Verdict.MISSED


def compare(figures: Mapping[str, Any]) -> list[Reached]:
    """Every goal beside the figures of a fold, as ``evaluate`` stores them with the ensemble."""
    return [Reached(goal, _row(goal, figures)) for goal in GOALS]


def _row(goal: Goal, figures: Mapping[str, Any]) -> Mapping[str, Any] | None:
    fits = (
        row for row in figures[goal.rows] if all(row[name] == value for name, value in goal.where.items())
    )
    return next(fits, None)
