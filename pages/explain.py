"""Original, Grad-CAM, LIME and SHAP of one finding side by side, all of the same score."""

from __future__ import annotations

import streamlit as st

from pages.shared import chrome
from pages.shared.explaining import start_missing, wanted
from pages.shared.panels import ask_look, method_panel, original_panel
from pages.shared.store import current
from pages.shared.target import ask_question

store = current()
if not chrome.need_reading(store):
    st.stop()

image, study, target = ask_question(store)

tasks = wanted(image, target)
start_missing(store, [(task.key, task.run) for task in tasks])


@st.fragment
def panels() -> None:
    """Redrawn alone when only the look changes: the maps are in the session already."""
    look = ask_look(image)
    columns = st.columns(1 + len(tasks), gap="small")
    with columns[0]:
        original_panel(study, image, look, target)
    for column, task in zip(columns[1:], tasks, strict=True):
        with column:
            method_panel(store, study, task, look)


panels()
