"""The planes of derived images are those of their source slices."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from pydicom.dataset import Dataset
from pydicom.valuerep import format_number_as_ds

from spine_core.dicom_objects.errors import DicomObjectError
from spine_core.dicom_objects.types import SourceImage
from spine_core.study.types import Series, Study

UNPLACED = "the series has no position in the patient (frame of reference, position, direction or spacing is missing)"


def not_placed(study: Study, series_uid: str) -> str:
    """Why no image can be made in the planes of a series; empty where one can."""
    series = study.by_uid(series_uid)
    return "" if series.geometry is not None and series.frame_of_reference_uid else UNPLACED


def aligned(images: Sequence[SourceImage], series: Series) -> list[Dataset]:
    """The headers of slices with one orientation, that of the series, where theirs differ by rounding.

    Raises ``DicomObjectError`` where the files, unlike the open study, have no frame of reference.
    """
    headers = [one.header for one in images]
    if not all(one.get("FrameOfReferenceUID") for one in headers):
        raise DicomObjectError(UNPLACED)
    directions = {str(one.ImageOrientationPatient) for one in headers}
    if len(directions) == 1 or series.geometry is None:
        return headers
    common = [
        format_number_as_ds(float(part))
        for direction in (series.geometry.row_direction, series.geometry.column_direction)
        for part in direction
    ]
    headers = [deepcopy(one) for one in headers]
    for header in headers:
        header.ImageOrientationPatient = common
    return headers
