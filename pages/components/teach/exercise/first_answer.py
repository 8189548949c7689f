"""The case with the form, before the commit. Nothing of a network and nothing of the reference is on this page."""

from __future__ import annotations

import streamlit as st

from pages.components.session.state import SessionState
from pages.components.teach.case_view import CaseView, Drawn, case_viewer
from pages.components.teach.exercise.answer_form import AnswerForm
from pages.components.teach.exercise.open_case import OpenCase
from pages.components.teach.finding_form import label_of
from pages.components.teach.place_controls import placing_bar
from spine_core.library.store import Library

ASKED = (
    "Grade every disc on the images and say how sure you are, from 1 (a guess) to 5 (certain). With "
    ":material/location_searching: you mark the place in the viewer."
)


@st.fragment
def first_answer(store: SessionState, library: Library, opened: OpenCase, view: CaseView) -> None:
    """A fragment: what is filled in or marked redraws viewer and form alone."""
    answers = AnswerForm(store, library, opened, view)
    left, right = st.columns([13, 14], gap="medium")
    with left, st.container(key="viewer-column"):
        case_viewer(view, own_places(opened), answers.put)
    with right:
        st.caption(ASKED)
        submitted = answers.draw("Commit")
        # Below the form, so that neither it nor the viewer moves under the hand.
        placing_bar(view, answers.put)
        answers.numbers()
    if submitted:
        # The next step of the case is another page.
        st.rerun()


def own_places(opened: OpenCase) -> list[Drawn]:
    """The learner's own marks."""
    return [Drawn(click, label_of(finding)) for finding, click in opened.places.items()]
