"""The end of a room: closing it, and its results."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.components.session.state import SessionState
from pages.components.teach.rooms.presenter import make_step
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.rooms.room_csv import room_csv
from spine_core.teaching.rooms.store import close_room
from spine_core.teaching.rooms.types import Room


def closing(store: SessionState, library: Library, person: Person, room: Room) -> None:
    """Results at any time; closing asks once more. Raises ``LibraryError``."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Results as CSV", partial(_csv, library, person, room.id), f"class-{room.created:%Y-%m-%d}.csv", "text/csv",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        if room.closed is not None:
            return
        with st.popover("Close the room", icon=":material/meeting_room:"):
            st.markdown("Learners then reach nothing of the room. The answers stay.")
            keep = st.checkbox(
                "Keep the nicknames",
                key=f"keep-{room.id}",
                help="Otherwise learners are numbered in the results.",
            )
            st.button(
                "Close it", key="room-close", on_click=make_step,
                args=(store, library, room.id, partial(close_room, keep_nicknames=keep)),
            )  # fmt: skip


def closed(room: Room) -> None:
    """What remains of a room."""
    names = "with nicknames" if room.keep_nicknames else "without nicknames"
    st.success(f"This room was closed on {room.closed:%Y-%m-%d %H:%M} UTC. Its results are kept, {names}.")


def _csv(library: Library, person: Person, room_id: str) -> str:
    return room_csv(library, person, room_id)
