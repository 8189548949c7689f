"""A set file of another installation becomes a set of the teacher here."""

from __future__ import annotations

import streamlit as st

from pages.components import job_progress
from pages.components.session.state import SessionState
from pages.components.start_job import start
from pages.components.teach.exercise.begin import on_click
from pages.components.teach.prepare.set_editor import CHOSEN
from spine_core.jobs import Job, Lane
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress
from spine_core.study.sources import SourceFile
from spine_core.teaching.set_import import import_set

JOB, TURN = "import-set", "set-import-turn"


def take_over_import(store: SessionState) -> None:
    """Chooses the set that was imported. Before the list of sets is drawn."""
    job: Job[str] | None = store.jobs.get(JOB)
    if job is not None and job.result is not None:
        st.session_state[CHOSEN] = job.result
        # Another uploader, without the file.
        st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
        store.jobs.forget(JOB)
        st.toast("The set was imported.", icon=":material/check:")


def import_file(store: SessionState, library: Library) -> None:
    """Behind a button; how it goes is below."""
    job: Job[str] | None = store.jobs.get(JOB)
    with st.popover("Import", icon=":material/upload_file:"):
        st.caption("A file that was made under “File”. Its cases are kept in the library as yours.")
        key = f"set-import-{st.session_state.get(TURN, 0)}"
        file = st.file_uploader("Set file", type="zip", key=key)
        st.button(
            "Import this set", key="set-import", disabled=file is None,
            on_click=on_click, args=(_import, store, library, key),
        )  # fmt: skip
    if job is not None:
        fault = "The set could not be imported."
        job_progress.result_of(job, "Checking and keeping the set", "set-import", fault)


def _import(store: SessionState, library: Library, person: Person, key: str) -> None:
    file = st.session_state.get(key)
    if file is None:
        return
    data = file.getvalue()

    def run(progress: Progress) -> str:
        return import_set(library, person, SourceFile("set.zip", data))

    start(store, JOB, run, Lane.INTERACTIVE)
