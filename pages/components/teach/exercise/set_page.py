"""One set: what it asks, how far the learner is, and the next case."""

from __future__ import annotations

import streamlit as st

from pages.components.session.state import SessionState
from pages.components.teach.exercise.address import go_to
from pages.components.teach.exercise.begin import begin, on_click
from pages.components.teach.plain import plain
from pages.components.teach.rooms.open_room_button import may_open, open_room_button
from spine_core.library.database.schema import now
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.networks.conditions import BY_NAME
from spine_core.teaching.attempt import State
from spine_core.teaching.exercise import ExerciseSet, order_of
from spine_core.teaching.set_progress import SetProgress, set_progress
from spine_core.teaching.sets import StoredSet
from spine_core.teaching.shown import own_attempts


def set_page(store: SessionState, library: Library, person: Person, chosen: StoredSet) -> None:
    """A case begins with a click: its time runs from then on."""
    attempts = own_attempts(library, person, chosen.id)
    progress = set_progress(chosen.exercise, attempts, person.id, now())
    st.button("All sets", icon=":material/arrow_back:", on_click=go_to, key="all-sets")
    st.markdown(f"#### {plain(chosen.exercise.title)}")
    st.markdown("\n".join(f"- {line}" for line in facts(chosen.exercise)))
    st.progress(progress.done / progress.cases, f"{progress.done} of {progress.cases} read")
    _next(store, library, chosen, progress)
    if may_open(person, chosen.owner):
        open_room_button(store, library, person, chosen.id)
    read = {one.place for one in attempts if one.state is State.DEBRIEFED}
    if read:
        _read_again(
            chosen, [place for place in order_of(chosen.exercise, person.id) if place in read], person
        )


def facts(exercise: ExerciseSet) -> list[str]:
    """What a learner should know before the first case."""
    conditions = ", ".join(BY_NAME[name].label for name in exercise.conditions)
    lines = [
        *([plain(exercise.description)] if exercise.description else []),
        f"Asked for: {conditions}, at {', '.join(exercise.levels)}.",
        "After the commit comes what the networks say, and a second answer; then the reference."
        if exercise.with_networks
        else "Without the networks: after the commit comes the reference.",
    ]
    if exercise.time_limit_s is not None:
        minutes, seconds = divmod(round(exercise.time_limit_s), 60)
        lines.append(f"Time limit: {minutes}:{seconds:02} minutes per case, from its opening to the commit.")
    if exercise.licence:
        lines.append(f"Licence: {plain(exercise.licence)}")
    return lines


def _next(store: SessionState, library: Library, chosen: StoredSet, progress: SetProgress) -> None:
    if progress.next_place is None:
        st.success("You have read all cases of this set.", icon=":material/check:")
        if progress.again is not None:
            st.caption(
                f"A case can be read again from {progress.again:%Y-%m-%d}: sooner it would be remembered."
            )
        return
    st.button(
        "Go on with the next case" if progress.begun else "Begin", type="primary", key="begin",
        on_click=on_click, args=(begin, store, library, chosen.id, progress.next_place),
    )  # fmt: skip


def _read_again(chosen: StoredSet, places: list[int], person: Person) -> None:
    order = order_of(chosen.exercise, person.id)

    def look() -> None:
        place = st.session_state["look-at"]
        if place is not None:
            go_to(chosen.id, place)

    st.pills(
        "Look again at a case that you have read", places, key="look-at", on_change=look,
        format_func=lambda place: f"Case {order.index(place) + 1}",
    )  # fmt: skip
