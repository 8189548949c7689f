"""Keeps many studies at once, from uploaded files or a folder of this computer, as a job."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components import job_progress
from pages.components.error_text import as_sentence
from pages.components.networks.available import bundle_of
from pages.components.session.identity import required_person
from pages.components.session.state import SessionState
from pages.components.start_job import start
from pages.components.study_jobs import FAILED
from spine_core.jobs import Job, State
from spine_core.library.cases import Description
from spine_core.library.errors import LibraryError
from spine_core.library.importing import ImportOptions, ImportReport, import_studies
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress
from spine_core.study.errors import StudyError
from spine_core.study.sources import SourceFile

IMPORT = "import-studies"
MOST_SHOWN = 200

EXPLAINED = (
    "Every study among the files is de-identified, read by the networks, and kept as a case of its own. DICOM files "
    "are sorted into studies by their headers; other images by their folders. An import that was interrupted goes on "
    "where it stopped when the same files are imported again. For folders of the server: `spinelens library import`."
)


def import_panel(store: SessionState, library: Library) -> None:
    """The uploader, the progress of an import, and what was refused and why."""
    job: Job[ImportReport] | None = store.jobs.get(IMPORT)
    with st.expander("Import studies", icon=":material/library_add:", expanded=job is not None):
        if job is not None and not job.over:
            job_progress.watch({"Importing": job}, "import")
            return
        if job is not None:
            _outcome(job)
        _form(store, library)


def _form(store: SessionState, library: Library) -> None:
    st.caption(EXPLAINED)
    key = f"import-{store.upload}"
    folder, archive = st.columns(2)
    with folder:
        st.file_uploader("A folder of studies", accept_multiple_files="directory", key=f"{key}-folder")
    with archive:
        st.file_uploader("Files or ZIP archives", accept_multiple_files=True, key=f"{key}-files")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tags = st.text_input("Tags for all", key=f"{key}-tags", placeholder="separated by commas", width=260)
        read = st.checkbox("Read by the networks", value=True, key=f"{key}-read")
        warned = st.checkbox(
            "Keep images that may show burned-in text", key=f"{key}-warned",
            help="PNG and JPEG files always may. Without this they are refused, so that you can look at each.",
        )  # fmt: skip

    def clicked() -> None:
        chosen = [*st.session_state[f"{key}-folder"], *st.session_state[f"{key}-files"]]
        sources = [SourceFile(one.name, one.getvalue()) for one in chosen]
        description = Description(tags=tuple(tags.split(",")))
        try:
            person = required_person(store, library)
        except LibraryError as error:
            st.toast(as_sentence(error), icon=":material/error:")
            return
        _start(store, library, person, sources, description, read=read, warned=warned)
        # Another uploader takes the place of this one, whose bytes are let go.
        store.upload += 1

    if st.session_state[f"{key}-folder"] or st.session_state[f"{key}-files"]:
        st.button("Import", type="primary", on_click=clicked)


def _start(
    store: SessionState,
    library: Library,
    person: Person,
    sources: Sequence[SourceFile],
    description: Description,
    *,
    read: bool,
    warned: bool,
) -> None:
    network, owner = store.network, store.owner

    def run(progress: Progress) -> ImportReport:
        networks = bundle_of(network, owner) if read else None
        options = ImportOptions(networks, description, accept_warnings=warned)
        return import_studies(library, person, sources, options, progress)

    start(store, IMPORT, run)


def _outcome(job: Job[ImportReport]) -> None:
    if job.state is State.CANCELLED:
        st.info("The import was cancelled. Studies that were kept until then stay.")
        return
    report = job.result
    if report is None:
        st.error(job.error.sentence if isinstance(job.error, StudyError) else FAILED)
        return
    known = f", {report.known} known already" if report.known else ""
    refused = f", {len(report.refused)} refused" if report.refused else ""
    st.success(f"{len(report.kept)} kept{known}{refused}.", icon=":material/check:")
    if report.refused:
        shown = [{"File": one.name, "Reason": one.reason} for one in report.refused[:MOST_SHOWN]]
        st.dataframe(shown, hide_index=True)
