"""What everybody answered to a set: a table by case and finding, and all answers as a file. Computed in a job."""

from __future__ import annotations

import streamlit as st

from pages.components import job_progress
from pages.components.audit.shown_choices import shown_choices
from pages.components.session.state import SessionState
from pages.components.teach.finding_form import words_of
from spine_core.audit.choices.results import ChoiceResults, choice_results
from spine_core.library.cases import case_names
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.networks.conditions import BY_NAME
from spine_core.progress import Progress
from spine_core.teaching.map_choices import set_choices
from spine_core.teaching.marks import Mark, set_marks
from spine_core.teaching.set_results import FindingResult, answers_csv, set_results
from spine_core.teaching.sets import StoredSet

JOB = "set-results-"


def results(store: SessionState, library: Library, person: Person, chosen: StoredSet) -> None:
    """Who answered what is told by number only."""

    def run(progress: Progress) -> tuple[tuple[Mark, ...], ChoiceResults | None]:
        choices = set_choices(library, person, chosen.id)
        return set_marks(library, person, chosen.id), None if choices is None else choice_results(choices)

    key = f"{JOB}{chosen.id}"
    read = job_progress.only_result(
        store.jobs, key, run, prefix=JOB, label="Reading the answers", fault="The answers could not be read."
    )
    if read is None:
        return
    marks, choices = read
    with st.container(horizontal=True, vertical_alignment="center"):
        if marks:
            people, cases = len({one.person for one in marks}), len({one.attempt for one in marks})
            st.markdown(f"{_count(people, 'learner')}, {_count(cases, 'committed case')}")
        st.button(
            "Read the latest answers", icon=":material/refresh:", key="results-again",
            on_click=store.jobs.forget, args=(key,),
        )  # fmt: skip
        if marks:
            _download(chosen, marks)
    if marks:
        _table(library, person, chosen, marks)
    else:
        st.caption("Nobody has committed answers to a finding with a reference yet.")
    if choices is not None:
        shown_choices(choices)


def _download(chosen: StoredSet, marks: tuple[Mark, ...]) -> None:
    st.download_button(
        "All answers as CSV", lambda: answers_csv(marks), f"spinelens-exercise-{chosen.id[:8]}.csv", "text/csv",
        icon=":material/download:", key="results-csv",
        help="A line per answer. Learners and cases have numbers.",
    )  # fmt: skip


def _table(library: Library, person: Person, chosen: StoredSet, marks: tuple[Mark, ...]) -> None:
    ids = {one.study_sha256: one.case_id for one in chosen.exercise.cases}
    places = {one.study_sha256: number for number, one in enumerate(chosen.exercise.cases, 1)}
    names = case_names(library, person, list(ids.values()))
    found = sorted(set_results(marks), key=lambda one: (places[one.case], one.level, one.condition))
    st.dataframe(
        [_line(one, places[one.case], names.get(ids[one.case], "deleted")) for one in found], hide_index=True
    )
    st.caption(
        "Counts of committed answers; switched: after the reveal. Noticed: of the answers of who saw a wrong grade of "
        "the networks, those that were right in the end."
    )


def _line(one: FindingResult, case: int, title: str) -> dict[str, object]:
    networks = "–" if one.network is None else words_of(one.condition, one.network)
    return {
        "Case": case,
        "Title": title,
        "Finding": f"{one.level}, {BY_NAME[one.condition].label}",
        "Reference": words_of(one.condition, one.reference),
        "Networks": networks,
        "Answers": one.answers,
        "Exact": one.exact,
        "Within one": "" if one.within_one is None else str(one.within_one),
        "Cannot tell": one.cannot_tell,
        "Switched to right": one.to_right,
        "Switched to wrong": one.to_wrong,
        "Networks' error noticed": f"{one.noticed} of {one.wrong_network}" if one.wrong_network else "",
    }


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
