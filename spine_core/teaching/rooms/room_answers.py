"""What guests answer: kept as they go, one state per case and stage, so that no step of the teacher loses any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from spine_core.library.database.schema import RoomAnswerRow, now
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.answers import Answer, check_answer
from spine_core.teaching.rooms.access import own_room, set_of
from spine_core.teaching.rooms.guests import known_guest
from spine_core.teaching.rooms.types import STAGES, Room, Stage


@dataclass(frozen=True)
class RoomAnswer:
    """What one guest answers to one case at one stage. ``answers``: findings without an answer are missing."""

    guest: str
    place: int
    stage: Stage
    answers: tuple[Answer, ...]


def give_answers(
    library: Library, code: str, token: str, place: int, stage: Stage, answers: Sequence[Answer]
) -> int:
    """Stores the answers of a guest to the current case, in place of those of this stage; returns how many.

    Findings may be missing: they are answered one after the other. Raises ``LibraryError`` where the room is at another
    case or stage by now, and for answers that are not asked for.
    """
    with library.database.writing() as session:
        guest, row = known_guest(session, code, token, lock=True)
        room = Room.of(row)
        if room.place != place or STAGES.get(room.phase) is not stage:
            msg = "the class has gone on; this can no longer be answered"
            raise LibraryError(msg)
        _check(answers, set_of(session, row).asked)
        content = [one.values() for one in answers]
        there = session.get(RoomAnswerRow, (guest.id, place, stage.value))
        if there is None:
            session.add(
                RoomAnswerRow(
                    guest_id=guest.id, place=place, stage=stage.value, room_id=row.id, content=content
                )
            )
        else:
            there.content, there.given = content, now()
        return len(content)


def own_answers(library: Library, code: str, token: str, place: int) -> dict[Stage, tuple[Answer, ...]]:
    """What a guest answered to a case, by stage. Raises ``LibraryError``."""
    with library.database.reading() as session:
        guest, _ = known_guest(session, code, token)
        query = select(RoomAnswerRow).where(RoomAnswerRow.guest_id == guest.id, RoomAnswerRow.place == place)
        return {
            Stage(row.stage): tuple(Answer.of(one) for one in row.content) for row in session.scalars(query)
        }


def room_answers(
    library: Library, person: Person, room_id: str, place: int | None = None
) -> tuple[RoomAnswer, ...]:
    """What all guests answered, to one case or to all, for who leads the room. Raises ``LibraryError``."""
    with library.database.reading() as session:
        own_room(session, person, room_id)
        query = select(RoomAnswerRow).where(RoomAnswerRow.room_id == room_id)
        if place is not None:
            query = query.where(RoomAnswerRow.place == place)
        rows = session.scalars(query.order_by(RoomAnswerRow.place, RoomAnswerRow.guest_id))
        return tuple(
            RoomAnswer(
                row.guest_id, row.place, Stage(row.stage), tuple(Answer.of(one) for one in row.content)
            )
            for row in rows
        )


def _check(answers: Sequence[Answer], asked: Sequence[tuple[str, str]]) -> None:
    given = [(one.level, one.condition) for one in answers]
    if len(set(given)) < len(given) or not set(given) <= set(asked):
        msg = "a finding is answered once, and only where it is asked for"
        raise LibraryError(msg)
    for one in answers:
        check_answer(one)
