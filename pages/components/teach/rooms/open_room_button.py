"""Opens a room for a set, or goes on with one that is open."""

from __future__ import annotations

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.session.identity import required_person
from pages.components.session.state import SessionState
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person, Role
from spine_core.teaching.rooms.store import open_room, rooms

MOST_SHOWN = 5


def may_open(person: Person, owner: int) -> bool:
    """Whether ``person`` may open a room for a set of ``owner`` that they see."""
    return person.id == owner or person.role in (Role.TEACHER, Role.ADMINISTRATOR)


def open_room_button(store: SessionState, library: Library, person: Person, set_id: str) -> None:
    """The button, and links to own rooms of the set that are open. Raises ``LibraryError``."""

    def clicked() -> None:
        try:
            open_room(library, required_person(store, library), set_id)
        except LibraryError as error:
            st.toast(as_sentence(error), icon=":material/error:")

    st.button(
        "Open a room for a class", key=f"open-room-{set_id}", on_click=clicked, icon=":material/groups:",
        help="Learners join from their own browsers with a code; you lead the class from case to case.",
    )  # fmt: skip
    for room in [one for one in rooms(library, person, set_id) if one.closed is None][:MOST_SHOWN]:
        st.page_link(
            "room.py",
            label=f"Room {room.code}, opened {room.created:%Y-%m-%d %H:%M} UTC",
            query_params={"room": room.id},
            icon=":material/meeting_room:",
        )
