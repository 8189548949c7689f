"""Who uses the library and with which role: for administrators, who give the roles."""

from __future__ import annotations

import streamlit as st

from pages.components.distinct_labels import distinct_labels
from pages.components.error_text import as_sentence
from pages.components.session.identity import required_person, sign_in_configured
from pages.components.session.state import SessionState
from spine_core.library.errors import LibraryError
from spine_core.library.people import people, set_role
from spine_core.library.store import Library
from spine_core.library.types import Person, Role

ROLES = {
    Role.READER: "Reader: sees own and shared cases",
    Role.TEACHER: "Teacher: a reader who prepares teaching",
    Role.AUDITOR: "Auditor: a reader who prepares audits",
    Role.ADMINISTRATOR: "Administrator: sees and changes all cases",
}


def roles(store: SessionState, library: Library, person: Person) -> None:
    """A person and their role, which is saved as soon as another one is chosen. Nothing for other readers."""
    if person.role is not Role.ADMINISTRATOR:
        return
    known = {one.id: one for one in people(library, identified=sign_in_configured())}
    labels = distinct_labels({number: one.name for number, one in known.items()})
    with (
        st.expander("People and roles", icon=":material/group:"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        chosen = st.selectbox(
            "Person", list(known), key="library-role-person", width=320,
            format_func=labels.__getitem__,
        )  # fmt: skip
        if chosen is not None:
            _role(store, library, known[chosen])


def _role(store: SessionState, library: Library, one: Person) -> None:
    # With the role in its key, the widget follows a role that was changed elsewhere.
    key = f"library-role-{one.id}-{one.role}"

    def changed() -> None:
        try:
            set_role(library, required_person(store, library), one.id, st.session_state[key])
        except LibraryError as error:
            st.session_state[key] = one.role
            st.toast(as_sentence(error), icon=":material/error:")

    st.session_state.setdefault(key, one.role)
    st.selectbox("Role", list(ROLES), key=key, width=360, format_func=ROLES.__getitem__, on_change=changed)
