"""What stands on every page: style, disclaimer, badges."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st

from pages.shared.store import OPEN, Store
from spine_core import DISCLAIMER

STYLE = Path(__file__).resolve().parents[2] / "assets" / "styles" / "app.css"


def header(store: Store) -> None:
    """Style, the disclaimer, and what is open. Names of patients and files never appear here."""
    st.html(STYLE)
    st.html(
        '<div class="sl-strip" role="note">'
        f'<span class="sl-open">{escape(_what_is_open(store))}</span>{_badge(store)}'
        f'<span class="sl-disclaimer">{escape(DISCLAIMER)}</span></div>'
    )


def _what_is_open(store: Store) -> str:
    if store.study is None:
        return "No study open"
    count = len(store.study.series)
    name = "Demonstration study" if store.demonstration else "Uploaded study"
    return f"{name}, {count} series"


def _badge(store: Store) -> str:
    if store.study is None or not store.study.synthetic:
        return ""
    return '<span class="sl-badge" title="Made by a computer; shows no patient">Synthetic</span>'


def need_reading(store: Store) -> bool:
    """True where there is a reading with findings; otherwise says what is missing and where to get it."""
    if store.reading is not None and store.reading.discs:
        return True
    if store.jobs.get(OPEN) is not None:
        st.info("The study is being opened.", icon=":material/hourglass:")
    elif store.study is None:
        st.info("Open a study first.", icon=":material/folder_open:")
        st.page_link("study.py", label="Go to Study", icon=":material/arrow_back:")
    elif store.reading is not None:
        st.info("No lumbar disc could be read in this study, so there is nothing to explain.")
        for note in store.reading.notes:
            st.caption(note)
    elif store.reading_complaint:
        st.error(store.reading_complaint)
    else:
        st.info("The study is being read.", icon=":material/hourglass:")
    return False
