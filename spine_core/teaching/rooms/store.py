"""Rooms in the database of the library: opened, looked up and closed by their teacher."""

from __future__ import annotations

import hashlib
import hmac
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from spine_core.library.database.schema import RoomGuestRow, RoomRow, now
from spine_core.library.errors import LibraryError
from spine_core.library.people import current
from spine_core.library.store import Library
from spine_core.library.types import Person, Role
from spine_core.teaching.access import owns, seen_set
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.rooms.access import own_room
from spine_core.teaching.rooms.codes import new_code
from spine_core.teaching.rooms.nicknames import nickname_key
from spine_core.teaching.rooms.types import Room

TRIES = 20


def open_room(library: Library, person: Person, set_id: str) -> Room:
    """A new room at the first case of a set.

    Raises ``LibraryError`` unless ``person`` made the set, or sees it and is a teacher or an administrator.
    """
    with library.database.writing() as session:
        # Locked, so that the set is not changed meanwhile.
        found = seen_set(session, person, set_id, lock=True)
        teaches = current(session, person.id).role in (Role.TEACHER, Role.ADMINISTRATOR)
        if not teaches and not owns(session, person, found):
            msg = "only teachers and administrators open a room for a class"
            raise LibraryError(msg)
        level, condition = ExerciseSet.of(found.content).asked[0]
        row = RoomRow(
            id=uuid.uuid4().hex, code=_free_code(session), set_id=set_id, person_id=person.id, place=0, phases={},
            focus=f"{level} {condition}", version=0, keep_nicknames=False, created=now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        return Room.of(row)


def get_room(library: Library, person: Person, room_id: str) -> Room:
    """A room that ``person`` leads, open or closed. Raises ``LibraryError``."""
    with library.database.reading() as session:
        return Room.of(own_room(session, person, room_id))


def rooms(library: Library, person: Person, set_id: str | None = None) -> tuple[Room, ...]:
    """The rooms that ``person`` opened, of one set or of all, the latest first."""
    with library.database.reading() as session:
        current(session, person.id)
        query = select(RoomRow).where(RoomRow.person_id == person.id)
        if set_id is not None:
            query = query.where(RoomRow.set_id == set_id)
        return tuple(Room.of(row) for row in session.scalars(query.order_by(RoomRow.created.desc())))


def close_room(library: Library, person: Person, room_id: str, *, keep_nicknames: bool = False) -> Room:
    """Ends a room for good: guests reach nothing of it, and are called "Learner 1" and so on unless nicknames are kept.

    Their tokens are forgotten. Closing again changes nothing. Raises ``LibraryError``.
    """
    with library.database.writing() as session:
        row = own_room(session, person, room_id, lock=True)
        if row.closed is None:
            row.closed, row.keep_nicknames, row.version = now(), keep_nicknames, row.version + 1
            for guest in session.scalars(select(RoomGuestRow).where(RoomGuestRow.room_id == room_id)):
                guest.token_sha256 = guest.id
                if not keep_nicknames:
                    guest.nickname = f"Learner {guest.number}"
                    # A guest may have been called "Learner 2": numbers in front differ from all nicknames.
                    guest.nickname_key = f"{guest.number} {nickname_key(guest.nickname)}"
        return Room.of(row)


def projector_secret(library: Library, room_id: str) -> str:
    """What opens the projector's view of a room. It is made from the library's secret and stored nowhere."""
    return hmac.new(library.secret, f"projector {room_id}".encode(), hashlib.sha256).hexdigest()


def _free_code(session: Session) -> str:
    for _ in range(TRIES):
        code = new_code()
        if session.scalar(select(RoomRow.id).where(RoomRow.code == code)) is None:
            return code
    msg = "no code is free; close rooms that are over"
    raise LibraryError(msg)
