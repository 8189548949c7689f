"""DICOM files for the tests, written by pydicom with a scanner's elements."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, RLELossless, generate_uid
from scipy import ndimage

MR = "1.2.840.10008.5.1.4.1.1.4"
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def random_pixels(seed: int, rows: int = 24, columns: int = 16) -> np.ndarray:
    """Smooth random values, int16 (rows, columns)."""
    rng = np.random.default_rng(seed)
    return (ndimage.gaussian_filter(rng.random((rows, columns)), 2) * 2000).astype(np.int16)


def mr(
    position: Sequence[float] | None = (0, 0, 0),
    orientation: Sequence[float] | None = SAGITTAL,
    pixels: np.ndarray | None = None,
    **elements: object,
) -> Dataset:
    """One classic MR image; ``elements`` set or, with None, remove what is there by keyword."""
    pixels = random_pixels(0) if pixels is None else pixels
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = MR, generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2.3", "1.2.3.4", "1.2.3.9"
    ds.PatientID, ds.PatientName, ds.Modality = "P1", "Doe^Jane", "MR"
    ds.SeriesDescription, ds.ImageType = "t2_tse_sag", ["ORIGINAL", "PRIMARY", "M", "ND"]
    ds.ScanningSequence, ds.EchoTime, ds.RepetitionTime = "SE", 102, 3500
    ds.InstanceNumber, ds.SliceThickness = 1, 4
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = pixels.dtype.itemsize * 8
    ds.HighBit, ds.PixelRepresentation = ds.BitsStored - 1, int(pixels.dtype.kind == "i")
    ds.PixelSpacing = [0.7, 0.7]
    if position is not None:
        ds.ImagePositionPatient = list(position)
    if orientation is not None:
        ds.ImageOrientationPatient = list(orientation)
    ds.PixelData = pixels.tobytes()
    ds["PixelData"].VR = "OW" if ds.BitsAllocated > 8 else "OB"
    for keyword, value in elements.items():
        if value is None:
            del ds[keyword]
        else:
            setattr(ds, keyword, value)
    return ds


def stored(ds: Dataset, syntax: UID | None = None) -> bytes:
    """The bytes of a Part 10 file, compressed to ``syntax``."""
    if syntax is not None:
        ds.compress(syntax)
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    file = io.BytesIO()
    ds.save_as(file, enforce_file_format=True)
    return file.getvalue()


SERIES = (
    # description, orientation, first position, step, TR, TE
    ("t1_tse_sag", SAGITTAL, (-20, -80, 120), (4.4, 0, 0), 600, 9),
    ("t2_tse_sag", SAGITTAL, (-20, -80, 120), (4.4, 0, 0), 3500, 102),
    ("t2_tse_tra", AXIAL, (-60, -60, -90), (0, 0, 5), 4000, 98),
)


def write_study(folder: Path, slices: int = 7, side: int = 24) -> None:
    """Sagittal T1, sagittal T2 and axial T2, RLE-compressed, shuffled, under names without extension."""
    rng = np.random.default_rng(1)
    images = []
    for number, (name, orientation, first, step, tr, te) in enumerate(SERIES):
        order = rng.permutation(slices)
        for index in range(slices):
            position = np.asarray(first, float) + index * np.asarray(step, float)
            images.append(
                mr(
                    position,
                    orientation,
                    random_pixels(100 * number + index, side, side),
                    SeriesInstanceUID=f"1.2.3.{number + 1}",
                    SeriesDescription=name,
                    RepetitionTime=tr,
                    EchoTime=te,
                    InstanceNumber=int(order[index]) + 1,
                    BodyPartExamined="LSPINE",
                )
            )
    for place, at in enumerate(rng.permutation(len(images))):
        target = folder / f"SER{place % 3}" / f"I{place:06d}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(stored(images[at], RLELossless))
