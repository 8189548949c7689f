"""Accepting, rejecting or changing the grade of a finding, where the open study is a case of the library."""

from __future__ import annotations

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.session.identity import current_person, required_person, sign_in_configured
from pages.components.session.state import SessionState
from spine_core.grading.types import Finding
from spine_core.library.cases import get_case
from spine_core.library.errors import LibraryError
from spine_core.library.reviews import latest_reviews, review
from spine_core.library.store import Library, open_library
from spine_core.library.types import Decision, Person, Review

LABELS = {Decision.ACCEPTED: "Accept", Decision.REJECTED: "Reject", Decision.CHANGED: "Change"}

HELP = (
    "Your decision is stored with the case, under your name. What the network reported stays beside it, and so do "
    "your earlier decisions."
)


def review_finding(store: SessionState, finding: Finding) -> None:
    """The reader's decision about the selected finding; nothing where the study is not kept."""
    if not store.case_id or finding.grade is None:
        return
    try:
        library = open_library()
        person = current_person(store, library)
        if person is None:
            if sign_in_configured():
                st.caption("Sign in on the page Library to accept, reject or change this grade.")
            return
        case = get_case(library, person, store.case_id)
    except LibraryError as error:
        st.caption(as_sentence(error))
        return
    if case.reading is None or not any(
        (one.level, one.condition) == (finding.level, finding.condition) for one in case.reading.findings
    ):
        return
    there = latest_reviews(case, person).get((finding.level, finding.condition))
    _ask(store, library, person, finding, there)


def _ask(
    store: SessionState, library: Library, person: Person, finding: Finding, there: Review | None
) -> None:
    place = f"{store.case_id}-{finding.level}-{finding.condition}-{person.id}"
    decision_key, grade_key = f"review-{place}", f"review-grade-{place}"
    st.session_state.setdefault(decision_key, there.decision if there else None)
    condition = finding.definition
    words = dict(zip(condition.grades, condition.grade_labels, strict=True))

    def decided() -> None:
        # Before the page runs: a run that another one breaks off would lose the click.
        decision = st.session_state[decision_key]
        if decision in (Decision.ACCEPTED, Decision.REJECTED):
            _store(store, library, finding, decision, None)

    def changed() -> None:
        grade = st.session_state[grade_key]
        if grade is not None:
            _store(store, library, finding, Decision.CHANGED, grade)

    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            f"Your decision, {person.name}", list(LABELS), key=decision_key, format_func=LABELS.__getitem__,
            on_change=decided, help=HELP,
        )  # fmt: skip
        if chosen is Decision.CHANGED:
            st.session_state.setdefault(grade_key, there.grade if there else None)
            st.selectbox(
                "Your grade", list(words), key=grade_key, format_func=words.__getitem__, on_change=changed,
                placeholder="choose", width=170,
            )  # fmt: skip


def _store(
    store: SessionState, library: Library, finding: Finding, decision: Decision, grade: str | None
) -> None:
    try:
        person = required_person(store, library)
        review(library, person, store.case_id, finding.level, finding.condition, decision, grade)
    except LibraryError as error:
        st.toast(as_sentence(error), icon=":material/error:")
