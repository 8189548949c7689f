"""Shows running jobs and lets the user cancel them, without blocking the page or running its script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from pages.components.component_events import listen
from pages.components.error_text import as_sentence
from pages.components.progress_route import progress_address, progress_of
from pages.components.session.state import this_browser
from spine_core.assets import ASSETS
from spine_core.jobs import Busy, Job, Lane, Session, State, submit
from spine_core.library.errors import LibraryError
from spine_core.progress import Progress

T = TypeVar("T")

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
            _component()(
                key=f"progress-{name}-{job.key}", data=data, on_over_change=listen, on_part_change=listen
            )
            st.button("Cancel", key=f"cancel-{name}-{job.key}", on_click=job.cancel)


def only_jobs(
    jobs: Session, prefix: str, wanted: Mapping[str, Callable[[Progress], T]]
) -> list[Job[T]] | None:
    """A job for each of ``wanted``, by key; begun where there is none, also not one that failed. None, with a sentence,
    where the server is busy. Other jobs whose key begins with ``prefix`` are dropped with their results.
    """
    for key in [key for key, _ in jobs.items() if key.startswith(prefix) and key not in wanted]:
        jobs.forget(key)
    try:
        return [jobs.get(key) or submit(jobs, key, run, lane=Lane.INTERACTIVE) for key, run in wanted.items()]
    except Busy as busy:
        st.warning(as_sentence(busy), icon=":material/hourglass:")
        return None


def result_of(job: Job[T], label: str, name: str, fault: str) -> T | None:
    """The result of a job of the library; None, with its progress, or a sentence on why there is none.

    ``label``: what is being done. ``fault``: said of an error that nobody foresaw, whose text may hold a file name.
    """
    if job.state is State.DONE:
        return job.result
    if job.error is not None:
        st.error(
            as_sentence(job.error) if isinstance(job.error, LibraryError) else fault, icon=":material/error:"
        )
    elif job.over:
        st.warning("Cancelled. Reload the page to begin again.")
    else:
        watch({label: job}, name)
    return None


def only_result(
    jobs: Session, key: str, run: Callable[[Progress], T], *, prefix: str, label: str, fault: str
) -> T | None:
    """The result of the only job whose key begins with ``prefix``, begun where there is none; else as ``result_of``."""
    made = only_jobs(jobs, prefix, {key: run})
    return None if made is None else result_of(made[0], label, prefix.removesuffix("-"), fault)
