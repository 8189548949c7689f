"""Which study is the prior, and the question whether it is of the same patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.prior import prior_jobs
from pages.components.prior.prior_state import PriorState
from pages.components.session.state import SessionState
from spine_core.study.types import Patient

if TYPE_CHECKING:
    from spine_core.library.search import CaseSummary
    from spine_core.library.store import Library
    from spine_core.library.types import Person

IDENTIFIERS = {
    "name": "Name",
    "patient_id": "Patient ID",
    "birth_date": "Birth date",
    "sex": "Sex",
}


def ask_for_prior(store: SessionState, prior: PriorState) -> None:
    """A case of the library of the same pseudonymous patient, or files or a folder."""
    st.markdown(
        "Open an **earlier study of the same patient**. Both are registered and compared disc by disc."
    )
    if _cases(store):
        with st.expander("Other files", icon=":material/upload_file:"):
            _uploads(store, prior)
    else:
        _uploads(store, prior)


def _uploads(store: SessionState, prior: PriorState) -> None:
    files, folder = st.columns(2, gap="medium")
    with files:
        chosen = st.file_uploader(
            "Files or an archive of the prior", accept_multiple_files=True, key=f"prior-files-{prior.upload}",
            help="DICOM, NIfTI, or a ZIP or TAR archive. Pictures have no positions and cannot be registered.",
        )  # fmt: skip
    with folder:
        chosen_folder = st.file_uploader(
            "A folder of the prior", accept_multiple_files="directory", key=f"prior-folder-{prior.upload}"
        )
    if chosen or chosen_folder:
        from spine_core.study import SourceFile

        uploaded = [*(chosen or ()), *(chosen_folder or ())]
        prior_jobs.open_files(store, tuple(SourceFile(one.name, one.getvalue()) for one in uploaded))
        st.rerun()


def _cases(store: SessionState) -> bool:
    """A button for each other case of the open case's patient; whether there are any."""
    found = _same_patient(store)
    if found is None:
        return False
    library, person, cases = found
    for case in cases:
        words = f"{case.title or 'Case without title'}, kept {case.kept:%Y-%m-%d}"
        if case.tags:
            words = f"{words} ({', '.join(case.tags)})"
        st.button(
            f"Compare with {words}", key=f"prior-case-{case.id}", icon=":material/photo_library:",
            on_click=prior_jobs.open_case, args=(store, library, person, case.id),
        )  # fmt: skip
    if not cases:
        st.caption("The library has no other case of this patient that you can see.")
    return bool(cases)


def _same_patient(store: SessionState) -> tuple[Library, Person, list[CaseSummary]] | None:
    """Other cases of the open case's patient; None where no case is open or nobody picked a name."""
    if not store.case_id:
        return None
    from pages.components.session.identity import current_person
    from spine_core.library.cases import get_case
    from spine_core.library.errors import LibraryError
    from spine_core.library.search import CaseFilter, find_cases
    from spine_core.library.store import open_library

    try:
        library = open_library()
        person = current_person(store, library)
        if person is None:
            return None
        patient = get_case(library, person, store.case_id).patient
        cases = find_cases(library, person, CaseFilter(text=patient)).cases
    except LibraryError:
        return None
    return library, person, [one for one in cases if one.patient == patient and one.id != store.case_id]


def ask_which_patient(store: SessionState, prior: PriorState) -> None:
    """One button per patient of the upload."""
    st.warning(f"This upload holds {len(prior.patients)} patients. Which one is the prior of?")
    with st.container(horizontal=True):
        for number, patient in enumerate(prior.patients, start=1):
            words = " · ".join(filter(None, (patient.name, patient.patient_id, patient.birth_date)))
            st.button(
                words or f"Patient {number}", key=f"prior-patient-{number}",
                on_click=prior_jobs.open_files, args=(store, prior.sources, patient.key),
            )  # fmt: skip
        st.button("None, forget the upload", on_click=prior_jobs.drop, args=(store,))


def ask_to_confirm(store: SessionState, prior: PriorState) -> None:
    """Whether both are of one patient. Identifiers are shown only where they differ, and only here."""
    assert store.study is not None
    assert prior.study is not None
    own, other = store.study.patient, prior.study.patient
    if prior.study.sha256 == store.study.sha256:
        st.warning("This is the study that is open already: every difference will be zero.")
    rows = differing(own, other)
    if rows:
        st.warning("The identifiers of the two studies **differ**. Compare them before you go on.")
        st.dataframe(
            [{"": head, "Open study": mine or "empty", "Prior": theirs or "empty"} for head, mine, theirs in rows],
            hide_index=True,
        )  # fmt: skip
    else:
        st.info("The identifiers of the two studies agree, or neither has any.")
    if own.study_date and other.study_date and other.study_date > own.study_date:
        st.warning("The prior is dated **after** the open study: “new” and “resolved” would be exchanged.")
    st.markdown("Are both studies of **the same patient**? No image comparison can tell it for certain.")
    with st.container(horizontal=True):
        st.button(
            "Yes, the same patient", type="primary", key="prior-confirm", icon=":material/check:",
            on_click=prior_jobs.confirm, args=(store,),
        )  # fmt: skip
        st.button("No, close the prior", key="prior-refuse", on_click=prior_jobs.drop, args=(store,))


def differing(own: Patient, other: Patient) -> list[tuple[str, str, str]]:
    """Identifiers that are not equal, by what they are called; an empty one differs from a stated one."""
    values = [(head, getattr(own, name), getattr(other, name)) for name, head in IDENTIFIERS.items()]
    return [(head, mine, theirs) for head, mine, theirs in values if mine.casefold() != theirs.casefold()]
