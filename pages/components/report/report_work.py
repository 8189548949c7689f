"""The report of the open study while it is written: it lives in the session, as long as the study is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import streamlit as st
from pydicom.dataset import Dataset

from pages.components.error_text import as_sentence
from pages.components.session.identity import current_person
from pages.components.session.state import SessionState
from spine_core.explanation.base import Explanation
from spine_core.grading.types import Reading
from spine_core.library.errors import LibraryError
from spine_core.report.decisions import Reviews
from spine_core.report.draft import draft
from spine_core.report.errors import ReportError
from spine_core.report.history import History, redraft
from spine_core.report.types import Report

NEW = "+"
"""In the place of a sentence's key: one that is being added."""


@dataclass(eq=False)
class KeptCopy:
    """What the library holds of a report. ``owner``: id of the person whose it is there, None for nobody's yet.

    ``report``: as it was stored last. ``serial``, ``sha256``: of ``report.kept.KeptVersion``. ``problem``: why the last
    change is not stored.
    """

    owner: int | None = None
    report: Report | None = None
    serial: int = 0
    sha256: str = ""
    problem: str = ""


@dataclass(eq=False)
class ReportWork:
    """A report and how it came to be.

    ``base``: the draft from which the reader went on. ``reading``, ``reviews``: what it was made from; ``reading`` is
    None where it came from the library and would now be drafted otherwise.
    ``versions``: the approved reports that were amended, the oldest first. ``writing``: section and key of the
    sentence whose text is being written. ``kept``: its place in the library, where the study is a case.
    ``explanations``: of which maps were added in this session. ``structured_reports``: the DICOM object that was made
    last, by the version of the report.
    """

    history: History
    base: Report
    reading: Reading | None
    reviews: Reviews
    versions: list[Report] = field(default_factory=list)
    writing: tuple[str, str] = ("", "")
    kept: KeptCopy = field(default_factory=KeptCopy)
    explanations: list[Explanation] = field(default_factory=list)
    structured_reports: dict[int, Dataset] = field(default_factory=dict)

    @property
    def report(self) -> Report:
        """The report as it stands."""
        return self.history.now

    @property
    def approved(self) -> bool:
        """Whether it may not be edited any more."""
        return self.report.approval is not None

    def change(self, edit: Callable[[Report], Report]) -> None:
        """Makes an edit that can be undone; where it is refused, a message says why and nothing changes."""
        try:
            self.history = self.history.do(edit(self.report))
        except ReportError as error:
            st.toast(as_sentence(error), icon=":material/error:")

    def undo(self) -> None:
        """Takes the last edit back."""
        self.history, self.writing = self.history.undo(), ("", "")

    def redo(self) -> None:
        """Makes the edit again that was taken back last."""
        self.history, self.writing = self.history.redo(), ("", "")


def report_work(store: SessionState) -> ReportWork:
    """The session's report; drafted where there is none yet."""
    assert store.study is not None
    assert store.reading is not None
    if store.report is None:
        reviews = case_reviews(store)
        made = draft(store.study, store.reading, reviews)
        store.report = ReportWork(History(made), made, store.reading, reviews)
    work: ReportWork = store.report
    return work


def case_reviews(store: SessionState) -> Reviews:
    """The reader's decisions, where the study is a case of the library and somebody is signed in; else none."""
    if not store.case_id:
        return {}
    from spine_core.library.cases import get_case
    from spine_core.library.reviews import latest_reviews
    from spine_core.library.store import open_library

    try:
        library = open_library()
        person = current_person(store, library)
        return {} if person is None else latest_reviews(get_case(library, person, store.case_id), person)
    except LibraryError:
        return {}


def draft_again(store: SessionState, language: str | None = None) -> None:
    """A new draft below what the reader wrote: in another language, or from what is read and decided by now."""
    work = report_work(store)
    assert store.study is not None
    assert store.reading is not None
    reading = store.reading if language is None or work.reading is None else work.reading
    reviews = case_reviews(store) if language is None else work.reviews
    made = draft(store.study, reading, reviews, language=language or work.report.language)
    work.change(lambda report: redraft(report, work.base, replace(made, template=report.template)))
    if not work.approved:
        work.base, work.reading, work.reviews, work.writing = made, reading, reviews, ("", "")


def offer_new_draft(store: SessionState, work: ReportWork) -> None:
    """Says that the reading or a decision has changed since the draft, and how to take that over."""
    if store.reading is work.reading and case_reviews(store) == work.reviews:
        return
    if work.approved:
        st.info(
            "The reading or a decision has changed since the approval. Amend the report to take that over."
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info("The reading or a decision has changed since this draft was made.", icon=":material/update:")
        st.button(
            "Take it over", key="report-again", on_click=draft_again, args=(store,),
            help="All sentences are written again, except those that you wrote, changed or removed.",
        )  # fmt: skip
