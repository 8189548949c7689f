"""The study of a case of a set: opened in a job, that of the next case ahead of time."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components import job_progress
from pages.components.session.state import SessionState
from pages.components.teach.case_view import CaseView
from spine_core.anatomy.types import Disc
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress
from spine_core.study.types import Study
from spine_core.teaching.access import exercise_levels, open_exercise_case

JOB, VIEW = "exercise-study-", "exercise-view"

Opened = tuple[Study, tuple[Disc, ...]]


def exercise_view(
    store: SessionState, library: Library, person: Person, set_id: str, place: int, ahead: int | None
) -> CaseView | None:
    """The case, ready for the viewer; None, with a progress bar or a sentence, where it is not there yet."""
    wanted = {
        f"{JOB}{set_id}-{one}": _opening(library, person, set_id, one)
        for one in dict.fromkeys((place, ahead)) if one is not None
    }  # fmt: skip
    jobs = job_progress.only_jobs(store.jobs, JOB, wanted)
    if jobs is None:
        return None
    fault = "The case could not be opened."
    opened = job_progress.result_of(jobs[0], "Opening the case", "exercise", fault)
    if opened is None:
        return None
    key = f"{set_id}-{place}-{person.id}"
    there: CaseView | None = st.session_state.get(VIEW)
    if there is None or there.key != key or there.study is not opened[0]:
        there = st.session_state[VIEW] = CaseView(key, *opened)
    return there


def _opening(library: Library, person: Person, set_id: str, place: int) -> Callable[[Progress], Opened]:
    def run(progress: Progress) -> Opened:
        study = open_exercise_case(library, person, set_id, place, progress)
        return study, exercise_levels(library, person, set_id, place, study)

    return run
