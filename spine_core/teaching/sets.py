"""Sets of exercises in the database of the library: made, changed, shared and deleted by teachers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.library.access import seen_case
from spine_core.library.database.schema import (
    CaseRow,
    ExerciseAttemptRow,
    ExerciseSetRow,
    RoomRow,
    now,
)
from spine_core.library.errors import LibraryError
from spine_core.library.people import current
from spine_core.library.store import Library
from spine_core.library.types import Person, Role
from spine_core.teaching.access import own_set, owns, seen_set, visible_sets
from spine_core.teaching.duplicates import duplicates
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.release_store import forget_released, keep_released


@dataclass(frozen=True)
class StoredSet:
    """``exercise``: without its answers for who may not change it. ``replaces``: the version before; it stays."""

    id: str
    exercise: ExerciseSet
    owner: int
    shared: bool
    created: datetime
    replaces: str | None


def create_set(library: Library, person: Person, exercise: ExerciseSet, *, shared: bool = False) -> str:
    """The id of a new set. ``shared``: everybody who uses the library may work through it.

    Raises ``LibraryError`` unless teachers or administrators ask, and for a case that ``person`` does not see.
    """
    with library.database.writing() as session:
        return add_set(session, person, exercise, shared=shared)


def change_set(
    library: Library, person: Person, set_id: str, exercise: ExerciseSet, *, shared: bool = False
) -> str:
    """The id of the set with ``exercise``: the same before the first attempt or room, a new version after it.

    What was released of a case goes on to hold. Raises ``LibraryError``.
    """
    with library.database.writing() as session:
        row = own_set(session, person, set_id)
        if _used(session, set_id):
            new = add_set(session, person, exercise, shared=shared, replaces=row)
            keep_released(session, set_id, new, exercise)
            return new
        _check_cases(session, person, exercise, ExerciseSet.of(row.content))
        row.title, row.content, row.shared = exercise.title, exercise.values(), shared
        hashes = forget_released(session, set_id, exercise)
    library.remove_unused(hashes)
    return set_id


def share_set(library: Library, person: Person, set_id: str, shared: bool) -> None:
    """Shows a set to everybody, or hides it again, attempts or not. Raises ``LibraryError``."""
    with library.database.writing() as session:
        own_set(session, person, set_id).shared = shared


def delete_set(library: Library, person: Person, set_id: str) -> None:
    """Deletes a set. One with attempts or rooms is hidden instead, since their results need its references.

    Raises ``LibraryError``.
    """
    with library.database.writing() as session:
        row = own_set(session, person, set_id)
        if _used(session, set_id):
            row.deleted = now()
            return
        hashes = forget_released(session, set_id)
        session.delete(row)
    library.remove_unused(hashes)


def sets(library: Library, person: Person) -> tuple[StoredSet, ...]:
    """The sets that ``person`` sees, the latest first: their own and shared ones; all for an administrator."""
    with library.database.reading() as session:
        query = select(ExerciseSetRow).where(visible_sets(session, person))
        rows = session.scalars(query.order_by(ExerciseSetRow.created.desc()))
        return tuple(_stored(session, person, row) for row in rows)


def get_set(library: Library, person: Person, set_id: str) -> StoredSet:
    """Raises ``LibraryError``, the same for a set that ``person`` does not see as for none."""
    with library.database.reading() as session:
        return _stored(session, person, seen_set(session, person, set_id))


def warnings(library: Library, person: Person, exercise: ExerciseSet) -> tuple[str, ...]:
    """What is doubtful about the cases of a set, in sentences: the same study twice, the same patient twice."""
    with library.database.reading() as session:
        patients = {
            one.case_id: seen_case(session, person, one.case_id).patient
            for one in exercise.cases
            if session.get(CaseRow, one.case_id) is not None
        }
    return duplicates(exercise.cases, patients)


def add_set(
    session: Session,
    person: Person,
    exercise: ExerciseSet,
    *,
    shared: bool = False,
    replaces: ExerciseSetRow | None = None,
) -> str:
    """As ``create_set``, in a transaction that is open. Raises ``LibraryError``."""
    may_make_sets(session, person)
    _check_cases(session, person, exercise, None if replaces is None else ExerciseSet.of(replaces.content))
    set_id = uuid.uuid4().hex
    session.add(
        ExerciseSetRow(
            id=set_id, person_id=person.id, title=exercise.title, content=exercise.values(), shared=shared,
            replaces=None if replaces is None else replaces.id,
        )
    )  # fmt: skip
    session.flush()
    return set_id


def may_make_sets(session: Session, person: Person) -> None:
    """Raises ``LibraryError`` unless ``person`` is a teacher or an administrator now."""
    if current(session, person.id).role not in (Role.TEACHER, Role.ADMINISTRATOR):
        msg = "only teachers and administrators make sets of exercises"
        raise LibraryError(msg)


def _check_cases(session: Session, person: Person, exercise: ExerciseSet, before: ExerciseSet | None) -> None:
    """A case that was in the set before may have been deleted or hidden since."""
    known = set() if before is None else {(one.case_id, one.study_sha256) for one in before.cases}
    for one in exercise.cases:
        if (one.case_id, one.study_sha256) in known:
            continue
        if seen_case(session, person, one.case_id).study_sha256 != one.study_sha256:
            msg = "a case of the set holds another study than the one that was chosen"
            raise LibraryError(msg)


def _used(session: Session, set_id: str) -> bool:
    """Whether somebody has begun to work through a set, alone or in a room."""
    queries = (
        select(ExerciseAttemptRow.id).where(ExerciseAttemptRow.set_id == set_id),
        select(RoomRow.id).where(RoomRow.set_id == set_id),
    )
    return any(session.scalar(one.limit(1)) is not None for one in queries)


def _stored(session: Session, person: Person, row: ExerciseSetRow) -> StoredSet:
    exercise = ExerciseSet.of(row.content)
    shown = exercise if owns(session, person, row) else exercise.without_answers()
    return StoredSet(row.id, shown, row.person_id, row.shared, row.created, row.replaces)
