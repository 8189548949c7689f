"""How far a rater is, and the way back to a sheet that was submitted."""

from __future__ import annotations

import streamlit as st

from pages.components.rate.rater import close_sheet
from spine_core.audit.ratings.sheets import Sheet
from spine_core.audit.ratings.standing import Standing, standing
from spine_core.audit.ratings.store import Audit
from spine_core.library.store import Library
from spine_core.library.types import Person

CORRECTING = "rate-correcting"
"""Number of the sheet that is corrected, in the session."""


def progress(library: Library, person: Person, audit: Audit) -> Standing:
    """Draws how far ``person`` is in a study that asks them, and returns it."""
    there = standing(library, person, audit.id)
    assert there is not None
    done = {one.number: one for one in there.done}
    st.progress(
        there.submitted / there.sheets,
        f"**{audit.protocol.title}**: {there.submitted} of {there.sheets} sheets submitted",
        width="stretch",
    )
    with st.popover("Correct a sheet", icon=":material/edit:", disabled=not done):
        st.caption("What was submitted stays in the log; the correction is added with its reason.")
        number = st.selectbox(
            "Sheet", list(done)[::-1], key="rate-correct",
            format_func=lambda one: f"{one + 1}: {done[one].finding.level}, {done[one].finding.label}",
        )  # fmt: skip
        st.button("Open it again", on_click=_correct, args=(number,))
    if CORRECTING in st.session_state:
        st.button("Leave the correction", icon=":material/arrow_back:", on_click=_correct, args=(None,))
    return there


def corrected_sheet(there: Standing) -> Sheet | None:
    """The submitted sheet that is open again; None where none is."""
    wanted = st.session_state.get(CORRECTING, -1)
    return next((one for one in there.done if one.number == wanted), None)


def _correct(number: int | None) -> None:
    close_sheet()
    if number is None:
        st.session_state.pop(CORRECTING, None)
    else:
        st.session_state[CORRECTING] = number
