"""Teaching: exercises, own scores, sets for teachers, and how to read a map."""

from __future__ import annotations

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.session.state import current
from pages.components.teach.exercise.address import asked_place
from pages.components.teach.exercise.bundled_sets import begin_drawing
from pages.components.teach.named_person import named_person
from pages.components.teach.parts import PARTS, PRIMER, choose_part, writes_set
from pages.components.teach.primer.primer import primer
from spine_core.library.errors import LibraryError
from spine_core.library.store import open_library

begin_drawing()
store = current()
if asked_place() is None and not writes_set(store):
    # A case needs the room.
    st.markdown("### Teach")
parts, aside = st.columns([4, 1], vertical_alignment="center")
with parts:
    chosen = choose_part(store)
if chosen == PRIMER:
    primer()
else:
    try:
        library = open_library()
        person = named_person(store, library, aside)
        if person is not None:
            PARTS[chosen](store, library, person)
    except LibraryError as error:
        st.error(as_sentence(error), icon=":material/error:")
