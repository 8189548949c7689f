"""Picks the reader's name where nobody signs in. Anybody may pick any name, which is said."""

from __future__ import annotations

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.library.roles import ROLES
from pages.components.session.identity import current_person, selectable_people
from pages.components.session.state import SessionState
from spine_core.library.errors import LibraryError
from spine_core.library.people import add_person
from spine_core.library.store import Library
from spine_core.library.types import Person

UNPROTECTED = "Names are not protected: anybody who uses this installation can pick any of them."


def reader(store: SessionState, library: Library) -> Person | None:
    """Asks who is reading; None until somebody has been named. Raises ``LibraryError`` where people have signed in."""
    known = {one.id: one for one in selectable_people(library)}
    if not known:
        st.markdown(
            "The library is empty. Name yourself, so that your cases, grades and notes bear your name."
        )
        _add(store, library)
        return None
    there = current_person(store, library)
    store.person_id = None if there is None else there.id
    with st.container(horizontal=True, vertical_alignment="bottom"):
        options = list(known)
        chosen = st.selectbox(
            "You are", options, key="library-person", width=260, placeholder="choose your name",
            index=options.index(store.person_id) if store.person_id in known else None,
            format_func=lambda number: known[number].name, help=UNPROTECTED,
        )  # fmt: skip
        store.person_id = chosen
        with st.popover("Another name", icon=":material/person_add:"):
            _add(store, library)
    if chosen is None:
        st.info(f"Choose who you are. {UNPROTECTED}", icon=":material/person:")
        return None
    return known[chosen]


def _add(store: SessionState, library: Library) -> None:
    with st.form("library-add-person", border=False, clear_on_submit=True):
        name = st.text_input("Name", max_chars=80)
        role = st.selectbox("Role", list(ROLES), format_func=ROLES.__getitem__)
        st.caption(UNPROTECTED)
        if st.form_submit_button("Use this name", type="primary"):
            try:
                person = add_person(library, name, role)
            except LibraryError as error:
                st.error(as_sentence(error))
                return
            store.person_id = person.id
            st.session_state.pop("library-person", None)
            st.rerun()
