"""One series with a slider: slice, window, disc marks."""

from __future__ import annotations

import streamlit as st

from pages.shared.slices import marks, nearest_slice, passes_through, square, with_marks
from pages.shared.store import Store
from spine_core.grading.model import Reading
from spine_core.study.model import Plane, Series, Study, Weighting
from spine_core.study.window import display_window, to_grey

HEIGHT = 760
"""Pixels of the enlarged slice; the browser scales it to its column."""


def weighting_of(series: Series, reading: Reading | None) -> tuple[str, str]:
    """Weighting in a clinician's words with its reason: the header's, else what the pixels told."""
    told = reading.told if reading is not None else {}
    name, reason = told.get(series.uid, (series.weighting.value, series.weighting_reason))
    return name.replace("_", " ").upper(), reason


def series_name(series: Series, reading: Reading | None) -> str:
    """Plane and weighting in a clinician's words."""
    weighting, _ = weighting_of(series, reading)
    plane = "Picture" if series.plane is Plane.UNKNOWN else series.plane.capitalize()
    if weighting == Weighting.UNKNOWN.upper():
        return plane
    return f"{plane} {weighting}"


def distinct_names(study: Study, reading: Reading | None) -> dict[str, str]:
    """A name per series uid; axial stacks carry the level that they pass through, equal names are numbered."""
    names: dict[str, str] = {}
    for series in study.series:
        level = _level_of(study, series, reading)
        plain = series_name(series, reading)
        plain = name = f"{plain}, {level}" if level else plain
        number = 2
        while name in names.values():
            name, number = f"{plain} ({number})", number + 1
        names[series.uid] = name
    return names


def _level_of(study: Study, series: Series, reading: Reading | None) -> str:
    """The one level that a short axial stack was planned on; empty where it passes through several or none."""
    if series.plane is not Plane.AXIAL or series.geometry is None or reading is None:
        return ""
    passed = [disc.level for disc in reading.discs if passes_through(study, series, disc)]
    return passed[0] if len(passed) == 1 else ""


@st.fragment
def viewer(store: Store) -> None:
    """Series picker, slice, slider. A fragment: moving the slider draws this part alone."""
    if store.study is None:
        return
    which, where = st.columns([2, 3], gap="medium")
    with which:
        _pick(store, store.study)
    study, series = store.study, store.series
    if series is None:
        return
    with where:
        index = _slider(store, series)
    place = st.container(key="viewer-picture")
    with st.container(horizontal=True, vertical_alignment="center"):
        show_marks = st.toggle("Disc labels", value=True, key="show-marks", persist_state="session")
        window = _window(series, index)
    picture = square(to_grey(series, index, window), series.row_to_column_spacing, HEIGHT)
    if show_marks and store.reading is not None:
        scale = (picture.height / series.rows, picture.width / series.columns)
        picture = with_marks(picture, marks(study, series, index, store.reading.discs), scale, store.level)
    place.image(
        picture,
        width="stretch",
        alt=f"{series_name(series, store.reading)}, slice {index + 1} of {series.slices}",
    )


# The store is the one truth about what is shown; widgets are set from it before they are drawn and write to it in
# their callbacks, so that a click on the grid moves the slider as well.


def _pick(store: Store, study: Study) -> None:
    names = distinct_names(study, store.reading)
    if store.series is None or len(names) < 2:
        return

    def picked() -> None:
        uid = st.session_state["series-picker"]
        store.series_uid = uid
        disc = store.disc
        nearest = nearest_slice(study, study.by_uid(uid), disc) if disc else None
        if nearest is not None:
            store.slices[uid] = nearest

    st.session_state["series-picker"] = store.series.uid
    st.selectbox("Series", list(names), format_func=names.get, key="series-picker", on_change=picked)


def _slider(store: Store, series: Series) -> int:
    if series.slices > 1:
        key = f"slice-{series.uid}"

        def moved() -> None:
            store.slices[series.uid] = st.session_state[key] - 1

        st.session_state[key] = store.slice_index(series) + 1
        st.slider(f"Slice (of {series.slices})", 1, series.slices, key=key, on_change=moved)
    return store.slice_index(series)


def _window(series: Series, index: int) -> tuple[float, float]:
    centre, width = display_window(series, index)
    with st.popover("Window", icon=":material/contrast:"):
        brightness = st.slider("Brightness", -100, 100, 0, key=f"brightness-{series.uid}")
        contrast = st.slider("Contrast", -100, 100, 0, key=f"contrast-{series.uid}")
    return centre - brightness / 100 * width, max(2.0, width * 2 ** (-contrast / 50))
