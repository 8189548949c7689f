"""Files from the user's computer, and the question which patient is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components import study_jobs
from pages.components.session.state import SessionState, Upload
from spine_core.study.limits import MAX_SPACING_MM, MIN_SPACING_MM
from spine_core.study.types import Weighting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from spine_core.study import SourceFile


def ask_for_files(store: SessionState) -> None:
    """Files, archives, a folder, or the demonstration study. The uploader lets go of its bytes once they are taken."""
    files, folder, demonstration = st.columns([5, 5, 3], gap="medium")
    with files:
        chosen = st.file_uploader(
            "Files or an archive", accept_multiple_files=True, key=f"files-{store.upload}",
            help="DICOM (any ending or none), NIfTI (.nii, or .hdr with .img), PNG or JPEG; alone, in a ZIP or TAR, or "
            "compressed (.gz).",
        )  # fmt: skip
    with folder:
        chosen_folder = st.file_uploader(
            "A folder", accept_multiple_files="directory", key=f"folder-{store.upload}",
            help="A DICOM folder as it comes from a CD or an archive.",
        )  # fmt: skip
    with demonstration:
        if st.button("Open the demonstration study", icon=":material/science:", width="stretch"):
            study_jobs.open_demonstration(store)
            st.rerun()
        st.caption(
            "Nothing leaves the computer that runs SpineLens, and nothing is written to its disk. A study is "
            "forgotten ten minutes after its tab was closed."
        )
    weighting, spacing = _about_pictures()
    if chosen or chosen_folder:
        sources = _sources([*(chosen or ()), *(chosen_folder or ())])
        study_jobs.open_upload(store, Upload(sources, weighting, spacing))
        store.upload += 1
        st.rerun()


def _about_pictures() -> tuple[Weighting | None, float | None]:
    """What a PNG, a JPEG or a silent header does not say. Asked before the files are chosen."""
    with st.popover("For images without a header", icon=":material/image:"):
        weighting = st.selectbox(
            "Weighting",
            (None, Weighting.T1, Weighting.T2),
            format_func=lambda w: "estimate from the image" if w is None else w.upper(),
        )
        spacing = st.number_input(
            "Pixel spacing in mm", MIN_SPACING_MM, MAX_SPACING_MM, value=None, placeholder="unknown"
        )
    return weighting, spacing


def _sources(files: Sequence[UploadedFile]) -> tuple[SourceFile, ...]:
    from spine_core.study import SourceFile

    return tuple(SourceFile(file.name, file.getvalue()) for file in files)


def ask_which_patient(store: SessionState) -> None:
    """One button per patient of the upload."""
    st.warning(f"This upload holds {len(store.patients)} patients. Which one do you want to read?")
    with st.container(horizontal=True):
        for number, patient in enumerate(store.patients, start=1):
            words = " · ".join(filter(None, (patient.name, patient.patient_id, patient.birth_date)))
            if st.button(words or f"Patient {number}", key=f"patient-{number}"):
                assert store.pending is not None
                study_jobs.open_upload(store, store.pending, patient.key)
                st.rerun()
        if st.button("None, forget the upload"):
            store.drop_pending()
            st.rerun()
