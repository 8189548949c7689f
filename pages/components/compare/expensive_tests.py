"""Costly tests of maps: run only where the reader asks for them, then with progress and cancel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.components import job_progress
from pages.components.explain.explanation_jobs import Work
from pages.components.session.state import SessionState
from pages.components.study_jobs import FAILED
from spine_core.explanation.base import Explanation
from spine_core.jobs import State

LONG_S = 90
"""Seconds from which a duration is given in minutes."""

WANTED = "wanted-tests"
"""Keys of the tests that the reader asked for, in the session."""


def if_requested(task: Work) -> Work | None:
    """The work, where the reader asked for it."""
    return task if task.key in st.session_state.get(WANTED, ()) else None


def price(runs: int, maps: Sequence[Explanation]) -> str:
    """What a test costs that makes each map ``runs`` times anew, in a sentence."""
    seconds = max(runs * sum(one.seconds for one in maps), 1)
    duration = f"{seconds:.0f} s" if seconds < LONG_S else f"{seconds / 60:.0f} minutes"
    return f"Makes each map {runs} times anew, about {duration}. It goes on while you look at other pages."


def outcome(store: SessionState, task: Work, running: str, offer: str, button: str) -> Any | None:
    """The result; until it is there the progress, called ``running``, or the ``offer`` and its ``button``, and None."""
    key = task.key
    job = store.jobs.get(key)
    if job is not None and not job.over:
        job_progress.watch({running: job}, "test")
        return None
    if job is not None and job.state is State.DONE and job.result is not None:
        return job.result
    if job is not None and job.state is State.FAILED:
        st.error(FAILED)
    st.caption(offer)
    if st.button(button, icon=":material/play_arrow:"):
        store.jobs.forget(key)
        st.session_state[WANTED] = {*st.session_state.get(WANTED, ()), key}
        st.rerun()
    return None
