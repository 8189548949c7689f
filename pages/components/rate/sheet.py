"""The sheet that a rater is at: what is asked, the maps, the form; or why there is none."""

from __future__ import annotations

import streamlit as st

from pages.components.rate.form import form
from pages.components.rate.maps_viewer import maps_viewer
from pages.components.rate.rater import OpenSheet, close_sheet, open_sheet
from pages.components.rate.sheet_study import sheet_study
from pages.components.session.state import SessionState
from spine_core.audit.ratings.protocol import Design, Protocol
from spine_core.audit.ratings.sheets import Sheet
from spine_core.audit.ratings.shown import sheet_maps
from spine_core.audit.ratings.standing import Standing, standing
from spine_core.audit.ratings.store import Audit
from spine_core.library.store import Library
from spine_core.library.types import Person

CORRECTING = "rate-correcting"
"""Number of the sheet that is corrected, in the session."""


def rate(store: SessionState, library: Library, person: Person, audit: Audit) -> None:
    """One sheet of a rating study."""
    there = standing(library, person, audit.id)
    assert there is not None
    done = {one.number: one for one in there.done}
    again = done.get(st.session_state.get(CORRECTING, -1))
    waiting = there.ready[:2] if again is None else (again,)
    _progress(audit, there, done)
    if not waiting:
        _finished(there)
        return
    sheet = waiting[0]
    ahead = waiting[1].finding.case_id if len(waiting) > 1 else None
    study = sheet_study(store, library, person, audit.id, sheet.finding.case_id, ahead)
    if study is None:
        return
    opened = open_sheet(library, person, audit.id, audit.protocol, sheet, correcting=again is not None)
    _asked(opened)
    maps_viewer(store, library, opened, study, sheet_maps(library, person, audit.id, sheet))
    form(store, library, opened)


def _progress(audit: Audit, there: Standing, done: dict[int, Sheet]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{audit.protocol.title}**")
        st.progress(there.submitted / there.sheets, f"{there.submitted} of {there.sheets} sheets submitted")
        with st.popover("Correct a sheet", icon=":material/edit:", disabled=not done):
            st.caption("What was submitted stays in the log; the correction is added with its reason.")
            number = st.selectbox(
                "Sheet", list(done)[::-1], key="rate-correct",
                format_func=lambda one: f"{one + 1}: {done[one].finding.level}, {done[one].finding.label}",
            )  # fmt: skip
            st.button("Open it again", on_click=_correct, args=(number,))
    if CORRECTING in st.session_state:
        st.button("Leave the correction", icon=":material/arrow_back:", on_click=_correct, args=(None,))


def _correct(number: int | None) -> None:
    close_sheet()
    if number is None:
        st.session_state.pop(CORRECTING, None)
    else:
        st.session_state[CORRECTING] = number


def _finished(there: Standing) -> None:
    if there.opens is None:
        st.success("All sheets are submitted. Thank you.", icon=":material/check:")
        return
    st.info(
        f"The first part is done. The second part, with maps, opens on {there.opens:%Y-%m-%d at %H:%M} (UTC), so that "
        "the cases are not remembered.",
        icon=":material/event:",
    )


def _asked(opened: OpenSheet) -> None:
    finding, protocol = opened.sheet.finding, opened.protocol
    st.markdown(f"#### {finding.level} · {finding.label}")
    if not opened.sheet.with_maps:
        st.markdown("Grade this disc on the images alone.")
        _region(protocol)
        return
    scale = (
        "All maps have one colour scale and show only what speaks for the grade; full colour is each map's strongest "
        "pixel."
        if protocol.one_scale
        else "Full colour is each map's strongest pixel."
    )
    st.markdown(
        f"Every map claims to show why a network reports **{finding.target}**; some maps are controls that have "
        f"nothing to do with it. Whether the network is right is not told. {scale}"
    )
    _region(protocol)
    if protocol.design is Design.SEQUENTIAL:
        st.caption("You graded this disc without maps before; grade it again now.")


def _region(protocol: Protocol) -> None:
    if protocol.ask_region:
        st.caption(
            "Optional: draw an ellipse (key E in the viewer) around the region that decides this finding; the last "
            "one counts."
        )
