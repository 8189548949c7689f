"""Original and the maps of one finding side by side, all of the same score; at first Grad-CAM, LIME and SHAP."""

from __future__ import annotations

import streamlit as st

from pages.components.explain.explanation_jobs import requested, sync_jobs
from pages.components.explain.method_panels import method_panel, original_panel
from pages.components.session.state import SessionState
from pages.components.viewer.linked_viewer import ask_how, finished, linked_panes
from spine_core.grading.types import DiscImage
from spine_core.networks.target import Target
from spine_core.study.types import Study

ACROSS = 4  # columns in a row, as many as the viewer's panes, the original among them


def show_maps(store: SessionState, study: Study, image: DiscImage, target: Target) -> None:
    """Maps of the chosen methods in linked panes, and below each its settings and figures."""
    asked = ask_how(store, image, target)
    tasks = requested(asked.image, asked.target, asked.network, asked.methods, store.owner)
    sync_jobs(store, [task.work for task in tasks])

    @st.fragment
    def panels() -> None:
        """Redrawn alone when a setting is being chosen: the maps are in the session already."""
        done = finished(store, tasks)
        linked_panes(store, study, asked.image, asked.channel, tasks, done)
        for start in range(0, 1 + len(tasks), ACROSS):
            row = [None, *tasks][start : start + ACROSS]
            columns = st.columns(min(ACROSS, 1 + len(tasks)), gap="small")
            for column, task in zip(columns, row, strict=False):
                with column:
                    if task is None:
                        original_panel(asked.target)
                    else:
                        method_panel(store, task, done.get(task.key))

    panels()
