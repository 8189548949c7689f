"""Shows running jobs and lets the user cancel them, without blocking the page."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from spine_core.jobs import Job

REFRESH = 0.25
"""Seconds between two looks at a running job."""


@st.fragment(run_every=REFRESH)
def watch(jobs: Mapping[str, Job[object]], name: str) -> None:
    """A progress bar and a cancel button per job, keyed by what is being done; runs the page again at each end."""
    for label, job in jobs.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(job.done, text=f"{label}: {job.what}" if job.what not in ("", label) else label)
            if st.button("Cancel", key=f"cancel-{name}-{job.key}"):
                job.cancel()
    if any(job.over for job in jobs.values()):
        st.rerun()
