"""Scores of the reader's own answers: numbers, plots, and what seeing the networks did. Computed in a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import streamlit as st

from pages.components import job_progress
from pages.components.session.state import SessionState
from pages.components.teach.scores.reliance_words import reliance_words
from pages.components.teach.scores.score_charts import calibration_chart, conditions_chart, time_chart
from pages.components.teach.scores.score_table import score_table
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.networks.conditions import BY_NAME
from spine_core.progress import Progress
from spine_core.teaching.attempt import State
from spine_core.teaching.marks import own_marks
from spine_core.teaching.reliance import Reliance, WrongNetwork, reliance, wrong_network
from spine_core.teaching.scores import Score, by_condition, over_time, score
from spine_core.teaching.shown import own_attempts

JOB = "own-scores-"


@dataclass(frozen=True)
class OwnScores:
    """All that the page shows. ``cases``: that were finished."""

    cases: int
    overall: Score
    conditions: Mapping[str, Score]
    days: Mapping[date, Score]
    reliance: Reliance
    wrong: WrongNetwork


def scores(store: SessionState, library: Library, person: Person) -> None:
    """Of all cases that the person has finished."""
    finished = [one for one in own_attempts(library, person) if one.state is State.DEBRIEFED]
    if not finished:
        st.info("Your scores are here once you have finished a case.", icon=":material/leaderboard:")
        return

    def run(progress: Progress) -> OwnScores:
        return _computed(library, person)

    # Another finished case is another job.
    found = job_progress.only_result(
        store.jobs, f"{JOB}{person.id}-{len(finished)}", run, prefix=JOB,
        label="Computing scores and intervals", fault="Your scores could not be computed.",
    )  # fmt: skip
    if found is not None:
        _shown(found)


def _computed(library: Library, person: Person) -> OwnScores:
    marks = own_marks(library, person)
    return OwnScores(
        len({one.attempt for one in marks}), score(marks), by_condition(marks), over_time(marks),
        reliance(marks), wrong_network(marks),
    )  # fmt: skip


def _shown(found: OwnScores) -> None:
    cases = "1 case" if found.cases == 1 else f"{found.cases} cases"
    st.caption(
        f"Your committed answers to {cases}, before you saw the networks, against the reference. Brackets: 95 % "
        "bootstrap interval over cases, from two cases on. “Cannot tell” counts apart, not as wrong."
    )
    names = {name: BY_NAME[name].label for name in found.conditions}
    shown = {"All findings": found.overall} | {names[name]: one for name, one in found.conditions.items()}
    score_table(shown if len(names) > 1 else {"All findings": found.overall})
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Over time**")
        time_chart(found.days)
    with right:
        st.markdown("**Confidence**")
        calibration_chart(found.overall.calibration)
    if len(names) > 1:
        st.markdown("**By finding**")
        conditions_chart({names[name]: one for name, one in found.conditions.items()})
    reliance_words(found.reliance, found.wrong)
