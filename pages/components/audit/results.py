"""What came of a rating study: tables, a chart, downloads. Computed in a job."""

from __future__ import annotations

import streamlit as st

from pages.components import job_progress
from pages.components.audit.rating_chart import rating_chart
from pages.components.session.state import SessionState
from spine_core.audit.analysis.exports.bundle import audit_zip
from spine_core.audit.analysis.exports.html import audit_html
from spine_core.audit.analysis.exports.long_csv import ratings_csv
from spine_core.audit.analysis.exports.mrmc import mrmc_csv
from spine_core.audit.analysis.exports.result_tables import result_tables
from spine_core.audit.analysis.exports.table import Table
from spine_core.audit.analysis.results import AuditResults, audit_results
from spine_core.audit.ratings.standing import standing
from spine_core.audit.ratings.store import Audit
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress

JOB = "audit-results-"


def results(store: SessionState, library: Library, person: Person, audit: Audit) -> None:
    """The results as the log is now. Who still has sheets to rate does not see them, to stay blinded."""
    there = standing(library, person, audit.id)
    if there is not None and there.submitted < there.sheets:
        st.info(
            f"You rate in this study yourself: its results open to you with the last of your {there.sheets} sheets.",
            icon=":material/visibility_off:",
        )
        return
    if audit.frozen is None:
        st.caption("Nobody has rated yet.")
        return
    found = _computed(store, library, person, audit)
    if found is not None:
        _shown(found)
        _downloads(found)


def _computed(store: SessionState, library: Library, person: Person, audit: Audit) -> AuditResults | None:
    def run(progress: Progress) -> AuditResults:
        return audit_results(library, person, audit.id)

    # The head of the log changes with every rating.
    return job_progress.only_result(
        store.jobs, f"{JOB}{audit.id}-{audit.head}", run, prefix=JOB,
        label="Computing agreement and intervals", fault="The results could not be computed.",
    )  # fmt: skip


def _shown(found: AuditResults) -> None:
    data = found.data
    if data.problem:
        st.error(data.log_sentence, icon=":material/gpp_bad:")
    else:
        st.markdown(f":material/verified_user: {data.log_sentence}")
    st.caption(
        f"{len(data.ratings)} sheets, {data.repeats} of them silent repeats, {data.corrections} corrections. "
        "Intervals: 95 % bootstrap over cases."
    )
    texts = {one.name: one.text for one in data.protocol.questions}
    question = st.selectbox(
        "Question", list(texts), key="results-question", width=520, format_func=texts.__getitem__
    )
    rating_chart([one for one in found.by_method if one.question == question], data.protocol, question)
    for table in result_tables(found):
        _table(table, texts[question], question)


def _table(table: Table, words: str, question: str) -> None:
    """A table; where it has a line per question, those of the chosen one."""
    st.markdown(f"**{table.title}**")
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    if "Question" in table.columns:
        rows = [
            {k: v for k, v in row.items() if k != "Question"} for row in rows if row["Question"] == question
        ]
        st.caption(f"{words}. {table.note}")
    else:
        st.caption(table.note)
    st.dataframe(rows, hide_index=True)


def _downloads(found: AuditResults) -> None:
    question = st.session_state["results-question"]
    name = f"audit-{found.data.audit.id[:8]}"
    st.markdown("**Download**")
    st.caption(
        "The archive has all of it: report, ratings with codebook, the table for R's MRMCaov, protocol and log, whose "
        "hashes can be checked. Raters and cases have numbers."
    )
    with st.container(horizontal=True):
        files = {
            f"{name}.zip": (lambda: audit_zip(found, question), "application/zip"),
            f"{name}.html": (lambda: audit_html(found), "text/html"),
            f"{name}-ratings.csv": (lambda: ratings_csv(found.table), "text/csv"),
            f"{name}-mrmc.csv": (lambda: mrmc_csv(found.table, question), "text/csv"),
        }
        for file, (content, kind) in files.items():
            st.download_button(file, content, file, kind, icon=":material/download:", key=f"download-{file}")
