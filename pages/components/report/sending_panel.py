"""Sends DICOM objects into an archive that is configured for it: after a dialog that names destination and objects."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components import study_jobs
from pages.components.error_text import as_sentence
from pages.components.job_progress import watch
from pages.components.report.report_work import ReportWork
from pages.components.session.identity import current_person, required_person
from pages.components.session.state import SessionState
from pages.components.start_job import start
from spine_core.dicom_objects.types import DicomObject
from spine_core.jobs import Job, Lane
from spine_core.library.errors import LibraryError
from spine_core.library.store import open_library
from spine_core.pacs.errors import PacsError
from spine_core.pacs.sending import Outcome, send_objects
from spine_core.pacs.sent_log import Dispatch, SentObject, sent_objects
from spine_core.pacs.servers import Server, configured_servers
from spine_core.progress import Progress
from spine_core.report.serialise import report_hash

SEND = "report-send"
DIALOG = "report-send-asked"
"""In the session: the dialog is open."""

OFF = "Sending is off: no server of `pacs.toml` has `store = true`."
PSEUDONYMS = (
    "This study was opened from the library, whose files are de-identified: an archive would file its objects under "
    "a patient who does not exist. Open the study from its own files, or from the archive, to send objects."
)
NOBODY = "Choose who you are on the page Library first: the log of what was sent names a person."


def sending_panel(store: SessionState, work: ReportWork, objects: Sequence[DicomObject]) -> None:
    """Where the objects may go, how sending goes, and what was sent before."""
    try:
        servers = {one.name: one for one in configured_servers() if one.store}
    except PacsError as error:
        st.error(as_sentence(error), icon=":material/error:")
        return
    if not servers:
        st.caption(OFF)
        return
    if store.opened is not None and store.opened.case_id:
        st.caption(PSEUDONYMS)
        return
    try:
        library = open_library()
        person = current_person(store, library)
        entries = () if person is None else sent_objects(library, person)
    except LibraryError as error:
        st.error(as_sentence(error), icon=":material/error:")
        return
    if person is None:
        st.caption(NOBODY)
        return
    _send(store, work, servers, objects)
    _log(entries)


def _send(
    store: SessionState, work: ReportWork, servers: dict[str, Server], objects: Sequence[DicomObject]
) -> None:
    job: Job[list[Outcome]] | None = store.jobs.get(SEND)
    if job is not None and not job.over:
        watch({"Sending": job}, SEND)
        return
    _outcomes(job)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Archive", list(servers), key="report-archive", width=240)
        st.button(
            "Send…", key="report-send", on_click=_ask, icon=":material/outbox:", disabled=not objects,
            help="A dialog names the archive and the objects first.",
        )  # fmt: skip
    if st.session_state.get(DIALOG):
        _dialog(store, work, servers[st.session_state["report-archive"]], objects)


def _ask() -> None:
    st.session_state[DIALOG] = True


def _close() -> None:
    st.session_state[DIALOG] = False


@st.dialog("Send into an archive", on_dismiss=_close)
def _dialog(store: SessionState, work: ReportWork, server: Server, objects: Sequence[DicomObject]) -> None:
    st.markdown(f"These objects go to **{server.name}**, into the study that they are of:")
    st.dataframe([{"Object": one.label} for one in objects], hide_index=True)
    sure = work.approved
    if not work.approved:
        st.warning("The report is a draft: nobody has approved it.", icon=":material/edit_note:")
        sure = st.checkbox("Send the draft all the same", key="report-send-draft")
    st.caption("What an archive has taken cannot be taken back from here.")
    with st.container(horizontal=True):
        st.button(
            "Send", type="primary", key="report-send-now", disabled=not sure, on_click=_start,
            args=(store, work, server, objects),
        )  # fmt: skip
        st.button("Do not send", key="report-send-not", on_click=_close)
    if not st.session_state.get(DIALOG):
        # A dialog's buttons run the dialog alone, which is closed by a run of the page.
        st.rerun()


def _start(store: SessionState, work: ReportWork, server: Server, objects: Sequence[DicomObject]) -> None:
    _close()
    try:
        library = open_library()
        person = required_person(store, library)
    except LibraryError as error:
        st.toast(as_sentence(error), icon=":material/error:")
        return
    dispatch = Dispatch(server.name, report_hash(work.report), work.approved)

    def run(progress: Progress) -> list[Outcome]:
        return send_objects(library, person, server, objects, dispatch, progress)

    start(store, SEND, run, Lane.INTERACTIVE)


def _outcomes(job: Job[list[Outcome]] | None) -> None:
    if job is None:
        return
    if job.error is not None:
        known = isinstance(job.error, PacsError | LibraryError)
        st.error(as_sentence(job.error) if known else study_jobs.FAILED, icon=":material/error:")
        return
    outcomes = job.result or []
    refused = [one for one in outcomes if one.reason]
    if not refused:
        count = len(outcomes)
        st.success(f"The archive took {count} object{'' if count == 1 else 's'}.", icon=":material/check:")
    for one in refused:
        st.error(f"{one.label}: {one.reason}.", icon=":material/error:")


def _log(entries: Sequence[SentObject]) -> None:
    if not entries:
        return
    with st.popover("What was sent", icon=":material/history:"):
        st.dataframe(
            [
                {
                    "Sent": f"{one.sent:%Y-%m-%d %H:%M} UTC", "By": one.person, "To": one.dispatch.server,
                    "Object": one.kind.replace("_", " "), "State": "approved" if one.dispatch.approved else "draft",
                    "Outcome": one.reason or "taken", "SOP Instance UID": one.sop_instance_uid,
                    "Report": one.dispatch.report_sha256,
                }
                for one in entries
            ],
            hide_index=True,
        )  # fmt: skip
