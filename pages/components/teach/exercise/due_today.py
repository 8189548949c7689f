"""Grade boundaries that are due again, each with a case for it."""

from __future__ import annotations

import streamlit as st

from pages.components.session.state import SessionState
from pages.components.teach.exercise.begin import begin, on_click
from spine_core.library.database.schema import now
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.networks.conditions import BY_NAME
from spine_core.teaching.retention import due, next_cases

MOST = 4
"""Boundaries that are offered at once."""


def due_today(store: SessionState, library: Library, person: Person) -> None:
    """Nothing where nothing was ever due."""
    moment = now()
    cards = due(library, person, moment)
    if not cards:
        return
    count = "1 boundary" if len(cards) == 1 else f"{len(cards)} boundaries"
    st.markdown(f"#### Due today: {count} between grades")
    st.caption(
        "By spaced repetition (FSRS) of your own answers: what was difficult comes back sooner, in another case."
    )
    for card in cards[:MOST]:
        label = card.boundary.label(BY_NAME[card.boundary.condition])
        found = next_cases(library, person, card.boundary, moment)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/event_repeat: {label}")
            if found:
                st.button(
                    "Read a case for it", key=f"due-{card.boundary.condition}-{card.boundary.key}",
                    on_click=on_click, args=(begin, store, library, found[0].set_id, found[0].place),
                )  # fmt: skip
            else:
                st.caption("You have read all cases for it within the last 14 days.")
    if len(cards) > MOST:
        st.caption(f"{len(cards) - MOST} more come after these.")
