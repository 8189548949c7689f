"""The parts of the page Teach, and which of them is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.components.session.identity import current_person
from pages.components.session.state import SessionState
from pages.components.teach.exercise.address import asked_set
from pages.components.teach.exercise.exercises import exercises
from pages.components.teach.parts_allowed import may_prepare
from pages.components.teach.prepare.prepare import prepare
from pages.components.teach.scores.scores import scores
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library, open_library
from spine_core.library.types import Person
from spine_core.teaching.sets import sets

EXERCISES, SCORES, PREPARE, PRIMER = "Exercises", "My scores", "Prepare", "How to read a map"

PARTS: Mapping[str, Callable[[SessionState, Library, Person], None]] = {
    EXERCISES: exercises,
    SCORES: scores,
    PREPARE: prepare,
}

KEY = "teach-part"


def choose_part(store: SessionState) -> str:
    """What is shown: the primer at first where there is no set to work through."""
    person = _known(store)
    offered = [EXERCISES, SCORES, *([PREPARE] if may_prepare(person) else []), PRIMER]
    if st.session_state.get(KEY) not in offered:
        st.session_state[KEY] = EXERCISES if asked_set() or _has_sets(person) else PRIMER
    return str(
        st.segmented_control(
            "Part", offered, required=True, key=KEY, persist_state="session", label_visibility="collapsed"
        )
    )


def writes_set(store: SessionState) -> bool:
    """Whether the tab shows the cases of a set that is being written."""
    return store.set_draft is not None and st.session_state.get(KEY) == PREPARE


def _known(store: SessionState) -> Person | None:
    """Who is there; a library that cannot be opened is told of elsewhere."""
    try:
        return current_person(store, open_library())
    except LibraryError:
        return None


def _has_sets(person: Person | None) -> bool:
    try:
        return person is not None and bool(sets(open_library(), person))
    except LibraryError:
        return False
