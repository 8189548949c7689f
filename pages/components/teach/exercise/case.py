"""One case of a set, as far as the learner is with it."""

from __future__ import annotations

import streamlit as st

from pages.components.session.state import SessionState
from pages.components.teach.exercise import debriefing, first_answer, second_answer
from pages.components.teach.exercise.address import go_to
from pages.components.teach.exercise.begin import begin, last_attempt, on_click
from pages.components.teach.exercise.case_study import could_not_be_opened, exercise_view
from pages.components.teach.exercise.open_case import OpenCase, close_case, go_on, open_case
from pages.components.teach.plain import plain
from spine_core.library.database.schema import now
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.attempt import Attempt, State
from spine_core.teaching.exercise import order_of
from spine_core.teaching.set_progress import set_progress
from spine_core.teaching.sets import StoredSet
from spine_core.teaching.shown import own_attempts


def case_page(store: SessionState, library: Library, person: Person, chosen: StoredSet, place: int) -> None:
    """The case at ``place``: the form, the reveal, or the reference."""
    attempts = own_attempts(library, person, chosen.id)
    attempt = last_attempt(attempts, place)
    upcoming = _after(chosen, attempts, person, place)
    finished = attempt is not None and attempt.state is State.DEBRIEFED
    _head(store, library, chosen, person, place, upcoming if finished else None)
    if attempt is None:
        st.button(
            "Begin this case", type="primary", key="begin-case",
            on_click=on_click, args=(begin, store, library, chosen.id, place),
        )  # fmt: skip
        return
    view = exercise_view(store, library, person, chosen.id, place, upcoming)
    if view is None:
        if upcoming is not None and could_not_be_opened(store, person, chosen.id, place):
            # Its case was deleted, say: the others go on.
            _next(store, library, chosen, upcoming)
        return
    opened = open_case(library, person, attempt, chosen.exercise)
    if attempt.state is State.OPEN:
        first_answer.first_answer(store, library, opened, view)
    elif attempt.state is State.COMMITTED:
        _committed(store, library, opened)
    elif attempt.state is State.REVEALED:
        second_answer.second_answer(store, library, person, opened, view)
    else:
        debriefing.debriefing(library, person, opened, view)
    if view.study.synthetic:
        st.caption(":material/science: Synthetic: a computed spine, no patient.")


def _after(chosen: StoredSet, attempts: tuple[Attempt, ...], person: Person, place: int) -> int | None:
    """The case that comes after the one at ``place``, as if that were finished."""
    others = [one for one in attempts if one.place != place]
    found = set_progress(chosen.exercise, others, person.id, now())
    order = [one for one in order_of(chosen.exercise, person.id) if one != place]
    read = {one.place for one in others if one.state is State.DEBRIEFED}
    if found.next_place not in (None, place):
        return found.next_place
    return next((one for one in order if one not in read), None)


def _head(
    store: SessionState, library: Library, chosen: StoredSet, person: Person, place: int, upcoming: int | None
) -> None:
    order = order_of(chosen.exercise, person.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("The set", icon=":material/arrow_back:", on_click=go_to, args=(chosen.id,), key="to-set")
        st.markdown(f"**{plain(chosen.exercise.title)}** · case {order.index(place) + 1} of {len(order)}")
        if upcoming is not None:
            _next(store, library, chosen, upcoming)


def _next(store: SessionState, library: Library, chosen: StoredSet, upcoming: int) -> None:
    st.button(
        "Next case", type="primary", icon=":material/arrow_forward:", key="next-case",
        on_click=on_click, args=(begin, store, library, chosen.id, upcoming),
    )  # fmt: skip


def _committed(store: SessionState, library: Library, opened: OpenCase) -> None:
    """Where the step after the commit did not come about."""

    def further(store: SessionState, library: Library, person: Person) -> None:
        go_on(library, person, opened)
        close_case()

    st.markdown("Your answers are committed.")
    label = "See what the networks say" if opened.exercise.with_networks else "Show the reference"
    st.button(label, type="primary", on_click=on_click, args=(further, store, library), key="go-on")
