"""A phantom study as RSNA 2024 files are: the field's largest public lumbar set, after its de-identification.

What its 2,697 patients have in common: RLE; neither Modality nor SOP class in the data set, and Enhanced MR Image
Storage in the file meta of single-frame files; series called "T1" and "T2"; no times of echo and repetition; all axial
blocks, tilted along the discs, in one series; a folder per series, files by instance number.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, RLELossless, generate_uid

KEPT = (
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "InstanceNumber",
    "PatientPosition",
    "PixelSpacing",
    "SliceThickness",
    "SpacingBetweenSlices",
    "SliceLocation",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "WindowCenter",
    "WindowWidth",
    "FrameOfReferenceUID",
    "PixelData",
)
"""The elements of an image that the set's files keep."""
NAMES = {1: "T1", 2: "T2", 3: "T2"}


def write_rsna_study(phantom_study: Path, folder: Path, *, keep: int = 1, study_id: str = "4003253") -> Path:
    """Writes ``phantom_study`` (the folder of ``phantom.write_study``) into ``folder`` in that shape.

    ``keep``: of the sagittal slices every so many. Returns the folder of the study.
    """
    study = folder / study_id
    for number, name in NAMES.items():
        series = study / str(702807833 + number)
        series.mkdir(parents=True)
        files = sorted((phantom_study / f"series{number}").glob("*.dcm"))
        uid = generate_uid(entropy_srcs=["rsna", str(number)])
        for file in files if number == 3 else files[::-keep]:
            made = _stripped(pydicom.dcmread(file), name, str(uid), study_id)
            made.save_as(series / f"{made.InstanceNumber}.dcm", enforce_file_format=True)
    return study


def zipped(study: Path, target: Path) -> Path:
    """The study as one ZIP."""
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(study.rglob("*.dcm")):
            archive.write(file, file.relative_to(study.parent))
    return target


def _stripped(source: Dataset, name: str, series_uid: str, study_id: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    meta.MediaStorageSOPInstanceUID = source.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    for keyword in KEPT:
        if keyword in source:
            made[keyword] = source[keyword]
    made.SOPInstanceUID, made.SeriesInstanceUID = source.SOPInstanceUID, series_uid
    made.StudyInstanceUID, made.PatientID = f"1.2.826.0.1.3680043.8.498.{study_id}", study_id
    made.SeriesDescription = name
    made.compress(RLELossless, generate_instance_uid=False)
    return made
