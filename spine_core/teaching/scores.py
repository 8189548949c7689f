"""Scores of a learner's committed answers: over all, by condition, and over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from spine_core.audit.analysis.means import Mean, mean_over_cases
from spine_core.networks.conditions import BY_NAME, Scale
from spine_core.teaching.confidence import ConfidenceLevel, brier_score, calibration
from spine_core.teaching.kappa import Kappa, weighted_kappa
from spine_core.teaching.marks import Mark

Key = TypeVar("Key", str, date)


@dataclass(frozen=True)
class Score:
    """Of the answers that were committed, before the networks were seen. "Cannot tell" is counted apart, not as wrong.

    ``exact``, ``within_one``: fractions, 0 to 1; ``within_one`` of ordinal conditions only. ``kappa``: of one condition
    with ten findings or more, else None. ``hit``: fraction of the clicks. ``distance``: pixels. ``seconds``: per case.
    ``late``: cases that were committed after the time limit.
    """

    graded: int
    cannot_tell: int
    exact: Mean
    within_one: Mean
    kappa: Kappa | None
    brier: Mean
    calibration: tuple[ConfidenceLevel, ...]
    hit: Mean
    distance: Mean
    seconds: Mean
    late: int


def score(marks: Sequence[Mark]) -> Score:
    """The score of any marks, of one attempt or of many."""
    told = [one for one in marks if one.first.tells]
    ordinal = [one for one in told if BY_NAME[one.condition].scale is Scale.ORDINAL]
    attempts = list({one.attempt: one for one in marks}.values())
    return Score(
        graded=len(told),
        cannot_tell=len(marks) - len(told),
        exact=_mean(told, lambda one: one.right),
        within_one=_mean(ordinal, _within_one),
        kappa=_kappa(told),
        brier=brier_score(told),
        calibration=calibration(told),
        hit=_mean([one for one in marks if one.hit is not None], lambda one: one.hit),
        distance=_mean([one for one in marks if one.distance is not None], lambda one: one.distance),
        seconds=_mean(attempts, lambda one: one.seconds),
        late=sum(one.late for one in attempts),
    )


def by_condition(marks: Sequence[Mark]) -> Mapping[str, Score]:
    """The score of each condition that occurs, by name."""
    return _by(marks, lambda one: one.condition)


def over_time(marks: Sequence[Mark]) -> Mapping[date, Score]:
    """The score of each day (UTC) on which answers were committed, the first one first."""
    return _by(marks, lambda one: one.committed.date())


def _by(marks: Sequence[Mark], key: Callable[[Mark], Key]) -> Mapping[Key, Score]:
    groups: dict[Key, list[Mark]] = defaultdict(list)
    for one in marks:
        groups[key(one)].append(one)
    return {name: score(groups[name]) for name in sorted(groups)}


def _within_one(mark: Mark) -> bool:
    grades = BY_NAME[mark.condition].grades
    return abs(grades.index(mark.first.grade) - grades.index(mark.reference)) <= 1


def _kappa(told: Sequence[Mark]) -> Kappa | None:
    conditions = {one.condition for one in told}
    if len(conditions) != 1:
        return None
    return weighted_kappa(
        BY_NAME[conditions.pop()],
        [one.reference for one in told],
        [one.first.grade for one in told],
        [one.case for one in told],
    )


def _mean(marks: Sequence[Mark], value: Callable[[Mark], float | None]) -> Mean:
    return mean_over_cases([float(value(one) or 0.0) for one in marks], [one.case for one in marks])
