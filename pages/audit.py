"""Audits of explanations: batches over many cases, and what their tables say."""

from __future__ import annotations

import streamlit as st

from pages.components.audit.batch_list import batch_state, choose_batch
from pages.components.audit.cohort import cohort
from pages.components.audit.new_batch import new_batch
from pages.components.error_text import as_sentence
from pages.components.library.person import asked_person
from pages.components.session.state import current
from spine_core.library.errors import LibraryError
from spine_core.library.store import open_library

store = current()
st.markdown("### Audit")
try:
    library = open_library()
    person = asked_person(store, library)
    if person is not None:
        new_batch(store, library, person)
        batch = choose_batch(library, person)
        if batch is not None:
            batch_state(store, library, batch)
            cohort(store, library, person, batch)
except LibraryError as error:
    st.error(as_sentence(error), icon=":material/error:")
