"""Parses the bytes of an object for reading; they may be anybody's."""

from __future__ import annotations

from pydicom.dataset import Dataset

from spine_core.dicom_objects.errors import DicomObjectError
from spine_core.study.dicom.character_set import set_encodings
from spine_core.study.dicom.parsing import parse
from spine_core.study.errors import Unreadable
from spine_core.study.limits import OverLimit


def parsed_object(data: bytes, what: str) -> Dataset:
    """All elements of an object, under the limits of an upload. ``what``: the object, for the error.

    Raises ``DicomObjectError`` for other files.
    """
    try:
        dataset = parse(data, whole=True)
        set_encodings(dataset)
    except (Unreadable, OverLimit) as error:
        msg = f"this {what} cannot be read: {error}"
        raise DicomObjectError(msg) from None
    except Exception:  # pydicom raises nearly everything on damaged bytes
        raise DicomObjectError(damaged(what)) from None
    return dataset


def damaged(what: str) -> str:
    """The sentence for an object whose content contradicts its class."""
    return f"this {what} is damaged and cannot be read"
