"""Key images as Secondary Captures (PS3.3 A.8.1), which every viewer shows: map, scale and caption are pixels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from spine_core.dicom_objects.captioned_picture import captioned_picture
from spine_core.dicom_objects.common_header import patient_and_study
from spine_core.dicom_objects.identity import equipment, finish, instance, notice, series
from spine_core.dicom_objects.key_objects import key_slice, key_slices, lacks_key_images
from spine_core.dicom_objects.types import DicomObject, ObjectInput, ObjectKind, SourceImage, Sources
from spine_core.report.phrases import phrases
from spine_core.report.types import KeyImage

SERIES_NUMBER = 9004


def _make(made_from: ObjectInput, sources: Sources) -> Iterator[DicomObject]:
    new = series(SERIES_NUMBER, "Key images (research, not a diagnosis)", made_from)
    for number, image in enumerate(made_from.report.key_images, start=1):
        place = key_slice(made_from, image)
        assert place is not None
        source = sources[place]
        dataset = _dataset(made_from, image, source, new | instance(number))
        where = f"{image.level}, " if image.level else ""
        label = f"Secondary capture: {where}{image.weighting} slice {image.slice_number}"
        yield DicomObject(SECONDARY_CAPTURE.name, label, finish(dataset, [source], made_from.time))


def _dataset(
    made_from: ObjectInput, image: KeyImage, source: SourceImage, identifiers: dict[str, Any]
) -> Dataset:
    from highdicom.sc import SCImage

    dataset: Dataset = SCImage(
        pixel_array=captioned_picture(image, phrases(made_from.report.language), notice(made_from)),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        # Type 2C, and unknown where the slice has no direction; emptied or replaced below.
        patient_orientation=("L", "P"),
        **patient_and_study(source),
        **equipment(),
        **identifiers,
    )
    dataset.copy_patient_and_study_information(source.header)
    dataset.PatientOrientation = _orientation(made_from, image)
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.BodyPartExamined = "LSPINE"
    # PS3.3 C.7.6.1: whether the pixels identify the patient. The caption holds no fact of the patient.
    dataset.BurnedInAnnotation = "NO"
    dataset.DerivationDescription = "Key image of a report with a caption, for display only"
    dataset.ImageComments = "\n".join(line for line in (notice(made_from), image.note) if line)
    dataset.SourceImageSequence = [_source(source)]
    return dataset


def _orientation(made_from: ObjectInput, image: KeyImage) -> list[str]:
    """Main directions of rows and columns (PS3.3 C.7.6.1.1.1); empty where unknown."""
    assert image.series is not None
    geometry = made_from.study.series[image.series].geometry
    if geometry is None:
        return []
    found = []
    for direction in (geometry.row_direction, geometry.column_direction):
        axis = max(range(3), key=lambda one: abs(direction[one]))
        found.append(("LR", "PA", "HF")[axis][int(direction[axis] < 0)])
    return found


def _source(source: SourceImage) -> Dataset:
    from highdicom.sr import CodedConcept

    item = Dataset()
    item.ReferencedSOPClassUID = source.sop_class_uid
    item.ReferencedSOPInstanceUID = source.placeholder
    item.PurposeOfReferenceCodeSequence = [
        CodedConcept.from_code(codes.DCM.SourceImageForImageProcessingOperation)
    ]
    return item


SECONDARY_CAPTURE = ObjectKind("sc", "Secondary Capture (key images)", lacks_key_images, key_slices, _make)
"""RGB, one per key image of the report."""
