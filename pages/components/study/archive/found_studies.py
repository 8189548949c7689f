"""The studies that an archive found, to choose one of."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components import job_progress
from pages.components.error_text import as_sentence
from pages.components.session.state import SessionState
from pages.components.study.archive.query_form import QUERY
from pages.components.study_jobs import FAILED
from spine_core.jobs import Job
from spine_core.pacs.errors import PacsError
from spine_core.pacs.servers import Server
from spine_core.pacs.types import MAX_FOUND, FoundStudy


def found_studies(store: SessionState, server: Server) -> FoundStudy | None:
    """The study that is selected in the table; None until one is."""
    job: Job[tuple[FoundStudy, ...]] | None = store.jobs.get(QUERY)
    if job is None:
        return None
    if not job.over:
        job_progress.watch({f"Asking {server.name}": job}, "archive-query")
        return None
    if job.error is not None:
        known = isinstance(job.error, PacsError)
        st.error(as_sentence(job.error) if known else FAILED, icon=":material/error:")
        return None
    found = job.result or ()
    if not found:
        st.info("The archive has no study that matches.", icon=":material/search_off:")
        return None
    if len(found) > MAX_FOUND:
        st.warning(f"More than {MAX_FOUND} studies match; the first ones are shown. Ask for less.")
        found = found[:MAX_FOUND]
    return _selected(found)


def _selected(found: Sequence[FoundStudy]) -> FoundStudy | None:
    table = st.dataframe(
        [_row(one) for one in found],
        key="archive-studies",
        on_select="rerun",
        selection_mode="single-row",
        hide_index=True,
        height=min(38 + 35 * len(found), 300),
    )
    rows = table["selection"]["rows"]
    if rows and rows[0] < len(found):
        return found[rows[0]]
    st.caption(f"{len(found)} found. Select a study by the box at its left.")
    return None


def _row(one: FoundStudy) -> dict[str, str | int | None]:
    return {
        "Date": f"{one.date[:4]}-{one.date[4:6]}-{one.date[6:]}" if len(one.date) == 8 else one.date,
        "Patient": one.patient_name.replace("^", " ").strip(),
        "ID": one.patient_id,
        "Born": one.birth_date,
        "Description": one.description,
        "Modalities": " ".join(one.modalities),
        "Series": one.series,
        "Images": one.instances,
    }
