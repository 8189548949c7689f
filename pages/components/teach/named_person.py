"""Who learns or teaches: asked in full once, then folded away, since a case needs the room."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components.library.person import asked_person
from pages.components.session.identity import current_person
from pages.components.session.state import SessionState
from pages.components.teach.plain import plain
from spine_core.library.store import Library
from spine_core.library.types import Person


def named_person(store: SessionState, library: Library, aside: DeltaGenerator) -> Person | None:
    """None until the reader has answered. ``aside``: where the name stands from then on. Raises ``LibraryError``."""
    known = current_person(store, library)
    if known is None:
        if asked_person(store, library) is not None:
            # The name moves aside, and a teacher is offered more parts.
            st.rerun()
        return None
    with (
        aside,
        st.container(horizontal=True, horizontal_alignment="right"),
        st.popover(plain(known.name), icon=":material/person:", type="tertiary"),
    ):
        return asked_person(store, library)
