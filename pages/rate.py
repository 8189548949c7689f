"""Rating of blinded maps: one finding at a time, its maps as A, B, C. Methods are named nowhere on this page."""

from __future__ import annotations

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.library.person import asked_person
from pages.components.rate.choose_study import choose_study
from pages.components.rate.progress import progress
from pages.components.rate.sheet import rate
from pages.components.session.state import current
from spine_core.library.errors import LibraryError
from spine_core.library.store import open_library

store = current()
audit = None
try:
    library = open_library()
    # One line, so that maps and questions have the height of the window.
    with st.container(horizontal=True, vertical_alignment="center", key="rate-head"):
        st.markdown("### Rate", width="content")
        person = asked_person(store, library)
        if person is not None:
            audit = choose_study(library, person)
        if person is not None and audit is not None:
            there = progress(library, person, audit)
    if person is not None and audit is not None:
        rate(store, library, person, audit, there)
except LibraryError as error:
    st.error(as_sentence(error), icon=":material/error:")
