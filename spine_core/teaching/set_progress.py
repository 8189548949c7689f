"""How far a learner is with a set, and which case comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from spine_core.teaching.attempt import Attempt, State
from spine_core.teaching.attempts import REPEAT_DAYS
from spine_core.teaching.exercise import ExerciseSet, order_of


@dataclass(frozen=True)
class SetProgress:
    """``done``: cases that were read to the end, of ``cases``. ``next_place``: the case that was begun, else the first
    one not read, else the first that may be read again; None where none may. ``again``: when the next one may.
    """

    cases: int
    done: int
    next_place: int | None
    again: datetime | None

    @property
    def begun(self) -> bool:
        """Whether a case was read to the end."""
        return self.done > 0


def set_progress(
    exercise: ExerciseSet, attempts: Sequence[Attempt], person_id: int, now: datetime
) -> SetProgress:
    """``attempts``: those of the person at this set, the first one first, as ``own_attempts`` gives them."""
    last = {one.place: one for one in attempts}
    order = order_of(exercise, person_id)
    done = {one.place for one in attempts if one.state is State.DEBRIEFED}
    again = {place: _again(one) for place, one in last.items() if one.state is State.DEBRIEFED}
    ready = [
        *(place for place in order if place in last and place not in again),
        *(place for place in order if place not in last),
        *(place for place in order if place in again and again[place] <= now),
    ]
    later = [moment for moment in again.values() if moment > now]
    return SetProgress(
        len(exercise.cases),
        len(done),
        ready[0] if ready else None,
        min(later) if later and not ready else None,
    )


def _again(attempt: Attempt) -> datetime:
    return (attempt.committed or attempt.opened) + timedelta(days=REPEAT_DAYS)
