"""What a set of exercises asks: cases, conditions, levels, order, time limit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from spine_core.teaching.exercise_case import ExerciseCase, known_findings, raise_first

LONGEST_TITLE = 200
"""Letters."""

MAX_CASES = 500
"""Cases of one set."""


class Order(StrEnum):
    """In which order a learner reads the cases."""

    FIXED = "fixed"
    SHUFFLED = "shuffled"
    """Drawn for every learner from the seed of the set."""


@dataclass(frozen=True)
class ExerciseSet:
    """Cases in the teacher's order, and what is asked of every one: all ``conditions`` at all ``levels``.

    ``seed``: of ``Order.SHUFFLED``. ``time_limit_s``: from opening a case to the commit; None without a limit.
    ``with_networks``: False where the learner is never shown what the networks say, as in a test of retention.

    Raises ``ValueError`` for a set that nobody could work through.
    """

    title: str
    cases: tuple[ExerciseCase, ...]
    conditions: tuple[str, ...]
    levels: tuple[str, ...]
    description: str = ""
    licence: str = ""
    order: Order = Order.FIXED
    seed: int = 0
    time_limit_s: float | None = None
    with_networks: bool = True

    def __post_init__(self) -> None:
        checks = {
            f"a set has a title of at most {LONGEST_TITLE} letters": 0
            < len(self.title.strip())
            <= len(self.title)
            <= LONGEST_TITLE,
            f"a set has 1 to {MAX_CASES} cases": 1 <= len(self.cases) <= MAX_CASES,
            "a case is in the set twice": len({one.case_id for one in self.cases}) == len(self.cases),
            "a set asks for a condition at a level": self.conditions and self.levels,
            "a set asks for levels and conditions that are graded": known_findings(self.asked),
            "a level or a condition is asked for twice": len(set(self.asked)) == len(self.asked),
            "a seed is not negative": self.seed >= 0,
            "a time limit is longer than 0 s": self.time_limit_s is None or self.time_limit_s > 0,
        }
        raise_first(checks)

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """Level and condition of every finding that is asked for."""
        return tuple((level, condition) for level in self.levels for condition in self.conditions)

    def without_answers(self) -> ExerciseSet:
        """The set as a learner may see it: without references, places and learning points."""
        cases = tuple(replace(one, learning_point="", references=(), places=()) for one in self.cases)
        return replace(self, cases=cases)

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> ExerciseSet:
        """The set of ``values()``. Raises ``ValueError``."""
        return cls(
            **{
                **values,
                "cases": tuple(ExerciseCase.of(one) for one in values["cases"]),
                "conditions": tuple(values["conditions"]),
                "levels": tuple(values["levels"]),
                "order": Order(values["order"]),
            }
        )

    @property
    def sha256(self) -> str:
        """Equal for equal sets."""
        return hashlib.sha256(json.dumps(self.values(), sort_keys=True).encode()).hexdigest()


def order_of(exercise: ExerciseSet, person_id: int) -> tuple[int, ...]:
    """Places of the cases in the order in which a learner reads them; equal for equal seeds and learners."""
    places = range(len(exercise.cases))
    if exercise.order is Order.FIXED:
        return tuple(places)
    drawn = np.random.default_rng([exercise.seed, person_id]).permutation(len(places))
    return tuple(int(place) for place in drawn)
