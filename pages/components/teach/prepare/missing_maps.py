"""Maps that a set lacks, computed by a batch: a process of its own, on the page Audit as well."""

from __future__ import annotations

import streamlit as st

from pages.components.audit import batch_process
from pages.components.audit.batch_list import batch_state
from pages.components.explain.explanation_jobs import METHODS
from pages.components.session.state import SessionState
from pages.components.teach.exercise.begin import on_click
from spine_core.audit.batch.sources import sources_of_cases
from spine_core.audit.batch.store import Batch, begin_batch
from spine_core.audit.batch.types import BatchPlan
from spine_core.library.search import CaseFilter
from spine_core.library.store import Library
from spine_core.library.types import Person
from spine_core.teaching.release_all import ReleaseState
from spine_core.teaching.sets import StoredSet


def offer_maps(
    store: SessionState,
    library: Library,
    chosen: StoredSet,
    states: tuple[ReleaseState, ...],
    batch: Batch | None,
) -> None:
    """Maps are computed by a batch over the cases that lack them."""
    if batch is not None and (batch.finished is None or batch_process.is_running(batch.id)):
        batch_state(store, library, batch)
        # What it has not come to yet is not lacking.
        return
    lacking = [one.case_id for one in states if one.findings > one.with_maps]
    if not lacking:
        return
    count = "1 case has" if len(lacking) == 1 else f"{len(lacking)} cases have"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{count} findings without maps of this batch: they are released without. Maps take minutes per case; the "
            "batch goes on when this page is closed, and is on the page Audit as well."
        )
        st.button(
            "Compute their maps", icon=":material/play_arrow:", key="release-compute",
            on_click=_compute, args=(store, library, chosen, lacking),
        )  # fmt: skip


def _compute(store: SessionState, library: Library, chosen: StoredSet, case_ids: list[str]) -> None:
    def step(store: SessionState, library: Library, person: Person) -> None:
        plan = BatchPlan(METHODS, chosen.exercise.conditions, chosen.exercise.levels, owner=store.owner)
        wanted = set(case_ids)
        sources = [one for one in sources_of_cases(library, person, CaseFilter()) if one.id in wanted]
        batch_id = begin_batch(library, person, plan, sources, f"Maps of {chosen.exercise.title}"[:200])
        batch_process.start(person, batch_id, 1)
        st.session_state[f"release-batch-{chosen.id}"] = batch_id

    on_click(step, store, library)
