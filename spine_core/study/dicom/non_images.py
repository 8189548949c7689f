"""Tells images from other DICOM objects."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.uid import UID, SegmentationStorage

from spine_core.study.dicom.header_values import text
from spine_core.study.dicom.pixel_data import PIXELS
from spine_core.study.errors import NotAnImage, Unreadable
from spine_core.study.found_object import FoundObject

LABEL_MAP_SEGMENTATION_STORAGE = UID("1.2.840.10008.5.1.4.1.1.66.7")
"""Newer than pydicom's table."""

SEGMENTATIONS = frozenset({SegmentationStorage, LABEL_MAP_SEGMENTATION_STORAGE})
"""Their pixels are outlines over the images and not a series of their own."""


def check_is_image(file: str, dataset: Dataset) -> None:
    """Raises ``NotAnImage`` for segmentations and objects without pixels, ``Unreadable`` for an incomplete image."""
    sop_class = UID(text(dataset, "SOPClassUID"))
    has_pixels = any(keyword in dataset for keyword in PIXELS)
    if has_pixels and sop_class not in SEGMENTATIONS:
        return
    if not has_pixels and ("Rows" in dataset or sop_class.name.endswith("Image Storage")):
        msg = "its pixel data are missing or incomplete"
        raise Unreadable(msg)
    keywords = ("SOPInstanceUID", "StudyInstanceUID", "SeriesDescription")
    raise NotAnImage(FoundObject(file, str(sop_class), *(text(dataset, keyword) for keyword in keywords)))
