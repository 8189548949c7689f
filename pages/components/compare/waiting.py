"""What the Compare page shows until the comparison is there: its progress, and what of it is known."""

from __future__ import annotations

from collections.abc import Container, Sequence

import streamlit as st

from pages.components import job_progress
from pages.components.compare.matrices import agreement_matrix
from pages.components.compare.tables import faithfulness_rows, localisation_table
from pages.components.explain.explanation_jobs import ExplanationRequest, Work
from pages.components.session.state import SessionState
from pages.components.study_jobs import FAILED
from spine_core.comparison.types import PartialComparison
from spine_core.comparison.verdict import label_of
from spine_core.jobs import Job, State


def unfinished(
    store: SessionState, requests: Sequence[ExplanationRequest], work: Work, shown: Container[str]
) -> None:
    """Progress of what is not ``shown`` yet; else why there is no comparison, and a button to run it again."""
    waited_for = {label_of(one.method): store.jobs.get(one.key) for one in requests if one.key not in shown}
    comparison = store.jobs.get(work.key)
    # Where a map was dropped from the session, the comparison is done and waits for the map to be made again.
    if not waited_for or comparison is None or not comparison.over:
        waited_for["Comparison"] = comparison
    running = {
        label: job for label, job in waited_for.items() if job is not None and job_progress.awaited(job)
    }
    if running:
        job_progress.watch(running, "compare")
        return
    st.info(_reason([job for job in waited_for.values() if job is not None]))
    if st.button("Run again", icon=":material/play_arrow:"):
        for key in (*(one.key for one in requests), work.key):
            job = store.jobs.get(key)
            if job is not None and job.state is not State.DONE:
                store.jobs.forget(key)
        st.rerun()


def known_so_far(comparison: Job[object] | None) -> None:
    """Agreement, anatomy and the rows of the metrics that are there; nothing before the first."""
    known = None if comparison is None or comparison.over else comparison.partial
    if not isinstance(known, PartialComparison):
        return
    agreement, faithfulness, anatomy = st.tabs(("Agreement", "Faithfulness", "Anatomy"))
    with agreement:
        agreement_matrix(known)
    with faithfulness:
        faithfulness_rows(known)
        st.caption("More metrics follow; verdicts come with the last.")
    with anatomy:
        localisation_table(known)


def _reason(jobs: Sequence[Job[object]]) -> str:
    failures = [job.error for job in jobs if job.state is State.FAILED]
    sentences = [str(error) for error in failures if isinstance(error, ValueError)]
    return sentences[0] if sentences else FAILED if failures else "The comparison was cancelled."
