"""Audits of explanations: batches over many cases, rating studies by readers, choices of learners."""

from __future__ import annotations

import streamlit as st

from pages.components.audit.batch_list import batch_state, choose_batch
from pages.components.audit.cohort import cohort
from pages.components.audit.exercise_choices import exercise_choices
from pages.components.audit.new_batch import new_batch
from pages.components.audit.rating_studies import rating_studies
from pages.components.error_text import as_sentence
from pages.components.library.person import asked_person
from pages.components.segments import segments
from pages.components.session.state import SessionState, current
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library, open_library
from spine_core.library.types import Person

BATCHES, STUDIES, CHOICES = "Batches", "Rating studies", "Choices from exercises"


def batches(store: SessionState, library: Library, person: Person) -> None:
    """A new batch, and the chosen one."""
    new_batch(store, library, person)
    batch = choose_batch(library, person)
    if batch is not None:
        batch_state(store, library, batch)
        cohort(store, library, person, batch)


VIEWS = {BATCHES: batches, STUDIES: rating_studies, CHOICES: exercise_choices}

store = current()
st.markdown("### Audit")
try:
    library = open_library()
    person = asked_person(store, library)
    if person is not None:
        shown = segments(
            "What is audited", list(VIEWS), key="audit-view",
            persist_state="session", label_visibility="collapsed",
        )  # fmt: skip
        VIEWS[shown](store, library, person)
except LibraryError as error:
    st.error(as_sentence(error), icon=":material/error:")
