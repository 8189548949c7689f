"""What stands on every page: style, disclaimer, badges."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from pages.components import study_jobs
from pages.components.finding_address import follow_address
from pages.components.session.state import OPEN, SessionState
from spine_core import DISCLAIMER
from spine_core.assets import ASSETS

ASKED_SERIES = "series"
"""Part of the Read page's address: which series to show first, by number; never a name or a uid."""

STYLES = ASSETS / "styles"

PRESENTATION = "Large text and no tools, for a projector. Mouse and keyboard still work in the viewer."


def header(store: SessionState | None) -> None:
    """Style, the disclaimer, and what is open where that is known. Names of patients and files never appear here."""
    st.html(STYLES / "app.css")
    known = f'<span class="sl-open">{escape(_what_is_open(store))}</span>{_badge(store)}' if store else ""
    with st.container(horizontal=True, vertical_alignment="center", key="strip", gap="medium"):
        st.html(
            f'<div class="sl-strip" role="note">{known}'
            f'<span class="sl-disclaimer">{escape(DISCLAIMER)}</span></div>'
        )
        if store is not None:
            presenting = st.toggle(
                "Presentation", key="presentation", persist_state="session", help=PRESENTATION
            )
            if presenting:
                st.html(STYLES / "presentation.css")


def link(
    page: str, label: str, icon: str, query: Mapping[str, str] | None = None, *, primary: bool = False
) -> None:
    """Turns to another page, drawn as a button.

    Never ``st.switch_page``: it runs this page once more first, and a fragment of this page that asks for its turn in
    that time (the viewer, a progress bar) is run after the new page has begun, and wipes it.
    """
    key = f"go-{'primary' if primary else 'plain'}-{page}-{'-'.join((query or {}).values())}"
    with st.container(key=key.replace(".", "-"), width="content"):
        st.page_link(page, label=label, icon=icon, query_params=query)


def still_open(store: SessionState) -> str:
    """What a failed upload left open."""
    if store.study is None:
        return "No study is open."
    return f"The {'demonstration study' if store.demonstration else 'study opened before'} stays open, unchanged."


def _what_is_open(store: SessionState) -> str:
    if store.study is None:
        return "No study open"
    count = len(store.study.series)
    name = "Demonstration study" if store.demonstration else "Uploaded study"
    name = "Case of the library" if store.case_id else name
    return f"{name}, {count} series"


def _badge(store: SessionState) -> str:
    if store.study is None or not store.study.synthetic:
        return ""
    return '<span class="sl-badge" title="Made by a computer; shows no patient">Synthetic</span>'


def need_reading(store: SessionState) -> bool:
    """True where there is a reading with findings, which then follows the page's address.

    Otherwise says what is missing and where to get it.
    """
    if store.reading is not None and store.reading.discs:
        follow_address(store)
        return True
    if store.jobs.get(OPEN) is not None:
        st.info("The study is being opened.", icon=":material/hourglass:")
    elif store.study is None:
        _nothing_open(store)
    elif store.reading is not None:
        st.info("No lumbar disc could be read in this study, so there is nothing to explain.")
        for note in store.reading.notes:
            st.caption(note)
    elif store.reading_complaint:
        st.error(store.reading_complaint)
    else:
        st.info("The study is being read.", icon=":material/hourglass:")
    return False


def _nothing_open(store: SessionState) -> None:
    # Where the tab had a study, the notice above says already that it has none now.
    if store.closed is None and not store.duplicate:
        st.info(
            "No study is open in this tab. Open one, or look at the demonstration.",
            icon=":material/folder_open:",
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key="go-primary-open", width="content"):
            st.page_link("study.py", label="Open a study", icon=":material/upload_file:")
        demonstration_button(store, "missing")


def demonstration_button(store: SessionState, place: str) -> None:
    """Opens the bundled synthetic study, at the reader's word only. ``place`` tells the buttons of a page apart."""
    st.button(
        "Open the demonstration study", icon=":material/science:", key=f"demonstration-{place}",
        on_click=study_jobs.open_demonstration, args=(store,),
    )  # fmt: skip
