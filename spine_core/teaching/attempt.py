"""One person's reading of one case of a set: how far it is, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.library.database.schema import ExerciseAttemptRow
from spine_core.library.errors import LibraryError
from spine_core.library.people import current
from spine_core.library.types import Person
from spine_core.teaching.exercise import ExerciseSet

NO_ATTEMPT = "there is no such attempt"

GRACE_S = 5.0
"""A commit that is on its way when the time is up is in time."""


class State(StrEnum):
    """How far an attempt is."""

    OPEN = "open"
    COMMITTED = "committed"
    """The first answers are given and stay."""
    REVEALED = "revealed"
    """The learner has seen what the networks say, and may change their mind."""
    DEBRIEFED = "debriefed"
    """The learner has seen the reference and the learning point. Nothing can be answered any more."""


@dataclass(frozen=True)
class Attempt:
    """One reading of one case. ``place``: of the case in the set. ``late``: committed after the time limit."""

    id: str
    set_id: str
    person: int
    place: int
    state: State
    opened: datetime
    committed: datetime | None
    revealed: datetime | None
    debriefed: datetime | None
    late: bool

    @property
    def seconds(self) -> float | None:
        """From opening the case to the commit; None before it."""
        return None if self.committed is None else (self.committed - self.opened).total_seconds()


def attempt_of(row: ExerciseAttemptRow, exercise: ExerciseSet) -> Attempt:
    """The attempt of a row."""
    limit = exercise.time_limit_s
    late = (
        limit is not None
        and row.committed is not None
        and (row.committed - row.opened).total_seconds() > limit + GRACE_S
    )
    return Attempt(
        row.id, row.set_id, row.person_id, row.place, State(row.state), row.opened, row.committed, row.revealed,
        row.debriefed, late,
    )  # fmt: skip


def own_attempt(
    session: Session, person: Person, attempt_id: str, *, lock: bool = False
) -> ExerciseAttemptRow:
    """Raises ``LibraryError``, the same for an attempt of somebody else as for none."""
    current(session, person.id)
    query = select(ExerciseAttemptRow).where(
        ExerciseAttemptRow.id == attempt_id, ExerciseAttemptRow.person_id == person.id
    )
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise LibraryError(NO_ATTEMPT)
    return row
