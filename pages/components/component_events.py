"""Events of our own components."""

from __future__ import annotations

from typing import Any

import streamlit as st


def listen() -> None:
    """A callback that does nothing: Streamlit passes an event on only where somebody listens for it."""


def event_value(key: str, event: str) -> Any:
    """What the component ``key`` said with ``event``; None for nothing.

    None also where its state is gone: an event may arrive after the reader has turned the page, whose end drops what
    the page before had drawn, and must not cost the new page.
    """
    try:
        return st.session_state[key][event]
    except KeyError:
        return None
