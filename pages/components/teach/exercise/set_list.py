"""The sets that a learner may work through, and how far they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import streamlit as st

from pages.components.session.state import SessionState
from pages.components.teach.exercise.address import go_to
from pages.components.teach.exercise.bundled_sets import is_drawing
from pages.components.teach.plain import plain
from spine_core.library.database.schema import now
from spine_core.library.people import built_in_person
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.attempt import Attempt
from spine_core.teaching.set_progress import SetProgress, set_progress
from spine_core.teaching.sets import StoredSet, sets
from spine_core.teaching.shown import own_attempts

NONE = (
    "There is no set of exercises yet. Teachers make sets from cases of the library under “Prepare”. Meanwhile, “How "
    "to read a map” needs no set."
)


def set_list(store: SessionState, library: Library, person: Person) -> None:
    """A line per set."""
    by_set: dict[str, list[Attempt]] = defaultdict(list)
    for one in own_attempts(library, person):
        by_set[one.set_id].append(one)
    found = shown_sets(sets(library, person), set(by_set), built_in_person(library).id)
    st.markdown("#### Sets of exercises")
    if not found and not is_drawing(library):
        st.info(NONE, icon=":material/school:")
    for one in found:
        _line(one, set_progress(one.exercise, by_set[one.id], person.id, now()))


def shown_sets(found: Sequence[StoredSet], begun: set[str], built_in: int) -> list[StoredSet]:
    """Without versions that a newer one has replaced, unless they were begun; those of ``built_in`` last, easy first.

    ``found``: the latest first.
    """
    replaced = {one.replaces for one in found}
    shown = [one for one in found if one.id not in replaced or one.id in begun]
    bundled = [one for one in shown if one.owner == built_in]
    # They were stored from easy to hard.
    return [one for one in shown if one.owner != built_in] + bundled[::-1]


def _line(one: StoredSet, progress: SetProgress) -> None:
    exercise = one.exercise
    with st.container(border=True):
        words, bar, action = st.columns([6, 3, 2], vertical_alignment="center")
        with words:
            st.markdown(f"**{plain(exercise.title)}**  \n{plain(exercise.description)}")
            if not one.shared:
                st.caption(":material/lock: Not shared: learners do not see it.")
        with bar:
            cases = "1 case" if progress.cases == 1 else f"{progress.cases} cases"
            st.progress(progress.done / progress.cases, f"{progress.done} of {cases} read")
        with action:
            label = (
                "Open" if not progress.begun else "Go on" if progress.next_place is not None else "Look again"
            )
            st.button(label, key=f"set-{one.id}", width="stretch", on_click=go_to, args=(one.id,))
