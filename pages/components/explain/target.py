"""Choice of the finding and of the target that the maps explain."""

from __future__ import annotations

import streamlit as st

from pages.components.read.finding import lacking
from pages.components.read.grid import grade_words, why_not_graded
from pages.components.session.state import SessionState
from spine_core.anatomy.types import LEVELS
from spine_core.grading.types import DiscImage, Finding
from spine_core.networks.conditions import Scale
from spine_core.networks.target import Target, TargetKind
from spine_core.study.types import Study

QUESTIONS = {
    TargetKind.GRADE: "Why this grade?",
    TargetKind.AT_LEAST: "Why at least this grade?",
    TargetKind.VERSUS: "Why this grade and not another?",
}


def ask_question(store: SessionState) -> tuple[DiscImage, Study, Target]:
    """Finding and question side by side; ends the run of the page where there is nothing to explain."""
    which, question = st.columns(2, gap="medium")
    with which:
        finding = ask_finding(store)
    with question:
        target = ask_target(finding)
    if (
        finding is None
        or target is None
        or store.image is None
        or store.study is None
        or store.reading is None
    ):
        st.stop()
    lacking(finding)
    return store.image, store.study, target


def ask_finding(store: SessionState) -> Finding | None:
    """Selectors for level and condition, kept over pages."""
    assert store.reading is not None
    found = [disc.level for disc in store.reading.discs]
    # A level that was not found is in the grid as well, and can be chosen there.
    levels = [level for level in LEVELS if level in (*found, store.level)]

    def chosen() -> None:
        store.select(st.session_state["ask-level"], st.session_state["ask-condition"])

    st.session_state["ask-level"] = store.level if store.level in levels else found[-1]
    labels = {one.name: one.label for one in store.reading.conditions}
    st.session_state["ask-condition"] = store.condition
    level, condition = st.columns([2, 5])
    level.selectbox("Level", levels, key="ask-level", on_change=chosen)
    condition.selectbox(
        "Condition",
        list(labels),
        key="ask-condition",
        format_func=labels.get,
        on_change=chosen,
    )
    return store.finding


def ask_target(finding: Finding | None) -> Target | None:
    """Selectors for the question; None where the level was not found or the finding is not graded."""
    reason = why_not_graded(finding)
    if reason is not None:
        st.info(f"Not gradable: {reason}.")
        return None
    condition = finding.definition
    place = f"{finding.level}-{condition.name}"
    kinds = [
        kind for kind in TargetKind if kind is not TargetKind.AT_LEAST or condition.scale is Scale.ORDINAL
    ]
    if condition.scale is Scale.BINARY:
        kinds = [TargetKind.GRADE]  # "present rather than absent" is the same score

    def words(grade: str) -> str:
        return f"{grade_words(condition, grade)} ({finding.probabilities[grade]:.0%})"

    question, grade_column, versus_column = st.columns([3, 2, 2])
    kind = TargetKind.GRADE
    if len(kinds) > 1:
        kind = question.selectbox(
            "Question", kinds, format_func=QUESTIONS.get, key=f"kind-{place}", persist_state="session"
        )
    grades = list(condition.grades[1:] if kind is TargetKind.AT_LEAST else condition.grades)
    likeliest = finding.grade if finding.grade in grades else grades[0]
    if condition.scale is Scale.BINARY:
        likeliest = condition.grades[-1]  # evidence for "absent" is the same map with the sign reversed
    grade = grade_column.selectbox(
        "Grade",
        grades,
        format_func=words,
        index=grades.index(likeliest),
        key=f"grade-{place}-{kind}",
        persist_state="session",
    )
    if kind is not TargetKind.VERSUS:
        return Target(condition.name, grade, kind, output=finding.output)
    others = [other for other in grades if other != grade]
    runner_up = max(others, key=lambda other: finding.probabilities[other])
    versus = versus_column.selectbox(
        "Rather than",
        others,
        format_func=words,
        index=others.index(runner_up),
        key=f"versus-{place}-{grade}",
        persist_state="session",
    )
    return Target(condition.name, grade, kind, versus, finding.output)
