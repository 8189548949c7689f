"""Frames of a Segmentation of anybody, and the slices of an open study that they lie on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from spine_core.study.dicom.functional_groups import frame_headers
from spine_core.study.dicom.header_values import items, number, numbers, text
from spine_core.study.geometry import Affine2, Array, StackGeometry, plane_to_plane
from spine_core.study.types import Series, Study

PARALLEL = np.cos(np.radians(1.0))
"""Cosine between the normals of planes that count as parallel: at the edge of the spine they are 2 mm apart."""

HALF_STEP = 0.5
"""A frame belongs to the nearest slice if that is at most this fraction of the step between slices away."""

ALONE_MM = 2.0
"""The same for a series of one slice, which has no step: half of a usual slice thickness."""

IDENTITY = Affine2(((1.0, 0.0), (0.0, 1.0)), (0.0, 0.0))


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame. ``number``: from 1. ``segment``: its number; 0 in a label map, whose pixels are the numbers.

    ``geometry``: None where the frame has no usable position. ``sources``: instances and frames that it was made from.
    """

    number: int
    segment: int
    geometry: StackGeometry | None
    frame_of_reference_uid: str
    sources: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, eq=False)
class Place:
    """Where a frame lies. ``distance``: from the slice, in mm. ``to_slice``: from its pixels to those of the slice."""

    frame: Frame
    series_uid: str
    slice_index: int
    distance: float
    to_slice: Affine2


def frames_of(dataset: Dataset, count: int) -> Iterator[Frame]:
    """The frames of a segmentation with ``count`` frames."""
    own = items(dataset, "PerFrameFunctionalGroupsSequence")
    shared = (items(dataset, "SharedFunctionalGroupsSequence") or [Dataset()])[0]
    uid = text(dataset, "FrameOfReferenceUID")
    for index, header in enumerate(frame_headers(dataset, count)):
        groups = (own[index], shared) if index < len(own) else (shared,)
        named = (one for group in groups for one in items(group, "SegmentIdentificationSequence"))
        segment = next((_whole(number(one, "ReferencedSegmentNumber")) for one in named), None)
        sources = tuple(
            (text(one, "ReferencedSOPInstanceUID"), _whole(number(one, "ReferencedFrameNumber")))
            for group in groups
            for derivation in items(group, "DerivationImageSequence")
            for one in items(derivation, "SourceImageSequence")
        )
        yield Frame(index + 1, segment or 0, _geometry(header), uid, sources)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _geometry(header: Dataset) -> StackGeometry | None:
    position, directions = (
        numbers(header, "ImagePositionPatient", 3),
        numbers(header, "ImageOrientationPatient", 6),
    )
    spacing = numbers(header, "PixelSpacing", 2)
    if position is None or directions is None or spacing is None or min(spacing) <= 0:
        return None
    row, column = np.asarray(directions).reshape(2, 3)
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if min(lengths) < HALF_STEP or abs(row @ column) > 1 - PARALLEL:
        return None
    return StackGeometry(
        np.asarray([position]), row / lengths[0], column / lengths[1], (spacing[0], spacing[1])
    )


class Slices:
    """The slices of a study, and on which of them frames of ``size`` (rows, columns) lie."""

    def __init__(self, study: Study, size: tuple[int, int]) -> None:
        self._study, self._size = study, size
        self._by_instance: Mapping[tuple[str | None, int | None], tuple[Series, int]] = {
            (uid, (series.frame_numbers or (None,) * series.slices)[index]): (series, index)
            for series in study.series
            for index, uid in enumerate(series.sop_instance_uids)
        }

    def places_of(self, frame: Frame) -> list[Place]:
        """The slices that the frame was made from; else the nearest of every series with parallel ones."""
        known = (self._by_instance[one] for one in frame.sources if one in self._by_instance)
        made_from = [
            place for series, index in known if (place := self._on(frame, series, index)) is not None
        ]
        if made_from:
            return made_from
        nearest = [self._nearest(frame, series) for series in self._study.series]
        return [place for place in nearest if place is not None]

    def _on(self, frame: Frame, series: Series, index: int) -> Place | None:
        """The frame on the slice that it was made from; None where its own position contradicts that."""
        if frame.geometry is None or series.geometry is None:
            same = self._size == (series.rows, series.columns)
            return Place(frame, series.uid, index, 0.0, IDENTITY) if same else None
        return self._coplanar(frame, frame.geometry, series.uid, series.geometry, index)

    def _nearest(self, frame: Frame, series: Series) -> Place | None:
        uid = frame.frame_of_reference_uid
        if frame.geometry is None or series.geometry is None or uid != series.frame_of_reference_uid:
            return None
        index, *_ = series.geometry.to_pixel(self._middle(frame.geometry))
        return self._coplanar(frame, frame.geometry, series.uid, series.geometry, index)

    def _coplanar(
        self, frame: Frame, own: StackGeometry, uid: str, geometry: StackGeometry, index: int
    ) -> Place | None:
        away = self._middle(own) - geometry.positions[index]
        distance = float(abs(away @ geometry.normal))
        parallel = abs(float(own.normal @ geometry.normal)) >= PARALLEL
        if not parallel or distance > _reach(geometry):
            return None
        return Place(frame, uid, index, distance, plane_to_plane(own, 0, geometry, index))

    def _middle(self, geometry: StackGeometry) -> Array:
        rows, columns = self._size
        return geometry.to_patient(0, (rows - 1) / 2, (columns - 1) / 2)


def _reach(geometry: StackGeometry) -> float:
    along = np.sort(geometry.positions @ geometry.normal)
    return HALF_STEP * float(np.median(np.diff(along))) if len(along) > 1 else ALONE_MM
