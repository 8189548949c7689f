"""Slices next to the level x condition grid; the reader's corrections; the reading as a file."""

from __future__ import annotations

import streamlit as st

from pages.components import glossary, layout
from pages.components.downloads import reading_downloads
from pages.components.library.review_finding import review_finding
from pages.components.read.assumed_position import position_offers
from pages.components.read.corrections import corrections, level_warning
from pages.components.read.finding import measurements, probabilities
from pages.components.read.found_objects import found_objects
from pages.components.read.grid import grid, why_not_graded
from pages.components.read.outline_list import outline_list
from pages.components.read.summary import summary
from pages.components.session.state import current
from pages.components.viewer.viewer import viewer
from spine_core.explanation.concepts.of_reading import shown_errors
from spine_core.grading.types import Reading
from spine_core.study.types import Severity

store = current()
if store.study is None:
    layout.need_reading(store)
    st.stop()

if layout.ASKED_SERIES in st.query_params:
    store.look_at_number(st.query_params.pop(layout.ASKED_SERIES))


def findings() -> None:
    """Warnings, the grid, and the selected finding."""
    if not layout.need_reading(store) or store.reading is None:
        return
    level_warning(store)
    if store.network:
        st.caption(
            f"Read by **{store.network}**, a network that was added here; its card is on the page Networks."
        )
    summary(store.reading)
    st.html('<span id="grid-start" tabindex="-1"></span>')
    grid(store.reading, store.level, store.condition, store.select)
    st.caption(
        "Most probable grade and its probability. Deeper orange: further from normal. Hatched: "
        f"{glossary.link('Uncertain', 'uncertain')}; the small line names what else is possible. ≠ the networks "
        "disagree, ! contradicts another finding of the disc, n/g not gradable (hover for the reason). Click a cell to "
        "go to its slice."
    )
    facts, actions = st.columns([3, 2], gap="medium")
    with facts:
        selected_finding(store.reading)
    with actions:
        if why_not_graded(store.finding) is None:
            layout.link("explain.py", "Explain this finding", ":material/visibility:", primary=True)
        layout.link("prior.py", "Compare with a prior study", ":material/history:")
        reading_downloads(store, store.reading)
    condition = next((one for one in store.reading.conditions if one.name == store.condition), None)
    if condition is not None:
        st.caption(f"{glossary.link(condition.label)}: {condition.help}")
    for note in store.reading.notes:
        st.caption(note)
    if store.reading.corrections:
        st.caption(f"Corrected by the reader: {'; '.join(store.reading.corrections)}.")


def selected_finding(reading: Reading) -> None:
    """Probabilities and measurements of the selected disc, or why there are none."""
    if store.finding is not None:
        probabilities(store.finding)
        review_finding(store, store.finding)
    elif store.level:
        st.info(
            f"Not gradable: {why_not_graded(store.finding)}. “Correct levels and discs” below can place it."
        )
    if store.level in reading.measurements:
        own = reading.segmented_measurements if reading.measured_on_edit(store.level) else {}
        found = reading.measurements[store.level]
        measurements(found, own.get(store.level), shown_errors(reading, found.unit))


# The viewer has many controls, and the grid comes after it.
st.html('<a class="sl-skip" href="#grid-start">Skip to the grid of findings</a>')
left, right = st.columns([13, 14], gap="medium")

with right:
    # One element, whatever is in it: the panel below keeps its place, and so stays open.
    with st.container():
        findings()
    corrections(store)
    outline_list(store)
    found_objects(store)

with left, st.container(key="viewer-column"):
    viewer(store)
    position_offers(store)
    series = store.series
    for note in series.notes if series else ():
        if note.severity is not Severity.INFO:
            st.warning(note.text)
    if series is not None and series.not_gradable:
        st.caption(f"Shown, not graded: {series.not_gradable}")
