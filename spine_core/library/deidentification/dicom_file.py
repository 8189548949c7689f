"""A DICOM file without what identifies the patient: data set, file meta information, and pixel data."""

from __future__ import annotations

import hashlib
import io
from collections import Counter

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, UID

from spine_core.library.deidentification.pixel_data import clean_pixel_data
from spine_core.library.deidentification.profile import deidentify
from spine_core.library.deidentification.pseudonyms import Pseudonyms, is_well_known
from spine_core.library.errors import DeidentificationError
from spine_core.study.dicom.header_values import text
from spine_core.study.dicom.parsing import parse
from spine_core.study.dicom.suppress_warnings import suppressed_warnings


def deidentify_dicom(data: bytes, pseudonyms: Pseudonyms, removed: Counter[str] | None = None) -> bytes:
    """A Part 10 file with a preamble of zeros, in the transfer syntax of ``data`` (deflated ones are inflated).

    ``removed``: see ``profile.deidentify``. Raises ``Unreadable`` or ``OverLimit`` as the reader does, and
    ``DeidentificationError`` where compressed pixel data may hold comments that cannot be found.
    """
    with suppressed_warnings:
        source = parse(data, whole=True)
        copy = deidentify(source, pseudonyms, removed)
        if not clean_pixel_data(source, copy):
            msg = "The compressed pixels of a file may hold comments that cannot be removed."
            raise DeidentificationError(msg)
        copy.file_meta = _meta(source, copy, pseudonyms)
        copy.preamble = bytes(128)
        file = io.BytesIO()
        dcmwrite(file, copy, enforce_file_format=False)
    return file.getvalue()


def _meta(source: Dataset, copy: Dataset, pseudonyms: Pseudonyms) -> FileMetaDataset:
    """New file meta information (PS3.10 7.1) without titles of applications and without private information."""
    meta = FileMetaDataset()
    meta.FileMetaInformationGroupLength = 0  # dcmwrite computes it
    meta.FileMetaInformationVersion = b"\0\1"
    named = text(source.file_meta, "MediaStorageSOPClassUID")
    meta.MediaStorageSOPClassUID = UID(named if is_well_known(named) else text(copy, "SOPClassUID"))
    unnamed = pseudonyms.uid(hashlib.sha256(_pixels(copy)).hexdigest())
    meta.MediaStorageSOPInstanceUID = UID(text(copy, "SOPInstanceUID") or unnamed)
    meta.TransferSyntaxUID = source.file_meta.TransferSyntaxUID
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    return meta


def _pixels(copy: Dataset) -> bytes:
    return bytes(copy.get("PixelData", b"") or b"")
