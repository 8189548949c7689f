"""The reader puts level names and disc positions right; every correction grades again."""

from __future__ import annotations

import streamlit as st

from pages.components import study_jobs
from pages.components.read import outline_list
from pages.components.session.state import SessionState
from pages.components.viewer.viewer import place_disc
from spine_core.anatomy.detection import uncertain
from spine_core.anatomy.types import LEVELS
from spine_core.grading import reader_edits as change
from spine_core.study.types import Plane, Series


def corrections(store: SessionState) -> None:
    """Shift all labels; move, add or remove the selected disc; take corrections back."""
    if store.study is None or store.reading is None:
        return
    with st.expander("Correct levels and discs", icon=":material/edit:", key="corrections"):
        if store.reading.discs:
            _shift(store)
        _one_disc(store)
        st.caption(outline_list.HINT)
        _history(store)


def level_warning(store: SessionState) -> None:
    """Where the level names may be wrong: how likely that is, and one click that moves them all."""
    reading = store.reading
    if reading is None or not reading.anatomies or reading.anatomies[0].level_certain:
        return
    count = reading.anatomies[0].level_count
    words = "The level count is uncertain: check it against the sacrum."
    if count is not None and not count.certain:
        words = uncertain(count)
    st.warning(
        f"**{words}** There may be a sixth lumbar vertebra, or a transitional one.",
        icon=":material/format_list_numbered:",
    )
    if count is not None and reading.discs:
        way = "up" if count.shift < 0 else "down"
        _shift_button(store, count.shift, f"Shift all levels {way} by one", "shift-suggested")


def _shift(store: SessionState) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("All labels")
        for by, words in ((-1, "One level up"), (1, "One level down")):
            _shift_button(store, by, words, f"shift{by}")


def _shift_button(store: SessionState, by: int, words: str, key: str) -> None:
    icon = f":material/arrow_{'upward' if by < 0 else 'downward'}:"
    if st.button(words, icon=icon, key=key):
        study_jobs.correct(
            store, lambda study, reading, bundle: change.shift_levels(study, reading, bundle, by)
        )
        st.rerun()


def _one_disc(store: SessionState) -> None:
    assert store.reading is not None
    there = [disc.level for disc in store.reading.discs]
    level = _selected_level(store)
    if level in there and st.button(f"Remove {level}", icon=":material/delete:"):
        study_jobs.correct(
            store, lambda study, reading, bundle: change.remove_disc(study, reading, bundle, level)
        )
        st.rerun()
    series = _where(store)
    if series is None:
        st.caption("There is no sagittal series on which a disc could be placed.")
        return
    _place(store, series, level, present=level in there)


def _selected_level(store: SessionState) -> str:
    """The level selected in the grid or the viewer; chosen here, it is selected there as well."""
    store.level = store.level or "L4/L5"
    # Set before the widget is drawn: a default would count once, and later selections would not be followed.
    st.session_state["correct-level"] = store.level

    def chosen() -> None:
        store.select(st.session_state["correct-level"], store.condition)

    st.segmented_control("Disc", LEVELS, key="correct-level", required=True, on_change=chosen)
    return store.level


def _history(store: SessionState) -> None:
    """Every correction with a way back, those that were undone with a way to do them again."""
    done, made = store.corrected, store.readings[-1].corrections if store.readings else ()
    if not made:
        return
    st.markdown("**Corrections**")
    with st.container(horizontal=True):
        _go("Undo", ":material/undo:", store, done - 1 if done else None, "undo")
        _go("Redo", ":material/redo:", store, done + 1 if done < len(made) else None, "redo")
        _go("Back to the networks' levels", ":material/restart_alt:", store, 0 if done else None, "restart")
    for number, words in enumerate(made, start=1):
        with st.container(horizontal=True, vertical_alignment="center", key=f"correction-{number}"):
            undone = number > done
            st.markdown(f"{number}. {words}" + (" (undone)" if undone else ""))
            if undone:
                _go("Redo up to here", None, store, number, f"redo-{number}")
            else:
                _go("Undo from here", None, store, number - 1, f"undo-{number}")


def _go(label: str, icon: str | None, store: SessionState, corrections: int | None, key: str) -> None:
    st.button(
        label, icon=icon, key=f"corrections-{key}", disabled=corrections is None, on_click=store.go_to,
        args=(corrections,), type="secondary" if icon else "tertiary",
    )  # fmt: skip


def _where(store: SessionState) -> Series | None:
    """Discs are placed on the series that the reading used, else on the one on the screen if it is sagittal."""
    assert store.study is not None
    assert store.reading is not None
    if store.reading.anatomies:
        return store.study.by_uid(store.reading.anatomies[0].series_uid)
    series = store.series
    return series if series is not None and series.plane in (Plane.SAGITTAL, Plane.UNKNOWN) else None


def _place(store: SessionState, series: Series, level: str, *, present: bool) -> None:
    verb = "Move" if present else "Add"
    if store.placing:
        st.info(f"Click on the middle of {store.placing} in the viewer.", icon=":material/ads_click:")
        if st.button("Do not place it"):
            store.placing = ""
            st.rerun()
    elif st.button(f"{verb} {level} by a click in the viewer", icon=":material/ads_click:"):
        store.placing = level
        st.rerun()
    assert store.reading is not None
    disc = next((disc for disc in store.reading.discs if disc.level == level), None)
    row, column = disc.center_px if disc is not None else ((series.rows - 1) / 2, (series.columns - 1) / 2)
    if disc is not None and not store.placing:
        st.caption("Or drag its dot in the viewer.")
    with st.form(f"place-{level}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        index = st.number_input("Slice", 1, series.slices, store.slice_index(series) + 1)
        row = _pixel("Row", row, series.rows)
        column = _pixel("Column", column, series.columns)
        if st.form_submit_button(f"{verb} {level} here"):
            place_disc(
                store,
                {"level": level, "series": series.uid, "slice": index - 1, "row": row, "column": column},
            )
            st.rerun()


def _pixel(label: str, value: float, count: int) -> float:
    """Asks for a row or column of ``count``; ``value`` may lie outside, since discs are found at the very edge too."""
    last = float(count - 1)
    return st.number_input(label, 0.0, last, min(max(value, 0.0), last), step=1.0, format="%.1f")
