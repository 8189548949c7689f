"""The reader puts level names and disc positions right; every correction grades again."""

from __future__ import annotations

import streamlit as st

from pages.shared import opening
from pages.shared.picture import point_on
from pages.shared.slices import marks, square, with_marks
from pages.shared.store import Store
from spine_core.anatomy.model import LEVELS
from spine_core.grading import correct as change
from spine_core.study.model import Plane, Series
from spine_core.study.window import display_window, to_grey

HEIGHT = 640


def corrections(store: Store) -> None:
    """Shift all labels; move, add or remove one disc."""
    if store.study is None or store.reading is None:
        return
    with st.expander("Correct levels and discs", icon=":material/edit:"):
        if store.reading.discs:
            _shift(store)
        _one_disc(store)


def _shift(store: Store) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("All labels")
        for by, words, icon in (
            (-1, "one level up", "arrow_upward"),
            (1, "one level down", "arrow_downward"),
        ):
            if st.button(words.capitalize(), icon=f":material/{icon}:", key=f"shift{by}"):
                opening.correct(
                    store,
                    lambda study, reading, bundle, by=by: change.shift_levels(study, reading, bundle, by),
                )
                st.rerun()


def _one_disc(store: Store) -> None:
    assert store.reading is not None
    there = [disc.level for disc in store.reading.discs]
    level = st.segmented_control("One disc", LEVELS, default=store.level or "L4/L5", key="correct-level")
    if level is None:
        return
    if level in there and st.button(f"Remove {level}", icon=":material/delete:"):
        opening.correct(
            store, lambda study, reading, bundle: change.remove_disc(study, reading, bundle, level)
        )
        st.rerun()
    series = _where(store)
    if series is None:
        st.caption("There is no sagittal series on which a disc could be placed.")
        return
    _place(store, series, level, present=level in there)


def _where(store: Store) -> Series | None:
    """Discs are placed on the series that the reading used, else on the one on the screen if it is sagittal."""
    assert store.study is not None
    assert store.reading is not None
    if store.reading.anatomies:
        return store.study.by_uid(store.reading.anatomies[0].series_uid)
    series = store.series
    return series if series is not None and series.plane in (Plane.SAGITTAL, Plane.UNKNOWN) else None


def _place(store: Store, series: Series, level: str, *, present: bool) -> None:
    assert store.study is not None
    assert store.reading is not None
    index = store.slice_index(series)
    verb = "Move" if present else "Add"
    st.caption(
        f"{verb} {level}: click on the middle of the disc in slice {index + 1}, or type its place. "
        "The slider beside changes the slice."
    )
    grey = to_grey(series, index, display_window(series, index))
    picture = square(grey, series.row_to_column_spacing, HEIGHT)
    scale = (picture.height / series.rows, picture.width / series.columns)
    picture = with_marks(picture, marks(store.study, series, index, store.reading.discs), scale, level)
    point = point_on(picture, f"Slice {index + 1}: click to place {level}", key=f"point-{series.uid}-{level}")
    if point is not None:
        _apply(
            store,
            level,
            (point[0] * series.rows - 0.5, point[1] * series.columns - 0.5),
            index,
            present=present,
        )
    with st.form(f"place-{level}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        row = st.number_input("Row", 0.0, float(series.rows - 1), step=1.0, format="%.1f")
        column = st.number_input("Column", 0.0, float(series.columns - 1), step=1.0, format="%.1f")
        if st.form_submit_button(f"{verb} {level} here"):
            _apply(store, level, (row, column), index, present=present)


def _apply(store: Store, level: str, center: tuple[float, float], index: int, *, present: bool) -> None:
    action = change.move_disc if present else change.add_disc
    opening.correct(
        store,
        lambda study, reading, bundle: action(study, reading, bundle, level, center, slice_index=index),
    )
    st.rerun()
