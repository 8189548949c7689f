"""The teacher's part of the page Teach: own sets, and what can be done with the chosen one."""

from __future__ import annotations

import streamlit as st

from pages.components.distinct_labels import distinct_labels
from pages.components.session.state import SessionState
from pages.components.teach.parts_allowed import may_prepare
from pages.components.teach.prepare.draft import new_draft
from pages.components.teach.prepare.import_file import import_file, take_over_import
from pages.components.teach.prepare.one_set import one_set
from pages.components.teach.prepare.set_editor import CHOSEN, set_editor
from spine_core.library.store import Library
from spine_core.library.types import Person, Role
from spine_core.teaching.sets import StoredSet, sets


def prepare(store: SessionState, library: Library, person: Person) -> None:
    """The set that is written, else the stored ones."""
    if not may_prepare(person):
        st.info(
            "Teachers prepare sets; an administrator gives that role on the page Library.",
            icon=":material/school:",
        )
        return
    take_over_import(store)
    draft = store.set_draft
    if draft is not None and draft.person == person.id:
        set_editor(store, library, person, draft)
        return
    own = [one for one in sets(library, person) if _own(one, person)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = _choose(own)
        st.button(
            "New set",
            icon=":material/add:",
            on_click=new_draft,
            args=(store, person),
            key="set-new",
            type="primary",
        )
        import_file(store, library)
    if chosen is None:
        st.info(
            "You have no set yet. A set is made from cases of the library, with a reference for every finding that "
            "it asks for.", icon=":material/school:",
        )  # fmt: skip
        return
    one_set(store, library, person, chosen)


def _own(one: StoredSet, person: Person) -> bool:
    return one.owner == person.id or person.role is Role.ADMINISTRATOR


def _choose(own: list[StoredSet]) -> StoredSet | None:
    if not own:
        return None
    by_id = {one.id: one for one in own}
    if st.session_state.get(CHOSEN) not in by_id:
        st.session_state[CHOSEN] = own[0].id
    labels = distinct_labels({one.id: f"{one.exercise.title} of {one.created:%Y-%m-%d %H:%M}" for one in own})
    return by_id[st.selectbox("Set", list(by_id), format_func=labels.__getitem__, key=CHOSEN, width=460)]
