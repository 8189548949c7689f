"""How the report is written: language, template, structured or free text, the patient's facts; undo and redo."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.components.report.report_work import ReportWork, draft_again
from pages.components.session.state import SessionState
from spine_core.report.draft import with_patient
from spine_core.report.editing import set_structured
from spine_core.report.phrases import LANGUAGES
from spine_core.report.render import VARIABLE, department_templates

STRUCTURED, FREE = "Structured", "Free text"

PATIENT = (
    "Name, number, date of birth and sex as stored in the files, in the header of the report and of all its files. "
    "Off, no file of the report names the patient."
)


def choices(store: SessionState, work: ReportWork) -> None:
    """One row of controls; all but the view of an approved report are off."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="report-choices"):
        _language(store, work)
        _template(work)
        _kind(work)
        _patient(store, work)
        st.button(
            "Undo", icon=":material/undo:", key="report-undo", on_click=work.undo,
            disabled=not work.history.past,
        )  # fmt: skip
        st.button(
            "Redo", icon=":material/redo:", key="report-redo", on_click=work.redo,
            disabled=not work.history.future,
        )  # fmt: skip


def _language(store: SessionState, work: ReportWork) -> None:
    def chosen() -> None:
        draft_again(store, st.session_state["report-language"])

    # Set before each is drawn, here and below: undo changes what they show.
    st.session_state["report-language"] = work.report.language
    st.selectbox(
        "Language", list(LANGUAGES), key="report-language", format_func=LANGUAGES.__getitem__, on_change=chosen,
        disabled=work.approved, width=140, help="What you wrote yourself stays as it is.",
    )  # fmt: skip


def _template(work: ReportWork) -> None:
    names = {"": "SpineLens"} | {one.file: f"{one.name} ({one.suffix})" for one in department_templates()}
    if len(names) == 1:
        return

    def chosen() -> None:
        name = st.session_state["report-template"]
        work.change(lambda report: replace(report, template=name))

    there = work.report.template if work.report.template in names else ""
    st.session_state["report-template"] = there
    st.selectbox(
        "Template", list(names), key="report-template", format_func=names.__getitem__, on_change=chosen,
        disabled=work.approved, width=190,
        help=f"A department's own templates come from the folder that {VARIABLE} names.",
    )  # fmt: skip


def _kind(work: ReportWork) -> None:
    def chosen() -> None:
        structured = st.session_state["report-kind"] == STRUCTURED
        work.change(lambda report: set_structured(report, structured=structured))

    st.session_state["report-kind"] = STRUCTURED if work.report.structured else FREE
    st.segmented_control(
        "Findings as", [STRUCTURED, FREE], key="report-kind", on_change=chosen, required=True,
        disabled=work.approved,
    )  # fmt: skip


def _patient(store: SessionState, work: ReportWork) -> None:
    study = store.study
    assert study is not None

    def chosen() -> None:
        shown = st.session_state["report-patient"]
        work.change(lambda report: with_patient(report, study, shown=shown))

    st.session_state["report-patient"] = work.report.header.patient is not None
    st.toggle(
        "Patient data in the header",
        key="report-patient",
        on_change=chosen,
        disabled=work.approved,
        help=PATIENT,
    )
