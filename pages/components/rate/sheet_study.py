"""The study of a sheet: opened in a job, the one of the next sheet ahead of time."""

from __future__ import annotations

import streamlit as st

from pages.components import job_progress
from pages.components.error_text import as_sentence
from pages.components.session.state import SessionState
from spine_core.audit.ratings.shown import open_audited
from spine_core.jobs import Busy, Job, Lane, submit
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress
from spine_core.study.types import Study

JOB = "sheet-study-"


def sheet_study(
    store: SessionState, library: Library, person: Person, audit_id: str, case_id: str, ahead: str | None
) -> Study | None:
    """The study; None, with a progress bar or a sentence, where it is not there yet. ``ahead``: case of the next."""
    wanted = {f"{JOB}{audit_id}-{one}": one for one in (case_id, ahead) if one}
    known = [key for key, _ in store.jobs.items()]
    for key in known:
        if key.startswith(JOB) and key not in wanted:
            store.jobs.forget(key)
    try:
        jobs = [_opened(store, library, person, audit_id, key, one) for key, one in wanted.items()]
    except Busy as busy:
        st.warning(as_sentence(busy), icon=":material/hourglass:")
        return None
    fault = "The case of this sheet could not be opened."
    return job_progress.result_of(jobs[0], "Opening the case", "sheet", fault)


def _opened(
    store: SessionState, library: Library, person: Person, audit_id: str, key: str, case_id: str
) -> Job[Study]:
    def run(progress: Progress) -> Study:
        return open_audited(library, person, audit_id, case_id)

    there = store.jobs.get(key)
    return submit(store.jobs, key, run, lane=Lane.INTERACTIVE) if there is None else there
