"""Open a study; its series, their quality, their headers."""

from __future__ import annotations

import streamlit as st

from pages.components import layout, study_jobs
from pages.components.session.no_study import heading
from pages.components.session.state import current
from pages.components.study.acquisition_card import acquisition_card, patient_card
from pages.components.study.archive.archive import archive_panel, archives_configured
from pages.components.study.introduction import introduction
from pages.components.study.next_steps import next_steps
from pages.components.study.not_gradable import not_gradable
from pages.components.study.uploads import ask_for_files, ask_which_patient
from spine_core.study.acquisitions import acquisitions
from spine_core.study.quality import missing_from_study

store = current()
nothing_open = store.study is None and store.pending is None

heading(shown=nothing_open)
with st.expander("Open a study", expanded=nothing_open, icon=":material/upload_file:"):
    if archives_configured():
        here, archive = st.tabs(["From this computer", "From an archive"], on_change="rerun", key="open-from")
        with here:
            ask_for_files(store)
        if archive.open:
            with archive:
                archive_panel(store)
    else:
        ask_for_files(store)


if store.complaint:
    st.error(f"{store.complaint.rstrip('.')}. {layout.still_open(store)}", icon=":material/error:")
if store.patients:
    ask_which_patient(store)

if nothing_open:
    introduction()

if store.study is not None:
    study = store.study
    next_steps(store)
    if study.problems:
        count = len(study.problems)
        with st.expander(
            "1 file was left out" if count == 1 else f"{count} files were left out", icon=":material/warning:"
        ):
            for problem in study.problems[:200]:
                st.markdown(f"- `{problem.file}`: {problem.reason}")
            if len(study.problems) > 200:
                st.caption(f"and {len(study.problems) - 200} more")
    if store.opened is not None and store.opened.left_out:
        st.warning(
            f"The archive did not send all of this study. {'. '.join(store.opened.left_out)}.",
            icon=":material/warning:",
        )
    missing = () if not_gradable(store, study) else missing_from_study(study)
    for note in (*study.notes, *missing):
        st.caption(note.text)
    if store.reading_complaint:
        st.error(store.reading_complaint)
        st.button("Read again", on_click=study_jobs.read_again, args=(store,))
    for stacks in acquisitions(study):
        acquisition_card(store, study, stacks)
    patient_card(study.patient)
    with st.popover("Close this study", icon=":material/close:"):
        st.markdown("Its corrections, key images and maps are forgotten as well.")
        st.button("Close it", key="close-study", on_click=store.clear)
