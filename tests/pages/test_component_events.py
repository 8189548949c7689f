from __future__ import annotations

import streamlit as st

from pages.components.component_events import event_value


def test_what_a_component_said_is_found_and_one_that_is_gone_said_nothing(monkeypatch):
    monkeypatch.setattr(st, "session_state", {"grid": {"cell": {"level": "L4/L5"}}})
    assert event_value("grid", "cell") == {"level": "L4/L5"}
    assert event_value("grid", "other") is None
    # The page was turned since, and its state dropped.
    assert event_value("viewer", "disc") is None
