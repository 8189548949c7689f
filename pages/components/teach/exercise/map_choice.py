"""Which map shows best why the networks report a finding: asked while the maps are A, B, C, before they are named."""

from __future__ import annotations

import string
from collections.abc import Callable

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.session.identity import required_person
from pages.components.session.state import SessionState
from pages.components.teach.exercise.open_case import OpenCase
from pages.components.teach.finding_form import key_of
from spine_core.audit.choices.log import NONE_OF_THEM
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.teaching.map_choices import choose_map, leave_open, shown_order
from spine_core.teaching.released import ReleasedFinding

NONE_LABEL = "None of them"

ONE_SCALE = (
    "All maps have one colour scale and show what speaks for the grade. They are named once you have chosen."
)


def is_blinded(opened: OpenCase, finding: ReleasedFinding) -> bool:
    """Whether its maps are without names: there are several, and the learner has not chosen yet."""
    return len(finding.maps) > 1 and (finding.level, finding.condition) not in opened.named


def ask_choice(store: SessionState, library: Library, opened: OpenCase, finding: ReleasedFinding) -> None:
    """Asks; the choice names the maps, and so does leaving it."""
    letters = dict(zip(string.ascii_uppercase, shown_order(opened.attempt.id, finding), strict=False))
    place = (finding.level, finding.condition)
    key = f"choice-{opened.key}-{key_of(place)}"

    def chosen() -> None:
        letter = st.session_state[key]
        if letter is not None:
            method = NONE_OF_THEM if letter == NONE_LABEL else letters[letter]
            stored(choose_map, method)

    def stored(step: Callable[..., None], *args: str) -> None:
        try:
            step(library, required_person(store, library), opened.attempt.id, place, *args)
        except LibraryError as error:
            st.toast(as_sentence(error), icon=":material/error:")
            return
        opened.named.add(place)

    st.pills(
        "Which map shows best why the networks report this?",
        [*letters, NONE_LABEL],
        key=key,
        on_change=chosen,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(ONE_SCALE)
        st.button("Name them without choosing", key=f"name-{key}", on_click=stored, args=(leave_open,))
