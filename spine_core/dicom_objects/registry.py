"""All kinds of objects. A new kind is one file and one entry here."""

from __future__ import annotations

from spine_core.dicom_objects.encapsulated_pdf import ENCAPSULATED_PDF
from spine_core.dicom_objects.key_objects import KEY_OBJECTS
from spine_core.dicom_objects.parametric_map import PARAMETRIC_MAP
from spine_core.dicom_objects.secondary_capture import SECONDARY_CAPTURE
from spine_core.dicom_objects.segmentation import SEGMENTATION
from spine_core.dicom_objects.structured_report import STRUCTURED_REPORT
from spine_core.dicom_objects.types import ObjectKind

KINDS: tuple[ObjectKind, ...] = (
    STRUCTURED_REPORT, SEGMENTATION, PARAMETRIC_MAP, KEY_OBJECTS, SECONDARY_CAPTURE, ENCAPSULATED_PDF,
)  # fmt: skip
