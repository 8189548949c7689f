"""Opens a room for a set, or goes on with one that is open."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components import layout
from pages.components.error_text import as_sentence
from pages.components.session.identity import required_person
from pages.components.session.state import SessionState
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person, Role
from spine_core.teaching.rooms.store import open_room, rooms
from spine_core.teaching.rooms.types import Room

MOST_SHOWN = 5
HELP = "Learners join from their own browsers with a code; you lead the class from case to case."


def may_open(person: Person, owner: int) -> bool:
    """Whether ``person`` may open a room for a set of ``owner`` that they see."""
    return person.id == owner or person.role in (Role.TEACHER, Role.ADMINISTRATOR)


def open_room_button(store: SessionState, library: Library, person: Person, set_id: str) -> None:
    """The button, and links to the page of own rooms of the set that are open. Raises ``LibraryError``."""
    _button(store, library, set_id, lambda room: None)
    for room in _open_ones(library, person, set_id):
        layout.link("room.py", _words(room), ":material/meeting_room:", {"room": room.id})


def open_room_here(
    store: SessionState, library: Library, person: Person, set_id: str, go: Callable[[Room], None]
) -> None:
    """As ``open_room_button`` on the page of rooms itself, which ``go`` turns to a room. Raises ``LibraryError``."""
    _button(store, library, set_id, go)
    for room in _open_ones(library, person, set_id):
        st.button(
            _words(room), key=f"go-room-{room.id}", icon=":material/meeting_room:", on_click=go, args=(room,)
        )


def _button(store: SessionState, library: Library, set_id: str, go: Callable[[Room], None]) -> None:
    def clicked() -> None:
        try:
            go(open_room(library, required_person(store, library), set_id))
        except LibraryError as error:
            st.toast(as_sentence(error), icon=":material/error:")

    st.button(
        "Open a room for a class",
        key=f"open-room-{set_id}",
        on_click=clicked,
        icon=":material/groups:",
        help=HELP,
    )


def _open_ones(library: Library, person: Person, set_id: str) -> list[Room]:
    return [one for one in rooms(library, person, set_id) if one.closed is None][:MOST_SHOWN]


def _words(room: Room) -> str:
    return f"Room {room.code}, opened {room.created:%Y-%m-%d %H:%M} UTC"
