"""Who sees and changes which sets of exercises, and opens their cases. Every query of teaching goes through here."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from spine_core.anatomy.types import Disc, Source
from spine_core.library.access import NO_CASE
from spine_core.library.cases import get_case
from spine_core.library.database.schema import ExerciseSetRow
from spine_core.library.errors import LibraryError
from spine_core.library.people import current, person_of
from spine_core.library.reopening import open_case
from spine_core.library.store import Library
from spine_core.library.types import Person, Role
from spine_core.progress import Progress, silent
from spine_core.study.types import Study
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.exercise_case import ExerciseCase

NO_SET = "there is no such set of exercises"


def open_exercise_case(
    library: Library, person: Person, set_id: str, place: int, progress: Progress = silent
) -> Study:
    """The study of a case of a set that ``person`` sees, also of a case that the set's owner alone sees.

    Raises ``LibraryError`` for another place, and for a case that was deleted or that the owner sees no longer.
    """
    case_id, teacher = _case_of_set(library, person, set_id, place)
    return open_case(library, teacher, case_id, progress)[1]


def exercise_levels(
    library: Library, person: Person, set_id: str, place: int, study: Study
) -> tuple[Disc, ...]:
    """Where the levels are, as they were kept with the case; empty where it was kept without a reading.

    A learner must know which disc is L4/L5. Nothing else of the reading is among it. Raises ``LibraryError``.
    """
    case_id, teacher = _case_of_set(library, person, set_id, place)
    reading = get_case(library, teacher, case_id).reading
    return tuple(
        replace(one, series_uid=study.series[int(one.series_uid)].uid, confidence=1.0, source=Source.READER)
        for one in (reading.discs if reading is not None else ())
    )


def _case_of_set(library: Library, person: Person, set_id: str, place: int) -> tuple[str, Person]:
    with library.database.reading() as session:
        row = seen_set(session, person, set_id)
        case, teacher = case_of(ExerciseSet.of(row.content), place), row.person_id
    return case.case_id, person_of(library, teacher)


def visible_sets(session: Session, person: Person) -> ColumnElement[bool]:
    """Condition for the sets that ``person`` sees; none that was deleted."""
    role = current(session, person.id).role
    allowed = (
        true()
        if role is Role.ADMINISTRATOR
        else or_(ExerciseSetRow.person_id == person.id, ExerciseSetRow.shared)
    )
    return allowed & ExerciseSetRow.deleted.is_(None)


def seen_set(session: Session, person: Person, set_id: str, *, lock: bool = False) -> ExerciseSetRow:
    """Raises ``LibraryError``, the same for a set that ``person`` does not see as for none."""
    query = select(ExerciseSetRow).where(ExerciseSetRow.id == set_id, visible_sets(session, person))
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise LibraryError(NO_SET)
    return row


def own_set(session: Session, person: Person, set_id: str, *, lock: bool = True) -> ExerciseSetRow:
    """A set that ``person`` made, or any for an administrator. Raises ``LibraryError``."""
    row = seen_set(session, person, set_id, lock=lock)
    if not owns(session, person, row):
        msg = "only who made a set of exercises or an administrator changes it and sees its results"
        raise LibraryError(msg)
    return row


def owns(session: Session, person: Person, row: ExerciseSetRow) -> bool:
    """Whether ``person`` may change a set, and see its answers and what everybody answered."""
    return row.person_id == person.id or current(session, person.id).role is Role.ADMINISTRATOR


def case_of(exercise: ExerciseSet, place: int) -> ExerciseCase:
    """The case at a place. Raises ``LibraryError`` where there is none."""
    if not 0 <= place < len(exercise.cases):
        raise LibraryError(NO_CASE)
    return exercise.cases[place]
