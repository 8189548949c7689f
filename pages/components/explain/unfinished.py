"""What stands in the place of an explanation that is not there."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.components import job_progress
from pages.components.session.state import SessionState
from pages.components.study_jobs import FAILED
from spine_core.jobs import Job, State


def unfinished(store: SessionState, key: str, job: Job[Any] | None, label: str, name: str) -> None:
    """The progress of ``job``, called ``label``; else why there is no result, and a button that runs it again.

    ``key``: of the job in the session. ``name``: of the elements on the page.
    """
    if job is not None and job_progress.awaited(job):
        job_progress.watch({label: job}, name)
        return
    if job is not None and job.state is State.FAILED:
        st.error(str(job.error) if isinstance(job.error, ValueError) else FAILED)
    elif job is not None and job.state is State.CANCELLED:
        st.info("Cancelled.")
    if st.button("Run", key=f"run-{name}", icon=":material/play_arrow:"):
        store.jobs.forget(key)
        st.rerun(scope="app")
