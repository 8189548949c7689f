"""Opening, reading and registering a prior study, in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pages.components import job_progress
from pages.components.error_text import as_sentence
from pages.components.networks.available import bundle_of
from pages.components.prior.prior_state import PriorState
from pages.components.session.state import SessionState, this_browser
from pages.components.study_jobs import FAILED
from pages.components.viewer.pixel_route import PixelStore
from spine_core.jobs import Busy, Job, Lane, State, submit
from spine_core.progress import Progress
from spine_core.study.types import Study

if TYPE_CHECKING:
    from spine_core.grading.types import Reading
    from spine_core.library.store import Library
    from spine_core.library.types import Person
    from spine_core.priors.comparison import PriorAlignment
    from spine_core.study import SourceFile

OPEN, READ, ALIGN = "prior-open", "prior-read", "prior-align"
LABELS = {
    OPEN: "Opening the prior study",
    READ: "Reading the prior study",
    ALIGN: "Registering the prior study",
}


def prior_of(store: SessionState) -> PriorState:
    """The prior of the open study, empty at first."""
    if store.prior is None:
        store.prior = PriorState(PixelStore(this_browser()))
    return store.prior


def open_files(store: SessionState, sources: tuple[SourceFile, ...], patient: str | None = None) -> None:
    """Opens uploaded files as the prior; ``patient`` answers the question which patient of several is meant."""

    def run(progress: Progress) -> Study:
        from spine_core.study import open_study

        return open_study(sources, patient=patient, progress=progress)

    prior = prior_of(store)
    prior.sources, prior.patients = sources, ()
    prior.upload += 1
    _begin(store, OPEN, run)


def open_case(store: SessionState, library: Library, person: Person, case_id: str) -> None:
    """Opens a case of the library as the prior."""

    def run(progress: Progress) -> Study:
        from spine_core.library import reopening

        return reopening.open_case(library, person, case_id, progress)[1]

    _begin(store, OPEN, run)


def confirm(store: SessionState) -> None:
    """The reader says that both studies are of one patient."""
    prior_of(store).confirmed = True


def drop(store: SessionState) -> None:
    """Closes the prior and cancels its work; the open study stays."""
    for key in LABELS:
        store.jobs.forget(key)
    if store.prior is not None:
        store.prior.pixels.clear()
    store.prior = None


def again(store: SessionState) -> None:
    """Clears a complaint, so that the page starts what is missing once more."""
    prior_of(store).complaint = ""


def go_on(store: SessionState) -> None:
    """Takes over what has ended and starts what follows: opening, then, once confirmed, reading and registration."""
    prior = prior_of(store)
    for key, take in ((OPEN, _opened), (READ, _read), (ALIGN, _aligned)):
        job = store.jobs.get(key)
        if job is not None and job.over:
            store.jobs.forget(key)
            take(prior, job)
    study, reading = store.study, store.reading
    if prior.study is None or not prior.confirmed or prior.complaint or study is None or reading is None:
        return
    if prior.reading is None or prior.network != store.network:
        _start_reading(store, prior, prior.study)
    elif reading.discs and prior.aligned != _to_align(reading, prior.reading):
        _start_alignment(store, prior, study, reading)


def show_progress(store: SessionState) -> bool:
    """A bar for the work in progress; whether there is any."""
    running = {LABELS[key]: job for key in LABELS if (job := store.jobs.get(key)) is not None}
    job_progress.watch(running, "prior")
    return bool(running)


def _start_reading(store: SessionState, prior: PriorState, study: Study) -> None:
    if store.jobs.get(READ) is not None:
        return
    network, owner = store.network, store.owner
    prior.reading, prior.alignment, prior.aligned = None, None, ()

    def run(progress: Progress) -> tuple[str, Reading]:
        from spine_core.grading.read import read_study

        progress(0.0, "loading the networks")
        return network, read_study(study, bundle_of(network, owner), progress=progress)

    _begin(store, READ, run)


def _to_align(reading: Reading, prior_reading: Reading) -> tuple[str, ...]:
    """The series whose alignment is needed. A correction of discs does not move the patient."""
    series = [one.anatomies[0].series_uid for one in (reading, prior_reading) if one.anatomies]
    return (reading.study_sha256, prior_reading.study_sha256, *series)


def _start_alignment(store: SessionState, prior: PriorState, study: Study, reading: Reading) -> None:
    if store.jobs.get(ALIGN) is not None:
        return
    prior_study, prior_reading = prior.study, prior.reading
    assert prior_study is not None
    assert prior_reading is not None
    prior.alignment, prior.aligned = None, ()

    def run(progress: Progress) -> tuple[tuple[str, ...], PriorAlignment]:
        from spine_core.priors.comparison import align_prior

        aligned = align_prior(study, reading, prior_study, prior_reading, progress)
        return _to_align(reading, prior_reading), aligned

    _begin(store, ALIGN, run)


def _begin(store: SessionState, key: str, run: Callable[[Progress], Any]) -> None:
    prior = prior_of(store)
    prior.complaint = ""
    try:
        submit(store.jobs, key, run, lane=Lane.INTERACTIVE)
    except Busy as busy:
        prior.complaint = as_sentence(busy)


def _opened(prior: PriorState, job: Job[Study]) -> None:
    from spine_core.study import MultiplePatientsError

    if isinstance(job.error, MultiplePatientsError):
        prior.patients = job.error.patients
        return
    prior.sources, prior.patients = (), ()
    if job.result is None:
        prior.complaint = _reason(job)
    else:
        prior.study, prior.confirmed = job.result, False


def _read(prior: PriorState, job: Job[tuple[str, Reading]]) -> None:
    if job.result is None:
        prior.complaint = _reason(job)
    else:
        prior.network, prior.reading = job.result


def _aligned(prior: PriorState, job: Job[tuple[tuple[str, ...], PriorAlignment]]) -> None:
    if job.result is None:
        prior.complaint = _reason(job)
    else:
        prior.aligned, prior.alignment = job.result


def _reason(job: Job[Any]) -> str:
    """A sentence for the screen; texts of errors that no room foresaw may hold a file name and are not shown."""
    from spine_core.library.errors import LibraryError
    from spine_core.priors.errors import NotRegistrable
    from spine_core.study import StudyError
    from spine_core.weights import WeightsError

    if job.state is State.CANCELLED:
        return "Cancelled."
    if isinstance(job.error, StudyError):
        return job.error.sentence
    if isinstance(job.error, NotRegistrable):
        return str(job.error.refusal)
    known = isinstance(job.error, LibraryError | WeightsError)
    return as_sentence(job.error) if known and job.error is not None else FAILED
