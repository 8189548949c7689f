"""The outlines of discs, vertebrae and canal as Segmentation (PS3.3 A.51), one per segmented series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from spine_core.anatomy.types import Anatomy
from spine_core.dicom_objects.geometry import aligned, not_placed
from spine_core.dicom_objects.identity import described, equipment, finish, instance, series, tracking_uid
from spine_core.dicom_objects.segments import COLOURS, Segment, segments_of
from spine_core.dicom_objects.types import DicomObject, ObjectInput, ObjectKind, SliceId, SourceImage, Sources
from spine_core.weights import ModelId

if TYPE_CHECKING:
    from highdicom.seg import SegmentDescription

SERIES_NUMBER = 9002


def _lacking(made_from: ObjectInput) -> str:
    anatomies = _segmented(made_from)
    if not anatomies:
        return "nothing was segmented"
    return next((why for one in anatomies if (why := not_placed(made_from.study, one.series_uid))), "")


def _slices(made_from: ObjectInput) -> Iterator[SliceId]:
    for anatomy in _segmented(made_from):
        yield from ((anatomy.series_uid, index) for index in sorted(anatomy.masks))


def _segmented(made_from: ObjectInput) -> list[Anatomy]:
    if made_from.reading.segmenter is None:
        return []
    return [one for one in made_from.reading.anatomies if any(mask.any() for mask in one.masks.values())]


def _make(made_from: ObjectInput, sources: Sources) -> Iterator[DicomObject]:
    new = series(SERIES_NUMBER, "Outlines by a network (research, not a diagnosis)", made_from)
    for number, anatomy in enumerate(_segmented(made_from), start=1):
        of_series = made_from.study.by_uid(anatomy.series_uid)
        found = segments_of(anatomy, made_from.reading, of_series)
        images = [sources[anatomy.series_uid, index] for index in sorted(anatomy.masks)]
        dataset = _dataset(
            made_from, images, aligned(images, of_series), found, sorted(anatomy.masks),
            new | instance(number),
        )  # fmt: skip
        on = "1 slice" if len(images) == 1 else f"{len(images)} slices"
        label = f"Segmentation: {len(found)} structures on {on} ({of_series.plane} {of_series.weighting})"
        yield DicomObject(SEGMENTATION.name, label, finish(dataset, images, made_from.time))


def _dataset(
    made_from: ObjectInput,
    images: Sequence[SourceImage],
    headers: Sequence[Dataset],
    found: Sequence[Segment],
    indices: Sequence[int],
    identifiers: dict[str, Any],
) -> Dataset:
    from highdicom.seg import Segmentation, SegmentationTypeValues

    segmenter = made_from.reading.segmenter
    assert segmenter is not None
    study_uid = str(headers[0].StudyInstanceUID)
    series_uid = str(headers[0].SeriesInstanceUID)
    text = "Outlines by a network, not checked (research use)"
    return Segmentation(
        source_images=headers,
        pixel_array=_label_map(found, indices),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[
            _description(number, one, segmenter, tracking_uid(study_uid, series_uid, one.label))
            for number, one in enumerate(found, start=1)
        ],
        content_label="SPINE_OUTLINES",
        content_description=described(text, synthetic=made_from.study.synthetic),
        content_creator_name="SpineLens^",
        **equipment(),
        **identifiers,
    )


def _label_map(found: Sequence[Segment], indices: Sequence[int]) -> npt.NDArray[np.uint8]:
    """Segment numbers from 1, (slices, rows, columns); 0 outside all segments, which do not overlap."""
    shape = next(iter(found[0].masks.values())).shape
    out = np.zeros((len(indices), *shape), dtype=np.uint8)
    for number, one in enumerate(found, start=1):
        for place, index in enumerate(indices):
            if index in one.masks:
                out[place][one.masks[index]] = number
    return out


def _description(number: int, segment: Segment, segmenter: ModelId, uid: str) -> SegmentDescription:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription

    return SegmentDescription(
        segment_number=number,
        segment_label=segment.label,
        segmented_property_category=codes.SCT.AnatomicalStructure,
        segmented_property_type=segment.code,
        algorithm_type=SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=AlgorithmIdentificationSequence(
            name=segmenter.name,
            family=codes.DCM.ArtificialIntelligence,
            version=segmenter.version,
            source="SpineLens",
            parameters={"SHA-256": segmenter.sha256},
        ),
        tracking_uid=uid,
        tracking_id=segment.label,
        display_color=CIELabColor.from_rgb(*COLOURS[segment.structure]),
    )


SEGMENTATION = ObjectKind("seg", "Segmentation (outlines)", _lacking, _slices, _make)
"""Binary, in the planes of the slices that were segmented."""
