"""What the reader chose in widgets that keep their state over pages: kept over a reload of the page as well."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import SessionState

from pages.components.compare.expensive_tests import WANTED


def chosen() -> dict[str, Any]:
    """The values of all widgets with ``persist_state="session"``, and which tests were asked for, by key.

    Streamlit has no word for which widgets these are; its own record is read.
    """
    state = _state()
    scope_of, id_of = state._persist_tracker.scope_of, state.get_widget_id_from_key
    return {
        key: value
        for key, value in st.session_state.to_dict().items()
        if key == WANTED or scope_of(id_of(str(key)) or "") == "session"
    }


def choose(choices: dict[str, Any]) -> None:
    """Sets widgets that the session has not drawn yet. The page has to be run anew then."""
    for key, value in choices.items():
        st.session_state[key] = value
    # Of the run before, as it were: of a value of the same run a widget that has a default warns in the log.
    _state()._compact_state()


def _state() -> SessionState:
    context = get_script_run_ctx()
    assert context is not None
    state: SessionState = context.session_state._state
    return state
