"""Original and the maps of one finding side by side, all of the same score; at first Grad-CAM, LIME and SHAP."""

from __future__ import annotations

import streamlit as st

from pages.components import layout
from pages.components.explain.explanation_jobs import requested, sync_jobs
from pages.components.explain.method_panels import method_panel, original_panel
from pages.components.explain.target import ask_question
from pages.components.session.state import current
from pages.components.viewer.linked_viewer import ask_how, finished, linked_panes

ACROSS = 4  # columns in a row, as many as the viewer's panes, the original among them

store = current()
if not layout.need_reading(store):
    st.stop()

image, study, target = ask_question(store)

asked = ask_how(store, image, target)
image, target, channel = asked.image, asked.target, asked.channel
tasks = requested(image, target, asked.network, asked.methods, store.owner)
sync_jobs(store, [task.work for task in tasks])


@st.fragment
def panels() -> None:
    """Redrawn alone when a setting is being chosen: the maps are in the session already."""
    done = finished(store, tasks)
    linked_panes(store, study, image, channel, tasks, done)
    for start in range(0, 1 + len(tasks), ACROSS):
        row = [None, *tasks][start : start + ACROSS]
        for column, task in zip(st.columns(min(ACROSS, 1 + len(tasks)), gap="small"), row, strict=False):
            with column:
                if task is None:
                    original_panel(target)
                else:
                    method_panel(store, task, done.get(task.key))


panels()
