"""What everybody in a room may be told of its current case, and nothing of it earlier."""

from __future__ import annotations

from dataclasses import dataclass

from spine_core.library.database.schema import ExerciseSetRow, RoomRow
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.exercise_case import ExerciseCase
from spine_core.teaching.release_store import released_of
from spine_core.teaching.released import ReleasedFinding
from spine_core.teaching.rooms.access import NO_ROOM, set_of
from spine_core.teaching.rooms.types import Phase, Room
from spine_core.teaching.shown import Debriefing


@dataclass(frozen=True)
class Told:
    """``released``: None before the reveal. ``debriefing``: None before the reference is shown."""

    room: Room
    exercise: ExerciseSet
    released: tuple[ReleasedFinding, ...] | None
    debriefing: Debriefing | None


def told(library: Library, room_id: str) -> Told:
    """For who is in the room: the caller has checked that. The set comes without its answers.

    Raises ``LibraryError`` where there is no such room.
    """
    with library.database.reading() as session:
        row = session.get(RoomRow, room_id)
        if row is None:
            raise LibraryError(NO_ROOM)
        room, exercise = Room.of(row), set_of(session, row)
        released = None
        if exercise.with_networks and room.phase is not Phase.ANSWERING:
            found = released_of(session, session.get_one(ExerciseSetRow, row.set_id), room.place)
            released = tuple(one for one in found if (one.level, one.condition) in exercise.asked)
    case = exercise.cases[room.place]
    debriefing = _debriefing(case, exercise) if room.phase is Phase.REFERENCE else None
    return Told(room, exercise.without_answers(), released, debriefing)


def released_for_room(library: Library, room_id: str, place: int) -> tuple[ReleasedFinding, ...]:
    """What the networks say of a case, to draw its maps ahead of time: not for guests. Raises ``LibraryError``."""
    with library.database.reading() as session:
        row = session.get(RoomRow, room_id)
        if row is None:
            raise LibraryError(NO_ROOM)
        exercise = set_of(session, row)
        if not exercise.with_networks:
            return ()
        found = released_of(session, session.get_one(ExerciseSetRow, row.set_id), place)
    return tuple(one for one in found if (one.level, one.condition) in exercise.asked)


def _debriefing(case: ExerciseCase, exercise: ExerciseSet) -> Debriefing:
    return Debriefing(
        tuple(one for one in case.references if (one.level, one.condition) in exercise.asked),
        tuple(one for one in case.places if (one.level, one.condition) in exercise.asked),
        case.learning_point,
    )
