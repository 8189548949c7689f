"""The report, outlines, maps and key images as DICOM objects: made as a job, downloaded, or sent into an archive."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import streamlit as st

from pages.components import study_jobs
from pages.components.error_text import as_sentence
from pages.components.job_progress import watch
from pages.components.report.report_work import ReportWork
from pages.components.report.sending_panel import sending_panel
from pages.components.session.state import SessionState
from pages.components.start_job import start
from pages.components.study_sources import study_sources
from spine_core.dicom_objects.errors import DicomObjectError
from spine_core.dicom_objects.objects import make_objects, unavailable
from spine_core.dicom_objects.registry import KINDS
from spine_core.dicom_objects.structured_report import STRUCTURED_REPORT
from spine_core.dicom_objects.types import DicomObject, ObjectInput
from spine_core.explanation.base import Explanation
from spine_core.jobs import Job, Lane, State
from spine_core.library.errors import LibraryError
from spine_core.progress import Progress
from spine_core.report.key_images import map_facts
from spine_core.report.serialise import report_hash

JOB = "report-dicom-"
"""What the keys of the jobs begin with; the hash of the report follows."""

KINDS_CHOSEN = "report-dicom-kinds"


def dicom_panel(store: SessionState, work: ReportWork) -> None:
    """Which objects can be made, and what becomes of them."""
    with st.expander("DICOM objects", icon=":material/dataset:", key="report-dicom"):
        made_from = _input(store, work)
        reasons = unavailable(made_from)
        able = {one.name: one.label for one in KINDS if one.name not in reasons}
        if not able:
            st.caption(_reason(next(iter(reasons.values()))))
            return
        # Once for the run: the hash is over all pictures.
        key = f"{JOB}{report_hash(work.report)}"
        job = store.jobs.get(key)
        if job is None or (job.over and job.state is not State.DONE):
            _failure(job)
            _choice(store, key, made_from, able)
            for one in KINDS:
                if one.name in reasons:
                    st.caption(f"{one.label}: {reasons[one.name]}.")
        elif not job.over:
            watch({"Making the DICOM objects": job}, "report-dicom")
        else:
            _made(store, work, job)


def _choice(store: SessionState, job_key: str, made_from: ObjectInput, able: dict[str, str]) -> None:
    # A map that was added since makes more kinds possible: they are chosen, too.
    if st.session_state.get("report-dicom-able") != list(able) or KINDS_CHOSEN not in st.session_state:
        st.session_state["report-dicom-able"] = st.session_state[KINDS_CHOSEN] = list(able)
    st.multiselect(
        "Objects", list(able), key=KINDS_CHOSEN, format_func=able.__getitem__,
        help="For research and teaching: every object says so, and that it is not a diagnosis.",
    )  # fmt: skip

    def clicked() -> None:
        kinds = [one for one in st.session_state[KINDS_CHOSEN] if one in able]
        try:
            sources = study_sources(store)
        except LibraryError as error:
            st.toast(as_sentence(error), icon=":material/error:")
            return

        def run(progress: Progress) -> list[DicomObject]:
            return make_objects(made_from, sources(), kinds, progress)

        _forget(store)
        start(store, job_key, run, Lane.INTERACTIVE)

    st.button(
        "Make the objects", key="report-make-dicom", on_click=clicked, icon=":material/dataset:",
        disabled=not st.session_state[KINDS_CHOSEN],
    )  # fmt: skip


def _made(store: SessionState, work: ReportWork, job: Job[list[DicomObject]]) -> None:
    objects = job.result or []
    for one in objects:
        if one.kind == STRUCTURED_REPORT.name:
            work.structured_reports[work.report.version] = one.dataset
    st.dataframe([{"Object": one.label} for one in objects], hide_index=True)
    with st.container(horizontal=True):
        st.download_button(
            "Download", lambda: archived(objects), "spinelens-dicom.zip", "application/zip",
            icon=":material/download:", key="report-dicom-zip",
            help="One file per object, with the patient's identifiers of the study that is open.",
        )  # fmt: skip
        st.button("Make others", key="report-dicom-again", on_click=_forget, args=(store,))
    sending_panel(store, work, objects)


def archived(objects: list[DicomObject]) -> bytes:
    """A ZIP with one file per object."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, one in enumerate(objects, start=1):
            archive.writestr(f"{number:02d}-{one.kind}.dcm", one.to_bytes())
    return out.getvalue()


def _input(store: SessionState, work: ReportWork) -> ObjectInput:
    assert store.study is not None
    assert store.reading is not None
    reading = work.reading or store.reading
    # An amendment names the object of the version before.
    previous = work.structured_reports.get(work.report.version - 1)
    return ObjectInput(
        store.study, reading, work.report, _explanations(work), work.reviews, previous=previous
    )


def _explanations(work: ReportWork) -> list[Explanation]:
    """Those whose maps are key images of the report: each once, however often it was added."""
    shown = [
        (one.level, replace(one.facts, outcome="", tests=()))
        for one in work.report.key_images
        if one.facts is not None
    ]
    found: list[Explanation] = []
    for one in work.explanations:
        if (one.level, map_facts(one)) in shown and one not in found:
            found.append(one)
    return found


def _forget(store: SessionState) -> None:
    for name in [name for name, _ in store.jobs.items() if name.startswith(JOB)]:
        store.jobs.forget(name)


def _failure(job: Job[list[DicomObject]] | None) -> None:
    if job is not None and job.error is not None:
        known = isinstance(job.error, DicomObjectError)
        st.error(as_sentence(job.error) if known else study_jobs.FAILED, icon=":material/error:")


def _reason(why: str) -> str:
    return f"No DICOM object can be made: {why}."
