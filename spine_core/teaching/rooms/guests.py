"""Guests of a room: joining by its code, and being known again by a token that only their browser has."""

from __future__ import annotations

import hashlib
import secrets
import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spine_core.library.database.schema import RoomGuestRow, RoomRow
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.rooms.access import CLOSED, ClosedRoomError, own_room
from spine_core.teaching.rooms.codes import written_code
from spine_core.teaching.rooms.nicknames import checked_nickname, nickname_key
from spine_core.teaching.rooms.types import Guest, Room

TOKEN_BYTES = 32
MOST_GUESTS = 200

NO_SUCH_CODE = "there is no open room with this code"


class WrongCodeError(LibraryError):
    """No open room has this code: somebody mistyped, or guesses."""


def join(library: Library, code: str, nickname: str) -> tuple[Guest, str]:
    """A new guest of the open room with this code, and the token by which they are known from now on.

    The token is stored nowhere but in the guest's browser. Raises ``WrongCodeError``, and ``LibraryError`` for a
    nickname that is taken, or none, and for a room that is full.
    """
    name = checked_nickname(nickname)
    with library.database.writing() as session:
        # Locked, so that two guests do not get one number.
        query = select(RoomRow).where(RoomRow.code == written_code(code), RoomRow.closed.is_(None))
        row = session.scalar(query.with_for_update())
        if row is None:
            raise WrongCodeError(NO_SUCH_CODE)
        in_room = RoomGuestRow.room_id == row.id
        if session.scalar(
            select(RoomGuestRow.id).where(in_room, RoomGuestRow.nickname_key == nickname_key(name))
        ):
            msg = "this nickname is taken in this room; choose another one"
            raise LibraryError(msg)
        number = (session.scalar(select(func.max(RoomGuestRow.number)).where(in_room)) or 0) + 1
        if number > MOST_GUESTS:
            msg = f"this room is full: {MOST_GUESTS} have joined"
            raise LibraryError(msg)
        return _add(session, row.id, number, name)


def guest_of(library: Library, code: str, token: str) -> tuple[Guest, Room]:
    """The guest with this token in the room with this code. Raises ``ClosedRoomError``, ``LibraryError``."""
    with library.database.reading() as session:
        guest, room = _known(session, code, token)
        return _guest(guest), Room.of(room)


def guests(library: Library, person: Person, room_id: str) -> tuple[Guest, ...]:
    """Who joined a room, for who leads it, in the order of joining. Raises ``LibraryError``."""
    with library.database.reading() as session:
        own_room(session, person, room_id)
        query = select(RoomGuestRow).where(RoomGuestRow.room_id == room_id)
        return tuple(_guest(row) for row in session.scalars(query.order_by(RoomGuestRow.number)))


def known_guest(
    session: Session, code: str, token: str, *, lock: bool = False
) -> tuple[RoomGuestRow, RoomRow]:
    """As ``guest_of``, in a transaction that is open. ``lock``: the room makes no step until its end."""
    return _known(session, code, token, lock=lock)


def token_sha256(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _known(session: Session, code: str, token: str, *, lock: bool = False) -> tuple[RoomGuestRow, RoomRow]:
    query = select(RoomRow).where(RoomRow.code == code)
    # Shared: guests wait for a step of the teacher, not for each other.
    room = session.scalar(query.with_for_update(read=True) if lock else query)
    if room is not None and room.closed is not None:
        raise ClosedRoomError(CLOSED)
    found = select(RoomGuestRow).where(RoomGuestRow.token_sha256 == token_sha256(token))
    guest = session.scalar(found)
    if room is None or guest is None or guest.room_id != room.id:
        msg = "you are not in this room"
        raise LibraryError(msg)
    return guest, room


def _add(session: Session, room_id: str, number: int, nickname: str) -> tuple[Guest, str]:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = RoomGuestRow(
        id=uuid.uuid4().hex, room_id=room_id, number=number, nickname=nickname, nickname_key=nickname_key(nickname),
        token_sha256=token_sha256(token),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return _guest(row), token


def _guest(row: RoomGuestRow) -> Guest:
    return Guest(row.id, row.room_id, row.number, row.nickname)
