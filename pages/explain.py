"""Original and the maps of one finding side by side, all of the same score; at first Grad-CAM, LIME and SHAP."""

from __future__ import annotations

import streamlit as st

from pages.shared import chrome
from pages.shared.explaining import ask_methods, ask_network, start_missing, wanted
from pages.shared.panels import ask_look, method_panel, original_panel
from pages.shared.store import current
from pages.shared.target import ask_question

ACROSS = 4  # panels in a row, the original among them

store = current()
if not chrome.need_reading(store):
    st.stop()

image, study, target = ask_question(store)

whose, which = st.columns([3, 9], gap="medium")
with whose:
    network = ask_network(store)
with which:
    methods = ask_methods(image)
tasks = wanted(image, target, network, methods)
start_missing(store, [(task.key, task.run) for task in tasks])


@st.fragment
def panels() -> None:
    """Redrawn alone when only the look changes: the maps are in the session already."""
    look = ask_look(image)
    first, rest = tasks[: ACROSS - 1], tasks[ACROSS - 1 :]
    columns = st.columns(max(1 + len(first), 3), gap="small")
    with columns[0]:
        original_panel(study, image, look, target)
    for column, task in zip(columns[1:], first, strict=False):
        with column:
            method_panel(store, study, task, look)
    for start in range(0, len(rest), ACROSS):
        for column, task in zip(st.columns(ACROSS, gap="small"), rest[start : start + ACROSS], strict=False):
            with column:
                method_panel(store, study, task, look)


panels()
