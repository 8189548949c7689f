"""Starts a job anew, from a button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.session.state import SessionState
from spine_core.jobs import Busy, Lane, submit
from spine_core.progress import Progress


def start(
    store: SessionState, key: str, run: Callable[[Progress], Any], lane: Lane = Lane.BACKGROUND
) -> None:
    """Replaces the job ``key``; where too much is going on, says so and starts nothing."""
    store.jobs.forget(key)
    try:
        submit(store.jobs, key, run, lane=lane)
    except Busy as busy:
        st.toast(as_sentence(busy), icon=":material/hourglass:")
