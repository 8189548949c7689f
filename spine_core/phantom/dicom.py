"""A phantom as a DICOM study: sagittal T1, sagittal T2 and axial T2, all labelled synthetic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spine_core.anatomy.types import LEVELS, Structure
from spine_core.phantom.render import Phantom, Rendered, axial_slices, sagittal_pair
from spine_core.phantom.scanner import SAGITTAL_SLICES, SPACING_BETWEEN, THICKNESS
from spine_core.phantom.signal import T1, T2, Sequence
from spine_core.progress import Progress, silent
from spine_core.study.dicom.slices import PHANTOM

_DATE, _TIME = "20000101", "120000"
_TESLA = 1.5
_MHZ = 63.87
_SYNTHETIC = (
    "SYNTHETIC image of a computed phantom, not of a person. For research and teaching. Not a diagnosis."
)


@dataclass(frozen=True, eq=False)
class _Series:
    number: int
    description: str
    sequence: Sequence
    slices: tuple[tuple[Rendered, int], ...]


def write_study(phantom: Phantom, folder: Path, progress: Progress = silent) -> Path:
    """Writes the study into ``folder``/study, which contains DICOM files only, and returns that path.

    Also writes ``truth.json`` (grades; centres and posterior edges of the discs in LPS mm) and ``masks.npz``
    (``sagittal`` (slices, rows, columns) and ``axial`` (slabs, slices, rows, columns), ``Structure`` labels).
    Equal specs write equal bytes. Raises ``Cancelled`` where ``progress`` does.
    """
    sagittal = _sagittal(phantom, progress)
    axial = []
    for slab in range(len(LEVELS)):
        progress(0.6 + 0.06 * slab, "drawing axial slices")
        axial.append(axial_slices(phantom, slab))
    progress(0.92, "writing files")
    study = folder / "study"
    study.mkdir(parents=True, exist_ok=True)
    for series in _all_series(sagittal, axial):
        _write_series(phantom, series, study / f"series{series.number}")
    np.savez_compressed(
        folder / "masks.npz", sagittal=sagittal["t2"].masks, axial=np.stack([slab.masks for slab in axial])
    )
    (folder / "truth.json").write_text(json.dumps(truth(phantom), indent=1))
    progress(1.0)
    return study


def truth(phantom: Phantom) -> dict[str, object]:
    """The true values of the phantom as JSON values."""
    return {
        "synthetic": _SYNTHETIC,
        "seed": phantom.spec.seed,
        "frame_of_reference_uid": _uid(phantom, "frame"),
        "structures": {structure.name.lower(): int(structure) for structure in Structure},
        "levels": {
            level: {
                "spec": asdict(phantom.spec.levels[level]),
                "center_mm": phantom.centers[level],
                "posterior_mm": phantom.posteriors[level],
                "grades": dict(phantom.grades[level]),
            }
            for level in LEVELS
        },
    }


def _sagittal(phantom: Phantom, progress: Progress) -> dict[str, Rendered]:
    parts = []
    for start in range(0, SAGITTAL_SLICES, 3):
        progress(0.6 * start / SAGITTAL_SLICES, "drawing sagittal slices")
        parts.append(sagittal_pair(phantom, ("t1", "t2"), range(start, min(start + 3, SAGITTAL_SLICES))))
    return {
        name: Rendered(
            np.concatenate([part[name].pixels for part in parts]),
            np.concatenate([part[name].masks for part in parts]),
            tuple(range(SAGITTAL_SLICES)),
            phantom.sagittal,
        )
        for name in ("t1", "t2")
    }


def _all_series(sagittal: dict[str, Rendered], axial: list[Rendered]) -> Iterator[_Series]:
    for number, name, sequence in ((1, "t1", T1), (2, "t2", T2)):
        stack = tuple((sagittal[name], index) for index in range(SAGITTAL_SLICES))
        yield _Series(number, f"SAG {name.upper()} TSE SYNTHETIC", sequence, stack)
    slabs = tuple((slab, index) for slab in axial for index in range(len(slab.pixels)))
    yield _Series(3, "AX T2 TSE SYNTHETIC", T2, slabs)


def _uid(phantom: Phantom, *purpose: str | int) -> str:
    from pydicom.uid import generate_uid

    person = json.dumps(
        [phantom.spec.seed, {k: asdict(v) for k, v in phantom.spec.levels.items()}], sort_keys=True
    )
    return str(generate_uid(entropy_srcs=["SpineLens phantom", person, *(str(word) for word in purpose)]))


def _write_series(phantom: Phantom, series: _Series, folder: Path) -> None:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage

    folder.mkdir(exist_ok=True)
    for number, (rendered, index) in enumerate(series.slices, start=1):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = MRImageStorage
        meta.MediaStorageSOPInstanceUID = UID(_uid(phantom, "instance", series.number, number))
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        path = folder / f"{number:04d}.dcm"
        dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
        values = (
            _person(phantom)
            | _series_values(phantom, series)
            | _slice_values(phantom, rendered, index, number)
        )
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
        dataset.SOPClassUID = MRImageStorage
        dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
        pixels = rendered.pixels[index]
        dataset.Rows, dataset.Columns = pixels.shape
        dataset.PixelData = pixels.astype("<u2").tobytes()
        dataset.save_as(path, enforce_file_format=True)


def _person(phantom: Phantom) -> dict[str, object]:
    return {
        "SpecificCharacterSet": "ISO_IR 100",
        "PatientName": "Synthetic^Phantom",
        "PatientID": f"SYNTHETIC-{phantom.spec.seed}",
        "PatientBirthDate": "",
        "PatientSex": "O",
        "PatientComments": _SYNTHETIC,
        "StudyInstanceUID": _uid(phantom, "study"),
        "StudyDate": _DATE,
        "StudyTime": _TIME,
        "StudyID": "1",
        "StudyDescription": "Lumbar spine phantom SYNTHETIC",
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
        "FrameOfReferenceUID": _uid(phantom, "frame"),
        "PositionReferenceIndicator": "",
        "Manufacturer": PHANTOM[0],
        "ManufacturerModelName": PHANTOM[1],
    }


def _series_values(phantom: Phantom, series: _Series) -> dict[str, object]:
    sequence = series.sequence
    upper = 0.80 if sequence is T1 else 0.62
    return {
        "Modality": "MR",
        "SeriesInstanceUID": _uid(phantom, "series", series.number),
        "SeriesNumber": series.number,
        "SeriesDescription": series.description,
        "SeriesDate": _DATE,
        "SeriesTime": _TIME,
        "BodyPartExamined": "LSPINE",
        "PatientPosition": "HFS",
        "ProtocolName": series.description,
        "ScanningSequence": "SE",
        "SequenceVariant": "SK",
        "ScanOptions": "",
        "MRAcquisitionType": "2D",
        "RepetitionTime": sequence.repetition_time,
        "EchoTime": sequence.echo_time,
        "EchoTrainLength": sequence.echo_train,
        "NumberOfAverages": 2,
        "EchoNumbers": 1,
        "FlipAngle": 90,
        "PixelBandwidth": sequence.bandwidth,
        "MagneticFieldStrength": _TESLA,
        "ImagingFrequency": _MHZ,
        "ImagedNucleus": "1H",
        "InPlanePhaseEncodingDirection": "ROW",
        "SliceThickness": THICKNESS,
        "SpacingBetweenSlices": SPACING_BETWEEN,
        "WindowCenter": round(upper * phantom.scanner.gain / 2),
        "WindowWidth": round(upper * phantom.scanner.gain),
    }


def _slice_values(phantom: Phantom, rendered: Rendered, index: int, number: int) -> dict[str, object]:
    geometry = rendered.geometry
    position = geometry.positions[index]
    return {
        "ImageType": ["DERIVED", "PRIMARY", "OTHER"],
        "InstanceNumber": number,
        "AcquisitionNumber": 1,
        "AcquisitionDate": _DATE,
        "AcquisitionTime": _TIME,
        "ContentDate": _DATE,
        "ContentTime": _TIME,
        "ImagePositionPatient": _decimals(position),
        "ImageOrientationPatient": _decimals(
            np.concatenate([geometry.row_direction, geometry.column_direction])
        ),
        "PixelSpacing": _decimals(np.asarray(geometry.spacing)),
        "SliceLocation": _decimals(np.atleast_1d(position @ geometry.normal))[0],
        "ImageComments": _SYNTHETIC,
        "DerivationDescription": "Computed from a parametric model of the lumbar spine",
        "BurnedInAnnotation": "NO",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
    }


def _decimals(values: npt.NDArray[np.float64]) -> list[str]:
    """Decimal strings of at most 16 characters."""
    return [f"{value:.8f}"[:16] for value in values + 0.0]
