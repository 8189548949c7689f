"""What a de-identified header says of itself (PS3.15 E.1.1, PS3.3 C.12.1.1.1 and C.7.1.1)."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from spine_core.library.deidentification.pseudonyms import Pseudonyms
from spine_core.study.dicom.header_values import text
from spine_core.study.dicom.parsing import looks_like_dicom, parse

METHOD = "SpineLens: PS3.15 Basic Profile, text denied by default"
CODES = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113103", "Clean Graphics Option"),
    ("113105", "Clean Descriptors Option"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    ("113111", "Retain Safe Private Option"),
)
"""Context group 7050 (PS3.16)."""


def mark_as_deidentified(dataset: Dataset, pseudonyms: Pseudonyms) -> None:
    """Writes the pseudonym, the method and its options, and the character set in which the file is written."""
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = pseudonyms.patient_id
    dataset.PatientID = pseudonyms.patient_id
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = METHOD
    dataset.DeidentificationMethodCodeSequence = Sequence(_item(code, meaning) for code, meaning in CODES)
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"


def is_marked_as_deidentified(data: bytes) -> bool:
    """What a DICOM file says of itself; True for other formats, which cannot say. Raises ``Unreadable``."""
    return not looks_like_dicom(data) or text(parse(data, whole=True), "PatientIdentityRemoved") == "YES"


def _item(code: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", meaning
    return item
