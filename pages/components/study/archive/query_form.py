"""What is asked of an archive."""

from __future__ import annotations

import datetime

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.session.state import SessionState
from pages.components.start_job import start
from spine_core.jobs import Lane
from spine_core.pacs.archive import archive_of
from spine_core.pacs.servers import Server
from spine_core.pacs.types import FoundStudy, StudyQuery
from spine_core.progress import Progress

QUERY, SERIES, RETRIEVE = "archive-query", "archive-series", "archive-retrieve"
"""Jobs of the panel."""

FAULT = "archive-fault"
"""In the session: why the last query could not be made."""

ANY_MODALITY = "any"

EARLIEST = datetime.date(1980, 1, 1)
"""Before the first MR of a spine."""


def query_form(store: SessionState, server: Server) -> None:
    """The form; a query is a job, since a server may take its time."""
    with st.form("archive-form", border=False):
        name, patient, description = st.columns(3)
        name.text_input(
            "Patient name", key="archive-name", placeholder="Family^Given", help="Its beginning is enough."
        )
        patient.text_input("Patient ID", key="archive-patient")
        description.text_input("Study description", key="archive-description", placeholder="a part of it")
        first, last, accession, modality = st.columns(4)
        first.date_input(
            "From", value=None, key="archive-from", format="YYYY-MM-DD", min_value=datetime.date(1980, 1, 1)
        )
        last.date_input(
            "To", value=None, key="archive-to", format="YYYY-MM-DD", min_value=datetime.date(1980, 1, 1)
        )
        accession.text_input("Accession number", key="archive-accession")
        modality.selectbox("Modality", ["MR", ANY_MODALITY], key="archive-modality")
        st.form_submit_button(
            "Search", type="primary", icon=":material/search:", on_click=_search, args=(store, server)
        )
    if FAULT in st.session_state:
        st.warning(st.session_state[FAULT], icon=":material/info:")


def _search(store: SessionState, server: Server) -> None:
    st.session_state.pop(FAULT, None)
    try:
        query = _query()
    except ValueError as error:
        st.session_state[FAULT] = as_sentence(error)
        return
    for job in (SERIES, RETRIEVE):
        store.jobs.forget(job)

    def run(progress: Progress) -> tuple[FoundStudy, ...]:
        return archive_of(server).studies(query)

    start(store, QUERY, run, Lane.INTERACTIVE)


def _query() -> StudyQuery:
    state = st.session_state
    modality = state["archive-modality"]
    return StudyQuery(
        patient_name=state["archive-name"].strip(),
        patient_id=state["archive-patient"].strip(),
        date_from=_date(state["archive-from"]),
        date_to=_date(state["archive-to"]),
        description=state["archive-description"].strip(),
        accession_number=state["archive-accession"].strip(),
        modality="" if modality == ANY_MODALITY else modality,
    )


def _date(value: datetime.date | None) -> str:
    return "" if value is None else value.strftime("%Y%m%d")
