"""Sign-in and sign-out, where the service for it is configured."""

from __future__ import annotations

import streamlit as st

from pages.components.session.identity import current_person, sign_in, sign_out
from pages.components.session.state import SessionState
from spine_core.library.store import Library
from spine_core.library.types import Person


def signed_in(store: SessionState, library: Library) -> Person | None:
    """Who signed in, with a button to sign out; None, with a button to sign in, before that."""
    person = current_person(store, library)
    if person is None:
        st.info("Sign in to see the cases of this library and to keep your own.", icon=":material/lock:")
        st.button("Sign in", type="primary", icon=":material/login:", on_click=sign_in)
        if store.case_id:
            st.caption(
                "The case that is open in this tab stays open. On a shared computer, close it on the page Study."
            )
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        # Not Markdown: the name comes from outside.
        st.text(f"Signed in as {person.name} ({person.role})", width="content")
        st.button("Sign out", icon=":material/logout:", on_click=sign_out)
    return person
