"""A class: the teacher leads a room from case to case. Its address names the room: ``/room?room=ID``."""

from __future__ import annotations

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.library.person import asked_person
from pages.components.session.state import current
from pages.components.teach.rooms.choose_room import choose_room
from pages.components.teach.rooms.closing import closed, closing
from pages.components.teach.rooms.presenter import presenter
from spine_core.library.errors import LibraryError
from spine_core.library.store import open_library

store = current()
try:
    library = open_library()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("### Class", width="content")
        person = asked_person(store, library)
    room = choose_room(store, library, person) if person is not None else None
    if person is not None and room is not None:
        if room.closed is None:
            presenter(store, library, person, room.id)
        else:
            closed(room)
        closing(store, library, person, room)
except LibraryError as error:
    st.error(as_sentence(error), icon=":material/error:")
