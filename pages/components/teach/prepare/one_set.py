"""One stored set of a teacher: sharing, changing, what is released, results, file."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.components.segments import segments
from pages.components.session.state import SessionState
from pages.components.teach.exercise.address import SET
from pages.components.teach.exercise.begin import on_click
from pages.components.teach.exercise.set_page import facts
from pages.components.teach.plain import plain
from pages.components.teach.prepare.draft import draft_of
from pages.components.teach.prepare.release_panel import release_panel
from pages.components.teach.prepare.results import results
from pages.components.teach.prepare.set_editor import CHOSEN
from pages.components.teach.prepare.set_file import set_file
from pages.components.teach.rooms.open_room_button import open_room_button
from spine_core.library.cases import case_names
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.release_store import not_released
from spine_core.teaching.sets import StoredSet, delete_set, share_set

OVERVIEW, NETWORKS, RESULTS, FILE = "Overview", "Networks", "Results", "File"


def one_set(store: SessionState, library: Library, person: Person, chosen: StoredSet) -> None:
    """One of its parts at a time, so that only that is computed."""
    offered = [OVERVIEW, *([NETWORKS] if chosen.exercise.with_networks else []), RESULTS, FILE]
    part = segments(
        "Part",
        offered,
        key=f"of-set-{chosen.id}",
        label_visibility="collapsed",
    )
    if part == NETWORKS:
        release_panel(store, library, person, chosen)
    elif part == RESULTS:
        results(store, library, person, chosen)
    elif part == FILE:
        set_file(store, library, person, chosen)
    else:
        _overview(store, library, person, chosen)


def _overview(store: SessionState, library: Library, person: Person, chosen: StoredSet) -> None:
    names = case_names(library, person, [one.case_id for one in chosen.exercise.cases])
    st.markdown(f"#### {plain(chosen.exercise.title)}")
    st.markdown("\n".join(f"- {line}" for line in facts(chosen.exercise)))
    with st.container(horizontal=True, vertical_alignment="center"):
        words = "Take it back: nobody else sees it" if chosen.shared else "Share it with everybody here"
        st.button(
            words, icon=":material/group:", key="set-share", type="secondary" if chosen.shared else "primary",
            on_click=on_click, args=(_share, store, library, chosen.id, not chosen.shared),
        )  # fmt: skip
        st.button(
            "Change it", icon=":material/edit:", key="set-change",
            on_click=draft_of, args=(store, person, chosen, names),
        )  # fmt: skip
        open_room_button(store, library, person, chosen.id)
        _deletion(store, library, chosen)
    if chosen.shared:
        st.markdown("Send learners this address, behind the address of this server:")
        st.code(f"/teach?{SET}={chosen.id}", language=None)
    if chosen.exercise.with_networks:
        _release_first(library, person, chosen)
    _cases(chosen.exercise, names)


def _release_first(library: Library, person: Person, chosen: StoredSet) -> None:
    lacking = len(not_released(library, person, chosen.id))
    if lacking:
        cases = "1 case" if lacking == 1 else f"{lacking} cases"
        st.info(
            f"What the networks say of {cases} is not released: after the commit learners see nothing of them there. "
            f"Release it under “{NETWORKS}”.",
            icon=":material/publish:",
        )


def _deletion(store: SessionState, library: Library, chosen: StoredSet) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown("Nobody can work through it any more. Scores of who has done so stay; so do the cases.")
        st.button(
            "Delete this set", key="set-delete", on_click=on_click, args=(_delete, store, library, chosen.id)
        )


def _cases(exercise: ExerciseSet, names: Mapping[str, str]) -> None:
    asked = set(exercise.asked)
    lines = [
        {
            "Case": number, "Title": names.get(one.case_id, "deleted"),
            "References": f"{sum((r.level, r.condition) in asked for r in one.references)} of {len(asked)}",
            "Places": sum((r.level, r.condition) in asked for r in one.places),
            "Learning point": one.learning_point,
        }
        for number, one in enumerate(exercise.cases, 1)
    ]  # fmt: skip
    st.dataframe(lines, hide_index=True, width="content")


def _share(store: SessionState, library: Library, person: Person, set_id: str, shared: bool) -> None:
    share_set(library, person, set_id, shared)


def _delete(store: SessionState, library: Library, person: Person, set_id: str) -> None:
    delete_set(library, person, set_id)
    st.session_state.pop(CHOSEN, None)
