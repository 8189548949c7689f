"""What a learner is shown of an own attempt, each at its time: draft, answers, the networks', the right ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.library.database.schema import ExerciseAnswerRow, ExerciseAttemptRow, ExerciseSetRow
from spine_core.library.errors import LibraryError
from spine_core.library.people import current
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.answers import Answer
from spine_core.teaching.attempt import Attempt, State, attempt_of, own_attempt
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.exercise_case import Reference, ReferencePlace
from spine_core.teaching.release_store import released_of
from spine_core.teaching.released import ReleasedFinding


@dataclass(frozen=True)
class Given:
    """Answers as they were given. ``number``: 0 as committed, then each change of mind."""

    number: int
    answers: tuple[Answer, ...]
    time: datetime


@dataclass(frozen=True)
class Debriefing:
    """The right answers to a case, of the findings that were asked for, and what it teaches."""

    references: tuple[Reference, ...]
    places: tuple[ReferencePlace, ...]
    learning_point: str


def get_attempt(library: Library, person: Person, attempt_id: str) -> Attempt:
    """An own attempt, also at a set that was deleted since. Raises ``LibraryError``."""
    with library.database.reading() as session:
        row, exercise, _ = _own(session, person, attempt_id)
        return attempt_of(row, exercise)


def own_attempts(library: Library, person: Person, set_id: str | None = None) -> tuple[Attempt, ...]:
    """The attempts of ``person``, of one set or of all, the first one first."""
    with library.database.reading() as session:
        current(session, person.id)
        query = (
            select(ExerciseAttemptRow, ExerciseSetRow.content)
            .join(ExerciseSetRow, ExerciseSetRow.id == ExerciseAttemptRow.set_id)
            .where(ExerciseAttemptRow.person_id == person.id)
            .order_by(ExerciseAttemptRow.opened)
        )
        if set_id is not None:
            query = query.where(ExerciseAttemptRow.set_id == set_id)
        return tuple(attempt_of(row, ExerciseSet.of(content)) for row, content in session.execute(query))


def draft(library: Library, person: Person, attempt_id: str) -> tuple[dict[str, Any], int]:
    """What was filled in and not committed, and the number of that state; empty where nothing is."""
    with library.database.reading() as session:
        row = own_attempt(session, person, attempt_id)
        return dict(row.draft), row.saved


def given(library: Library, person: Person, attempt_id: str) -> tuple[Given, ...]:
    """The own answers to a case, the committed ones first; empty before the commit."""
    with library.database.reading() as session:
        own_attempt(session, person, attempt_id)
        query = select(ExerciseAnswerRow).where(ExerciseAnswerRow.attempt_id == attempt_id)
        return tuple(
            Given(row.number, tuple(Answer.of(one) for one in row.content), row.given)
            for row in session.scalars(query.order_by(ExerciseAnswerRow.number))
        )


def revealed(library: Library, person: Person, attempt_id: str) -> tuple[ReleasedFinding, ...]:
    """What the networks say of the findings that were asked for; empty where nothing was released of the case.

    Raises ``LibraryError`` before the reveal.
    """
    with library.database.reading() as session:
        row, exercise, set_row = _own(session, person, attempt_id)
        if row.revealed is None:
            msg = "what the networks say is revealed after you have committed your own answers"
            raise LibraryError(msg)
        found = released_of(session, set_row, row.place)
    return tuple(one for one in found if (one.level, one.condition) in exercise.asked)


def debriefed(library: Library, person: Person, attempt_id: str) -> Debriefing:
    """The right answers to a case. Raises ``LibraryError`` before the debriefing."""
    with library.database.reading() as session:
        row, exercise, _ = _own(session, person, attempt_id)
        if row.state != State.DEBRIEFED:
            msg = "the right answers are told at the end of the case"
            raise LibraryError(msg)
        case = exercise.cases[row.place]
    return Debriefing(
        tuple(one for one in case.references if (one.level, one.condition) in exercise.asked),
        tuple(one for one in case.places if (one.level, one.condition) in exercise.asked),
        case.learning_point,
    )


def _own(
    session: Session, person: Person, attempt_id: str
) -> tuple[ExerciseAttemptRow, ExerciseSet, ExerciseSetRow]:
    row = own_attempt(session, person, attempt_id)
    found = session.get_one(ExerciseSetRow, row.set_id)
    return row, ExerciseSet.of(found.content), found
