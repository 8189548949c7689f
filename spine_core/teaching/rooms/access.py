"""Who leads which room. Every query of a teacher goes through here, every one of a guest through ``guests``."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.library.database.schema import ExerciseSetRow, RoomRow
from spine_core.library.errors import LibraryError
from spine_core.library.people import current
from spine_core.library.types import Person, Role
from spine_core.teaching.exercise import ExerciseSet

NO_ROOM = "there is no such room"
CLOSED = "this room is closed"


class ClosedRoomError(LibraryError):
    """The teacher has closed the room."""


def own_room(session: Session, person: Person, room_id: str, *, lock: bool = False) -> RoomRow:
    """A room that ``person`` opened, or any for an administrator. Raises ``LibraryError``, the same for others' as
    for none.
    """
    role = current(session, person.id).role
    query = select(RoomRow).where(RoomRow.id == room_id)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None or (row.person_id != person.id and role is not Role.ADMINISTRATOR):
        raise LibraryError(NO_ROOM)
    return row


def open_room_of(session: Session, person: Person, room_id: str) -> RoomRow:
    """As ``own_room``, locked. Raises ``LibraryError`` for a closed one as well."""
    row = own_room(session, person, room_id, lock=True)
    if row.closed is not None:
        raise ClosedRoomError(CLOSED)
    return row


def set_of(session: Session, row: RoomRow) -> ExerciseSet:
    """The set that a room works through, also one that was deleted since."""
    return ExerciseSet.of(session.get_one(ExerciseSetRow, row.set_id).content)
