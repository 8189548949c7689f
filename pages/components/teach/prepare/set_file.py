"""A set as one file, and its key objects: made only when asked for, in a job, since they need all images."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import streamlit as st

from pages.components import job_progress
from pages.components.session.state import SessionState
from pages.components.start_job import start
from pages.components.teach.exercise.begin import on_click
from spine_core.jobs import Job, Lane
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress
from spine_core.teaching.key_objects import export_key_objects
from spine_core.teaching.set_file import export_set
from spine_core.teaching.sets import StoredSet

JOB = "set-file-"


@dataclass(frozen=True)
class Kind:
    """A file that can be made of a set. ``name``: in the file's name."""

    name: str
    label: str
    write: Callable[[Library, Person, str, BinaryIO], object]


FILE = Kind("set", "Make the file", export_set)
KEY_OBJECTS = Kind("key-objects", "Make the Key Objects", export_key_objects)


def set_file(store: SessionState, library: Library, person: Person, chosen: StoredSet) -> None:
    """A button that makes it, then one that hands it over."""
    st.markdown(
        "One file with the set, its references, what was released, and the de-identified images of its cases. Another "
        "installation imports it. Answers of learners are not in it."
    )
    _file(store, library, chosen, FILE)
    st.markdown(
        "Key Object Selections: a DICOM object per case that names the slices of its reference places, for archives "
        "and viewers that have the images."
    )
    _file(store, library, chosen, KEY_OBJECTS)


def _file(store: SessionState, library: Library, chosen: StoredSet, kind: Kind) -> None:
    key = f"{JOB}{kind.name}-{chosen.id}"
    job: Job[bytes] | None = store.jobs.get(key)
    st.button(
        kind.label, icon=":material/archive:", key=f"make-{kind.name}", disabled=job is not None and not job.over,
        on_click=on_click, args=(_make, store, library, chosen.id, kind),
    )  # fmt: skip
    if job is None:
        return
    data = job_progress.result_of(job, "Making the file", f"set-{kind.name}", "The file could not be made.")
    if data is not None:
        st.download_button(
            f"Download ({len(data) / 1e6:.1f} MB)", data, f"spinelens-{kind.name}-{chosen.id[:8]}.zip",
            "application/zip", icon=":material/download:", key=f"download-{kind.name}", on_click="ignore",
        )  # fmt: skip


def _make(store: SessionState, library: Library, person: Person, set_id: str, kind: Kind) -> None:
    def run(progress: Progress) -> bytes:
        out = io.BytesIO()
        kind.write(library, person, set_id, out)
        return out.getvalue()

    # One file at a time in memory.
    for key in [key for key, _ in store.jobs.items() if key.startswith(JOB)]:
        store.jobs.forget(key)
    start(store, f"{JOB}{kind.name}-{set_id}", run, Lane.INTERACTIVE)
