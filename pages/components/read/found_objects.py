"""Segmentations and reports that came with the images: shown as outlines in the viewer, and as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st
from pydicom.uid import UID

from pages.components import study_jobs
from pages.components.error_text import as_sentence
from pages.components.job_progress import watch
from pages.components.session.state import SessionState
from pages.components.start_job import start
from pages.components.study_sources import study_sources
from pages.components.viewer.segment_outlines import JOB as SEGMENTATION_JOB
from spine_core.dicom_objects.errors import DicomObjectError
from spine_core.jobs import Job, Lane
from spine_core.library.errors import LibraryError
from spine_core.progress import Progress
from spine_core.study.dicom.non_images import SEGMENTATIONS
from spine_core.study.found_object import FoundObject

if TYPE_CHECKING:
    from spine_core.dicom_objects.read_segmentation import ReadSegmentation
    from spine_core.dicom_objects.report_rows import ReadReport

REPORT_JOB = "found-report-"
"""What the keys of the jobs that read reports begin with, as ``SEGMENTATION_JOB``."""

REPORTS = "SR Storage"
"""How the names of the storage classes of structured reports end (PS3.4 B.5)."""


def found_objects(store: SessionState) -> None:
    """A line per object, with what can be done with it."""
    found = store.study.objects if store.study is not None else ()
    if not found:
        return
    with st.expander(
        f"Objects beside the images ({len(found)})", icon=":material/dataset:", key="found-objects"
    ):
        for one in found:
            _object(store, one)


def _object(store: SessionState, one: FoundObject) -> None:
    job = store.jobs.get(_key(one))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(_words(one))
        if not _is_known(one):
            st.caption("kept, not shown")
        elif job is None or (job.over and job.result is None):
            label = "Show as outlines" if _is_segmentation(one) else "Show its rows"
            st.button(label, key=f"show-{one.sop_instance_uid}", on_click=_start, args=(store, one))
        elif job.over:
            st.button(
                "Hide", key=f"hide-{one.sop_instance_uid}", on_click=store.jobs.forget, args=(_key(one),)
            )
    if job is not None:
        _result(job, one)


def _result(job: Job[Any], one: FoundObject) -> None:
    if not job.over:
        watch({"Reading the object": job}, f"object-{one.sop_instance_uid}")
    elif job.error is not None:
        known = isinstance(job.error, DicomObjectError)
        st.error(as_sentence(job.error) if known else study_jobs.FAILED, icon=":material/error:")
    elif job.result is not None:
        (_segments if _is_segmentation(one) else _rows)(job.result)


def _segments(found: ReadSegmentation) -> None:
    maker = "SpineLens" if found.own else found.manufacturer or "an unnamed maker"
    labels = ", ".join(one.label for one in found.segments)
    # Not Markdown: labels are the text of others.
    st.text(f"By {maker}, yellow in the viewer: {labels}")
    if found.unmatched:
        count = found.unmatched
        words = "1 frame lies" if count == 1 else f"{count} frames lie"
        st.caption(f"{words} on no slice of this study and cannot be shown.")


def _rows(found: ReadReport) -> None:
    state = f"verified by {found.verified_by}" if found.verified_by else "not verified"
    st.text(f"A report by SpineLens, {'complete' if found.complete else 'partial'}, {state}")
    st.dataframe(
        [
            {
                "Level": one.level, "Finding": one.condition, "Grade": one.grade, "Probability": one.probability,
                "By": "reader" if one.by_reader else "network",
            }
            for one in found.grades
        ],
        hide_index=True,
        column_config={"Probability": st.column_config.NumberColumn(format="%.2f")},
    )  # fmt: skip
    st.dataframe([{"Section": one.section, "Sentence": one.text} for one in found.sentences], hide_index=True)


def _start(store: SessionState, one: FoundObject) -> None:
    study = store.study
    assert study is not None
    try:
        sources = study_sources(store)
    except LibraryError as error:
        st.toast(as_sentence(error), icon=":material/error:")
        return

    def run(progress: Progress) -> ReadSegmentation | ReadReport:
        # Few studies have such objects: their codes need not be loaded with the page.
        from spine_core.dicom_objects.read_report import read_report
        from spine_core.dicom_objects.read_segmentation import read_segmentation
        from spine_core.dicom_objects.sources import object_bytes

        data = object_bytes(sources(), one)
        return read_segmentation(data, study, progress) if _is_segmentation(one) else read_report(data)

    start(store, _key(one), run, Lane.INTERACTIVE)


def _is_segmentation(one: FoundObject) -> bool:
    return one.sop_class_uid in SEGMENTATIONS


def _is_known(one: FoundObject) -> bool:
    return _is_segmentation(one) or UID(one.sop_class_uid).name.endswith(REPORTS)


def _words(one: FoundObject) -> str:
    kind = UID(one.sop_class_uid).name.removesuffix(" Storage")
    return f"{kind}: {one.description}" if one.description else kind


def _key(one: FoundObject) -> str:
    return f"{SEGMENTATION_JOB if _is_segmentation(one) else REPORT_JOB}{one.sop_instance_uid}"
