"""One case: what is known of it, opening it again, its description, reference grades, deletion."""

from __future__ import annotations

import base64
from collections import Counter

import streamlit as st

from pages.components import study_jobs
from pages.components.error_text import as_sentence
from pages.components.library.case_reports import case_reports
from pages.components.library.references import references
from pages.components.session.identity import required_person
from pages.components.session.state import SessionState
from spine_core.anatomy.outline_edits import OutlineEdit
from spine_core.grading.outline_edits import changed_area
from spine_core.library.cases import Description, delete, describe
from spine_core.library.errors import LibraryError
from spine_core.library.reviews import latest_reviews
from spine_core.library.store import Library
from spine_core.library.types import Case, Decision, Person


def case_card(store: SessionState, library: Library, person: Person, case: Case) -> None:
    """The selected case."""
    st.markdown(f"#### {case.title or 'Case without title'}")
    picture, facts = st.columns([1, 5], gap="medium")
    with picture:
        if case.thumbnail:
            encoded = base64.b64encode(case.thumbnail).decode()
            st.html(
                f'<img src="data:image/png;base64,{encoded}" alt="Mid-sagittal slice of the case" width="100%">'
            )
    with facts:
        st.markdown("\n".join(f"- **{head}**: {words}" for head, words in _facts(case)))
        if case.notes:
            st.markdown(case.notes)
        if store.case_id == case.id:
            st.caption("This case is open.")
        else:
            st.button("Open this case", type="primary", icon=":material/folder_open:",
                      on_click=study_jobs.open_case, args=(store, case.id))  # fmt: skip
    findings, reference, reports, description, removal = st.tabs(
        ["Findings", "Reference grades", "Reports", "Title, tags, notes", "Delete"]
    )
    with findings:
        _findings(case, person)
    with reference:
        references(library, person, case)
    with reports:
        case_reports(store, library, person, case)
    with description:
        _description(library, person, case)
    with removal:
        _removal(store, library, case)


def _facts(case: Case) -> list[tuple[str, str]]:
    kinds = Counter(
        f"{one.plane} {one.weighting.replace('_', ' ').upper()} ({one.slices} slices)" for one in case.series
    )
    series = ", ".join(f"{count} × {kind}" if count > 1 else kind for kind, count in kinds.items())
    facts = [
        ("Patient", f"{case.patient}, a pseudonym" + (" (synthetic study)" if case.synthetic else "")),
        ("Kept", f"{case.kept:%Y-%m-%d %H:%M} UTC by {case.owner}{', shared' if case.shared else ''}"),
        ("Series", series),
        ("Files", f"{case.files}, {case.nbytes / 1e6:.1f} MB"),
    ]
    if case.reading is not None:
        facts.append(("Read by", case.reading.network))
        if case.reading.corrections:
            facts.append(("Corrected by the reader", "; ".join(case.reading.corrections)))
        if case.reading.outlines:
            facts.append(("Edited outlines", "; ".join(map(_edited, case.reading.outlines))))
    return facts


def _edited(edit: OutlineEdit) -> str:
    return f"{edit.structure.name.lower()} on slice {edit.slice_index + 1} by {edit.reader} ({changed_area(edit)})"


def _findings(case: Case, person: Person) -> None:
    """What the network said, the reference, and what this reader decided, side by side."""
    if case.reading is None:
        st.caption("The study had not been read when it was kept.")
        return
    reference = {(one.level, one.condition): one for one in case.references}
    decided = latest_reviews(case, person)
    lines = []
    for one in case.reading.findings:
        condition, place = case.reading.condition(one.condition), (one.level, one.condition)
        words = dict(zip(condition.grades, condition.grade_labels, strict=True))
        mine = decided.get(place)
        lines.append(
            {
                "Level": one.level,
                "Finding": condition.label,
                "Network": words.get(one.grade or "", "not gradable"),
                "Probability": one.probability,
                "Possible": ", ".join(words[grade] for grade in one.prediction_set),
                "Reference": words.get(reference[place].grade, reference[place].grade)
                if place in reference
                else "",
                "You": "" if mine is None else _decision(mine.decision, words.get(mine.grade or "", "")),
            }
        )
    st.dataframe(
        lines, hide_index=True, column_config={"Probability": st.column_config.NumberColumn(format="%.2f")}
    )
    st.caption("Open the case and go to the page Read to accept, reject or change a grade.")


def _decision(decision: Decision, grade: str) -> str:
    return f"changed to {grade}" if decision is Decision.CHANGED else decision.value


def _description(library: Library, person: Person, case: Case) -> None:
    with st.form(f"describe-{case.id}", border=False):
        title = st.text_input("Title", case.title, max_chars=200)
        tags = st.text_input("Tags", ", ".join(case.tags), help="Separated by commas.")
        notes = st.text_area("Notes", case.notes)
        shared = st.checkbox("Shared: everybody who uses this library sees the case", case.shared)
        if st.form_submit_button("Save"):
            try:
                described = Description(title, notes, tuple(tags.split(",")), shared)
                describe(library, person, case.id, described)
            except LibraryError as error:
                st.error(as_sentence(error))
                return
            st.rerun()


def _removal(store: SessionState, library: Library, case: Case) -> None:
    st.markdown(
        "Its files, reading, grades and notes are deleted. That there was a case, and when it went, stays."
    )

    def clicked() -> None:
        try:
            delete(library, required_person(store, library), case.id)
        except LibraryError as error:
            st.toast(as_sentence(error), icon=":material/error:")
            return
        if store.case_id == case.id:
            store.case_id = ""
        st.session_state.pop("library-cases", None)

    st.button("Delete this case", icon=":material/delete:", on_click=clicked)
