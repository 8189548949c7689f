"""Segmentations and reports that came with the images: shown as outlines in the viewer, and as rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import streamlit as st
from pydicom.uid import UID

from pages.components import study_jobs
from pages.components.error_text import as_sentence
from pages.components.job_progress import watch
from pages.components.networks.start import start
from pages.components.session.state import SessionState
from pages.components.study_sources import study_sources
from spine_core.dicom_objects.errors import DicomObjectError
from spine_core.dicom_objects.read_report import read_report
from spine_core.dicom_objects.read_segmentation import ReadSegmentation, read_segmentation
from spine_core.dicom_objects.report_rows import ReadReport
from spine_core.dicom_objects.sources import object_bytes
from spine_core.jobs import Job, Lane
from spine_core.library.errors import LibraryError
from spine_core.progress import Progress
from spine_core.study.dicom.non_images import SEGMENTATIONS
from spine_core.study.found_object import FoundObject
from spine_core.study.types import Series

JOB = "found-object-"
"""What the keys of the jobs begin with; the instance follows. The result lasts as long as it is shown."""

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


def segment_outlines(store: SessionState, series: Series) -> list[dict[str, Any]]:
    """Outlines of the segmentations that are shown, on one series, for the viewer."""
    return [outline for one in _shown(store) for outline in _outlines(one, series)]


def _shown(store: SessionState) -> Iterator[ReadSegmentation]:
    for key, job in store.jobs.items():
        if key.startswith(JOB) and isinstance(job.result, ReadSegmentation):
            yield job.result


def _outlines(found: ReadSegmentation, series: Series) -> Iterator[dict[str, Any]]:
    for one in found.outlines:
        if one.series_uid == series.uid:
            yield {"slice": one.slice_index, "structure": "segment", "points": one.points.round(2).tolist()}


def _object(store: SessionState, one: FoundObject) -> None:
    job = store.jobs.get(_key(one))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(_words(one))
        if not _is_known(one):
            st.caption("kept, not shown")
        elif job is None or (job.over and job.result is None):
            label = "Show as outlines" if one.sop_class_uid in SEGMENTATIONS else "Show its rows"
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
    elif isinstance(job.result, ReadSegmentation):
        _segments(job.result)
    elif isinstance(job.result, ReadReport):
        _rows(job.result)


def _segments(found: ReadSegmentation) -> None:
    maker = "SpineLens" if found.own else found.manufacturer or "an unnamed maker"
    labels = ", ".join(one.label for one in found.segments)
    # Not Markdown: labels are the text of others.
    st.text(f"By {maker}, yellow in the viewer: {labels}")
    if found.unmatched:
        count = found.unmatched
        st.caption(
            f"{count} frame{'' if count == 1 else 's'} lie on no slice of this study and are not shown."
        )


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
        data = object_bytes(sources, one)
        if one.sop_class_uid in SEGMENTATIONS:
            return read_segmentation(data, study, progress)
        return read_report(data)

    start(store, _key(one), run, Lane.INTERACTIVE)


def _is_known(one: FoundObject) -> bool:
    return one.sop_class_uid in SEGMENTATIONS or UID(one.sop_class_uid).name.endswith(REPORTS)


def _words(one: FoundObject) -> str:
    kind = UID(one.sop_class_uid).name.removesuffix(" Storage")
    return f"{kind}: {one.description}" if one.description else kind


def _key(one: FoundObject) -> str:
    return f"{JOB}{one.sop_instance_uid}"
