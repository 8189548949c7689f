"""The learner's part of the page Teach: what is due, the sets, one set, one case."""

from __future__ import annotations

from pages.components.session.state import SessionState
from pages.components.teach.exercise.address import asked_place, asked_set
from pages.components.teach.exercise.bundled_sets import drawing
from pages.components.teach.exercise.case import case_page
from pages.components.teach.exercise.due_today import due_today
from pages.components.teach.exercise.set_list import set_list
from pages.components.teach.exercise.set_page import set_page
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.sets import get_set


def exercises(store: SessionState, library: Library, person: Person) -> None:
    """What the address asks for. Raises ``LibraryError`` for a set that the person does not see."""
    set_id, place = asked_set(), asked_place()
    if not set_id:
        due_today(store, library, person)
        set_list(store, library, person)
        drawing(library)
        return
    chosen = get_set(library, person, set_id)
    if place is not None and 0 <= place < len(chosen.exercise.cases):
        case_page(store, library, person, chosen, place)
    else:
        set_page(store, library, person, chosen)
