"""What a teacher does in a room: reveal, show the reference, go to another case. Each step counts the version up."""

from __future__ import annotations

from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.access import case_of
from spine_core.teaching.rooms.access import open_room_of, set_of
from spine_core.teaching.rooms.types import Phase, Room


def reveal(library: Library, person: Person, room_id: str, place: int) -> Room:
    """Shows everybody what the networks say of the current case.

    ``place``: where the teacher saw the room. A second reveal changes nothing. Raises ``LibraryError`` where the room
    is elsewhere by now, and in a set without networks.
    """
    return _advance(library, person, room_id, place, Phase.REVEALED)


def show_reference(library: Library, person: Person, room_id: str, place: int) -> Room:
    """Shows everybody the right answers to the current case and ends answering.

    As ``reveal``. Raises ``LibraryError`` before the reveal as well, unless the set is worked through without networks.
    """
    return _advance(library, person, room_id, place, Phase.REFERENCE)


def go_to_case(library: Library, person: Person, room_id: str, place: int) -> Room:
    """Makes the case at ``place`` the current one; one that was shown before is as far as it was.

    Raises ``LibraryError`` where there is none.
    """
    with library.database.writing() as session:
        row = open_room_of(session, person, room_id)
        case_of(set_of(session, row), place)
        if row.place != place:
            row.place, row.version = place, row.version + 1
        return Room.of(row)


def focus_on(library: Library, person: Person, room_id: str, finding: tuple[str, str]) -> Room:
    """Chooses the finding that the projector enlarges. Raises ``LibraryError`` for one that is not asked for."""
    with library.database.writing() as session:
        row = open_room_of(session, person, room_id)
        if finding not in set_of(session, row).asked:
            msg = "this finding is not asked for"
            raise LibraryError(msg)
        if row.focus != " ".join(finding):
            row.focus, row.version = " ".join(finding), row.version + 1
        return Room.of(row)


def _advance(library: Library, person: Person, room_id: str, place: int, wanted: Phase) -> Room:
    with library.database.writing() as session:
        row = open_room_of(session, person, room_id)
        room = Room.of(row)
        if room.place != place:
            msg = "the room is at another case by now"
            raise LibraryError(msg)
        order = _order(set_of(session, row).with_networks)
        if wanted not in order:
            msg = "this set is worked through without the networks"
            raise LibraryError(msg)
        step = order.index(wanted) - order.index(room.phase)
        if step > 1:
            msg = "reveal what the networks say first"
            raise LibraryError(msg)
        if step == 1:
            # A new dictionary: a change within the old one would not be stored.
            row.phases, row.version = row.phases | {str(place): wanted.value}, row.version + 1
        return Room.of(row)


def _order(with_networks: bool) -> tuple[Phase, ...]:
    return tuple(Phase) if with_networks else (Phase.ANSWERING, Phase.REFERENCE)
