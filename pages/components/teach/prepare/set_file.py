"""A set as one file: made only when it is asked for, in a job, since it holds the images of all cases."""

from __future__ import annotations

import io

import streamlit as st

from pages.components import job_progress
from pages.components.networks.start import start
from pages.components.session.state import SessionState
from pages.components.teach.exercise.begin import on_click
from spine_core.jobs import Job, Lane
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress
from spine_core.teaching.set_file import export_set
from spine_core.teaching.sets import StoredSet

JOB = "set-file-"


def set_file(store: SessionState, library: Library, person: Person, chosen: StoredSet) -> None:
    """A button that makes it, then one that hands it over."""
    st.markdown(
        "One file with the set, its references, what was released, and the de-identified images of its cases. Another "
        "installation imports it. Answers of learners are not in it."
    )
    key = f"{JOB}{chosen.id}"
    job: Job[bytes] | None = store.jobs.get(key)
    st.button(
        "Make the file", icon=":material/archive:", key="set-file-make", disabled=job is not None and not job.over,
        on_click=on_click, args=(_make, store, library, chosen.id),
    )  # fmt: skip
    if job is None:
        return
    data = job_progress.result_of(job, "Making the file", "set-file", "The file could not be made.")
    if data is not None:
        st.download_button(
            f"Download ({len(data) / 1e6:.1f} MB)", data, f"spinelens-set-{chosen.id[:8]}.zip", "application/zip",
            icon=":material/download:", key="set-file-download", on_click="ignore",
        )  # fmt: skip


def _make(store: SessionState, library: Library, person: Person, set_id: str) -> None:
    def run(progress: Progress) -> bytes:
        out = io.BytesIO()
        export_set(library, person, set_id, out)
        return out.getvalue()

    # One file at a time in memory.
    for key in [key for key, _ in store.jobs.items() if key.startswith(JOB)]:
        store.jobs.forget(key)
    start(store, f"{JOB}{set_id}", run, Lane.INTERACTIVE)
