"""The study of a sheet: opened in a job, the one of the next sheet ahead of time."""

from __future__ import annotations

from collections.abc import Callable

from pages.components import job_progress
from pages.components.session.state import SessionState
from spine_core.audit.ratings.shown import open_audited
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress
from spine_core.study.types import Study

JOB = "sheet-study-"


def sheet_study(
    store: SessionState, library: Library, person: Person, audit_id: str, case_id: str, ahead: str | None
) -> Study | None:
    """The study; None, with a progress bar or a sentence, where it is not there yet. ``ahead``: case of the next."""
    wanted = {
        f"{JOB}{audit_id}-{one}": _opening(library, person, audit_id, one) for one in (case_id, ahead) if one
    }
    jobs = job_progress.only_jobs(store.jobs, JOB, wanted)
    if jobs is None:
        return None
    fault = "The case of this sheet could not be opened."
    return job_progress.result_of(jobs[0], "Opening the case", "sheet", fault)


def _opening(library: Library, person: Person, audit_id: str, case_id: str) -> Callable[[Progress], Study]:
    return lambda progress: open_audited(library, person, audit_id, case_id)
