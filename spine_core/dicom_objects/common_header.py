"""Patient, study, series and equipment of an object for which highdicom has no class of its own."""

from __future__ import annotations

from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID

from spine_core.dicom_objects.identity import equipment
from spine_core.dicom_objects.types import SourceImage


def patient_and_study(image: SourceImage) -> dict[str, Any]:
    """Arguments of highdicom's constructors that take no source image (PS3.3 C.7.1.1, C.7.2.1)."""
    header = image.header
    return {
        "study_instance_uid": header.StudyInstanceUID,
        "patient_id": header.PatientID,
        "patient_name": header.PatientName,
        "patient_birth_date": header.PatientBirthDate,
        "patient_sex": header.PatientSex,
        "accession_number": header.AccessionNumber,
        "study_id": header.StudyID,
        "study_date": header.StudyDate,
        "study_time": header.StudyTime,
        "referring_physician_name": header.ReferringPhysicianName,
        "specific_character_set": "ISO_IR 192",
    }


def common_header(
    image: SourceImage, sop_class_uid: UID, modality: str, identifiers: dict[str, Any], **more: Any
) -> Dataset:
    """A data set with the modules that all objects share. ``more``: further arguments of ``highdicom.SOPClass``."""
    from highdicom.base import SOPClass

    dataset = SOPClass(
        sop_class_uid=sop_class_uid, modality=modality, **patient_and_study(image), **equipment(), **identifiers, **more
    )  # fmt: skip
    dataset.copy_patient_and_study_information(image.header)
    return dataset
