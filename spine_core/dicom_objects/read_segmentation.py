"""Reads a Segmentation (PS3.3 A.51) of ours or of others as outlines on the slices of an open study."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from spine_core.anatomy.outlines import mask_outlines
from spine_core.dicom_objects.errors import DicomObjectError
from spine_core.dicom_objects.identity import MODEL
from spine_core.dicom_objects.parsed_object import damaged, parsed_object
from spine_core.dicom_objects.segmentation_frames import Place, Slices, frames_of
from spine_core.progress import Cancelled, Progress, silent
from spine_core.study.dicom.header_values import items, number, text
from spine_core.study.dicom.non_images import SEGMENTATIONS
from spine_core.study.dicom.suppress_warnings import suppressed_warnings
from spine_core.study.limits import MAX_FRAMES, MAX_PIXEL_BYTES, MAX_SIDE
from spine_core.study.types import Study

if TYPE_CHECKING:
    from highdicom.seg import Segmentation

NOT_ONE = "this file is not a DICOM segmentation"
DAMAGED = damaged("segmentation")
TOO_LARGE = "this segmentation holds more than any of a spine"

MAX_OUTLINES = 20_000
"""Polygons that are drawn; a segmentation of all vertebrae, discs and the canal on 200 slices has a quarter of it."""


MAX_EDGE = 50_000
"""Pixels of the edge of one segment on one slice, a hundred times that of a vertebra: noise would take minutes."""


@dataclass(frozen=True)
class ReadSegment:
    """A segment as its maker describes it.

    ``meaning``: of its coded type. ``algorithm_type``: "AUTOMATIC", "SEMIAUTOMATIC" or "MANUAL" (PS3.3 C.8.20.2).
    """

    number: int
    label: str
    meaning: str
    algorithm_type: str


@dataclass(frozen=True, eq=False)
class Outline:
    """A closed polygon (points, 2) of (row, column) around a segment on a slice of the open study."""

    series_uid: str
    slice_index: int
    segment: int
    points: npt.NDArray[np.float64] = field(repr=False)


@dataclass(frozen=True, eq=False)
class ReadSegmentation:
    """Outlines of a segmentation. ``unmatched``: frames that lie on no slice of the study."""

    description: str
    manufacturer: str
    own: bool
    segments: tuple[ReadSegment, ...]
    outlines: tuple[Outline, ...]
    unmatched: int


def read_segmentation(data: bytes, study: Study, progress: Progress = silent) -> ReadSegmentation:
    """The outlines of a segmentation on the slices of ``study``.

    A frame lies on the slice that it says it was made from; else, in the same frame of reference, on the nearest
    parallel slice of every series, as long as that is at most half a slice step away. Fractional segments are outlined
    at a half. Raises ``DicomObjectError`` for other files, damaged ones and those over the limits of an upload;
    ``Cancelled`` where ``progress`` does.
    """
    with suppressed_warnings:
        dataset = _parsed(data)
        frames, rows, columns = _checked_size(dataset)
        try:
            slices = Slices(study, (rows, columns))
            places = [slices.places_of(one) for one in frames_of(dataset, frames)]
            opened = _opened(dataset)
            outlines = tuple(_outlines(opened, _chosen(places), progress))
            segments = tuple(_segments(dataset))
        except (DicomObjectError, Cancelled, MemoryError):
            raise
        except Exception:  # highdicom raises nearly everything on damaged objects
            raise DicomObjectError(DAMAGED) from None
    progress(1.0)
    return ReadSegmentation(
        text(dataset, "SeriesDescription") or text(dataset, "ContentLabel"),
        text(dataset, "Manufacturer"),
        text(dataset, "ManufacturerModelName") == MODEL,
        segments,
        outlines,
        sum(not found for found in places),
    )


def _parsed(data: bytes) -> Dataset:
    dataset = parsed_object(data, "segmentation")
    if text(dataset, "SOPClassUID") not in SEGMENTATIONS:
        raise DicomObjectError(NOT_ONE)
    if not items(dataset, "SegmentSequence"):
        raise DicomObjectError(DAMAGED)
    return dataset


def _checked_size(dataset: Dataset) -> tuple[int, int, int]:
    """Frames, rows and columns as stated, before anything is decoded."""
    rows, columns = number(dataset, "Rows"), number(dataset, "Columns")
    # Some writers leave the number out where it is one.
    frames = number(dataset, "NumberOfFrames") if "NumberOfFrames" in dataset else 1.0
    if not frames or not rows or not columns or min(frames, rows, columns) < 1:
        raise DicomObjectError(DAMAGED)
    if frames > MAX_FRAMES or max(rows, columns) > MAX_SIDE or frames * rows * columns > MAX_PIXEL_BYTES:
        raise DicomObjectError(TOO_LARGE)
    return int(frames), int(rows), int(columns)


def _opened(dataset: Dataset) -> Segmentation:
    from highdicom.seg import Segmentation

    return Segmentation.from_dataset(dataset, copy=False)


def _chosen(places: list[list[Place]]) -> list[Place]:
    """One frame per segment and slice, the nearest: a segmentation may have thinner slices than the series."""
    nearest: dict[tuple[str, int, int], Place] = {}
    for one in (place for found in places for place in found):
        key = (one.series_uid, one.slice_index, one.frame.segment)
        if key not in nearest or one.distance < nearest[key].distance:
            nearest[key] = one
    return list(nearest.values())


def _outlines(opened: Segmentation, places: list[Place], progress: Progress) -> Iterator[Outline]:
    count = 0
    for done, place in enumerate(places):
        progress(done / len(places), "drawing the outlines")
        for segment, mask in _masks(opened, place):
            if _edge(mask) > MAX_EDGE:
                raise DicomObjectError(TOO_LARGE)
            for points in mask_outlines(mask):
                count += 1
                if count > MAX_OUTLINES:
                    raise DicomObjectError(TOO_LARGE)
                yield Outline(place.series_uid, place.slice_index, segment, place.to_slice(points))


def _edge(mask: npt.NDArray[np.bool_]) -> int:
    """Length of the edge within the image, in pixels."""
    return int(np.count_nonzero(mask[1:] != mask[:-1]) + np.count_nonzero(mask[:, 1:] != mask[:, :-1]))


def _masks(opened: Segmentation, place: Place) -> Iterator[tuple[int, npt.NDArray[np.bool_]]]:
    """The pixels of each segment of one frame (rows, columns)."""
    pixels = np.asarray(opened.get_stored_frame(place.frame.number))
    if opened.SegmentationType != "LABELMAP":
        highest = int(opened.get("MaximumFractionalValue", 1))
        yield place.frame.segment, pixels >= max(highest, 1) / 2
        return
    background = int(opened.get("PixelPaddingValue", 0))
    for segment in np.unique(pixels):
        if segment != background:
            yield int(segment), pixels == segment


def _segments(dataset: Dataset) -> Iterator[ReadSegment]:
    for one in items(dataset, "SegmentSequence"):
        found = number(one, "SegmentNumber")
        if found is None:
            continue
        types = items(one, "SegmentedPropertyTypeCodeSequence")
        yield ReadSegment(
            int(found),
            text(one, "SegmentLabel"),
            text(types[0], "CodeMeaning") if types else "",
            text(one, "SegmentAlgorithmType"),
        )
