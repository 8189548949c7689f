"""What a learner answers: a grade or "cannot tell" for every finding asked for, with confidence and place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from spine_core.library.errors import LibraryError
from spine_core.networks.conditions import BY_NAME
from spine_core.teaching.exercise import ExerciseSet

CANNOT_TELL = "cannot tell"
"""Stands in place of a grade."""

CONFIDENCES = range(1, 6)
"""From a guess to certain."""


@dataclass(frozen=True)
class Click:
    """Where a learner sees a finding: (``row``, ``column``) of a slice, in pixels."""

    series_uid: str
    slice_index: int
    row: float
    column: float


@dataclass(frozen=True)
class Answer:
    """``grade``: of the condition, or ``CANNOT_TELL``. ``confidence``: 1 to 5, with a grade only."""

    level: str
    condition: str
    grade: str
    confidence: int | None = None
    click: Click | None = None

    @property
    def tells(self) -> bool:
        """Whether the learner gave a grade."""
        return self.grade != CANNOT_TELL

    def values(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Answer:
        """The answer of ``values()``."""
        click = values["click"]
        return cls(**{**values, "click": None if click is None else Click(**click)})


def check_answers(exercise: ExerciseSet, answers: Sequence[Answer]) -> None:
    """Raises ``LibraryError`` unless every finding that is asked for is answered once, each in its own terms."""
    given = [(one.level, one.condition) for one in answers]
    if len(given) != len(set(given)) or set(given) != set(exercise.asked):
        msg = "every finding that is asked for is answered once; “cannot tell” is an answer"
        raise LibraryError(msg)
    for one in answers:
        check_answer(one)


def check_answer(one: Answer) -> None:
    """Raises ``LibraryError`` unless an answer is given in the terms of its condition."""
    condition = BY_NAME[one.condition]
    if one.tells and one.grade not in condition.grades:
        msg = f"{condition.label} is answered by {', '.join(condition.grades)} or “{CANNOT_TELL}”"
        raise LibraryError(msg)
    if (one.confidence in CONFIDENCES) != one.tells or (one.confidence is not None) != one.tells:
        msg = f"a grade comes with a confidence from 1 to 5, “{CANNOT_TELL}” without one"
        raise LibraryError(msg)
