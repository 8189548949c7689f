"""Approval by name, amendment with a reason, and the versions before."""

from __future__ import annotations

import functools
from html import escape

import streamlit as st

from pages.components.report.report_work import ReportWork
from spine_core.report.approval import amend, approve
from spine_core.report.phrases import phrases
from spine_core.report.serialise import to_json
from spine_core.report.view import status_lines


def approval_panel(work: ReportWork) -> None:
    """The state of the report and what can follow."""
    st.markdown("**Approval**")
    for line in status_lines(work.report, phrases(work.report.language)):
        # Not Markdown: names and reasons are the reader's text.
        st.html(f"<p>{escape(line)}</p>")
    if work.approved:
        _amendment(work)
    else:
        _approval(work)
    for one in work.versions:
        st.download_button(
            f"Version {one.version} as JSON", functools.partial(to_json, one),
            f"spinelens-report-v{one.version}.json", "application/json", icon=":material/history:",
            key=f"report-version-{one.version}", type="tertiary",
        )  # fmt: skip


def _approval(work: ReportWork) -> None:
    def approved() -> None:
        work.change(lambda report: approve(report, st.session_state["report-name"]))
        work.writing = ("", "")

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Your name", key="report-name", placeholder="Name of the person who approves")
        st.button(
            "Approve", key="report-approve", on_click=approved, type="primary", icon=":material/verified:"
        )
    st.caption(
        "An approved report is immutable: no sentence of it can change. A change is a new version with a reason. "
        "Approval is for research and teaching; it makes no diagnosis of it."
    )


def _amendment(work: ReportWork) -> None:
    def amended() -> None:
        before = work.report
        # What came from the library is a copy without the patient's facts, whose own hash nobody else has.
        sha256 = work.kept.sha256 if work.kept.report is before else ""
        work.change(lambda report: amend(report, st.session_state["report-reason"], sha256))
        if work.report is not before:
            work.versions.append(before)

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Reason", key="report-reason", placeholder="Why the report has to change")
        st.button("Amend", key="report-amend", on_click=amended, icon=":material/edit_note:")
    st.caption("The amendment is a new version, which names the reason and the hash of this one.")
