"""Places without pointing: the middle of the shown slice, and numbers for row and column."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.components.teach.case_view import CaseView
from pages.components.teach.finding_form import Finding, label_of
from spine_core.teaching.answers import Click


def placing_bar(view: CaseView, put: Callable[[Finding, Click], None]) -> None:
    """While a place is to be marked: which, and a way without pointing."""
    if view.placing is None:
        return
    finding = view.placing

    def middle() -> None:
        view.placing = None
        put(finding, view.middle())

    def leave() -> None:
        view.placing = None

    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/ads_click: Click on the place of **{label_of(finding)}**, or")
        st.button("Mark the middle of the shown slice", on_click=middle, key=f"middle-{view.key}")
        st.button("Do not mark it", on_click=leave, key=f"leave-{view.key}")


def places_by_number(
    view: CaseView,
    places: Mapping[Finding, Click],
    put: Callable[[Finding, Click], None],
    remove: Callable[[Finding], None],
) -> None:
    """The marked places in numbers, for keyboards; and a way to take one back."""
    if not places:
        return
    with st.expander("Marked places in numbers", icon=":material/pin_drop:"):
        findings = list(places)
        labels = {one: label_of(one) for one in findings}
        finding = st.selectbox(
            "Finding", findings, format_func=labels.__getitem__, key=f"places-{view.key}", width=320
        )
        click = places[finding]
        series = view.study.by_uid(click.series_uid)
        st.caption(f"{view.names[series.uid]}, slice {click.slice_index + 1} of {series.slices}")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            numbers = {"Slice": click.slice_index + 1.0, "Row": click.row, "Column": click.column}
            limits = {"Slice": series.slices, "Row": series.rows - 1, "Column": series.columns - 1}
            for name, value in numbers.items():
                _number(view, finding, click, name, value, limits[name], put)
            st.button(
                "Remove", icon=":material/delete:", key=f"remove-{view.key}", on_click=remove, args=(finding,)
            )


def _number(
    view: CaseView, finding: Finding, click: Click, name: str, value: float, last: int,
    put: Callable[[Finding, Click], None],
) -> None:  # fmt: skip
    key = f"place-{name}-{view.key}-{' '.join(finding)}"
    first = 1.0 if name == "Slice" else 0.0
    # Set before it is drawn: a click in the viewer changes it as well.
    st.session_state[key] = min(max(value, first), max(float(last), first))

    def changed() -> None:
        given = st.session_state[key]
        field_name = {"Slice": "slice_index", "Row": "row", "Column": "column"}[name]
        number = int(given) - 1 if name == "Slice" else float(given)
        put(finding, Click(**{**vars(click), field_name: number}))

    st.number_input(
        name, first, max(float(last), first), step=1.0, format="%.0f" if name == "Slice" else "%.1f", key=key,
        on_change=changed, width=130,
    )  # fmt: skip
