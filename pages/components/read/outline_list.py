"""Outlines that the reader edited: what each edit changed, who made it, and the way back."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from pages.components import outline_work
from pages.components.session.state import SessionState
from spine_core.anatomy.outline_edits import OutlineEdit
from spine_core.anatomy.types import Structure
from spine_core.grading.outline_edits import changed_area
from spine_core.grading.outlines import levels_near

HINT = "Outlines are edited in the viewer: :material/draw: Edit outlines (X)."

EFFECT = (
    "Grades stay as they are: the networks grade pixels and see no outline. Measurements, relevance shares by "
    "structure, the report and files follow the edited outlines. The segmentation's own masks are kept. Dice: overlap "
    "with them, 1 where nothing was changed; the area is what was added or taken away."
)


def outline_list(store: SessionState) -> None:
    """Every edit with a way back; nothing where no outline was edited."""
    reading = store.reading
    if store.study is None or reading is None or not reading.outline_edits:
        return
    edits = reading.outline_edits
    with st.expander(f"Edited outlines ({len(edits)})", icon=":material/draw:", key="outline-edits"):
        for number, edit in enumerate(edits):
            _row(store, number, edit)
        st.button(
            "All outlines back to the segmentation", icon=":material/restart_alt:", key="outlines-all-back",
            on_click=outline_work.take_back, args=(store, None),
        )  # fmt: skip
        st.caption(EFFECT)


def _row(store: SessionState, number: int, edit: OutlineEdit) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"outline-{number}"):
        st.markdown(_words(store, edit))
        st.button(
            "Take back", type="tertiary", key=f"outline-back-{number}", on_click=outline_work.take_back,
            args=(store, edit), help="This outline as it was before the edit. It can be undone above.",
        )  # fmt: skip


def _words(store: SessionState, edit: OutlineEdit) -> str:
    assert store.study is not None
    assert store.reading is not None
    levels = levels_near(store.study, store.reading, edit) if edit.structure is Structure.DISC else ()
    name = edit.structure.name.capitalize() + (f" {', '.join(levels)}" if levels else "")
    overlap = "slice was not segmented" if edit.dice is None else f"Dice {edit.dice:.3f}"
    when = datetime.fromisoformat(edit.edited)
    return (
        f"**{name}**, slice {edit.slice_index + 1}: {overlap}, {changed_area(edit)}. "
        f"{edit.reader}, {when:%Y-%m-%d %H:%M} UTC"
    )
