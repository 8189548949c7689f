"""Shows running jobs and lets the user cancel them, without blocking the page or running its script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.components.component_events import listen
from pages.components.progress_route import progress_address, progress_of
from pages.components.session.state import this_browser
from spine_core.assets import ASSETS
from spine_core.jobs import Job, State

BAR = (
    '<div class="text"></div>'
    '<div class="bar" role="progressbar" aria-valuemin="0" aria-valuemax="100"><div class="fill"></div></div>'
)


@st.cache_resource
def _component() -> Any:
    return st.components.v2.component(
        "job_progress",
        html=BAR,
        css=(ASSETS / "styles" / "progress.css").read_text(),
        js=(ASSETS / "components" / "progress.js").read_text(),
    )


def awaited(job: Job[Any]) -> bool:
    """Whether a bar should stand for the job: it goes on, or was done after this run of the page had looked for it.

    A bar of the latter runs the page again at once.
    """
    return not job.over or job.state is State.DONE


def watch(jobs: Mapping[str, Job[Any]], name: str) -> None:
    """A progress bar and a cancel button per job, keyed by what is being done. Each end runs the page again."""
    for label, job in jobs.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            data = {"address": progress_address(job, this_browser()), "label": label} | progress_of(job)
            _component()(key=f"progress-{name}-{job.key}", data=data, on_over_change=listen)
            st.button("Cancel", key=f"cancel-{name}-{job.key}", on_click=job.cancel)
