"""The reports that were kept with a case."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.components.error_text import as_sentence
from pages.components.session.identity import required_person
from pages.components.session.state import SessionState
from spine_core.library.errors import LibraryError
from spine_core.library.store import Library
from spine_core.library.types import Case, Person
from spine_core.report.kept import KeptVersion, kept_report, kept_versions
from spine_core.report.render import report_html
from spine_core.report.serialise import to_json
from spine_core.report.types import Report

FORMATS: tuple[tuple[str, Callable[[Report], str], str, str], ...] = (
    ("HTML", report_html, "html", "text/html"),
    ("JSON", to_json, "json", "application/json"),
)


def case_reports(store: SessionState, library: Library, person: Person, case: Case) -> None:
    """The person's own versions and the approved ones of others, each as files."""
    versions = kept_versions(library, person, case.id)
    if not versions:
        st.caption("There is no report yet. Open the case and go to the page Report.")
        return
    for one in versions:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(_words(one))
            for label, make, suffix, media in FORMATS:
                st.download_button(
                    label, _file(store, library, one.id, make), f"spinelens-report-v{one.version}.{suffix}",
                    media, icon=":material/download:", key=f"case-report-{one.id}-{suffix}", type="tertiary",
                )  # fmt: skip
    st.caption(
        "Without the patient's data. Open the case and go to the page Report to write on, or for the PDF."
    )


def _words(one: KeptVersion) -> str:
    state = "approved" if one.approved else "draft"
    return f"Version {one.version} by {one.person}, {state}, {one.changed:%Y-%m-%d %H:%M} UTC"


def _file(
    store: SessionState, library: Library, report_id: int, make: Callable[[Report], str]
) -> Callable[[], str]:
    """Made when it is asked for; who asks is looked up again then."""

    def made() -> str:
        try:
            return make(kept_report(library, required_person(store, library), report_id).report)
        except LibraryError as error:
            return as_sentence(error)

    return made
