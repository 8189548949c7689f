"""The report of a case is kept in the library with every change, and is there again when the case is opened."""

from __future__ import annotations

import streamlit as st

from pages.components import layout
from pages.components.error_text import as_sentence
from pages.components.report.report_work import KeptCopy, ReportWork, case_reviews
from pages.components.session.identity import current_person
from pages.components.session.state import SessionState
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library, open_library
from spine_core.library.types import Person
from spine_core.report.draft import draft
from spine_core.report.history import History
from spine_core.report.kept import keep_report, kept_report, kept_versions
from spine_core.report.types import Report

KEPT = "Kept in the library with the case, without the patient's data; every change is kept at once."
NOT_KEPT = "The report lasts as long as the study is open, unless you take it along or keep the study in the library."


def restore(store: SessionState) -> None:
    """Takes over what this person wrote about the open case before; another person's report leaves the page."""
    try:
        found = _reader(store)
        work: ReportWork | None = store.report
        if found is not None and (work is None or work.kept.owner not in (None, found[1].id)):
            store.report = _restored(store, *found)
    except LibraryError as error:
        st.error(as_sentence(error), icon=":material/error:")


def keep(store: SessionState, work: ReportWork) -> None:
    """Stores the report where it has changed since."""
    if work.report is work.kept.report or work.kept.problem:
        return
    try:
        found = _reader(store)
        if found is None:
            return
        for one in (*work.versions, work.report):
            _keep(*found, store.case_id, work, one)
    except LibraryError as error:
        work.kept.problem = as_sentence(error)


def _reader(store: SessionState) -> tuple[Library, Person] | None:
    """Who reads the open case; None where it is no case, or nobody has said who reads. Raises ``LibraryError``."""
    if not store.case_id:
        return None
    library = open_library()
    person = current_person(store, library)
    return None if person is None else (library, person)


def kept_line(store: SessionState, work: ReportWork) -> None:
    """Whether the report is kept, and what to do where it is not."""
    if work.kept.problem:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.error(f"Not kept: {work.kept.problem}", icon=":material/error:")
            st.button("Try again", key="report-keep", on_click=_try_again, args=(work,))
            st.button(
                "Load what is kept", key="report-load", on_click=_load, args=(store,),
                help="The report on this page is dropped: download it as JSON first if you need it.",
            )  # fmt: skip
    elif store.case_id and work.report is work.kept.report:
        st.caption(f":material/cloud_done: {KEPT}")
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(NOT_KEPT)
            layout.link("library.py", "To the library", ":material/photo_library:")


def _keep(library: Library, person: Person, case_id: str, work: ReportWork, report: Report) -> None:
    """Stores one version. Approved versions of this session are stored once, before what amends them."""
    kept = work.kept
    if report is kept.report or (kept.report is not None and report.version < kept.report.version):
        return
    new = kept.report is None or report.version > kept.report.version
    stored = keep_report(library, person, case_id, report, work.base, 0 if new else kept.serial)
    work.kept = KeptCopy(person.id, report, stored.serial, stored.sha256)


def _restored(store: SessionState, library: Library, person: Person) -> ReportWork | None:
    own = [one for one in kept_versions(library, person, store.case_id) if one.person == person.name]
    if not own:
        return None
    found = [kept_report(library, person, one.id) for one in own]
    last = found[-1]
    base = last.base or last.report
    work = ReportWork(History(last.report), base, None, {}, [one.report for one in found[:-1]])
    work.kept = KeptCopy(person.id, last.report, own[-1].serial, own[-1].sha256)
    _compare(store, work)
    return work


def _compare(store: SessionState, work: ReportWork) -> None:
    """Where today's draft is the one that the report went on from, nothing has changed since."""
    assert store.study is not None
    assert store.reading is not None
    reviews = case_reviews(store)
    made = draft(store.study, store.reading, reviews, language=work.report.language)
    same = (made.sections, made.provenance) == (work.base.sections, work.base.provenance)
    if work.report.approval is not None or same:
        work.reading, work.reviews = store.reading, reviews


def _try_again(work: ReportWork) -> None:
    work.kept.problem = ""


def _load(store: SessionState) -> None:
    store.report = None
