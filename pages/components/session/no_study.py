"""What a tab without a study says: that it is being looked for, that it was closed, that it is open elsewhere."""

from __future__ import annotations

import streamlit as st

from pages.components import layout
from pages.components.session.registry import Refusal
from pages.components.session.state import Closed, SessionState

REASONS = {
    Refusal.EXPIRED: "its tab was closed, or had no connection, for more than ten minutes",
    Refusal.EVICTED: "SpineLens needed its memory for studies that were opened later",
    Refusal.UNKNOWN: "SpineLens was restarted, or its tab was closed for more than ten minutes",
}


def waiting() -> None:
    """Until the tab has said which one it is: nothing of any study."""
    layout.header(None)
    st.html('<p class="sl-waiting" role="status">Looking for the study of this tab \u2026</p>')


def heading(*, shown: bool) -> None:
    """What a tab without a study is for. Without ``shown`` its place stays, so that what follows is not built anew."""
    with st.container(key="start"):
        if shown:
            st.html(
                "<h1>Open a lumbar spine MR study</h1><p>Drop a DICOM folder or ZIP, NIfTI, or single images below. "
                "Or look at the demonstration study first: a computed spine, no patient.</p>"
            )


def notices(store: SessionState) -> None:
    """Why the tab has no study, where it had one or could be thought to have one."""
    # The container stands there without a word as well, so that what follows is not built anew when one goes.
    with st.container(key="notices"):
        if store.closed is not None:
            st.warning(_closed(store.closed), icon=":material/history_toggle_off:")
        if store.duplicate:
            st.info(
                "**This tab is a copy of another one.** The study stays open there; this tab begins without one.",
                icon=":material/tab_duplicate:",
            )
        if store.demonstration_offered:
            _offer(store)


def _closed(closed: Closed) -> str:
    name = "demonstration study" if closed.demonstration else "study"
    return (
        f"**The {name} that was open here was closed:** {REASONS[closed.reason]}. "
        "Its corrections, key images and maps are gone too. Open it again."
    )


def _offer(store: SessionState) -> None:
    def stay() -> None:
        store.demonstration_offered = False

    st.info(
        "**Your study stays open.** The address asked for the demonstration study, which would take its place.",
        icon=":material/science:",
    )
    with st.container(horizontal=True):
        st.button("Keep my study", on_click=stay, type="primary")
        layout.demonstration_button(store, "offered")
