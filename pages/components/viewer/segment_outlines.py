"""Outlines of the segmentations that came with the images and are shown, for the viewer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pages.components.session.state import SessionState
from spine_core.study.types import Series

if TYPE_CHECKING:
    from spine_core.dicom_objects.read_segmentation import ReadSegmentation

JOB = "found-segmentation-"
"""What the keys of the jobs that read them begin with; the instance follows. A result is shown while it is there."""


def segment_outlines(store: SessionState, series: Series) -> list[dict[str, Any]]:
    """Outlines of all of them on one series; each worked out once, since the viewer asks at every event."""
    return [
        outline
        for key, found in _shown(store)
        for outline in store.memory.once((key, series.uid), found, lambda found=found: _of(found, series))
    ]


def _shown(store: SessionState) -> Iterator[tuple[str, ReadSegmentation]]:
    for key, job in store.jobs.items():
        if key.startswith(JOB) and job.result is not None:
            yield key, job.result


def _of(found: ReadSegmentation, series: Series) -> list[dict[str, Any]]:
    return [
        {"slice": one.slice_index, "structure": "segment", "points": one.points.round(2).tolist()}
        for one in found.outlines
        if one.series_uid == series.uid
    ]
