"""Begins a case, and what all buttons of the exercises share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.session.identity import required_person
from pages.components.session.state import SessionState
from pages.components.teach.exercise.address import go_to
from pages.components.teach.exercise.open_case import close_case
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.attempt import Attempt
from spine_core.teaching.attempts import open_attempt


def on_click(step: Callable[..., Any], store: SessionState, library: Library, *args: Any) -> None:
    """Takes a step as who is there at the click; what hinders it is said in a sentence."""
    try:
        step(store, library, required_person(store, library), *args)
    except LibraryError as error:
        st.toast(as_sentence(error), icon=":material/error:")


def begin(store: SessionState, library: Library, person: Person, set_id: str, place: int) -> None:
    """Opens the case; its time begins now, unless it was begun before."""
    open_attempt(library, person, set_id, place)
    close_case()
    go_to(set_id, place)


def last_attempt(attempts: Sequence[Attempt], place: int) -> Attempt | None:
    """The latest attempt at the case; ``attempts``: the first one first."""
    return next((one for one in reversed(attempts) if one.place == place), None)
