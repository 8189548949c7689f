"""Keeps the open study in the library, as a job: de-identified, checked, stored."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from pages.components import job_progress
from pages.components.error_text import as_sentence
from pages.components.networks.available import bundle_of
from pages.components.session.identity import required_person
from pages.components.session.state import SessionState, Upload
from pages.components.start_job import start
from pages.components.study_jobs import FAILED
from pages.components.study_sources import upload_sources
from spine_core.grading.types import Reading
from spine_core.jobs import Job, Lane
from spine_core.library.cases import Description, get_case
from spine_core.library.errors import LibraryError
from spine_core.library.keeping import Prepared, Stated, keep, kept_case, prepare, update_reading
from spine_core.library.kept_reading import kept_reading, places
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress
from spine_core.retrieval.embedding import NoEmbeddingError
from spine_core.retrieval.kept_discs import store_discs
from spine_core.study.errors import StudyError

KEEP = "keep-study"

PROMISE = (
    "The files are de-identified first, by the Basic Profile of DICOM PS3.15: names, numbers, free text, unknown "
    "private attributes and overlays are removed, dates shifted, identifiers replaced. The reading is kept with them."
)


@dataclass(frozen=True, eq=False)
class Outcome:
    """``case_id``: None where the reader must first look at ``prepared.files.warnings``."""

    prepared: Prepared
    description: Description
    case_id: str | None


def keep_study(store: SessionState, library: Library, person: Person) -> None:
    """What can be done with the open study: keep it, see how that goes, or that it is kept."""
    if store.study is None:
        return
    job: Job[Outcome] | None = store.jobs.get(KEEP)
    if job is not None and job.result is not None and job.result.case_id is not None:
        store.case_id = job.result.case_id
        store.jobs.forget(KEEP)
        st.toast("The study was kept.", icon=":material/check:")
        job = None
    store.case_id = store.case_id or kept_case(library, person, store.study) or ""
    if store.case_id:
        _reading_since(store, library, person)
        return
    if store.opened is None:
        return
    with st.expander("Keep the open study", expanded=job is not None, icon=":material/bookmark_add:"):
        if job is None or (job.over and job.result is None):
            _failure(job)
            _form(store, library, person, store.opened)
        elif not job.over:
            job_progress.watch({"De-identifying and checking": job}, "keep")
        else:
            assert job.result is not None
            _confirm(store, library, job.result)


def _reading_since(store: SessionState, library: Library, person: Person) -> None:
    """Offers to keep the reading, where there was none or it was corrected since."""
    study, reading = store.study, store.reading
    try:
        kept = get_case(library, person, store.case_id).reading
    except LibraryError:
        # It was deleted since, or somebody else opened it in this tab and signed out.
        st.caption("The open study is a case of the library that you do not see.")
        return
    if study is None or reading is None or not reading.discs:
        return
    if kept is not None and (not reading.corrections or places(kept) == places(kept_reading(reading, study))):
        return

    def clicked() -> None:
        try:
            update_reading(library, required_person(store, library), store.case_id, study, reading)
        except LibraryError as error:
            st.toast(as_sentence(error), icon=":material/error:")

    with st.container(horizontal=True, vertical_alignment="center"):
        if kept is None:
            st.markdown("The open case was kept before it had been read.")
        else:
            st.markdown("Levels, discs or outlines of the open case were corrected after it was kept.")
        words = "Keep its reading" if kept is None else "Keep the corrected reading"
        st.button(words, icon=":material/save:", on_click=clicked)


def _failure(job: Job[Outcome] | None) -> None:
    if job is not None and job.error is not None:
        known = isinstance(job.error, LibraryError | StudyError)
        st.error(as_sentence(job.error) if known else FAILED, icon=":material/error:")
        st.caption("Nothing was kept.")


def _form(store: SessionState, library: Library, person: Person, upload: Upload) -> None:
    st.caption(PROMISE)
    with st.form("keep-form", border=False):
        left, right = st.columns(2)
        title = left.text_input(
            "Title", max_chars=200, placeholder="what the case shows; no name of a patient"
        )
        tags = right.text_input("Tags", placeholder="separated by commas")
        notes = st.text_area("Notes", height=70, placeholder="no name of a patient")
        shared = st.checkbox("Shared: everybody who uses this library sees the case")
        if st.form_submit_button("De-identify and keep", type="primary"):
            described = Description(title, notes, tuple(tags.split(",")), shared)
            _start(store, library, person, upload, described)
            st.rerun()


def _start(
    store: SessionState, library: Library, person: Person, upload: Upload, description: Description
) -> None:
    study, reading = store.study, store.reading
    assert study is not None

    def run(progress: Progress) -> Outcome:
        stated = Stated(upload.weighting, upload.spacing)
        prepared = prepare(
            library, study, upload_sources(upload), patient=upload.patient, stated=stated, progress=progress
        )
        if prepared.files.warnings:
            return Outcome(prepared, description, None)
        return kept_with_discs(prepared)

    kept_with_discs = _keeper(store, library, person, reading, description)
    start(store, KEEP, run, Lane.INTERACTIVE)


def _keeper(
    store: SessionState, library: Library, person: Person, reading: Reading | None, description: Description
) -> Callable[[Prepared], Outcome]:
    """Keeps a prepared study, and what the network that read it sees of its discs, to look for similar ones."""
    network, owner = store.network, store.owner

    def kept(prepared: Prepared) -> Outcome:
        case_id = keep(library, person, prepared, reading, description).case_id
        if reading is not None:
            # A network without feature maps has no embedding; the case is kept all the same.
            with suppress(NoEmbeddingError):
                case = get_case(library, person, case_id)
                store_discs(library, person, case, bundle_of(network, owner).grader, reading)
        return Outcome(prepared, description, case_id)

    return kept


def _confirm(store: SessionState, library: Library, outcome: Outcome) -> None:
    """The reader looks for what no program finds for certain: text drawn into the images."""
    for warning in outcome.prepared.files.warnings:
        st.warning(warning, icon=":material/visibility:")

    def kept() -> None:
        prepared, reading, description = outcome.prepared, store.reading, outcome.description
        try:
            person = required_person(store, library)
        except LibraryError as error:
            st.toast(as_sentence(error), icon=":material/error:")
            return

        kept_with_discs = _keeper(store, library, person, reading, description)
        start(store, KEEP, lambda progress: kept_with_discs(prepared), Lane.INTERACTIVE)

    with st.container(horizontal=True):
        st.button("I have looked: keep it", type="primary", on_click=kept)
        st.button("Do not keep it", on_click=store.jobs.forget, args=(KEEP,))
