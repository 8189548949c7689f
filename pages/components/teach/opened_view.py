"""Studies for the viewer of an exercise: opened in jobs, the next one ahead of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.components import job_progress
from pages.components.session.state import SessionState
from pages.components.teach.case_view import CaseView
from spine_core.anatomy.types import Disc
from spine_core.progress import Progress
from spine_core.study.types import Study

Opened = tuple[Study, tuple[Disc, ...]]
"""A study, and where its levels are."""


def opened_view(
    store: SessionState, prefix: str, wanted: Mapping[str, Callable[[Progress], Opened]]
) -> CaseView | None:
    """The first of ``wanted``, ready for the viewer; None, with a progress bar or a sentence, where it is not there.

    ``prefix``: of the keys of all these jobs; also the place of the view in the session.
    """
    jobs = job_progress.only_jobs(store.jobs, prefix, wanted)
    if jobs is None:
        return None
    opened = job_progress.result_of(jobs[0], "Opening the case", prefix, "The case could not be opened.")
    if opened is None:
        return None
    key = next(iter(wanted))
    there: CaseView | None = st.session_state.get(prefix)
    if there is None or there.key != key or there.study is not opened[0]:
        there = st.session_state[prefix] = CaseView(key, *opened)
    return there
