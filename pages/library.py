"""Kept cases: found, opened again, described; the open study is kept here."""

from __future__ import annotations

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.library.case_card import case_card
from pages.components.library.case_list import case_list
from pages.components.library.import_studies import import_panel
from pages.components.library.keep_study import keep_study
from pages.components.library.person import asked_person
from pages.components.library.roles import roles
from pages.components.session.state import current
from spine_core.library.cases import get_case
from spine_core.library.errors import LibraryError
from spine_core.library.store import open_library

store = current()
st.markdown("### Library")
try:
    library = open_library()
    person = asked_person(store, library)
    if person is not None:
        roles(store, library, person)
        keep_study(store, library, person)
        import_panel(store, library)
        chosen = case_list(library, person)
        if chosen is not None:
            case_card(store, library, person, get_case(library, person, chosen.id))
except LibraryError as error:
    st.error(as_sentence(error), icon=":material/error:")
