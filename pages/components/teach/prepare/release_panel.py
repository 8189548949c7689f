"""What the networks say of a set's cases, and their maps: stored with the set, so that a reveal computes nothing."""

from __future__ import annotations

import streamlit as st

from pages.components import job_progress
from pages.components.distinct_labels import distinct_labels
from pages.components.explain.explanation_jobs import METHODS
from pages.components.session.state import SessionState
from pages.components.start_job import start
from pages.components.teach.exercise.begin import on_click
from pages.components.teach.prepare.missing_maps import offer_maps
from spine_core.audit.batch.store import Batch, batches
from spine_core.audit.ratings.method_names import method_label
from spine_core.jobs import Lane
from spine_core.library.cases import case_names
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.progress import Progress
from spine_core.teaching.release_all import ReleaseState, release_all, release_states
from spine_core.teaching.sets import StoredSet

JOB = "release-"
CONTROLS = ("control blurred_random", "control edges", "control random")
NO_MAPS = ""

WHAT = (
    "After the commit a learner is shown what is released here, and nothing else. Grades come from the reading that "
    "was kept with the case, maps from a batch. What a learner has seen of a case stays as it is."
)


def release_panel(store: SessionState, library: Library, person: Person, chosen: StoredSet) -> None:
    """Which batch, which maps; what there is of every case; and a button for all of them."""
    st.caption(WHAT)
    found = {one.id: one for one in batches(library, person) if one.plan.keep_maps}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        batch_id = _ask_batch(chosen, found)
        methods = _ask_methods(chosen, found.get(batch_id))
        st.button(
            "Release", type="primary", icon=":material/publish:", key="release",
            on_click=on_click, args=(_release, store, library, chosen.id, batch_id, methods),
        )  # fmt: skip
    states = _states(store, library, person, chosen, found.get(batch_id), methods)
    if states is None:
        return
    names = case_names(library, person, [one.case_id for one in states])
    lines = [_line(one, names.get(one.case_id, "deleted")) for one in states]
    st.dataframe(lines, hide_index=True, width="content")
    offer_maps(store, library, chosen, states, found.get(batch_id))


def _ask_batch(chosen: StoredSet, found: dict[str, Batch]) -> str:
    labels = distinct_labels(
        {one.id: f"{one.title or 'Batch'} of {one.started:%Y-%m-%d %H:%M}" for one in found.values()}
    )
    words = labels | {NO_MAPS: "no maps, grades only"}
    return str(
        st.selectbox(
            "Maps of this batch", [*labels, NO_MAPS], format_func=words.__getitem__, key=f"release-batch-{chosen.id}",
            width=380,
        )
    )  # fmt: skip


def _ask_methods(chosen: StoredSet, batch: Batch | None) -> tuple[str, ...]:
    if batch is None:
        return ()
    there = [*batch.plan.maps, *CONTROLS]
    first = [one for one in METHODS if one in batch.plan.maps]
    return tuple(
        st.multiselect(
            "Maps", there, first, format_func=method_label, key=f"release-methods-{batch.id}", max_selections=5,
            help="A control among them shows what a map without the network looks like.", width=420,
        )
    )  # fmt: skip


def _key(chosen: StoredSet) -> str:
    return f"{JOB}{chosen.id}"


def _states(
    store: SessionState, library: Library, person: Person, chosen: StoredSet, batch: Batch | None,
    methods: tuple[str, ...],
) -> tuple[ReleaseState, ...] | None:  # fmt: skip
    """What was released just now, else what there is; looked at again where batch, maps or set are others."""
    batch_id, maps = (None, 0) if batch is None else (batch.id, batch.maps)
    asked = (chosen.id, chosen.exercise.sha256, batch_id, maps, methods)
    if st.session_state.get("release-asked") != asked:
        st.session_state["release-asked"] = asked
        store.jobs.forget(_key(chosen))

    def run(progress: Progress) -> tuple[ReleaseState, ...]:
        return release_states(library, person, chosen.id, batch_id, methods, progress)

    return job_progress.only_result(
        store.jobs, _key(chosen), run, prefix=JOB, label="Looking at readings and maps",
        fault="What can be released could not be found out.",
    )  # fmt: skip


def _release(
    store: SessionState,
    library: Library,
    person: Person,
    set_id: str,
    batch_id: str,
    methods: tuple[str, ...],
) -> None:
    def run(progress: Progress) -> tuple[ReleaseState, ...]:
        return release_all(library, person, set_id, batch_id or None, methods, progress)

    start(store, f"{JOB}{set_id}", run, Lane.INTERACTIVE)


def _line(one: ReleaseState, title: str) -> dict[str, object]:
    maps = f", {one.with_maps} of them with maps" if one.with_maps else ", without maps"
    count = "1 finding" if one.findings == 1 else f"{one.findings} findings"
    reason = one.reason or ("" if one.released else "not released yet")
    return {
        "Case": one.place + 1,
        "Title": title,
        "Released": one.released,
        "There is": f"{count}{maps}" if one.findings else "nothing",
        "Note": f"{reason[:1].upper()}{reason[1:]}",
    }
