"""Which of the blinded maps of a finding showed the reason best, as learners say after the reveal.

A choice is a rating: it goes into the append-only log of its set (``spine_core.audit.choices``). The table has the same
choices for the learner's page, and sees to it that nobody chooses twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.audit.choices.data import ChoiceData, load_choices
from spine_core.audit.choices.log import NONE_OF_THEM, Shown, add_choice, blinded_order
from spine_core.audit.ratings.log_store import catch_up, log_lock
from spine_core.library.database.schema import (
    AuditRow,
    ExerciseAnswerRow,
    ExerciseAttemptRow,
    ExerciseSetRow,
    MapChoiceRow,
)
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person, Role
from spine_core.teaching.access import own_set
from spine_core.teaching.answers import Answer
from spine_core.teaching.attempt import State, own_attempt
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.release_store import released_of
from spine_core.teaching.released import ReleasedFinding
from spine_core.teaching.sets import StoredSet, sets

LEFT_OPEN = "-"
"""In place of a method: the learner had the maps named without choosing."""


@dataclass(frozen=True)
class MapChoice:
    """``letters``: methods in the order in which they were shown as A, B, C.

    ``method``: or ``NONE_OF_THEM``, or ``LEFT_OPEN``.
    """

    attempt: str
    level: str
    condition: str
    letters: tuple[str, ...]
    method: str


def shown_order(attempt_id: str, finding: ReleasedFinding) -> tuple[str, ...]:
    """The methods of the maps of a finding as they are shown as A, B, C in an attempt."""
    return blinded_order(attempt_id, finding.level, finding.condition, tuple(finding.maps))


def choose_map(
    library: Library, person: Person, attempt_id: str, finding: tuple[str, str], method: str
) -> None:
    """Stores a choice among the maps of a finding. ``finding``: level and condition; ``method``: or ``NONE_OF_THEM``.

    Raises ``LibraryError`` unless the maps are shown without names: before the reveal and after the reference, without
    maps to choose from, and for a second choice.
    """
    with library.database.reading() as session:
        set_id = own_attempt(session, person, attempt_id).set_id
    with log_lock(library, set_id):
        with library.database.writing() as session:
            row = own_attempt(session, person, attempt_id, lock=True)
            set_row = session.get_one(ExerciseSetRow, row.set_id)
            released = _to_choose_from(session, set_row, row, finding)
            if method != NONE_OF_THEM and method not in released.maps:
                msg = "choose one of the maps that were shown, or none of them"
                raise LibraryError(msg)
            if session.get(MapChoiceRow, (attempt_id, *finding)) is not None:
                msg = "the maps of this finding have their names already"
                raise LibraryError(msg)
            session.add(_row(attempt_id, released, method))
            shown = _shown(session, set_row, row, released)
            add_choice(session, set_id, set_row.title, set_row.person_id, person.id, shown, method)
        catch_up(library, set_id)


def leave_open(library: Library, person: Person, attempt_id: str, finding: tuple[str, str]) -> None:
    """Has the maps of a finding named without a choice, which is none in the log. Raises as ``choose_map``."""
    with library.database.writing() as session:
        row = own_attempt(session, person, attempt_id, lock=True)
        set_row = session.get_one(ExerciseSetRow, row.set_id)
        released = _to_choose_from(session, set_row, row, finding)
        if session.get(MapChoiceRow, (attempt_id, *finding)) is None:
            session.add(_row(attempt_id, released, LEFT_OPEN))


def own_choices(library: Library, person: Person, attempt_id: str) -> Mapping[tuple[str, str], MapChoice]:
    """The own choices of an attempt, by level and condition; ``LEFT_OPEN`` among them. Raises ``LibraryError``."""
    with library.database.reading() as session:
        own_attempt(session, person, attempt_id)
        query = select(MapChoiceRow).where(MapChoiceRow.attempt_id == attempt_id)
        return {(row.level, row.condition): _choice(row) for row in session.scalars(query)}


def set_choices(library: Library, person: Person, set_id: str) -> ChoiceData | None:
    """The choices at a set, for who made it and administrators; None where there is none. Raises ``LibraryError``."""
    with library.database.reading() as session:
        own_set(session, person, set_id, lock=False)
    return load_choices(library, set_id)


def sets_with_choices(library: Library, person: Person) -> Mapping[str, tuple[StoredSet, str]]:
    """The sets with choices that ``person`` may see, by id, the latest first; each with the hash of its last entry."""
    own = person.role is Role.ADMINISTRATOR
    found = {one.id: one for one in sets(library, person) if own or one.owner == person.id}
    with library.database.reading() as session:
        query = select(AuditRow.id, AuditRow.head).where(AuditRow.id.in_(found))
        heads = {row.id: row.head for row in session.execute(query)}
    return {set_id: (one, heads[set_id]) for set_id, one in found.items() if set_id in heads}


def _to_choose_from(
    session: Session,
    set_row: ExerciseSetRow,
    row: ExerciseAttemptRow,
    finding: tuple[str, str],
) -> ReleasedFinding:
    if row.state != State.REVEALED:
        msg = (
            "maps are shown after you have committed your own answers"
            if row.revealed is None
            else "this step of the case is behind you"
        )
        raise LibraryError(msg)
    found = released_of(session, set_row, row.place)
    released = next((one for one in found if (one.level, one.condition) == finding), None)
    if released is None or len(released.maps) < 2:
        msg = "there are no maps of this finding to choose from"
        raise LibraryError(msg)
    return released


def _row(attempt_id: str, released: ReleasedFinding, method: str) -> MapChoiceRow:
    letters = list(shown_order(attempt_id, released))
    return MapChoiceRow(
        attempt_id=attempt_id,
        level=released.level,
        condition=released.condition,
        letters=letters,
        method=method,
    )


def _shown(
    session: Session, set_row: ExerciseSetRow, row: ExerciseAttemptRow, released: ReleasedFinding
) -> Shown:
    case = ExerciseSet.of(set_row.content).cases[row.place]
    reference = case.reference(released.level, released.condition)
    committed = session.get_one(ExerciseAnswerRow, (row.id, 0)).content
    place = (released.level, released.condition)
    own = (one.grade for one in map(Answer.of, committed) if (one.level, one.condition) == place)
    return Shown(
        case.case_id, released.level, released.condition, released.grade,
        None if reference is None else reference.grade, next(own, None), released.maps, released.sha256, row.id,
    )  # fmt: skip


def _choice(row: MapChoiceRow) -> MapChoice:
    return MapChoice(row.attempt_id, row.level, row.condition, tuple(row.letters), row.method)
