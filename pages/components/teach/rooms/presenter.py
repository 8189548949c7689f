"""The teacher's page of a room: its addresses, who has answered, and the steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.session.identity import required_person
from pages.components.session.state import SessionState
from pages.components.teach.finding_form import label_of
from pages.components.teach.rooms.address import class_address
from pages.components.teach.rooms.answered import answered
from pages.components.teach.rooms.live import live_rooms
from pages.components.teach.rooms.qr import qr_svg
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.rooms.steps import focus_on, go_to_case, reveal, show_reference
from spine_core.teaching.rooms.store import projector_secret
from spine_core.teaching.rooms.types import Phase, Room

REFRESH = 1.0
"""Seconds between two looks at who has answered."""

PHASE_WORDS = {
    Phase.ANSWERING: "the class answers",
    Phase.REVEALED: "the networks are revealed",
    Phase.REFERENCE: "the reference is shown",
}

Step = Callable[[Library, Person, str], Room]


def presenter(store: SessionState, library: Library, person: Person, room_id: str) -> None:
    """An open room. Raises ``LibraryError``."""
    live = live_rooms()
    told = live.told(room_id)
    room, exercise = told.room, told.exercise
    live.prepare(room)
    st.markdown(f"#### Case {room.place + 1} of {len(exercise.cases)}: {PHASE_WORDS[room.phase]}")
    _steps(store, library, room, exercise)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.fragment(answered, run_every=REFRESH)(library, person, room_id)
    with right:
        _addresses(library, room)
        _focus(store, library, room, exercise)


def make_step(store: SessionState, library: Library, room_id: str, step: Step) -> None:
    """A callback: makes a step, and tells the room's browsers at once."""
    live = live_rooms()
    try:
        room = step(library, required_person(store, library), room_id)
    except LibraryError as error:
        st.toast(as_sentence(error), icon=":material/error:")
        # Another tab may have gone on: the page then shows where the room is.
        live.changed(room_id)
        return
    live.changed(room_id)
    live.prepare(room)


def _steps(store: SessionState, library: Library, room: Room, exercise: ExerciseSet) -> None:
    """One way forward is marked; which one depends on how far the case is."""
    place, last = room.place, len(exercise.cases) - 1
    ahead = {
        Phase.ANSWERING: "reveal" if exercise.with_networks else "reference",
        Phase.REVEALED: "reference",
        Phase.REFERENCE: "next",
    }[room.phase]
    buttons: list[tuple[str, str, Step, bool]] = [
        ("reference", "Show the reference", partial(show_reference, place=place), ahead == "reference"),
        ("previous", "Previous case", partial(go_to_case, place=place - 1), place > 0),
        ("next", "Next case", partial(go_to_case, place=place + 1), place < last),
    ]
    if exercise.with_networks:
        allowed = room.phase is Phase.ANSWERING
        buttons.insert(0, ("reveal", "Reveal the networks", partial(reveal, place=place), allowed))
    with st.container(horizontal=True):
        for name, label, step, allowed in buttons:
            st.button(
                label, key=f"room-{name}", disabled=not allowed, type="primary" if name == ahead else "secondary",
                on_click=make_step, args=(store, library, room.id, step),
            )  # fmt: skip


def _addresses(library: Library, room: Room) -> None:
    where = class_address(st.context.url or "http://localhost:8501")
    address = where.of(room.code)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(qr_svg(address), width=150, alt="QR code of the address for learners")
        with st.container(width="content"):
            st.caption("Learners join at")
            st.markdown(f"[{where.base}]({address})")
            st.markdown(f"with the code **{room.code}**")
    if not where.reachable:
        st.warning(
            "Only this computer reaches this address. Start with `make app HOST=0.0.0.0` for a class.",
            icon=":material/wifi_off:",
        )
    link = f"{where.base}projector#{room.id}.{projector_secret(library, room.id)}"
    st.link_button(
        "Projector", link, icon=":material/present_to_all:",
        help="A page of its own without controls, for the large screen. Do not pass its address on.",
    )  # fmt: skip


def _focus(store: SessionState, library: Library, room: Room, exercise: ExerciseSet) -> None:
    if len(exercise.asked) == 1:
        return
    key = f"room-focus-{room.id}"

    def chosen() -> None:
        make_step(store, library, room.id, partial(focus_on, finding=st.session_state[key]))

    options = list(exercise.asked)
    st.selectbox(
        "Finding on the projector", options, index=options.index(room.focus) if room.focus in options else 0,
        format_func=label_of, key=key, on_change=chosen,
    )  # fmt: skip
