"""Why a finding was graded as it was: maps of one score side by side, and explanations of other kinds."""

from __future__ import annotations

import streamlit as st

from pages.components import layout
from pages.components.explain.kinds import ask_kind
from pages.components.explain.target import ask_question
from pages.components.session.state import current

store = current()
if not layout.need_reading(store):
    st.stop()

image, study, target = ask_question(store)
ask_kind().show(store, study, image, target)
