"""Who in a room has answered, and how the class stands."""

from __future__ import annotations

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.teach.finding_form import label_of, words_of
from pages.components.teach.plain import plain
from pages.components.teach.rooms.class_tally import class_tallies
from pages.components.teach.rooms.live import LiveRooms, live_rooms
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.exercise import ExerciseSet
from spine_core.teaching.rooms.guests import guests
from spine_core.teaching.rooms.room_answers import room_answers
from spine_core.teaching.rooms.store import get_room
from spine_core.teaching.rooms.tally import last_answers
from spine_core.teaching.rooms.types import Phase, Stage


def answered(library: Library, person: Person, room_id: str) -> None:
    """Who has answered, and after the reveal how the class stands. A fragment: it is drawn again every second."""
    try:
        room = get_room(library, person, room_id)
        live = live_rooms()
        told = live.told(room_id)
        if room.version != told.room.version:
            # Another tab of the teacher, or a second server, has made a step.
            live.changed(room_id)
            st.rerun()
        everybody = guests(library, person, room_id)
        answers = room_answers(library, person, room_id, room.place)
    except LibraryError as error:
        st.error(as_sentence(error), icon=":material/error:")
        return
    asked = len(told.exercise.asked)
    given = {one.guest: len(one.answers) for one in answers if one.stage is Stage.BEFORE}
    done = sum(len(one) == asked for one in last_answers(answers)[Stage.AFTER])
    st.markdown(f"**{done} of {len(everybody)} have answered**")
    st.progress(done / max(1, len(everybody)))
    if not everybody:
        st.caption("Nobody has joined yet.")
        return
    waiting = [one for one in everybody if given.get(one.id, 0) < asked]
    changed = sum(one.stage is Stage.AFTER for one in answers)
    if waiting:
        names = ", ".join(f"{plain(one.nickname)} ({given.get(one.id, 0)} of {asked})" for one in waiting)
        st.markdown(f"Not yet: {names}")
    ready = [plain(one.nickname) for one in everybody if one not in waiting]
    if ready:
        st.markdown(f"Answered: {', '.join(ready)}")
    if room.phase is not Phase.ANSWERING:
        st.caption(f"{changed} have answered anew after the reveal.")
        _table(live, told.exercise, room_id)


def _table(live: LiveRooms, exercise: ExerciseSet, room_id: str) -> None:
    rows = []
    for one in class_tallies(live, live.told(room_id)):
        row = {"Finding": label_of((one.level, one.condition))}
        for stage, name in ((Stage.BEFORE, "Before"), (Stage.AFTER, "After")):
            counts = [
                f"{words_of(one.condition, grade)}: {number}"
                for grade, number in one.counts[stage].items()
                if number
            ]
            row[name] = ", ".join(counts) or "–"
        rows.append(row)
    names = ["Finding", "Before", "After"] if exercise.with_networks else ["Finding", "Before"]
    st.dataframe([{name: row[name] for name in names} for row in rows], hide_index=True)
