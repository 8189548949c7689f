"""The report as files, and a preview of its text."""

from __future__ import annotations

import functools

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.job_progress import watch
from pages.components.report.report_work import ReportWork
from pages.components.session.state import SessionState
from pages.components.start_job import start
from spine_core.jobs import Lane, State
from spine_core.report.errors import TemplateError
from spine_core.report.pdf import report_pdf
from spine_core.report.render import (
    TEXT,
    ReportTemplate,
    department_templates,
    render,
    report_html,
    report_text,
)
from spine_core.report.serialise import report_hash, to_json
from spine_core.report.types import Report

NAME = "spinelens-report"

PDF = "report-pdf-"
"""What the keys of the jobs begin with; the hash of the report follows."""


def report_files(store: SessionState, work: ReportWork) -> None:
    """Buttons for every format. The PDF is made when asked for; the others take milliseconds."""
    report = work.report
    with st.container(horizontal=True, key="report-files"):
        _pdf(store, report)
        for label, make, suffix, media, words in (
            ("HTML", report_html, "html", "text/html", "One page with pictures, to keep, print or send."),
            ("Text", report_text, "txt", "text/plain", "ASCII, 80 characters a line, to paste into a RIS."),
            ("JSON", to_json, "json", "application/json", "Everything, with authors, evidence and hash."),
        ):
            st.download_button(
                label, functools.partial(make, report), f"{NAME}.{suffix}", media, icon=":material/download:",
                key=f"report-{suffix}", help=words,
            )  # fmt: skip
    _department(report)


def _pdf(store: SessionState, report: Report) -> None:
    key = f"{PDF}{report_hash(report)}"
    job = store.jobs.get(key)
    if job is not None and job.state is State.DONE:
        st.download_button(
            "PDF", job.result, f"{NAME}.pdf", "application/pdf", icon=":material/download:", key="report-pdf",
            type="primary", help="A4, text that can be selected.",
        )  # fmt: skip
        return
    if job is not None and not job.over:
        watch({"Writing the PDF": job}, "report-pdf")
        return
    if job is not None and job.error is not None:
        st.error("The PDF could not be written because of a fault in SpineLens.", icon=":material/error:")
    st.button("Make the PDF", key="report-make-pdf", on_click=_start, args=(store, report, key),
              icon=":material/picture_as_pdf:")  # fmt: skip


def _start(store: SessionState, report: Report, key: str) -> None:
    for old in [name for name, _ in store.jobs.items() if name.startswith(PDF)]:
        store.jobs.forget(old)
    start(store, key, functools.partial(report_pdf, report), Lane.INTERACTIVE)


def _chosen(report: Report) -> ReportTemplate | None:
    return next((one for one in department_templates() if one.file == report.template), None)


def _department(report: Report) -> None:
    """The file in the department's template; a broken one is a sentence."""
    template = _chosen(report)
    if template is None:
        return
    try:
        text = render(report, template)
    except TemplateError as error:
        st.error(as_sentence(error), icon=":material/error:")
        return
    media = "text/plain" if template.suffix == TEXT else "text/html"
    st.download_button(
        f"In the template {template.name}", text, f"{NAME}-{template.name}.{template.suffix}", media,
        icon=":material/download:", key="report-department",
    )  # fmt: skip


def preview(report: Report) -> None:
    """The text as it is pasted, in the chosen template where that is of text."""
    template = _chosen(report)
    with st.expander("Preview of the text", icon=":material/preview:", key="report-preview"):
        try:
            own = template is not None and template.suffix == TEXT
            st.code(render(report, template) if template and own else report_text(report), language=None)
        except TemplateError:
            st.caption("The template cannot be used; see above.")
