"""The batches of a person: how each stands; stop, continue, delete."""

from __future__ import annotations

import streamlit as st

from pages.components.audit import batch_process
from pages.components.distinct_labels import distinct_labels
from pages.components.error_text import as_sentence
from pages.components.session.identity import current_person, required_person
from pages.components.session.state import SessionState
from spine_core.audit.batch.store import Batch, batches, delete_batch, get_batch
from spine_core.audit.batch.types import Status
from spine_core.audit.ratings.method_names import method_label
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Person

REFRESH = 2.0
"""Seconds between two looks at a batch that runs."""


def choose_batch(library: Library, person: Person) -> Batch | None:
    """The batch to look at; the latest unless another one is chosen."""
    found = {one.id: one for one in batches(library, person)}
    if not found:
        st.info("There is no batch yet. Keep cases in the library, then start one above.")
        return None
    labels = distinct_labels({name: _name(one) for name, one in found.items()})
    chosen = st.selectbox("Batch", list(found), key="batch-shown", format_func=labels.__getitem__)
    return found[chosen]


def _name(one: Batch) -> str:
    methods = ", ".join(map(method_label, one.plan.methods[:4]))
    return f"{one.title or 'Batch'} of {one.started:%Y-%m-%d %H:%M}: {methods}"


def batch_state(store: SessionState, library: Library, batch: Batch) -> None:
    """Progress while it runs, else how it ended."""
    if batch_process.is_running(batch.id):
        st.fragment(_running, run_every=REFRESH)(store, library, batch.id)
        return
    done, failed = (batch.counts.get(one, 0) for one in (Status.DONE, Status.FAILED))
    with st.container(horizontal=True, vertical_alignment="center"):
        if batch_process.failed(batch.id):
            st.error("The batch ended with an error; what was computed until then is below.")
        elif batch.finished is None:
            st.warning(f"Interrupted: {done + failed:,} of {batch.studies:,} studies are done.")
        else:
            st.markdown(
                f"Finished: {done:,} studies done, {failed:,} failed, {batch.maps:,} maps with controls."
            )
        if batch.finished is None or failed:
            st.button("Continue", on_click=_continue, args=(store, library, batch.id), key="batch-continue",
                      icon=":material/play_arrow:")  # fmt: skip
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown("The table and the maps of this batch are deleted; the cases stay.")
            st.button("Delete this batch", on_click=_delete, args=(store, library, batch.id))


def _running(store: SessionState, library: Library, batch_id: str) -> None:
    person = current_person(store, library)
    if person is None or not batch_process.is_running(batch_id):
        st.rerun()
        return
    batch = get_batch(library, person, batch_id)
    tried = sum(batch.counts.values())
    share = tried / max(1, batch.studies)
    # A study of many findings is at work for minutes before the first one is counted.
    first = "" if tried else "; the first one takes some minutes"
    words = f"{tried:,} of {batch.studies:,} studies{first}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, words)
        st.button("Stop", on_click=batch_process.stop, args=(batch_id,), key="batch-stop")


def _continue(store: SessionState, library: Library, batch_id: str) -> None:
    # Who it is is asked at the click: the page may be older than a sign-out.
    try:
        batch_process.start(required_person(store, library), batch_id, 1)
    except LibraryError as error:
        st.toast(as_sentence(error), icon=":material/error:")


def _delete(store: SessionState, library: Library, batch_id: str) -> None:
    try:
        delete_batch(library, required_person(store, library), batch_id)
    except LibraryError as error:
        st.toast(as_sentence(error), icon=":material/error:")
    st.session_state.pop("batch-shown", None)
