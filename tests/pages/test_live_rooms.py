"""Rooms in memory: what is told again, and what is read anew."""

from __future__ import annotations

import pytest

from pages.components.teach.rooms import live as live_module
from pages.components.teach.rooms.live import CASES_IN_MEMORY, LiveRooms
from spine_core.library.errors import LibraryError
from spine_core.library.people import add_person
from spine_core.library.types import Role
from spine_core.teaching.rooms.access import ClosedRoomError
from spine_core.teaching.rooms.guests import join
from spine_core.teaching.rooms.steps import go_to_case, reveal
from spine_core.teaching.rooms.store import close_room, open_room
from spine_core.teaching.rooms.types import Phase
from spine_core.teaching.sets import create_set
from tests.teaching.making import kept_set, set_with_maps


@pytest.fixture
def teacher(library):
    return add_person(library, "Teacher", Role.TEACHER)


@pytest.fixture
def room(library, teacher):
    return open_room(library, teacher, set_with_maps(library, teacher)[0])


def test_polls_of_a_known_learner_read_nothing(library, teacher, room, monkeypatch):
    live = LiveRooms(library)
    _, token = join(library, room.code, "Mia")
    assert live.known_version(room.code, token) is None
    live.guest(room.code, token)
    # Whoever reads now fails.
    monkeypatch.setattr(live_module, "told", None)
    monkeypatch.setattr(live_module, "guest_of", None)
    assert live.known_version(room.code, token) == 0
    assert live.guest(room.code, token).nickname == "Mia"
    assert live.known_version(room.code, "another token") is None


def test_a_step_is_told_at_once_where_it_was_made_and_soon_elsewhere(library, teacher, room, monkeypatch):
    here, elsewhere = LiveRooms(library), LiveRooms(library)
    assert here.told(room.id).room.phase is elsewhere.told(room.id).room.phase is Phase.ANSWERING
    reveal(library, teacher, room.id, 0)
    here.changed(room.id)
    assert here.told(room.id).room.phase is Phase.REVEALED
    assert elsewhere.told(room.id).room.phase is Phase.ANSWERING
    monkeypatch.setattr(live_module, "FRESH", 0.0)
    assert elsewhere.told(room.id).room.phase is Phase.REVEALED


def test_a_closed_room_knows_nobody(library, teacher, room):
    live = LiveRooms(library)
    _, token = join(library, room.code, "Mia")
    live.guest(room.code, token)
    close_room(library, teacher, room.id)
    live.changed(room.id)
    assert live.known_version(room.code, token) is None
    with pytest.raises(ClosedRoomError):
        live.guest(room.code, token)
    # Also after a restart.
    with pytest.raises(ClosedRoomError):
        LiveRooms(library).guest(room.code, token)
    with pytest.raises(LibraryError):
        live.told("no room")


def test_a_few_cases_are_in_memory_and_each_is_drawn_once(library, teacher):
    count = CASES_IN_MEMORY + 2
    exercise = kept_set(library, teacher, "4" * count, "4" * count)
    room = open_room(library, teacher, create_set(library, teacher, exercise))
    live = LiveRooms(library)
    media = [live.media(room, place) for place in range(count)]
    assert live.media(room, count - 1) is media[-1]
    assert live.media(room, 0) is not media[0]
    assert media[-1].slice_png(0, 0) is media[-1].slice_png(0, 0)
    with pytest.raises(IndexError):
        media[-1].slice_png(0, 1)
    with pytest.raises(IndexError):
        media[-1].slice_png(1, 0)


def test_what_comes_next_is_drawn_ahead_without_being_told(library, teacher, room):
    live = LiveRooms(library)
    live._prepare(room, 0)
    media = live.media(room, 0)
    assert sum(key[0] == "map" for key in media._made) == 5
    assert live.told(room.id).released is None
    go_to_case(library, teacher, room.id, 1)
    live.changed(room.id)
    # The last case has no next one.
    live._prepare(room, 2)
    assert live.told(room.id).room.place == 1
