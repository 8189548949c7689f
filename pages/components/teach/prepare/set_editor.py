"""Writes a set, new or stored, in three parts."""

from __future__ import annotations

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.segments import segments
from pages.components.session.state import SessionState
from pages.components.teach.exercise.begin import on_click
from pages.components.teach.prepare.case_answers import case_answers
from pages.components.teach.prepare.choose_cases import choose_cases
from pages.components.teach.prepare.draft import SetDraft
from pages.components.teach.prepare.set_form import set_form
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.sets import change_set, create_set

SET, CASES, ANSWERS = "1. The set", "2. Its cases", "3. References and learning points"
CHOSEN = "set-chosen"
"""Key of the list of own sets."""


def set_editor(store: SessionState, library: Library, person: Person, draft: SetDraft) -> None:
    """The parts, and a button that stores all of them."""
    with st.container(horizontal=True, vertical_alignment="center"):
        part = segments(
            "Part of the set", [SET, CASES, ANSWERS], key=f"set-part-{draft.key}",
            label_visibility="collapsed",
        )  # fmt: skip
        problem = _problem(draft)
        st.button(
            "Store the set", type="primary", disabled=bool(problem), key="set-store",
            on_click=on_click, args=(_store, store, library, draft),
        )  # fmt: skip
        st.button(
            "Leave it",
            on_click=_leave,
            args=(store,),
            key="set-leave",
            help="What you changed since it was stored is lost.",
        )
        if problem:
            st.caption(f"Not complete: {problem}")
    if draft.stored is not None:
        st.caption(
            "Where somebody has begun this set, a new version is stored beside it, and the old one stays."
        )
    if draft.problem:
        st.error(as_sentence(ValueError(draft.problem)), icon=":material/error:")
    if part == CASES:
        choose_cases(library, person, draft)
    elif part == ANSWERS:
        case_answers(store, library, person, draft)
    else:
        set_form(draft)


def _problem(draft: SetDraft) -> str:
    """What is missing; the first things first, in words that say what to do."""
    if not draft.values["title"].strip():
        return "give the set a title."
    if not draft.cases:
        return "add cases in the second part."
    try:
        draft.exercise()
    except ValueError as error:
        return as_sentence(error)
    return ""


def _store(store: SessionState, library: Library, person: Person, draft: SetDraft) -> None:
    try:
        exercise = draft.exercise()
    except ValueError as error:
        raise LibraryError(str(error)) from None
    if draft.stored is None:
        set_id = create_set(library, person, exercise)
    else:
        set_id = change_set(library, person, draft.stored.id, exercise, shared=draft.stored.shared)
    _leave(store)
    st.session_state[CHOSEN] = set_id


def _leave(store: SessionState) -> None:
    store.set_draft = None
