"""The findings of the report: sentences by level, or the reader's free text."""

from __future__ import annotations

import streamlit as st

from pages.components.report.report_work import ReportWork
from pages.components.report.sentences import section
from pages.components.session.state import SessionState
from spine_core.report.editing import set_free_text
from spine_core.report.types import GENERAL


def findings(store: SessionState, work: ReportWork) -> None:
    """Left half of the page."""
    if not work.report.structured:
        _free_text(work)
        return
    section(store, work, GENERAL, "General")
    for one in work.report.levels:
        section(store, work, one.name, one.name)


def _free_text(work: ReportWork) -> None:
    def written() -> None:
        text = st.session_state["report-free"]
        work.change(lambda report: set_free_text(report, text))

    st.session_state["report-free"] = work.report.free_text
    st.text_area(
        "Findings in your words", key="report-free", height=480, on_change=written, disabled=work.approved,
        help="It stands in the place of the sentences by level, which are kept. All of it counts as written by you.",
    )  # fmt: skip
