"""Opening a study and reading it, in the background, whatever page the user is on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from pages.components import job_progress
from pages.components.error_text import as_sentence
from pages.components.networks.available import bundle_key, bundle_of
from pages.components.session.state import CORRECT, OPEN, READ, REGRADE, SessionState, Upload
from spine_core.grading.types import Reading
from spine_core.jobs import Busy, Job, Lane, State, submit
from spine_core.progress import Progress
from spine_core.study.types import Study

if TYPE_CHECKING:
    from spine_core.library.types import Person
    from spine_core.networks.registry import Bundle

T = TypeVar("T")

DEMONSTRATION = Path(__file__).resolve().parents[2] / ".cache" / "demo"

LABELS = {
    OPEN: "Opening the study",
    READ: "Reading the study",
    CORRECT: "Grading again",
    REGRADE: "Grading with another network",
}

ASKED_STUDY, DEMO = "study", "demo"
"""Part of the address of any page that opens the demonstration study: ``/?study=demo``."""
ANSWERED = "answered"
"""Kept in place of ``DEMO`` once the demonstration is being opened, or was offered."""

FAILED = "This could not be done because of a fault in SpineLens; the study itself may be fine."
"""For errors that no room foresaw: their text may hold a file name and is not shown."""

STILL_GRADING = "The discs are being graded again after the last change; please repeat this when it is done."


def open_demonstration(store: SessionState) -> None:
    """Opens the bundled synthetic study, which is made at first use."""

    def run(progress: Progress) -> Study:
        from spine_core.phantom import demo_study
        from spine_core.study import open_study, sources_from_path

        made = demo_study(DEMONSTRATION, lambda done, what="": progress(0.7 * done, what))
        return open_study(
            sources_from_path(made), progress=lambda done, what="": progress(0.7 + 0.3 * done, what)
        )

    _begin(store, Upload((), demonstration=True), run)


def note_address() -> None:
    """Notes that the address asks for the demonstration: another page's link drops it before the tab has a store."""
    if st.query_params.get(ASKED_STUDY) == DEMO:
        st.session_state.setdefault(ASKED_STUDY, DEMO)


def open_by_address(store: SessionState) -> None:
    """Opens the demonstration where the address asked for it; never in the place of something else, which is asked."""
    if st.session_state.get(ASKED_STUDY) != DEMO:
        # Not before something is open: the tab may be reloaded until then, and must know what for. Afterwards a reload
        # asks for what is open by then.
        if store.pending is None and ASKED_STUDY in st.query_params:
            del st.query_params[ASKED_STUDY]
        return
    st.session_state[ASKED_STUDY] = ANSWERED
    there = store.demonstration or (store.pending is not None and store.pending.demonstration)
    if store.study is None and store.pending is None and store.closed is None:
        open_demonstration(store)
    else:
        store.demonstration_offered = not there and store.closed is None


def open_upload(store: SessionState, upload: Upload, patient: str | None = None) -> None:
    """Opens uploaded files; ``patient`` answers the question which patient of several is meant."""

    def run(progress: Progress) -> Study:
        from spine_core.study import open_study

        return open_study(
            upload.sources,
            patient=patient,
            weighting=upload.weighting,
            spacing=upload.spacing,
            progress=progress,
        )

    _begin(store, replace(upload, patient=patient), run)


def open_case(store: SessionState, case_id: str) -> None:
    """Opens a case of the library, with the discs as they were corrected when it was kept."""
    from pages.components.session.identity import required_person
    from spine_core.library.errors import LibraryError
    from spine_core.library.store import open_library

    try:
        library = open_library()
        person = required_person(store, library)
    except LibraryError as error:
        st.toast(as_sentence(error), icon=":material/error:")
        return

    def run(progress: Progress) -> Study:
        from spine_core.library import reopening

        return reopening.open_case(library, person, case_id, progress)[1]

    _begin(store, Upload((), case_id=case_id), run)


def _begin(store: SessionState, upload: Upload, run: Callable[[Progress], Study]) -> None:
    """What is open stays open until the new study is: a bad file must not cost the reader a reading."""
    store.jobs.forget(OPEN)
    if store.pending is not None and store.pending.folder is not upload.folder:
        store.drop_pending()
    store.pending, store.patients = upload, ()
    _start(store, OPEN, run)


def correct(store: SessionState, change: Callable[[Study, Reading, Bundle], Reading]) -> None:
    """Applies a reader's correction and grades again. Refused while another one is graded, on which it would build."""
    if any(store.jobs.get(job) is not None for job in (READ, CORRECT, REGRADE)):
        st.toast(STILL_GRADING, icon=":material/hourglass:")
        return
    study, reading, network, owner = store.study, store.reading, store.network, store.owner
    assert study is not None
    assert reading is not None

    def run(progress: Progress) -> list[Reading]:
        return [change(study, reading, bundle_of(network, owner))]

    _start(store, CORRECT, run)


def use_network(store: SessionState, key: str) -> None:
    """Lets the network ``key`` read: the open study is graded again, its corrections included."""
    if store.reading is not None and any(store.jobs.get(job) is not None for job in (READ, CORRECT)):
        st.toast(STILL_GRADING, icon=":material/hourglass:")
        return
    store.network = key
    if store.reading is None:
        if store.study is not None and store.jobs.get(READ) is not None:
            # The network before is still reading.
            _start_reading(store, store.study)
        return
    study, readings, shown, owner = store.study, list(store.readings), store.corrected, store.owner
    assert study is not None

    def run(progress: Progress) -> tuple[list[Reading], int]:
        from spine_core.grading.read import grade_with

        bundle = bundle_of(key, owner)
        again = []
        for number, reading in enumerate(readings):
            progress(number / len(readings), "grading the discs")
            again.append(grade_with(study, bundle, reading))
        bundle.explained_network.prepare()
        return again, shown

    # A network that was chosen a moment ago is overtaken.
    store.jobs.forget(REGRADE)
    _start(store, REGRADE, run)


def _start(store: SessionState, key: str, run: Callable[[Progress], T]) -> None:
    store.complaint = ""
    try:
        submit(store.jobs, key, run, lane=Lane.INTERACTIVE)
    except Busy as busy:
        store.complaint = as_sentence(busy)


def collect(store: SessionState) -> None:
    """Takes over what background work has finished, and starts what follows from it."""
    for key, take in ((OPEN, _opened), (READ, _read), (CORRECT, _read), (REGRADE, _regraded)):
        job = store.jobs.get(key)
        if job is not None and job.over:
            store.jobs.forget(key)
            take(store, job)


def show_progress(store: SessionState) -> None:
    """Progress of opening and reading, on every page."""
    running = {LABELS[key]: job for key in LABELS if (job := store.jobs.get(key)) is not None}
    # The container stands there without work as well: Streamlit knows blocks by their position, and would build all
    # that follows anew when it goes, which closes what the user opened and drops files that are on their way.
    with st.container(key="progress"):
        if running:
            job_progress.watch(running, "study")


def _opened(store: SessionState, job: Job[Study]) -> None:
    from spine_core.library.errors import LibraryError
    from spine_core.study import MultiplePatientsError, StudyError

    if isinstance(job.error, MultiplePatientsError):
        store.patients = job.error.patients
        return
    upload, store.pending = store.pending, None
    if isinstance(job.error, StudyError):
        store.complaint = job.error.sentence
    elif isinstance(job.error, LibraryError):
        store.complaint = as_sentence(job.error)
    elif job.error is not None:
        store.complaint = FAILED
    elif job.state is State.CANCELLED:
        store.complaint = "Opening was cancelled."
    elif job.result is not None:
        assert upload is not None
        store.clear()
        store.opened, store.demonstration, store.case_id = upload, upload.demonstration, upload.case_id
        store.study = job.result
        _start_reading(store, job.result)
        return
    if upload is not None:
        upload.release()


def _start_reading(store: SessionState, study: Study, series_uid: str | None = None) -> None:
    network, owner = store.network, store.owner
    case_id, person = store.case_id, _case_reader(store)

    def run(progress: Progress) -> list[Reading]:
        from spine_core.grading.read import read_study

        progress(0.0, "loading the networks")
        bundle = bundle_of(network, owner)
        wanted = {} if series_uid is None else {"series_uid": series_uid}
        readings = [read_study(study, bundle, progress=progress, **wanted)]
        if person is not None and series_uid is None:
            readings += _as_kept(case_id, person, study, bundle, readings[0])
        # The reader looks at the grid first; by the first explanation the engine is there.
        bundle.explained_network.prepare()
        return readings

    # Another network, or another series, overtakes the reading before.
    store.jobs.forget(READ)
    _start(store, READ, run)


def _case_reader(store: SessionState) -> Person | None:
    """Who reads the open case; None where it is no case, or nobody is signed in."""
    if not store.case_id:
        return None
    from pages.components.session.identity import current_person
    from spine_core.library.errors import LibraryError
    from spine_core.library.store import open_library

    try:
        return current_person(store, open_library())
    except LibraryError:
        return None


def _as_kept(case_id: str, person: Person, study: Study, bundle: Bundle, reading: Reading) -> list[Reading]:
    """The reading with the discs as they were kept with the case, then with the outlines; only what was corrected."""
    from spine_core.library.cases import get_case
    from spine_core.library.kept_reading import with_kept_discs, with_kept_outlines
    from spine_core.library.store import open_library

    kept = get_case(open_library(), person, case_id).reading
    if kept is None:
        return []
    corrected = with_kept_discs(study, bundle, reading, kept)
    outlined = with_kept_outlines(study, bundle, corrected, kept)
    return [after for before, after in ((reading, corrected), (corrected, outlined)) if after is not before]


def _read(store: SessionState, job: Job[list[Reading]]) -> None:
    if job.error is not None:
        store.reading_complaint = _reason(job.error)
    elif job.state is State.CANCELLED:
        store.reading_complaint = "Reading was cancelled."
    elif job.result is not None:
        store.reading_complaint = ""
        for reading in job.result:
            store.adopt(reading)


def _regraded(store: SessionState, job: Job[tuple[list[Reading], int]]) -> None:
    if job.result is not None:
        store.readings, shown = job.result
        store.go_to(shown)
        return
    # The reading on the screen is still that of the network before.
    assert store.reading is not None
    store.network = bundle_key(store.reading.model.name)
    store.reading_complaint = _reason(job.error) if job.error is not None else "Grading was cancelled."


def _reason(error: Exception) -> str:
    from spine_core.library.errors import LibraryError
    from spine_core.weights import WeightsError

    if isinstance(error, KeyError):
        return "This network is not registered any more."
    known = isinstance(error, LibraryError | WeightsError | ValueError)
    return as_sentence(error) if known else FAILED


def read_again(store: SessionState) -> None:
    """Reads the open study once more, after a reading that failed or was cancelled."""
    if store.study is not None:
        store.reading_complaint = ""
        _start_reading(store, store.study)


def read_series(store: SessionState, uid: str) -> None:
    """Reads the open study again with the discs of the series that the reader chose."""
    if store.study is not None:
        store.reading_complaint = ""
        _start_reading(store, store.study, uid)
