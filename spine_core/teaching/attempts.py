"""How a learner works through a case: open, committed, revealed, debriefed, each step once, by the server's clock."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spine_core.library.database.schema import ExerciseAnswerRow, ExerciseAttemptRow, now
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.access import case_of, seen_set
from spine_core.teaching.answers import Answer, check_answers
from spine_core.teaching.attempt import Attempt, State, attempt_of, own_attempt
from spine_core.teaching.cards import review_cards
from spine_core.teaching.exercise import ExerciseSet

NOT_COMMITTED = "commit your own answers first"

REPEAT_DAYS = 14
"""After a commit; a case that is read again sooner is remembered rather than read."""


def open_attempt(library: Library, person: Person, set_id: str, place: int) -> Attempt:
    """The attempt of ``person`` at a case: the one that is not finished, or a new one, whose time begins now.

    Raises ``LibraryError`` where ``person`` committed answers to it less than ``REPEAT_DAYS`` ago.
    """
    with library.database.writing() as session:
        # Locked, so that the set is not changed meanwhile, and two tabs do not open the case twice.
        exercise = ExerciseSet.of(seen_set(session, person, set_id, lock=True).content)
        case_of(exercise, place)
        last = _last(session, person, set_id, place)
        if last is not None and last.state != State.DEBRIEFED:
            return attempt_of(last, exercise)
        if last is not None and last.committed is not None:
            again = last.committed + timedelta(days=REPEAT_DAYS)
            if now() < again:
                msg = f"you have read this case; it can be read again from {again:%Y-%m-%d}"
                raise LibraryError(msg)
        row = ExerciseAttemptRow(
            id=uuid.uuid4().hex, set_id=set_id, person_id=person.id, place=place, state=State.OPEN.value, draft={},
            opened=now(),
        )  # fmt: skip
        session.add(row)
        return attempt_of(row, exercise)


def save_draft(
    library: Library, person: Person, attempt_id: str, content: Mapping[str, Any], known: int
) -> int:
    """Stores what is filled in, and returns the number of this state. ``known``: number of the state that it is of.

    Before the commit it is the first answer, after the reveal the second. Raises ``LibraryError`` where another tab has
    saved or committed since, between commit and reveal, and after the debriefing.
    """
    with library.database.writing() as session:
        row, _ = _step(session, person, attempt_id, State.OPEN, State.REVEALED)
        if row.saved != known:
            msg = "this case was filled in further in another tab; reload to go on there"
            raise LibraryError(msg)
        row.draft, row.saved = dict(content), known + 1
        return row.saved


def commit(library: Library, person: Person, attempt_id: str, answers: Sequence[Answer]) -> Attempt:
    """Stores the first answers, which stay. After the time limit they are stored as late.

    Raises ``LibraryError`` where they are not those that the set asks for, and for a second commit.
    """
    with library.database.writing() as session:
        row, exercise = _step(session, person, attempt_id, State.OPEN)
        check_answers(exercise, answers)
        row.state, row.committed, row.draft = State.COMMITTED.value, now(), {}
        # What a tab still knows of the first answer must not become the draft of the second.
        row.saved += 1
        _add(session, attempt_id, answers, row.committed)
        review_cards(session, person.id, exercise.cases[row.place], answers, row.committed)
        return attempt_of(row, exercise)


def reveal(library: Library, person: Person, attempt_id: str) -> Attempt:
    """From now on ``revealed`` answers. Raises ``LibraryError`` before the commit, and in a set without networks."""
    with library.database.writing() as session:
        row, exercise = _step(session, person, attempt_id, State.COMMITTED)
        if not exercise.with_networks:
            msg = "this set is worked through without the networks"
            raise LibraryError(msg)
        row.state, row.revealed = State.REVEALED.value, now()
        return attempt_of(row, exercise)


def change_mind(library: Library, person: Person, attempt_id: str, answers: Sequence[Answer]) -> int:
    """Stores answers after the reveal beside the first ones; returns their number, from 1.

    Raises ``LibraryError`` before the reveal, and after the debriefing, which tells the right answers.
    """
    with library.database.writing() as session:
        _, exercise = _step(session, person, attempt_id, State.REVEALED)
        check_answers(exercise, answers)
        return _add(session, attempt_id, answers, now())


def debrief(library: Library, person: Person, attempt_id: str) -> Attempt:
    """From now on ``debriefed`` answers, and nothing can be changed. Raises ``LibraryError`` before the reveal, or,
    in a set without networks, before the commit.
    """
    with library.database.writing() as session:
        row, exercise = _step(session, person, attempt_id, State.COMMITTED, State.REVEALED)
        if exercise.with_networks and row.state != State.REVEALED:
            msg = "see what the networks say first"
            raise LibraryError(msg)
        row.state, row.debriefed, row.draft = State.DEBRIEFED.value, now(), {}
        return attempt_of(row, exercise)


def _step(
    session: Session, person: Person, attempt_id: str, *states: State
) -> tuple[ExerciseAttemptRow, ExerciseSet]:
    """The locked attempt, which must be in one of ``states``, and its set, which must still be seen."""
    row = own_attempt(session, person, attempt_id, lock=True)
    exercise = ExerciseSet.of(seen_set(session, person, row.set_id).content)
    if row.state not in states:
        raise LibraryError(_refusal(State(row.state), states))
    return row, exercise


def _refusal(state: State, wanted: Sequence[State]) -> str:
    if state is State.OPEN:
        return NOT_COMMITTED
    if State.OPEN in wanted:
        return "your answers to this case are committed"
    if state is State.COMMITTED:
        return "see what the networks say first"
    return "this step of the case is behind you"


def _last(session: Session, person: Person, set_id: str, place: int) -> ExerciseAttemptRow | None:
    query = select(ExerciseAttemptRow).where(
        ExerciseAttemptRow.set_id == set_id,
        ExerciseAttemptRow.person_id == person.id,
        ExerciseAttemptRow.place == place,
    )
    return session.scalars(query.order_by(ExerciseAttemptRow.opened.desc()).limit(1)).first()


def _add(session: Session, attempt_id: str, answers: Sequence[Answer], moment: datetime) -> int:
    query = select(func.count()).where(ExerciseAnswerRow.attempt_id == attempt_id)
    number = session.scalar(query) or 0
    content = [one.values() for one in answers]
    session.add(ExerciseAnswerRow(attempt_id=attempt_id, number=number, content=content, given=moment))
    return number
