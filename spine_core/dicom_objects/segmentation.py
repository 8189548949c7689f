"""The outlines of discs, vertebrae and canal as Segmentation (PS3.3 A.51), one per segmented series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from spine_core.dicom_objects.geometry import aligned, not_placed
from spine_core.dicom_objects.identity import described, equipment, finish, instance, series, tracking_uid
from spine_core.dicom_objects.segments import COLOURS, Segment, segments_of
from spine_core.dicom_objects.types import DicomObject, ObjectInput, ObjectKind, SliceId, Sources
from spine_core.grading.outlines import CurrentSegmentation, current_segmentations
from spine_core.weights import ModelId

if TYPE_CHECKING:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription

SERIES_NUMBER = 9002


def _lacking(made_from: ObjectInput) -> str:
    found = _segmented(made_from)
    if not found:
        return "nothing was segmented"
    return next((why for one in found if (why := not_placed(made_from.study, one.series_uid))), "")


def _slices(made_from: ObjectInput) -> Iterator[SliceId]:
    for current in _segmented(made_from):
        yield from ((current.series_uid, index) for index in sorted(current.masks))


def _segmented(made_from: ObjectInput) -> list[CurrentSegmentation]:
    found = current_segmentations(made_from.reading)
    return [one for one in found if any(mask.any() for mask in one.masks.values())]


def _make(made_from: ObjectInput, sources: Sources) -> Iterator[DicomObject]:
    new = series(SERIES_NUMBER, "Outlines (research, not a diagnosis)", made_from)
    for number, current in enumerate(_segmented(made_from), start=1):
        of_series = made_from.study.by_uid(current.series_uid)
        found = segments_of(current, made_from.reading, of_series)
        indices = sorted(current.masks)
        images = [sources[current.series_uid, index] for index in indices]
        dataset = _dataset(made_from, aligned(images, of_series), found, indices, new | instance(number))
        on = "1 slice" if len(images) == 1 else f"{len(images)} slices"
        label = f"Segmentation: {len(found)} structures on {on} ({of_series.plane} {of_series.weighting})"
        yield DicomObject(SEGMENTATION.name, label, finish(dataset, images, made_from.time))


def _dataset(
    made_from: ObjectInput,
    headers: Sequence[Dataset],
    found: Sequence[Segment],
    indices: Sequence[int],
    identifiers: dict[str, Any],
) -> Dataset:
    from highdicom.seg import Segmentation, SegmentationTypeValues

    study_uid, series_uid = str(headers[0].StudyInstanceUID), str(headers[0].SeriesInstanceUID)
    edited = any(one.readers for one in found)
    text = (
        "Outlines by a network, some edited by a reader" if edited else "Outlines by a network, not checked"
    )
    return Segmentation(
        source_images=headers,
        pixel_array=_label_map(found, indices),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[
            _description(
                number, one, made_from.reading.segmenter, tracking_uid(study_uid, series_uid, one.label)
            )
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


def _description(number: int, segment: Segment, segmenter: ModelId | None, uid: str) -> SegmentDescription:
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentDescription

    made = SegmentDescription(
        segment_number=number,
        segment_label=segment.label,
        segmented_property_category=codes.SCT.AnatomicalStructure,
        segmented_property_type=segment.code,
        algorithm_type=_algorithm_type(segment, segmenter),
        algorithm_identification=None if segmenter is None else _algorithm(segmenter),
        tracking_uid=uid,
        tracking_id=segment.label,
        display_color=CIELabColor.from_rgb(*COLOURS[segment.structure]),
    )
    if segment.readers:
        made.SegmentDescription = f"Edited by {', '.join(segment.readers)}"
    return made


def _algorithm_type(segment: Segment, segmenter: ModelId | None) -> SegmentAlgorithmTypeValues:
    """Who drew a segment (PS3.3 C.8.20.2): a network, a network and a reader, or a reader alone."""
    from highdicom.seg import SegmentAlgorithmTypeValues

    if segmenter is None:
        return SegmentAlgorithmTypeValues.MANUAL
    if segment.readers:
        return SegmentAlgorithmTypeValues.SEMIAUTOMATIC
    return SegmentAlgorithmTypeValues.AUTOMATIC


def _algorithm(segmenter: ModelId) -> AlgorithmIdentificationSequence:
    from highdicom import AlgorithmIdentificationSequence

    return AlgorithmIdentificationSequence(
        name=segmenter.name,
        family=codes.DCM.ArtificialIntelligence,
        version=segmenter.version,
        source="SpineLens",
        parameters={"SHA-256": segmenter.sha256},
    )


SEGMENTATION = ObjectKind("seg", "Segmentation (outlines)", _lacking, _slices, _make)
"""Binary, in the planes of the slices that were segmented."""
