"""Choices from exercises: one set of those whose results the person may see. Computed in a job."""

from __future__ import annotations

import streamlit as st

from pages.components import job_progress
from pages.components.audit.shown_choices import shown_choices
from pages.components.distinct_labels import distinct_labels
from pages.components.session.state import SessionState
from spine_core.audit.choices.results import ChoiceResults, choice_results
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress
from spine_core.teaching.map_choices import set_choices, sets_with_choices

JOB = "exercise-choices-"

NONE = (
    "No choices yet. After the reveal of an exercise learners say which of the maps A, B, C shows the reason best; who "
    "made the set and administrators see here what they said."
)


def exercise_choices(store: SessionState, library: Library, person: Person) -> None:
    """Choices are ratings without a protocol: whoever works through the set may choose."""
    found = sets_with_choices(library, person)
    if not found:
        st.info(NONE, icon=":material/star_half:")
        return
    labels = distinct_labels(
        {set_id: f"{one.exercise.title} of {one.created:%Y-%m-%d}" for set_id, (one, _) in found.items()}
    )
    chosen = st.selectbox(
        "Set of exercises", list(found), key="choices-set", width=520, format_func=labels.__getitem__
    )

    def run(progress: Progress) -> ChoiceResults | None:
        choices = set_choices(library, person, chosen)
        return None if choices is None else choice_results(choices)

    # The head of the log changes with every choice.
    results = job_progress.only_result(
        store.jobs, f"{JOB}{chosen}-{found[chosen][1]}", run, prefix=JOB, label="Counting choices",
        fault="The choices could not be counted.",
    )  # fmt: skip
    if results is not None:
        shown_choices(results)
