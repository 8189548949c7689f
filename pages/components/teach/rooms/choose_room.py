"""Which room the page shows: that of its address, else the teacher chooses one or opens a new one."""

from __future__ import annotations

import streamlit as st

from pages.components.session.state import SessionState
from pages.components.teach.plain import plain
from pages.components.teach.rooms.open_room_button import may_open, open_room_here
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.rooms.store import get_room, rooms
from spine_core.teaching.rooms.types import Room
from spine_core.teaching.sets import sets

ASKED = "room"
MOST_SHOWN = 20


def choose_room(store: SessionState, library: Library, person: Person) -> Room | None:
    """The room of the address. Raises ``LibraryError`` for one that ``person`` does not lead."""
    asked = st.query_params.get(ASKED)
    if asked:
        return get_room(library, person, asked)
    found = [one for one in sets(library, person) if may_open(person, one.owner)]
    if not found:
        st.info(
            "Rooms are opened by teachers, for a set of exercises. There is no set that you could open one for."
        )
        return None
    for one in found[:MOST_SHOWN]:
        st.markdown(f"**{plain(one.exercise.title)}**, {len(one.exercise.cases)} cases")
        with st.container(horizontal=True, vertical_alignment="center"):
            open_room_here(store, library, person, one.id, _go)
    _closed_ones(library, person)
    return None


def _closed_ones(library: Library, person: Person) -> None:
    over = [one for one in rooms(library, person) if one.closed is not None][:MOST_SHOWN]
    if over:
        with st.expander("Rooms that are closed"):
            for one in over:
                st.button(
                    f"Room {one.code}, {one.created:%Y-%m-%d}",
                    key=f"go-room-{one.id}",
                    on_click=_go,
                    args=(one,),
                )


def _go(room: Room) -> None:
    """A link to the page that is shown already would not change its address, by which a reload finds the room."""
    st.query_params[ASKED] = room.id
