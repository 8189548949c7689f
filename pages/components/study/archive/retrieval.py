"""The series of the chosen study, and their retrieval."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components import job_progress, study_jobs
from pages.components.error_text import as_sentence
from pages.components.session.state import SessionState, Upload
from pages.components.start_job import start
from pages.components.study.archive.query_form import RETRIEVE, SERIES
from spine_core.jobs import Job, Lane, State, submit
from spine_core.pacs.archive import archive_of
from spine_core.pacs.errors import PacsError
from spine_core.pacs.preselection import preselected
from spine_core.pacs.retrieval import Retrieved, retrieve
from spine_core.pacs.servers import Server
from spine_core.pacs.types import FoundSeries, FoundStudy, Missing
from spine_core.progress import Progress
from spine_core.study.limits import OverLimit
from spine_core.study.sources import SourceFile

ASKED = "archive-asked"
"""In the session: the study whose series were asked for."""


def retrieval(store: SessionState, server: Server, chosen: FoundStudy) -> None:
    """Asks for the series, then fetches what is chosen of them and opens it."""
    job: Job[Retrieved] | None = store.jobs.get(RETRIEVE)
    if job is not None and not job.over:
        job_progress.watch({f"Fetching from {server.name}": job}, "archive-retrieve")
        return
    if job is not None:
        store.jobs.forget(RETRIEVE)
        if job.result is not None:
            _open(store, job.result)
            st.rerun()
        _why_not(job)
    series = _series(store, server, chosen)
    if series is not None:
        _choice(store, server, chosen, series)


def _series(store: SessionState, server: Server, chosen: FoundStudy) -> tuple[FoundSeries, ...] | None:
    job: Job[tuple[FoundSeries, ...]] | None = store.jobs.get(SERIES)
    if job is None or st.session_state.get(ASKED) != (server.name, chosen.uid):
        st.session_state[ASKED] = (server.name, chosen.uid)
        store.jobs.forget(SERIES)
        job = submit(
            store.jobs, SERIES, lambda progress: archive_of(server).series(chosen.uid), lane=Lane.INTERACTIVE
        )
    if not job.over:
        job_progress.watch({"Asking for the series": job}, "archive-series")
        return None
    if job.error is not None:
        _why_not(job)
        return None
    return job.result or ()


def _choice(store: SessionState, server: Server, chosen: FoundStudy, series: Sequence[FoundSeries]) -> None:
    if not series:
        st.info("The archive names no series of this study.", icon=":material/search_off:")
        return
    labels = {one.uid: _label(number, one) for number, one in enumerate(series, 1)}
    key = f"archive-series-{chosen.uid}"
    if key not in st.session_state:
        st.session_state[key] = list(preselected(series))
    wanted = st.multiselect(
        "Series to fetch", list(labels), key=key, format_func=labels.__getitem__,
        help="MR of the lumbar spine is chosen beforehand; localizers and reports are not used.",
    )  # fmt: skip

    def clicked() -> None:
        uids = st.session_state[key]
        asked = [one for one in series if one.uid in uids]

        def run(progress: Progress) -> Retrieved:
            return retrieve(archive_of(server), chosen.uid, asked, progress)

        start(store, RETRIEVE, run, Lane.INTERACTIVE)

    st.button(
        "Fetch and open", type="primary", icon=":material/download:", disabled=not wanted, on_click=clicked,
        key="archive-fetch",
    )  # fmt: skip


def _label(position: int, one: FoundSeries) -> str:
    images = "" if one.instances is None else f", {one.instances} images"
    number = position if one.number is None else one.number
    return f"{number}: {one.description or 'without a description'} ({one.modality or '?'}{images})"


def _open(store: SessionState, found: Retrieved) -> None:
    """Opens it as an upload; the folder lives as long as the upload does."""
    sources = tuple(SourceFile(path.name, path) for path in found.files)
    left_out = tuple(_missing(one) for one in found.missing)
    study_jobs.open_upload(store, Upload(sources, folder=found.folder, left_out=left_out))


def _missing(one: Missing) -> str:
    name = one.series.description or f"series {one.series.number}"
    return f"{name}: {one.reason}"


def _why_not(job: Job[Retrieved] | Job[tuple[FoundSeries, ...]]) -> None:
    if job.state is State.CANCELLED:
        st.warning("Fetching was cancelled; nothing was kept.")
    elif job.error is not None:
        known = isinstance(job.error, PacsError | OverLimit)
        st.error(as_sentence(job.error) if known else study_jobs.FAILED, icon=":material/error:")
